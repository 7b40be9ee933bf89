"""What the log says of who used what, and the readable log itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from tenprint.audit._append import microseconds
from tenprint.audit._event import EventKind
from tenprint.audit._schema import entries, queue
from tenprint.model import InputError, Purpose, TransactionClass

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: The most entries in one answer.
MAX_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class Usage:
    """How many transactions of a class an agency had accepted."""

    agency: str
    klass: TransactionClass
    count: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log, as it can be read.

    Attributes
    ----------
    id : str
        As `append` gave it.
    erased : bool
        Whether `subject`, `transaction` and `detail` were erased.
    """

    id: str
    time: datetime
    kind: str
    agency: str
    actor: str
    purpose: Purpose | None
    klass: TransactionClass | None
    outcome: str
    subject: str | None
    transaction: str | None
    detail: dict[str, str]
    erased: bool


def usage(
    connection: Connection, agency: str | None, since: datetime, until: datetime
) -> list[Usage]:
    """Count the transactions accepted from `since` to before `until`, by agency and class.

    Parameters
    ----------
    agency : str or None
        One agency, or None for all.

    Returns
    -------
    list of Usage
        In the order of agencies and classes; what there was none of is left out.
    """
    query = (
        select(entries.c.agency, entries.c.klass, func.count())
        .where(
            entries.c.time >= microseconds(since),
            entries.c.time < microseconds(until),
            entries.c.kind == EventKind.ACCEPTED.value,
            entries.c.klass.is_not(None),
        )
        .group_by(entries.c.agency, entries.c.klass)
        .order_by(entries.c.agency, entries.c.klass)
    )
    if agency is not None:
        query = query.where(entries.c.agency == agency)  # there is an index by agency and time
    else:  # ids begin with the time, and rows lie in their order
        first, last = _first_id(microseconds(since)), _first_id(microseconds(until) + 1000)
        query = query.where(entries.c.id >= first, entries.c.id < last)
    return [Usage(row[0], TransactionClass(row[1]), row[2]) for row in connection.execute(query)]


def read_entries(
    connection: Connection,
    *,
    agency: str | None = None,
    subject: str | None = None,
    after: str = "",
    limit: int = 100,
) -> list[Entry]:
    """Entries, the newest first, those before the one with the id `after`.

    Parameters
    ----------
    agency, subject : str, optional
        Only these.
    after : str
        The id of the last entry already read; ``""`` for the newest.
    limit : int
        1 to 10,000.

    Raises
    ------
    InputError
        If `after` is no id or `limit` out of range.
    """
    if not 1 <= limit <= MAX_ENTRIES:
        raise InputError(f"The limit is 1 to {MAX_ENTRIES}.", field="limit")
    query = select(entries).limit(limit)
    if agency is None and subject is None:
        query = query.order_by(entries.c.id.desc())
        if after:
            query = query.where(entries.c.id < parse_id(after))
    else:
        query = _by_time(connection, query, after)
    if agency is not None:
        query = query.where(entries.c.agency == agency)
    if subject is not None:
        query = query.where(entries.c.subject == subject)
    return [_entry(row) for row in connection.execute(query)]


def _by_time(connection: Connection, query: Select[Any], after: str) -> Select[Any]:
    """The same order, such that the index by agency and time serves it."""
    query = query.order_by(entries.c.time.desc(), entries.c.id.desc())
    if not after:
        return query
    last = parse_id(after)
    time = connection.execute(select(entries.c.time).where(entries.c.id == last)).scalar()
    if time is None:
        raise InputError("There is no such entry.", field="after")
    earlier = and_(entries.c.time == time, entries.c.id < last)
    return query.where(entries.c.time <= time, or_(entries.c.time < time, earlier))


def count_waiting(connection: Connection) -> int:
    """How many leaves are not in the tree yet; more than a second's worth is a sign of trouble."""
    return connection.execute(select(func.count()).select_from(queue)).scalar_one()


def _first_id(moment: int) -> bytes:
    """Below the ids of all entries from a moment on, in microseconds since 1970."""
    return (moment // 1000 & 0xFFFF_FFFF_FFFF).to_bytes(6)


def parse_id(text: str) -> bytes:
    """The 16 bytes of an entry's id; InputError if it is none."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 16:
        raise InputError("This is no entry's id.", field="id")
    return found


def _entry(row: Any) -> Entry:
    return Entry(
        bytes(row.id).hex(),
        _EPOCH + timedelta(microseconds=row.time),
        row.kind,
        row.agency,
        row.actor,
        None if row.purpose is None else Purpose(row.purpose),
        None if row.klass is None else TransactionClass(row.klass),
        row.outcome,
        row.subject,
        row.transaction_id,
        {} if row.detail is None else json.loads(row.detail),
        row.detail is None,
    )
