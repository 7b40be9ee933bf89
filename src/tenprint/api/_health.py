"""Health, readiness, metrics, and the description of the interface."""

from __future__ import annotations

from fastapi import APIRouter, Request
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from starlette.responses import Response

from tenprint.api._problem import Json
from tenprint.api._service import from_here
from tenprint.api._v1._http import Here
from tenprint.model import Role

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> Response:
    """Whether the process answers at all."""
    return Json({"status": "alive"})


@router.get("/readyz")
async def readyz(service: Here) -> Response:
    """Whether requests should be sent here: the database answers, and nobody stops the service.

    Raises
    ------
    ServiceUnavailableError, StoreUnavailableError
    """
    service.check_ready()

    def look() -> None:
        with service.desk.store.reading() as connection:
            connection.execute(text("SELECT 1"))

    await service.run(look)
    return Json({"status": "ready"})


@router.get("/metrics")
async def metrics(request: Request, service: Here) -> Response:
    """Prometheus metrics; from beyond this machine for administrators, unless they are open."""
    if not (service.settings.metrics_open or from_here(request)):
        caller = await service.caller(request)
        await service.run(service.need, caller, Role.ADMINISTER)
    found = await service.run(service.metrics.text)
    return Response(found, media_type=CONTENT_TYPE_LATEST)


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """Our own interface as OpenAPI 3.1."""
    return Json(request.app.openapi())
