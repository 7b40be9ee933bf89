"""Writing to the log, in the caller's transaction."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, insert

from tenprint.audit._commitment import commit, detail_text, seal
from tenprint.audit._event import Event, EventKind
from tenprint.audit._schema import entries, queue
from tenprint.model import InputError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970.

    Raises
    ------
    InputError
        If the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise InputError("A time without a time zone.", field="time")
    past = moment - _EPOCH
    return (past.days * 86_400 + past.seconds) * _SECOND + past.microseconds


def append(connection: Connection, event: Event, *, at: datetime | None = None) -> str:
    """Log one event in the caller's transaction; the leaf's id, 32 hexadecimal digits.

    The event is part of the log when the transaction commits, and of the tree within a second
    after that (`Sequencer`). Two inserts; safe from any thread with a connection of its own.

    Parameters
    ----------
    connection : Connection
        Of a write transaction.
    event : Event
    at : datetime, optional
        When it happened; default: now.
    """
    return append_many(connection, [event], at=at)[0]


def append_many(
    connection: Connection,
    events: Sequence[Event],
    *,
    at: datetime | Sequence[datetime] | None = None,
) -> list[str]:
    """Log several events at once, in this order; each one's id. Cheaper by the piece.

    `at` is when they happened, or when each did.
    """
    if not events:
        return []
    readable, waiting = make_rows(events, at)
    insert_rows(connection, entries, readable)
    insert_rows(connection, queue, waiting)
    return [row["id"].hex() for row in waiting]


_numbers = itertools.count()

#: Rows of one statement. SQLite takes 999 values before 3.32.
_ROWS = 64


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns, in this order.

    On SQLite many rows are one call of the driver: between two calls Python lets other threads go
    first, and everybody who waits for the commit would wait for all of them.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(insert(table), rows)
        return
    driver: Any = connection.connection.driver_connection
    columns = tuple(rows[0])
    for start in range(0, len(rows), _ROWS):
        some = rows[start : start + _ROWS]
        values = [value for row in some for value in row.values()]
        driver.execute(_statement(table.name, columns, len(some)), values).close()


@cache
def _statement(table: str, columns: tuple[str, ...], rows: int) -> str:
    marks = f"({', '.join('?' * len(columns))})"
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([marks] * rows)}"  # noqa: S608


def make_rows(
    events: Sequence[Event], at: datetime | Sequence[datetime] | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The readable rows of events, and the rows of their leaves."""
    moments: Iterable[int]
    if isinstance(at, Sequence):
        moments = map(microseconds, at)
    else:
        moments = [time.time_ns() // 1000 if at is None else microseconds(at)] * len(events)
    readable, waiting = [], []
    for event, moment in zip(events, moments, strict=True):
        entry, commitment = _entry(event, moment)
        readable.append(entry)
        waiting.append(
            {
                "id": entry["id"],
                "commitment": commitment,
                "agency": event.agency,
                "counted": event.kind != EventKind.AGENCY_HEAD,
            }
        )
    return readable, waiting


def _entry(event: Event, moment: int) -> tuple[dict[str, Any], bytes]:
    """The readable row of an event, and the commitment to it."""
    chance = os.urandom(39)
    # First the milliseconds, so that indices grow at their end, and nothing is told that the
    # entry's time does not tell; then a number, so that a process's own are in order; then chance.
    since = moment // 1000 & 0xFFFF_FFFF_FFFF
    identifier = (since << 24 | next(_numbers) & 0xFF_FFFF).to_bytes(9) + chance[:7]
    salt, personal_salt = chance[7:23], chance[23:]
    detail = detail_text(event.detail)
    sealed = seal(personal_salt, event.subject, event.transaction, detail)
    purpose = None if event.purpose is None else str(event.purpose)
    klass = None if event.klass is None else str(event.klass)
    kind, outcome = str(event.kind), str(event.outcome)
    commitment = commit(
        salt, sealed, moment, kind, event.agency, event.actor, purpose, klass, outcome
    )
    row = {
        "id": identifier,
        "time": moment,
        "kind": kind,
        "agency": event.agency,
        "actor": event.actor,
        "purpose": purpose,
        "klass": klass,
        "outcome": outcome,
        "salt": salt,
        "sealed": sealed,
        "subject": event.subject,
        "transaction_id": event.transaction,
        "detail": detail,
        "personal_salt": personal_salt,
    }
    return row, commitment
