"""Bytes from wherever they are, never more than a limit."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from tenprint.model import InputError

#: The most bytes any input file may have (256 MiB).
MAX_BYTES = 256 << 20

ByteSource = str | Path | bytes | bytearray | memoryview | BinaryIO


def describe(source: object) -> str:
    """What to call a source in messages: its path, its file name, or what it is."""
    if isinstance(source, (str, Path)):
        return str(source)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return f"{len(source)} bytes"
    return str(getattr(source, "name", type(source).__name__))


def read_bytes(
    source: ByteSource, error: type[InputError], too_large: type[InputError]
) -> tuple[bytes, str]:
    """The bytes of a source and its name; `error` if unreadable, `too_large` past the limit."""
    name = describe(source)
    try:
        if isinstance(source, (bytes, bytearray, memoryview)):
            data = bytes(source) if len(source) <= MAX_BYTES else None
        elif isinstance(source, (str, Path)):
            with Path(source).open("rb") as file:
                data = _read_limited(file)
        elif hasattr(source, "read"):
            data = _read_limited(source)
        else:
            raise error(
                f"A {type(source).__name__} cannot be read.",
                source=name,
                remedy="Give a path, bytes or a file opened in binary mode.",
            )
    except InputError:
        raise
    except Exception as cause:  # a caller's file object may raise anything
        reason = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
        raise error(
            f"The file cannot be read ({reason}).", source=name, remedy="Check path and access."
        ) from cause
    if data is None:
        raise too_large(
            f"The input is larger than {MAX_BYTES >> 20} MiB.",
            source=name,
            remedy="Check that it is the right file.",
        )
    if not data:
        raise error("The input is empty.", source=name, remedy="Check that it was saved fully.")
    return data, name


def _read_limited(file: BinaryIO) -> bytes | None:
    """All bytes, or None if there are more than the limit."""
    data = file.read(MAX_BYTES + 1)
    if not isinstance(data, bytes):
        raise TypeError("not opened in binary mode")
    return data if len(data) <= MAX_BYTES else None
