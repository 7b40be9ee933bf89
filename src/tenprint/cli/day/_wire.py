"""HTTP/1.1 to one server on loopback, as cheaply as Python can: the client shares the cores."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

#: Bytes of an answer's head, and of its body.
MAX_HEAD, MAX_BODY = 64 << 10, 64 << 20


class _Line(asyncio.Protocol):
    """One kept-alive connection, with one request at a time: half as dear as asyncio's streams."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[tuple[int, bytes]] | None = None
        self.open = False
        self.heard = False
        self._transport: asyncio.Transport | None = None
        self._data = bytearray()
        self._needed = 0  # bytes of head and body together, once the head is there
        self._body = 0  # where it begins
        self._status = 0

    def ask(self, request: bytes) -> asyncio.Future[tuple[int, bytes]]:
        """Send a request."""
        assert self._transport is not None  # noqa: S101 - it is connected
        self._data.clear()
        self._needed, self.heard = 0, False
        self.answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self.answer

    def close(self) -> None:
        """Close the connection."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - of a stream
        self._transport, self.open = transport, True

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        self._fail(exc if isinstance(exc, OSError) else ConnectionResetError())

    def data_received(self, data: bytes) -> None:
        self.heard = True
        self._data += data
        if not self._needed:
            end = self._data.find(b"\r\n\r\n")
            if end < 0:
                if len(self._data) > MAX_HEAD:
                    self._fail(OSError("The answer's head is too long."))
                return
            self._read_head(bytes(self._data[:end]), end + 4)
        if len(self._data) >= self._needed and self.answer is not None:
            answer, self.answer = self.answer, None
            if not answer.done():
                answer.set_result((self._status, bytes(self._data[self._body : self._needed])))

    def _read_head(self, head: bytes, body: int) -> None:
        self._status, self._body, length = int(head[9:12]), body, 0
        for each in head.split(b"\r\n")[1:]:
            name, _, value = each.partition(b":")
            name = name.lower()
            if name == b"content-length":
                length = int(value)
            elif name == b"connection" and value.strip().lower() == b"close":
                self.open = False
        self._needed = body + length
        if length > MAX_BODY:
            self._fail(OSError("The answer is too long."))

    def _fail(self, error: OSError) -> None:
        answer, self.answer = self.answer, None
        if answer is not None and not answer.done():
            answer.set_exception(error)
        self.open = False
        self.close()


@dataclass
class Wire:
    """A pool of kept-alive connections; for one event loop."""

    host: str
    port: int
    _idle: list[_Line] = field(default_factory=list)

    async def ask(
        self, method: str, path: str, key: str, body: bytes = b"", kind: str = "application/json"
    ) -> tuple[int, bytes]:
        """One request; the status and the answer's body.

        Raises
        ------
        OSError
            If the server went away; the request may have been carried out.
        """
        request = (
            f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
            f"Authorization: Bearer {key}\r\nAccept: application/json\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body
        while self._idle:
            line = self._idle.pop()
            if not line.open:
                continue
            try:
                return await self._over(line, request)
            except OSError:
                if line.heard:
                    raise
                # The server closed it while it was idle: nothing was read, so ask on another.
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(_Line, self.host, self.port)
        return await self._over(line, request)

    async def _over(self, line: _Line, request: bytes) -> tuple[int, bytes]:
        answer = await line.ask(request)
        if line.open:
            self._idle.append(line)
        else:
            line.close()
        return answer

    async def close(self) -> None:
        """Close what is idle."""
        for each in self._idle:
            each.close()
        self._idle.clear()
