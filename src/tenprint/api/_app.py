"""The application: our interface, OSIA's, health and metrics, behind one thin edge."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from tenprint.api import _health
from tenprint.api._desk_metrics import DeskCollector
from tenprint.api._edge import Edge
from tenprint.api._logs import make_logger
from tenprint.api._metrics import Metrics
from tenprint.api._openapi import describe
from tenprint.api._osia import Deliverer, Tasks, follow_expunges, routes
from tenprint.api._osia._errors import content_of
from tenprint.api._problem import (
    Json,
    ProblemResponse,
    headers_of,
    of_error,
    problem,
)
from tenprint.api._quick import Quick
from tenprint.api._service import Service
from tenprint.api._settings import Settings
from tenprint.api._v1 import QUICK, ROUTERS
from tenprint.desk import Desk
from tenprint.model import InputError, TenprintError


def create_app(desk: Desk, settings: Settings, *, logger: Any = None) -> FastAPI:
    """The service over an open desk, as an ASGI application.

    Our own interface lies under ``/v1``, OSIA's under ``/osia/v1``. The desk stays the caller's to
    close. `app.state.service` holds what requests need, for rooms that add pages.

    Parameters
    ----------
    desk : Desk
    settings : Settings
    logger : structlog logger, optional
        Takes events; default: lines on stderr as the settings say.
    """
    metrics = Metrics()
    metrics.registry.register(DeskCollector(desk))
    logger = logger or make_logger(settings.log_level, settings.log_format)
    service = Service(desk, settings, metrics, logger)
    tasks = Tasks(desk.store, desk.vault, time.time)
    follow_expunges(desk.records)
    app = FastAPI(
        title="tenprint",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
        redirect_slashes=False,
    )
    app.state.service = service
    app.state.deliverer = Deliverer(service, tasks)
    app.add_middleware(Quick, service=service, endpoints=QUICK, on_error=_on_error)
    app.add_middleware(
        Edge,
        max_body=settings.max_body,
        max_requests=settings.max_requests,
        metrics=metrics,
        logger=logger,
    )
    handlers: dict[type[Exception], Any] = {
        TenprintError: _on_error,
        RequestValidationError: _on_invalid,
        HTTPException: _on_http,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(_health.router)
    app.router.routes.extend(routes(service, tasks))
    describe(app)
    return app


@contextlib.asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    sending = asyncio.create_task(app.state.deliverer.run())
    try:
        yield
    finally:
        app.state.service.ready = False
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending


async def _on_error(request: Request, error: TenprintError) -> Response:
    request_id = request.scope["state"]["request_id"]
    if error.http_status == 500:
        service: Service = request.app.state.service
        service.logger.error("failed", request=request_id, error=error.code)
    if request.scope["path"].startswith("/osia/"):
        return Json(content_of(error, request_id), error.http_status, headers=headers_of(error))
    return ProblemResponse(
        of_error(error, request_id), error.http_status, headers=headers_of(error)
    )


async def _on_invalid(request: Request, error: RequestValidationError) -> Response:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
    return await _on_error(request, InputError(f"{first['msg']}.", field=field[:200]))


async def _on_http(request: Request, error: HTTPException) -> Response:
    """What the router itself refuses: unknown paths and methods."""
    status, headers = error.status_code, error.headers
    words = {404: "There is no such path.", 405: "The path does not know this method."}
    detail = words.get(status, "The request is wrong.")
    if request.scope["path"].startswith("/osia/"):
        return Json({"code": status * 100, "message": detail}, status, headers=headers)
    code = {404: "not-found", 405: "method"}.get(status, "input")
    request_id = request.scope["state"]["request_id"]
    return ProblemResponse(problem(status, code, detail, request_id), status, headers=headers)
