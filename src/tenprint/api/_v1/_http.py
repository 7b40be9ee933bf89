"""How our own endpoints read requests and are described in OpenAPI."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict, ValidationError

from tenprint.access import Caller
from tenprint.api._service import Service, body_of
from tenprint.model import InputError

M = TypeVar("M", bound=BaseModel)

#: Bodies of these models are shown in OpenAPI; filled by `takes`.
BODIES: dict[str, type[BaseModel]] = {}


#: Bodies up to this many bytes are parsed at once: a thread would take longer to begin.
_SHORT = 16 << 10


class ProblemOut(BaseModel):
    """An error as RFC 9457 describes it."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    type: str
    """Names the kind of error; a URN."""
    title: str
    """What kind of error it is."""
    status: int
    """The HTTP status."""
    code: str
    """One of the error codes of tenprint."""
    detail: str
    """What was wrong."""
    request: str
    """The request's id, also in the header X-Request-Id."""
    field: str | None = None
    """Which field was wrong."""
    remedy: str | None = None
    """What can be done about it."""
    retryable: bool | None = None
    """Whether the same request may succeed later."""
    faults: list[dict[str, str]] | None = None
    """Of a transaction: every fault, each with `code`, `field` and `message`."""


_REASONS = {
    400: "The request is wrong.",
    401: "No credential, or a wrong, expired or revoked one.",
    403: "The agency, the role or the purpose may not do that.",
    404: "There is no such thing, or it is another agency's.",
    409: "It contradicts what is stored.",
    413: "Too large.",
    422: "The transaction cannot be admitted; every fault is named.",
    429: "The agency has sent more than its limit; see Retry-After.",
    500: "Something went wrong in the service.",
    503: "The service cannot take this now; see Retry-After.",
}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of an endpoint for OpenAPI: those given, and those that all have."""
    found: dict[int | str, dict[str, Any]] = {}
    for status in sorted({*statuses, 400, 401, 403, 413, 429, 500, 503}):
        found[status] = {
            "description": _REASONS[status],
            "content": {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemOut"}}
            },
        }
    return found


def gives(model: Any, description: str, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """A good answer for OpenAPI."""
    return {status: {"model": model, "description": description}}


def takes(model: type[BaseModel], *more: str) -> dict[str, Any]:
    """The body of an endpoint for OpenAPI; `more` are media types of files taken as well."""
    BODIES[model.__name__] = model
    content: dict[str, Any] = {
        "application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}
    }
    for media in more:
        content[media] = {"schema": {"type": "string", "format": "binary"}}
    return {"requestBody": {"required": True, "content": content}}


def service_of(request: Request) -> Service:
    """The running service."""
    service: Service = request.app.state.service
    return service


# Asynchronous though it waits for nothing: others are called in a thread, which takes longer.
async def _service(request: Request) -> Service:
    return service_of(request)


async def _caller(request: Request) -> Caller:
    return await service_of(request).caller(request)


#: Who asks, checked before anything else of the request is read.
Who = Annotated[Caller, Depends(_caller)]

#: Times of a query, and how much is listed.
Since = Annotated[str | None, Query(description="From when, such as 2026-01-31T12:00:00Z.")]
Until = Annotated[str | None, Query(description="Until when.")]
Limit = Annotated[int, Query(ge=1, le=1000, description="The most that are listed.")]

#: The running service.
Here = Annotated[Service, Depends(_service)]


async def read(request: Request, model: type[M]) -> M:
    """The body as a model; a long one is parsed in a thread, since it may hold megabytes of images.

    Raises
    ------
    InputError
        With the first place that is wrong; values are not repeated.
    """
    service = service_of(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise InputError("The body must be application/json.", field="Content-Type")
    raw = await body_of(request, service.settings.max_body)
    if len(raw) <= _SHORT:
        return parse(model, raw)
    return await service.run(parse, model, raw)


def parse(model: type[M], raw: bytes) -> M:
    """JSON bytes as a model.

    Raises
    ------
    InputError
    """
    try:
        return model.model_validate_json(raw, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        raise InputError(f"{first['msg']}.", field=field[:200]) from None


def moment(text: str | None, field: str, default: Callable[[], datetime]) -> datetime:
    """A time of a query, with time zone; UTC where none is named.

    Raises
    ------
    InputError
    """
    if text is None:
        return default()
    try:
        found = datetime.fromisoformat(text)
        aware = found if found.tzinfo else found.replace(tzinfo=UTC)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError("This is no time, such as 2026-01-31T12:00:00Z.", field=field) from None


def month_ago() -> datetime:
    """Thirty days ago."""
    return now() - timedelta(days=30)


def now() -> datetime:
    """Now, UTC."""
    return datetime.now(UTC)
