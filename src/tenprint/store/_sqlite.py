"""What is SQLite's own: looking at a file before it is opened, settings, and error codes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

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

#: Pages of the write-ahead log at which a commit copies them into the file itself, though everybody
#: waits meanwhile. `TruthStore.checkpoint` comes long before, where it is called.
_LOG_PAGES = 16_384

#: SQLite's smallest page, and so its smallest database.
_LEAST = 512


def inspect_file(path: Path, *, create: bool) -> bool:
    """Look at a store's file before anything in it is changed; whether it is still to be made.

    SQLite itself does the reading. A program that opens the file in its own way and closes it again
    thereby gives up all locks that its process holds on it (POSIX advisory locks; "How To Corrupt
    An SQLite Database File", 2.2): another process would then delete the log that this one is
    still writing to.

    Raises
    ------
    NotFoundError, StoreError, StoreFormatError
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
    if (size := path.stat().st_size) < _LEAST and not _pending(path):
        if size:  # SQLite would take it for an empty database, and overwrite it
            raise StoreFormatError("This is not a gallery of tenprint.", source=path)
        if not create:
            raise StoreFormatError("The file is empty.", source=path)
        return True
    _check_first_page(path)
    return False


def _check_first_page(path: Path) -> None:
    """The magic, the page count against the file's length, and the application."""
    address = f"file:{quote(str(path.absolute()))}?mode=rw"
    try:
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorname.startswith("SQLITE_NOTADB"):
            raise StoreFormatError("This is not a gallery of tenprint.", source=path) from error
        if error.sqlite_errorname.startswith("SQLITE_CORRUPT"):
            raise StoreFormatError(
                "The file is cut off or damaged.",
                source=path,
                remedy="Restore it from a backup.",
            ) from error
        raise _translate(error, str(path)) from error
    if application not in (0, APPLICATION_ID):
        raise StoreFormatError("This is a database of another program.", source=path)


def _pending(path: Path) -> bool:
    """Whether there is a write-ahead log beside the file."""
    try:
        return Path(f"{path}-wal").stat().st_size > 0
    except OSError:
        return False


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
            pool_size=64,  # kept open: opening one costs more than most of what is read
            max_overflow=-1,  # however many threads read at once
            hide_parameters=True,  # an error's text must not hold identifiers
        )

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions begin below, not by sqlite3's guess
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",  # a commit has reached the disk when it returns
            f"wal_autocheckpoint = {_LOG_PAGES}",
            "foreign_keys = ON",
            "secure_delete = ON",  # a deleted person's templates are overwritten
            "trusted_schema = OFF",
            "cache_size = -16000",  # kB; identifiers come in no order, and so do pages of the index
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
