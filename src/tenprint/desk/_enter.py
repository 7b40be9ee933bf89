"""Events, flags and identifiers as the desk writes them into a person's record."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import Connection, Row

from tenprint.access import Part
from tenprint.desk._notices import notify
from tenprint.desk._rows import caller_of
from tenprint.desk._submission import Event, Operation, Submission
from tenprint.desk._submission import Flag as StatedFlag
from tenprint.desk._workings import Workings
from tenprint.model import InputError, NotFoundError, Purpose
from tenprint.records import EventKind, EventRecord, Flag, FlagKind, NewEvent
from tenprint.store import Change

T = TypeVar("T")

#: Operations on one event, flag or identifier of a person.
ENTRIES = frozenset(
    {
        Operation.SET_FLAG,
        Operation.REMOVE_FLAG,
        Operation.ADD_EVENT,
        Operation.SEAL_EVENT,
        Operation.UNSEAL_EVENT,
        Operation.REMOVE_EVENT,
        Operation.ADD_IDENTIFIER,
        Operation.REMOVE_IDENTIFIER,
    }
)

#: The longest text of an event that comes with prints; a card may state more.
_MAX_TEXT = 4000


def add_event(
    works: Workings, connection: Connection, row: Row[Any], person: str, stated: Event
) -> EventRecord:
    """Record an event as the transaction's agency states it, and tell subscribers.

    Raises
    ------
    PersonNotFoundError, ConflictError, InputError
    """
    codes = dict(stated.codes)
    if stated.case:
        codes["case"] = stated.case
    if stated.disposition:
        codes["disposition"] = stated.disposition
    text = "\n".join(stated.charges)[:_MAX_TEXT]
    date = stated.date or works.now().date().isoformat()
    new = NewEvent(
        EventKind(stated.kind), row.agency, date, text, codes, transaction=row.transaction
    )
    event = works.records.add_event(connection, person, new)
    notify(works, connection, person, event)
    return event


def enter(works: Workings, change: Change, row: Row[Any], of: Submission) -> dict[str, Any]:
    """One of `ENTRIES`, in the caller's transaction; what the answer tells of it.

    Who may not see sealed parts finds no sealed event.

    Raises
    ------
    NotFoundError, ConflictError, InputError
    """
    records, connection, what = works.records, change.connection, of.what
    person, entry = of.person or "", of.entry or ""
    told: dict[str, Any] = {"person": person}
    if what is Operation.ADD_EVENT:
        told["entry"] = add_event(works, connection, row, person, _stated(of.event)).id
    elif what is Operation.SET_FLAG:
        told["entry"] = records.set_flag(
            connection, person, _flag(works, row, of, _stated(of.flag))
        ).id
    elif what is Operation.REMOVE_FLAG:
        records.remove_flag(connection, person, entry)
    elif what is Operation.ADD_IDENTIFIER:
        records.add_identifier(change, person, _stated(of.identifier))
    elif what is Operation.REMOVE_IDENTIFIER:
        records.remove_identifier(change, person, _stated(of.identifier))
    else:
        _change_event(works, connection, row, of)
    return told


def _change_event(works: Workings, connection: Connection, row: Row[Any], of: Submission) -> None:
    records, person, entry = works.records, of.person or "", of.entry or ""
    event = records.event(connection, person, entry)
    if event.sealed and not _sees_sealed(works, row):
        raise NotFoundError("The person has no such event.", field="entry")
    if of.what is Operation.REMOVE_EVENT:
        records.remove_event(connection, person, entry)
    else:
        sealed = of.what is Operation.SEAL_EVENT
        records.seal_event(connection, person, entry, sealed)


def _sees_sealed(works: Workings, row: Row[Any]) -> bool:
    return Part.SEALED in works.permissions.may_see(caller_of(row), Purpose(row.purpose))


def _flag(works: Workings, row: Row[Any], of: Submission, stated: StatedFlag) -> Flag:
    since = stated.since or works.now()
    kind = FlagKind(stated.kind)
    return Flag(kind, row.agency, since, stated.until, stated.note, of.entry or "")


def _stated(value: T | None) -> T:
    """What admission has seen to be there."""
    if value is None:
        raise InputError("The submission lacks what the operation needs.", field="operation")
    return value
