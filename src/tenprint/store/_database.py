"""The two databases a store can lie in, behind one face."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import URL, Connection, Engine, insert, make_url
from sqlalchemy.exc import ArgumentError

from tenprint.model import InputError
from tenprint.store._truth_schema import TRUTH_VERSION, meta


class Database(Protocol):
    """What SQLite and PostgreSQL each do in their own way.

    Attributes
    ----------
    engine : Engine
    source : str
        A printable name without a password.
    shared : bool
        Whether all threads have one connection and so must take turns (a store in memory).
    read_options : mapping
        Execution options of a connection that only reads.
    """

    engine: Engine
    source: str
    shared: bool
    read_options: Mapping[str, Any]

    def prepare(self, *, create: bool) -> None:
        """Check the store, bring it to the present format, or make it."""

    def translated(self) -> AbstractContextManager[None]:
        """Turns the database's errors into those of the error tree."""

    def select(
        self, connection: Connection, statement: str, values: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        """Rows as the driver gives them, several times faster than through SQLAlchemy.

        The `statement` marks each of the `values` by a question mark.
        """

    def select_among(
        self, connection: Connection, statement: str, keys: Sequence[int] | Sequence[str]
    ) -> list[tuple[Any, ...]]:
        """Rows whose key is among any number of `keys`; ``{among}`` stands for the condition.

        Rows come in the statement's order only if `keys` ascend in that order.
        """

    def copy_to(self, path: Path) -> bool:
        """Copy the database to a file; whether it can be."""

    def checkpoint(self) -> int:
        """Copy what was written lately to its place; how many pages wait behind it."""

    def warm(self, stop: Callable[[], bool]) -> bool:
        """Have the operating system hold the file in memory, if it fits; whether it does."""

    def scrub(self, tables: Sequence[str], whole: bool) -> bool:
        """After a deletion: clear what the database still holds of it; whether it could."""


def find_database(where: Path | str, busy_timeout: float) -> tuple[Path | None, URL | None]:
    """Where a store is: a file, memory (neither), or a server's address.

    Raises
    ------
    InputError
        If it is an address, but of neither PostgreSQL nor SQLite. The address is not repeated: it
        may hold a password.
    """
    if not 0 <= busy_timeout <= 3600:
        raise InputError("busy_timeout is 0 to 3600 seconds.", field="busy_timeout")
    if isinstance(where, Path) or "://" not in where:
        return (None if str(where) == ":memory:" else Path(where)), None
    try:
        url = make_url(where)
    except (ArgumentError, ValueError):
        raise InputError("The address of the database cannot be read.", field="where") from None
    if url.drivername in ("sqlite", "sqlite+pysqlite"):
        memory = url.database in (None, "", ":memory:")
        return (None if memory else Path(str(url.database))), None
    if url.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return None, url.set(drivername="postgresql+psycopg")
    raise InputError(
        f"{url.drivername} is no database that tenprint knows.",
        field="where",
        remedy="Give a file, or postgresql+psycopg://user@host/database.",
    )


def open_database(where: Path | str, busy_timeout: float) -> Database:
    """The database at `where`: a path, ``":memory:"`` or an address; nothing is opened yet."""
    path, url = find_database(where, busy_timeout)
    if url is None:
        from tenprint.store._sqlite_database import SqliteDatabase

        return SqliteDatabase(path, busy_timeout)
    # Only who uses PostgreSQL loads its driver.
    from tenprint.store._postgres import PostgresDatabase

    return PostgresDatabase(url, busy_timeout)


def write_notes(connection: Connection, **counters: int) -> None:
    """The first notes of a new store: format, extractor, and the counters."""
    notes: dict[str, object] = {
        "format": TRUTH_VERSION,
        "store": secrets.token_hex(16),  # an index can tell whose it is
        "extractor": f"tenprint {version('tenprint')}",
        "change": 0,
        "last_id": 0,
        "people": 0,
        "encounters": 0,
        **counters,
    }
    rows = [{"key": key, "value": str(value)} for key, value in notes.items()]
    connection.execute(insert(meta), rows)
