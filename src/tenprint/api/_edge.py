"""The outermost layer of the service, plain ASGI: what every request passes, kept thin.

A request's id, a limit of requests at once, a limit of the body before it is read, time and
outcome in metrics and log, and nothing of an unexpected error but an id.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Iterable
from typing import Any

from opentelemetry import propagate, trace
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tenprint.api._logs import where_it_broke
from tenprint.api._metrics import Metrics
from tenprint.api._osia._errors import CODES
from tenprint.api._problem import PROBLEM, Json, ProblemResponse, hidden, problem
from tenprint.model import RequestTooLargeError

_ID = re.compile(rb"[A-Za-z0-9_.-]{1,64}")
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})

#: Sent with every answer: it is data of people, for nobody's cache and no browser's guesses.
_ALWAYS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)

#: Answered however busy the service is, and not logged: asked every few seconds by machines.
_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})


#: Seconds in which the next piece of a body must arrive.
_PIECE_SECONDS = 30.0


class Edge:
    """Wraps the application; see the module's text.

    Parameters
    ----------
    app : ASGI application
    max_body : int
        The most bytes of a body; more gets 413, by its length header before any of it is read.
    max_requests : int
        The most requests at once; the next one gets 503.
    """

    def __init__(
        self, app: ASGIApp, *, max_body: int, max_requests: int, metrics: Metrics, logger: Any
    ) -> None:
        self._app = app
        self._max_body = max_body
        self._max_requests = max_requests
        self._metrics = metrics
        self._logger = logger
        self._running = 0
        self._tracer = trace.get_tracer("tenprint.api")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; lifespan events are passed on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        quiet = scope["path"] in _QUIET
        exchange = _Exchange(scope, receive, send, self._max_body)
        if not quiet and self._running >= self._max_requests:
            self._metrics.refused.inc()
            await exchange.refuse(503, "service-unavailable", "Too many requests are running.")
            return
        self._running += 1
        self._metrics.running.set(self._running)
        started = time.perf_counter()
        try:
            if exchange.too_long:
                await exchange.refuse(413, "request-size", f"More than {self._max_body} bytes.")
            elif quiet:
                await self._answer(exchange)
            else:
                await self._traced(exchange)
        finally:
            self._running -= 1
            self._metrics.running.set(self._running)
            self._note(exchange, time.perf_counter() - started, quiet)

    async def _traced(self, exchange: _Exchange) -> None:
        scope = exchange.scope
        carrier = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in scope["headers"]
            if name in (b"traceparent", b"tracestate")
        }
        parent = propagate.extract(carrier) if carrier else None
        with self._tracer.start_as_current_span(
            "request", context=parent, kind=trace.SpanKind.SERVER, record_exception=False
        ) as span:
            await self._answer(exchange)
            if span.is_recording():
                span.update_name(f"{scope['method']} {exchange.route}")
                span.set_attribute("http.request.method", scope["method"])
                span.set_attribute("http.route", exchange.route)
                span.set_attribute("http.response.status_code", exchange.status)
                span.set_attribute("tenprint.request", exchange.id)

    async def _answer(self, exchange: _Exchange) -> None:
        try:
            await self._app(exchange.scope, exchange.receive, exchange.send)
        except RequestTooLargeError:
            await exchange.refuse(413, "request-size", f"More than {self._max_body} bytes.")
        except ClientDisconnect:
            pass  # nobody is there any more
        except Exception as error:
            self._logger.error(
                "unexpected",
                request=exchange.id,
                route=exchange.route,
                error=type(error).__name__,
                at=where_it_broke(error),
            )
            if not exchange.status:
                await exchange.fail()

    def _note(self, exchange: _Exchange, seconds: float, quiet: bool) -> None:
        method = exchange.scope["method"]
        method = method if method in _METHODS else "OTHER"
        status = exchange.status or 499  # nobody was there any more to answer
        self._metrics.requests.labels(method, exchange.route, str(status)).inc()
        self._metrics.seconds.labels(method, exchange.route).observe(seconds)
        if not quiet:
            self._logger.info(
                "request",
                request=exchange.id,
                method=method,
                route=exchange.route,
                status=status,
                ms=round(seconds * 1000, 1),
                agency=exchange.scope.get("state", {}).get("agency"),
            )


class _Exchange:
    """One request and what has been answered so far."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, max_body: int) -> None:
        headers = scope["headers"]
        given = _header(headers, b"x-request-id")
        known = given is not None and _ID.fullmatch(given)
        self.id = given.decode("ascii") if given and known else secrets.token_hex(8)
        length = _header(headers, b"content-length")
        self.too_long = length is not None and (
            not length.isdigit() or len(length) > 18 or int(length) > max_body
        )
        self.scope = scope
        self.status = 0
        self._receive, self._send = receive, send
        self._left = max_body
        self._whole = False
        scope.setdefault("state", {})["request_id"] = self.id

    @property
    def route(self) -> str:
        """The route's pattern; what matched none is one and the same."""
        named = self.scope["state"].get("route") or getattr(self.scope.get("route"), "path", None)
        return self.scope["path"] if self.scope["path"] in _QUIET else named or "(none)"

    @property
    def is_osia(self) -> bool:
        """Whether OSIA's rules for errors apply."""
        return bool(self.scope["path"].startswith("/osia/"))

    async def receive(self) -> Message:
        """The next piece of the body, counted; a client that stops sending is not waited for."""
        if self._whole:
            return await self._receive()
        try:
            async with asyncio.timeout(
                _PIECE_SECONDS
            ):  # cheaper than `wait_for`, which makes a task
                message = await self._receive()
        except TimeoutError:
            raise ClientDisconnect from None
        if message["type"] == "http.request":
            self._whole = not message.get("more_body", False)
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise RequestTooLargeError
        return message

    async def send(self, message: Message) -> None:
        """Send a piece of the answer, with the headers that all have."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = [*message.get("headers", ()), (b"x-request-id", self.id.encode())]
            known = {name for name, _ in headers}
            headers += [pair for pair in _ALWAYS if pair[0] not in known]
            message = {**message, "headers": headers}
        await self._send(message)

    async def refuse(self, status: int, code: str, detail: str) -> None:
        """Answer without reading the body; the connection cannot be used again."""
        headers = {"Connection": "close"} | ({"Retry-After": "2"} if status == 503 else {})
        if self.is_osia:
            content: Any = {"code": CODES[code], "message": detail}
            response: Any = Json(content, status, headers=headers)
        else:
            content = problem(status, code, detail, self.id)
            response = ProblemResponse(content, status, headers=headers, media_type=PROBLEM)
        await response(self.scope, self._receive, self.send)

    async def fail(self) -> None:
        """Answer an unexpected error."""
        if self.is_osia:
            text = f"Something went wrong in the service; request {self.id}."
            response: Any = Json({"code": CODES["tenprint"], "message": text}, 500)
        else:
            response = ProblemResponse(hidden(self.id), 500)
        await response(self.scope, self._receive, self.send)


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes | None:
    return next((value for key, value in headers if key == name), None)
