"""Reading a SQLite file into the operating system's cache, before requests have to wait for it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress

#: The most of the machine's memory that a file may take to be read whole.
_SHARE = 0.5

#: SQLite's steps between two looks whether to stop: some milliseconds.
_STEPS = 10_000

_NAMES = "SELECT type, name, tbl_name FROM sqlite_master WHERE type IN ('table', 'index')"


def read_through(connection: sqlite3.Connection, size: int, stop: Callable[[], bool]) -> bool:
    """Read every table and index once, row by row; whether all of it was read.

    Through SQLite: another way of opening the file, once closed, would take away the process's
    locks. Nothing is read where `size` bytes are more than half of the machine's memory, since one
    page would drive out the other. The interpreter's lock is free meanwhile.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if size > _SHARE * memory:
        return False
    parts = connection.execute(_NAMES).fetchall()
    statements = [_statement(connection, *part) for part in parts]
    connection.set_progress_handler(stop, _STEPS)
    try:
        for statement in statements:
            with suppress(sqlite3.OperationalError):  # a partial index does not serve
                connection.execute(statement).fetchone()
            if stop():
                return False
    finally:
        connection.set_progress_handler(None, 0)
    return True


def _statement(connection: sqlite3.Connection, kind: str, name: str, table: str) -> str:
    """What steps over all rows; of what does not fit into a row's page the last byte is wanted."""
    if kind == "index":
        return f'SELECT sum(1) FROM "{table}" INDEXED BY "{name}"'  # noqa: S608
    columns = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
    ends = [f'length(substr("{each[1]}", -1))' for each in columns if each[2] == "BLOB"]
    return f'SELECT sum({" + ".join(["1", *ends])}) FROM "{table}" NOT INDEXED'  # noqa: S608
