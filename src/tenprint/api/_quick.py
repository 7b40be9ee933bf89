"""The questions asked most, past the framework: nearly all that agencies send is one of them.

Routers, dependencies and their exit stacks were a quarter of the event loop's work
(docs/adr/009-busy-service.md). The same functions answer, with the same errors; OpenAPI shows them
from the framework's routes, which stay.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from tenprint.access import Caller
from tenprint.api._service import Service
from tenprint.model import TenprintError

#: Answers a request whose sender is known.
Endpoint = Callable[[Request, Caller, Service], Awaitable[Response]]


class Quick:
    """Answers some paths by itself, as ASGI middleware inside `Edge`.

    Parameters
    ----------
    app : ASGI application
        Answers everything else.
    endpoints : mapping of (str, str) to callable
        By method and path.
    on_error : callable
        Makes an answer of what an endpoint raises.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        service: Service,
        endpoints: Mapping[tuple[str, str], Endpoint],
        on_error: Callable[[Request, TenprintError], Awaitable[Response]],
    ) -> None:
        self._app = app
        self._service = service
        self._endpoints = endpoints
        self._on_error = on_error

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path = scope.get("path", "")
        endpoint = self._endpoints.get((scope.get("method", ""), path))
        if endpoint is None:
            await self._app(scope, receive, send)
            return
        scope["state"]["route"] = path
        request = Request(scope, receive)
        try:
            response = await endpoint(request, await self._service.caller(request), self._service)
        except TenprintError as error:
            response = await self._on_error(request, error)
        await response(scope, receive, send)
