"""Errors as RFC 9457 problem details: what was wrong, never what is inside."""

from __future__ import annotations

import math
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response

from tenprint.model import RateLimitError, TenprintError

PROBLEM = "application/problem+json"

#: Below this status the message is about the request; from here on it is about the service.
_SERVER = 500

_TITLES = {
    400: "The request is wrong.",
    401: "The credential is missing or wrong.",
    403: "Not allowed.",
    404: "There is no such thing.",
    405: "The method is not known here.",
    409: "It contradicts what is stored.",
    413: "Too large.",
    415: "The content type is not known here.",
    422: "The transaction cannot be admitted.",
    429: "Too many requests.",
    500: "Something went wrong in the service.",
    503: "The service cannot take this now.",
}


def problem(status: int, code: str, detail: str, request_id: str, **more: Any) -> dict[str, Any]:
    """The members of a problem document; `more` that is None is left out."""
    return {
        "type": f"urn:tenprint:error:{code}",
        "title": _TITLES.get(status, "The request failed."),
        "status": status,
        "code": code,
        "detail": detail,
        "request": request_id,
        **{name: value for name, value in more.items() if value is not None},
    }


def of_error(error: TenprintError, request_id: str) -> dict[str, Any]:
    """A `TenprintError` as a problem document.

    `source` is left out: it may be a path or an address of the service's machine. Of an error of
    the service itself (500) only the request's id is told.
    """
    if error.http_status == _SERVER:
        return hidden(request_id)
    facts = error.as_dict()
    return problem(
        error.http_status,
        error.code,
        error.message,
        request_id,
        field=facts.get("field") if error.http_status < _SERVER else None,
        remedy=error.remedy,
        retryable=error.retryable,
        faults=facts.get("faults") or None,
    )


def hidden(request_id: str) -> dict[str, Any]:
    """What is told of an unexpected error: an id to look for in the log."""
    return problem(500, "internal", "The log of the service says more.", request_id)


def headers_of(error: TenprintError) -> dict[str, str]:
    """The headers an error brings: when to try again, how to sign in."""
    if isinstance(error, RateLimitError):
        return {"Retry-After": str(max(1, math.ceil(error.retry_after)))}
    if error.http_status == 503:
        return {"Retry-After": "2"}
    if error.http_status == 401:
        return {"WWW-Authenticate": 'Bearer realm="tenprint"'}
    return {}


class ProblemResponse(Response):
    """A problem document as a response."""

    media_type = PROBLEM

    def render(self, content: Any) -> bytes:
        """JSON bytes."""
        return to_json(content)


class Json(Response):
    """Anything `pydantic_core` can write, as JSON: dates, enums and dataclasses included."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """JSON bytes."""
        return to_json(content, inf_nan_mode="null")
