"""What is SQLite's own: looking at a file before it is opened, settings, and error codes."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from tenprint.model import (
    NotFoundError,
    StoreBusyError,
    StoreError,
    StoreFormatError,
    StoreVersionError,
    TenprintError,
)

#: Marks the file as ours (SQLite's ``application_id``): the letters TENP.
APPLICATION_ID = 0x54454E50

#: Files up to this size are checked as a whole when opened (about 0.3 s at most). Larger ones are
#: checked by their header and length only; each template's checksum is verified when it is read.
QUICK_CHECK_BYTES = 64 << 20

_MAGIC = b"SQLite format 3\0"
_HEADER = 100


def inspect_file(path: Path, *, create: bool) -> bool:
    """Look at a store's file without opening it as a database; whether it is still to be made.

    Reads 100 bytes: the magic, the page count against the file's length (a file cut in half is
    found at once, however large), the application and the version (SQLite file format, section
    1.3, "The Database Header").

    Raises
    ------
    NotFoundError, StoreError, StoreFormatError, StoreVersionError
    """
    if path.is_dir():
        raise StoreError("This is a folder, not a gallery file.", source=path)
    if not path.exists():
        if not create:
            raise NotFoundError("There is no such gallery.", source=path)
        if not path.parent.is_dir():
            raise StoreError("The folder it should be made in does not exist.", source=path)
        return True
    if not path.is_file():
        raise StoreError("This is not an ordinary file.", source=path)
    try:
        with path.open("rb") as file:
            header = file.read(_HEADER)
            size = os.fstat(file.fileno()).st_size
    except OSError as error:
        raise StoreError(f"It cannot be read: {error.strerror}.", source=path) from error
    if size == 0 and _pending(path) == 0:
        if not create:
            raise StoreFormatError("The file is empty.", source=path)
        return True
    _check_header(path, header, size)
    return False


def _check_header(path: Path, header: bytes, size: int) -> None:
    def number(offset: int) -> int:
        return int.from_bytes(header[offset : offset + 4], "big")

    if len(header) < _HEADER or not header.startswith(_MAGIC):
        raise StoreFormatError("This is not a gallery of tenprint.", source=path)
    # What the journal still holds is newer than the header; SQLite puts both together.
    if _pending(path):
        return
    page = int.from_bytes(header[16:18], "big")
    expected = number(28) * (65536 if page == 1 else page)
    if number(24) == number(92) and size < expected:
        raise StoreFormatError(
            f"The file is cut off: {size} of {expected} bytes.",
            source=path,
            remedy="Restore it from a backup.",
        )
    if number(68) not in (0, APPLICATION_ID):
        raise StoreFormatError("This is a database of another program.", source=path)


def _pending(path: Path) -> int:
    """Bytes in the write-ahead log beside the file."""
    try:
        return Path(f"{path}-wal").stat().st_size
    except OSError:
        return 0


def connect(path: Path | None, busy_timeout: float) -> Engine:
    """An engine on one file, or in memory where `path` is None."""
    arguments: dict[str, Any] = {"check_same_thread": False, "timeout": busy_timeout}
    if path is None:
        engine = create_engine(
            "sqlite://", connect_args=arguments, poolclass=StaticPool, hide_parameters=True
        )
    else:
        engine = create_engine(
            URL.create("sqlite", database=str(path)),
            connect_args=arguments,
            max_overflow=-1,  # however many threads read at once
            hide_parameters=True,  # an error's text must not hold identifiers
        )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin below, not by sqlite3's guess
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",  # a commit has reached the disk when it returns
            "foreign_keys = ON",
            "secure_delete = ON",  # a deleted person's templates are overwritten
            "trusted_schema = OFF",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer takes the lock at once: a reader that turns writer midway could not wait for it.
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def check_contents(connection: Connection, source: str, size: int, known: Sequence[int]) -> int:
    """Check the application, version and soundness of an open store.

    Returns its version, one of `known`, or 0 where it is still empty.
    """

    def pragma(name: str) -> Any:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()

    application, version = pragma("application_id"), pragma("user_version")
    if application == 0 and version == 0:
        query = "SELECT count(*) FROM sqlite_schema"
        if connection.exec_driver_sql(query).scalar() == 0:
            return 0
    if application != APPLICATION_ID:
        raise StoreFormatError("This is a database of another program.", source=source)
    if version not in known:
        readable = " and ".join(str(each) for each in known)
        raise StoreVersionError(
            f"The gallery has format {version}; this tenprint reads format {readable}.",
            source=source,
            remedy="Open it with the version of tenprint that wrote it." if version else None,
        )
    if size <= QUICK_CHECK_BYTES and (found := pragma("quick_check(1)")) != "ok":
        raise StoreFormatError(
            f"The file is damaged: {str(found)[:200]}.",
            source=source,
            remedy="Restore it from a backup.",
        )
    return int(version)


def mark(connection: Connection, version: int) -> None:
    """Write the application and format version into the file's header."""
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {version}")


@contextmanager
def translated(source: str) -> Iterator[None]:
    """Turn the database's errors into those of the error tree."""
    try:
        yield
    except DBAPIError as error:
        raise _translate(error.orig, source) from error
    except sqlite3.Error as error:
        raise _translate(error, source) from error


def _translate(error: BaseException | None, source: str) -> TenprintError:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return StoreBusyError("Another process is writing to the gallery.", source=source)
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "no such" in str(error):
        return StoreFormatError(
            "The file is damaged.", source=source, field=str(error), remedy="Restore a backup."
        )
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")):
        return StoreError("The file or its folder cannot be written.", source=source)
    if name.startswith("SQLITE_FULL"):
        return StoreError("The disk is full.", source=source)
    if name.startswith("SQLITE_IOERR"):
        return StoreError(f"The disk failed or refused ({name}).", source=source)
    return StoreError(f"The database refused: {error}.", source=source)
