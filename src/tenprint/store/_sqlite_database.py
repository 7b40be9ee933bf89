"""A store in one SQLite file, or in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, closing, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from tenprint.model import StoreFormatError
from tenprint.store._database import write_notes
from tenprint.store._migrate import migrate_from_1
from tenprint.store._pieces import in_pieces
from tenprint.store._sqlite import check_contents, connect, inspect_file, mark, translated
from tenprint.store._truth_schema import TRUTH_VERSION, truth
from tenprint.store._warming import read_through

#: Formats that are opened; older ones are migrated at once.
_KNOWN = (1, TRUTH_VERSION)


class SqliteDatabase:
    """SQLite's side of `Database`."""

    def __init__(self, path: Path | None, busy_timeout: float) -> None:
        self.source = ":memory:" if path is None else str(path)
        self.shared = path is None
        self.read_options: Mapping[str, Any] = {}
        self._path = path
        self.engine = connect(path, busy_timeout)

    def prepare(self, *, create: bool) -> None:
        """Check the file, bring it to the present format, or make it."""
        fresh = self._path is None or inspect_file(self._path, create=create)
        size = 0 if fresh or self._path is None else self._path.stat().st_size
        with self.translated(), self.engine.connect() as connection:
            found = check_contents(connection, self.source, size, _KNOWN)
            if found == TRUTH_VERSION:
                # A damaged list of tables is found here and not at the first enrolment.
                for table in truth.sorted_tables:
                    connection.exec_driver_sql(f"SELECT 1 FROM {table.name} LIMIT 1").all()  # noqa: S608
                return
        if found == 0 and not create:
            raise StoreFormatError("The file is empty.", source=self.source)
        with self.translated(), self.engine.connect() as plain:
            connection = plain.execution_options(writes=True)
            with connection.begin():
                # Another process may have been first while this one waited for the lock.
                found = check_contents(connection, self.source, size, _KNOWN)
                if found == TRUTH_VERSION:
                    return
                if found == 0:
                    truth.create_all(connection)
                    write_notes(connection)
                else:
                    migrate_from_1(connection, self.source)
                mark(connection, TRUTH_VERSION)

    def translated(self) -> AbstractContextManager[None]:
        """Turns SQLite's errors into those of the error tree."""
        return translated(self.source)

    def select(
        self, connection: Connection, statement: str, values: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        """Rows as the driver gives them."""
        driver: Any = connection.connection.driver_connection
        rows: list[tuple[Any, ...]] = driver.execute(statement, values).fetchall()
        return rows

    def select_among(
        self, connection: Connection, statement: str, keys: Sequence[int] | Sequence[str]
    ) -> list[tuple[Any, ...]]:
        """Rows whose key is among any number of `keys`."""
        rows: list[tuple[Any, ...]] = []
        for some in in_pieces(keys):
            marks = ",".join("?" * len(some))
            rows += self.select(connection, statement.format(among=f"IN ({marks})"), some)
        return rows

    def copy_to(self, path: Path) -> bool:
        """Copy the database through SQLite's backup interface, all pages in one step.

        One step reads one moment, and in write-ahead mode nobody waits for it.
        """
        with closing(sqlite3.connect(path)) as target, self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.backup(target, pages=-1)
            target.execute("PRAGMA journal_mode = DELETE").close()
        return True

    def checkpoint(self) -> int:
        """Copy the write-ahead log into the file without waiting for anybody; the log's pages."""
        if self._path is None:
            return 0
        with self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            (_, pages, _) = driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        return max(0, int(pages))

    def warm(self, stop: Callable[[], bool]) -> bool:
        """Read the file through once, where it fits into half of the machine's memory."""
        if self._path is None:
            return False
        with self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            return read_through(driver, self._path.stat().st_size, stop)

    def scrub(self, tables: Sequence[str], whole: bool) -> bool:
        """Empty the write-ahead log, in which deleted rows still stand, if nobody is reading.

        Where somebody is, SQLite overwrites it later, at the latest when the last process closes
        the file.
        """
        if self._path is None:
            return True
        # Whatever hinders it, the deletion itself is committed and stays so.
        with suppress(sqlite3.Error), self.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            (patience,) = driver.execute("PRAGMA busy_timeout").fetchone()
            try:
                if whole:
                    driver.execute("VACUUM").close()
                driver.execute("PRAGMA busy_timeout = 0").close()
                (busy, _, _) = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                return not busy
            finally:
                driver.execute(f"PRAGMA busy_timeout = {int(patience)}").close()
        return False
