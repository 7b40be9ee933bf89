"""Listening: uvicorn over the application, until told to stop."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import uvicorn

from tenprint.api._app import create_app
from tenprint.api._logs import forward_libraries, make_logger
from tenprint.api._settings import Settings
from tenprint.api._tracing import start_tracing
from tenprint.desk import Desk
from tenprint.model import InputError, ServiceUnavailableError
from tenprint.process import settle

#: Seconds that a connection may be idle between two requests.
_KEEP_ALIVE = 20

#: Connections that may wait to be taken.
_BACKLOG = 1024


def serve(
    desk: Desk,
    settings: Settings,
    *,
    started: Callable[[str], None] | None = None,
    extend: Callable[[Any], None] | None = None,
) -> None:
    """Answer requests until SIGINT or SIGTERM; running ones are finished first.

    Parameters
    ----------
    desk : Desk
        Stays the caller's to close, after this returns.
    settings : Settings
    started : callable, optional
        Called with the service's address once it listens.
    extend : callable, optional
        Called with the application before it starts, to add pages.

    Raises
    ------
    InputError
        If the address is beyond loopback without TLS, or cannot be listened at.
    """
    settings.check_listening()
    logger = make_logger(settings.log_level, settings.log_format)
    forward_libraries(logger)
    tracing = start_tracing(settings.otlp_endpoint) if settings.otlp_endpoint else None
    app = create_app(desk, settings, logger=logger)
    if extend is not None:
        extend(app)
    with _listening(settings) as listener:
        server = _Server(_config(app, settings), lambda: _tell(started, settings, listener))
        server.stopping = lambda: setattr(app.state.service, "ready", False)
        # uvicorn raises the signal that stopped it again when it is done, which would end the
        # process before the desk is closed: it goes to these.
        before = {each: signal.signal(each, _ignore) for each in (signal.SIGINT, signal.SIGTERM)}
        settle()
        try:
            server.run(sockets=[listener])
        finally:
            gc.unfreeze()  # at the end everything is taken down in order
            for each, handler in before.items():
                signal.signal(each, handler)
            if tracing is not None:
                tracing.shutdown()


@contextmanager
def serving(
    desk: Desk,
    settings: Settings,
    *,
    logger: Any = None,
    timeout: float = 60.0,
    extend: Callable[[Any], None] | None = None,
) -> Iterator[str]:
    """Answer requests in a thread of this process, and give the address.

    `extend` as of `serve`.

    Raises
    ------
    ServiceUnavailableError
        If it does not start.
    """
    settings.check_listening()
    app = create_app(desk, settings, logger=logger)
    if extend is not None:
        extend(app)
    ready = threading.Event()
    with _listening(settings) as listener:
        server = _Server(_config(app, settings), ready.set)
        thread = threading.Thread(
            target=lambda: server.run(sockets=[listener]), name="tenprint-http", daemon=True
        )
        thread.start()
        try:
            if not ready.wait(timeout):
                raise ServiceUnavailableError("The service did not start.")
            yield _address(settings, listener)
        finally:
            server.should_exit = True
            thread.join(settings.stop_seconds + 5)


class _Server(uvicorn.Server):
    """A server that says when it listens, and when it is told to stop."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], object]) -> None:
        super().__init__(config)
        self._listening = listening
        self.stopping: Callable[[], object] = lambda: None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            await asyncio.get_running_loop().run_in_executor(None, self._listening)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.stopping()
        super().handle_exit(sig, frame)


def _config(app: Any, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=settings.stop_seconds,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or "",
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        ws="none",
    )


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host.strip("[]"), settings.port))
        except OSError as error:
            raise InputError(
                f"The service cannot listen there: {error.strerror or 'unknown host'}.",
                field="port",
                remedy="Choose another port, such as --port 0 for a free one.",
            ) from None
        listener.setblocking(False)
        yield listener
    finally:
        listener.close()


def _address(settings: Settings, listener: socket.socket) -> str:
    scheme = "https" if settings.tls_certificate else "http"
    host, port = listener.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _tell(
    started: Callable[[str], None] | None, settings: Settings, listener: socket.socket
) -> None:
    if started is not None:
        started(_address(settings, listener))


def _ignore(sig: int, frame: FrameType | None) -> None:
    """What is left of a signal once the server has stopped by it."""
