"""The day's benchmark: its client against servers that misbehave, and a small day as a whole."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tenprint.cli.day._play import Slice, play_day
from tenprint.cli.day._wire import MAX_BODY, Wire

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def asked(serve: Serve, use: Callable[[Wire], Awaitable[None]]) -> int:
    """Use a wire to a server; how many connections it made."""
    connections = 0

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(counted, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()[:2]
        wire = Wire(host, port)
        await use(wire)
        await wire.close()
        server.close()

    asyncio.run(asyncio.wait_for(run(), 20))
    return connections


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    return await reader.readexactly(length)


def test_one_connection_is_used_again_and_pieces_are_put_together() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            body = await read_request(reader)
            for piece in (b"HTTP/1.1 20", b"0 OK\r\nContent-Le", b"ngth: 4\r\n\r", b"\n", body[:1]):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.01)
            writer.write(body[1:])

    async def use(wire: Wire) -> None:
        assert await wire.ask("POST", "/a", "key", b"1234") == (200, b"1234")
        assert await wire.ask("POST", "/b", "key", b"5678") == (200, b"5678")

    assert asked(serve, use) == 1


def test_a_connection_that_the_server_closes_is_not_used_again() -> None:
    async def said(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")

    async def unsaid(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")

    async def use(wire: Wire) -> None:
        for _ in range(3):
            assert (await wire.ask("GET", "/", "key"))[0] == 204

    assert asked(said, use) == 3
    assert asked(unsaid, use) == 3


def test_an_answer_that_breaks_off_or_is_too_long_is_an_error() -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123")

    async def long(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {MAX_BODY + 1}\r\n\r\n".encode())
        await reader.read()

    async def head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000)
        await reader.read()

    for serve, error, words in (
        (cut, ConnectionResetError, "^$"),
        (long, OSError, "answer is too long"),
        (head, OSError, "head is too long"),
    ):

        async def use(wire: Wire, error: type[OSError] = error, words: str = words) -> None:
            with pytest.raises(error, match=words):
                await wire.ask("GET", "/", "key")

        assert asked(serve, use) == 1


def test_a_small_day_loses_nothing_and_answers_right(tmp_path: Path) -> None:
    figures = play_day(tmp_path / "town", 1000, [Slice(0.1, 20.0)], agencies=10)
    (part,) = figures["slices"]
    assert part["sent"] > 50
    assert (part["lost"], part["late"], part["mistakes"]) == (0, 0, [])
    assert part["statuses"].keys() <= {"200", "202"}
    asked_for = part["requests"]
    assert all(each["wrong"] == 0 for each in asked_for.values())
    assert asked_for["record-query"]["right"] > 0
