"""A store in a PostgreSQL database, through psycopg 3."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from tenprint.model import (
    NotFoundError,
    StoreBusyError,
    StoreError,
    StoreFormatError,
    StoreUnavailableError,
    StoreVersionError,
    TenprintError,
)
from tenprint.store._database import write_notes
from tenprint.store._truth_schema import TRUTH_VERSION, truth

#: Held while the tables are made, so that two processes do not make them at once: letters TENP.
_SETUP_LOCK = 0x54454E50

#: Keys in one query; bounds the memory of one answer.
_KEYS = 5000

#: Where the address says nothing else: seconds to connect, milliseconds until what was sent and
#: not received counts as a lost connection (libpq's own are without end).
_PATIENCE = {"connect_timeout": "10", "tcp_user_timeout": "30000"}

_BUSY = {"55P03", "40001", "40P01", "57014"}  # lock not available, serialization, deadlock, time
_GONE = {
    "53300",
    "57P01",
    "57P02",
    "57P03",
    "57P05",
    "25P03",
}  # too many connections, shutdown, idle
_DAMAGED = {"42P01", "42703", "XX001", "XX002"}  # no such table or column, corrupted


class PostgresDatabase:
    """PostgreSQL's side of `Database`."""

    def __init__(self, url: URL, busy_timeout: float) -> None:
        plain = url.set(drivername="postgresql", password="", query={})
        self.source = plain.render_as_string(hide_password=False).replace(":@", "@", 1)
        self.shared = False
        self.read_options: Mapping[str, Any] = {"isolation_level": "AUTOCOMMIT"}
        self.engine = _connect(url, busy_timeout)

    def prepare(self, *, create: bool) -> None:
        """Check the tables, or make them in the connection's first schema."""
        with self.translated(), self.engine.connect() as connection, connection.begin():
            encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
            if encoding != "UTF8":
                raise StoreError(
                    f"The database's encoding is {encoding}, not UTF8.", source=self.source
                )
            if self._check(connection):
                return
            if not create:
                raise NotFoundError("There is no gallery in this database.", source=self.source)
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_SETUP_LOCK})")
            if not self._check(connection):
                truth.create_all(connection)
                write_notes(connection)

    def _check(self, connection: Connection) -> bool:
        """Whether our tables are there, in our format."""
        names = [table.name for table in truth.sorted_tables]
        # Not to_regclass: it may answer from a cache filled before another process made them.
        query = "SELECT relname FROM pg_class WHERE relname = ANY(%s) AND pg_table_is_visible(oid)"
        found = set(connection.exec_driver_sql(query, (names,)).scalars())
        if not found:
            return False
        if found != set(names):
            raise StoreFormatError(
                f"The database holds a table {min(found)} that is not tenprint's, or only a part "
                "of a gallery.",
                source=self.source,
                remedy="Give tenprint a database of its own.",
            )
        query = "SELECT value FROM meta WHERE key = 'format'"
        format_version = connection.exec_driver_sql(query).scalar()
        if format_version != str(TRUTH_VERSION):
            raise StoreVersionError(
                f"The gallery has format {format_version}; "
                f"this tenprint reads format {TRUTH_VERSION}.",
                source=self.source,
            )
        return True

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turns PostgreSQL's errors into those of the error tree."""
        try:
            yield
        except DBAPIError as error:
            raise _translate(error.orig, self.source) from error
        except psycopg.Error as error:
            raise _translate(error, self.source) from error
        except PoolTimeoutError as error:
            raise StoreBusyError(
                "All connections to the database are in use.", source=self.source
            ) from error

    def select(
        self, connection: Connection, statement: str, values: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        """Rows as the driver gives them, in its binary form."""
        driver: Any = connection.connection.driver_connection
        with driver.cursor(binary=True) as cursor:
            cursor.execute(statement.replace("?", "%s"), values)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def select_among(
        self, connection: Connection, statement: str, keys: Sequence[int] | Sequence[str]
    ) -> list[tuple[Any, ...]]:
        """Rows whose key is among any number of `keys`."""
        rows: list[tuple[Any, ...]] = []
        for start in range(0, len(keys), _KEYS):
            some = list(keys[start : start + _KEYS])
            rows += self.select(connection, statement.format(among="= ANY(?)"), (some,))
        return rows

    def copy_to(self, path: Path) -> bool:
        """A database on a server is no file."""
        return False

    def checkpoint(self) -> int:
        """Nothing: the server does so by itself."""
        return 0

    def warm(self, stop: Callable[[], bool]) -> bool:
        """Nothing: the server minds its own memory."""
        return False

    def scrub(self, tables: Sequence[str], whole: bool) -> bool:
        """Vacuum the tables; nothing if none are named."""
        if not tables and not whole:
            return True
        names = [table.name for table in truth.sorted_tables]
        quoted = ", ".join(f'"{name}"' for name in [*names, *tables])
        with self.engine.connect() as plain:
            connection = plain.execution_options(isolation_level="AUTOCOMMIT")
            connection.exec_driver_sql(f"VACUUM {'(FULL)' if whole else ''} {quoted}")
        return True


def _connect(url: URL, busy_timeout: float) -> Engine:
    engine = create_engine(
        url.update_query_dict({**_PATIENCE, **url.query}),
        isolation_level="READ COMMITTED",  # whoever waited for the lock sees what was committed
        pool_pre_ping=True,  # a server that was restarted meanwhile is not an error
        pool_size=8,
        max_overflow=24,
        pool_timeout=max(busy_timeout, 1.0),
        hide_parameters=True,  # an error's text must not hold identifiers
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: psycopg.Connection[Any], _record: object) -> None:
        with connection.cursor() as cursor:
            # 0 would mean to wait for ever.
            milliseconds = max(1, round(1000 * busy_timeout))
            cursor.execute("SELECT set_config('lock_timeout', %s, false)", (f"{milliseconds}ms",))
            # A writer that has stopped, or whose machine is gone, does not hold the lock for ever.
            cursor.execute("SET idle_in_transaction_session_timeout = '60s'")
            # A commit has reached the disk when it returns, whatever the server's default.
            cursor.execute(
                "SELECT set_config('synchronous_commit', 'on', false)"
                " WHERE current_setting('synchronous_commit') = 'off'"
            )
        connection.commit()

    return engine


def _translate(error: BaseException | None, source: str) -> TenprintError:
    state = getattr(error, "sqlstate", None)
    if state in _BUSY:
        return StoreBusyError("Another process is writing to the gallery.", source=source)
    if state == "53100":
        return StoreError("The disk is full.", source=source)
    if state in _GONE or (state or "").startswith("08"):
        return StoreUnavailableError(source=source)
    if state in _DAMAGED:
        return StoreFormatError("The database is damaged.", source=source, field=f"SQL {state}")
    if state in ("42501", "25006"):
        return StoreError("The database may not be written by this user, or at all.", source=source)
    if state is None and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return _translate_connecting(str(error), source)
    # The server's detail line is left out: it repeats the values, which identify people.
    diagnosis = getattr(getattr(error, "diag", None), "message_primary", None)
    words = diagnosis or type(error).__name__
    return StoreError(f"The database refused: {words}.", source=source, field=state)


def _translate_connecting(text: str, source: str) -> TenprintError:
    """An error without a code: the connection could not be made, or broke."""
    waiting = ("starting up", "shutting down", "too many", "recovery")
    if "FATAL" in text and not any(words in text for words in waiting):
        refusal = text[text.index("FATAL") :].removeprefix("FATAL:").strip().splitlines()[0]
        return StoreError(f"The database server refused: {refusal}.", source=source)
    return StoreUnavailableError(source=source)
