"""The description of our own interface, ``/openapi.json``."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Literal

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from tenprint.api._v1 import ROUTERS
from tenprint.api._v1._http import BODIES, ProblemOut

_ABOUT = """\
Identification of people by fingerprints and records. Every request carries an API key
(`Authorization: Bearer tp_...` or `X-API-Key`) or an OIDC bearer token, and names its purpose in
the body, or in the header `X-Purpose`; a credential for one purpose only need not. Errors are
problem details (RFC 9457). OSIA's ABIS interface lies under `/osia/v1`; it is described by the
standard.
"""

_SECURITY = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key or an OIDC token.",
    },
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}


def describe(app: FastAPI) -> None:
    """Have an application describe itself, once."""
    made: dict[str, Any] = {}

    def openapi() -> dict[str, Any]:
        if not made:
            made.update(_make(app))
        return made

    app.openapi = openapi  # type: ignore[method-assign]


def description() -> dict[str, Any]:
    """Our own interface as a running service describes it, without one."""
    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router)
    return _make(app)


def _make(app: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title="tenprint", version=version("tenprint"), description=_ABOUT, routes=app.routes
    )
    bodies: list[type[BaseModel]] = [*BODIES.values(), ProblemOut]
    kinds: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [
        (model, "validation") for model in bodies
    ]
    _, schemas = models_json_schema(
        kinds,
        ref_template="#/components/schemas/{model}",
    )
    components = found.setdefault("components", {})
    components.setdefault("schemas", {}).update(schemas.get("$defs", {}))
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    components["securitySchemes"] = _SECURITY
    found["security"] = [{"bearer": []}, {"key": []}]
    for operations in found["paths"].values():
        for operation in operations.values():
            _tidy(operation)
    return found


def _tidy(operation: dict[str, Any]) -> None:
    """Errors as they are sent: problem details, and no 422 that the framework presumes."""
    responses = operation["responses"]
    presumed = responses.get("422", {}).get("content", {}).get("application/json", {})
    if presumed.get("schema", {}).get("$ref", "").endswith("HTTPValidationError"):
        del responses["422"]
    default = responses.get("200")
    if default == {"description": "Successful Response", "content": _NOTHING}:
        del responses["200"]


_NOTHING: dict[str, Any] = {"application/json": {"schema": {}}}
