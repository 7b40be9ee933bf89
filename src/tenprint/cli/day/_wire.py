"""HTTP/1.1 to one server on loopback, as cheaply as Python can: the client shares the cores."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

#: Bytes of an answer's head, and of its body.
MAX_HEAD, MAX_BODY = 64 << 10, 64 << 20

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Wire:
    """A pool of kept-alive connections; for one event loop."""

    host: str
    port: int
    _idle: list[Line] = field(default_factory=list)

    async def ask(
        self, method: str, path: str, key: str, body: bytes = b"", kind: str = "application/json"
    ) -> tuple[int, bytes]:
        """One request; the status and the answer's body.

        Raises
        ------
        OSError, asyncio.IncompleteReadError
            If the server went away; the request may have been carried out.
        """
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n"
            f"Authorization: Bearer {key}\r\nAccept: application/json\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode()
        while self._idle:
            line = self._idle.pop()
            try:
                return await self._over(line, head + body)
            except (OSError, asyncio.IncompleteReadError) as error:
                line[1].close()
                partial = getattr(error, "partial", b"")
                if partial or isinstance(error, asyncio.LimitOverrunError):
                    raise
                # The server closed it while it was idle: nothing was read, so ask on another.
        line = await asyncio.open_connection(self.host, self.port, limit=MAX_HEAD)
        return await self._over(line, head + body)

    async def _over(self, line: Line, request: bytes) -> tuple[int, bytes]:
        reader, writer = line
        writer.write(request)
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head[9:12])
        length = 0
        keep = True
        for each in head.split(b"\r\n")[1:]:
            name, _, value = each.partition(b":")
            name = name.lower()
            if name == b"content-length":
                length = int(value)
            elif name == b"connection" and value.strip().lower() == b"close":
                keep = False
        if length > MAX_BODY:
            raise OSError("The answer is too long.")
        body = await reader.readexactly(length) if length else b""
        if keep:
            self._idle.append(line)
        else:
            writer.close()
        return status, body

    async def close(self) -> None:
        """Close what is idle."""
        for _, writer in self._idle:
            writer.close()
        self._idle.clear()
