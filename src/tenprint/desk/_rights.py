"""Whom an operation names: whether they are there for who asks, and whose records they are."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from tenprint.access import Caller, Part, Reach
from tenprint.desk._submission import Operation, Submission
from tenprint.desk._workings import Workings
from tenprint.model import AccessError, PersonNotFoundError, Purpose
from tenprint.records import PersonRecord, RecordStatus

#: Operations of one encounter where they name one, else of the person.
_OF_ENCOUNTER = frozenset(
    {
        Operation.REPLACE_ENCOUNTER, Operation.DELETE_ENCOUNTER, Operation.SET_STATUS,
        Operation.SET_GALLERIES, Operation.MOVE,
    }
)  # fmt: skip

#: Operations of one event or flag: whoever entered it may do them.
_OF_ENTRY = frozenset(
    {
        Operation.REMOVE_FLAG, Operation.REMOVE_EVENT, Operation.SEAL_EVENT, Operation.UNSEAL_EVENT,
    }
)  # fmt: skip

#: What says whose a record is.
_OWNED = frozenset(
    {
        Part.ENCOUNTERS, Part.OTHER_AGENCIES, Part.CRIMINAL_EVENTS, Part.CIVIL_EVENTS, Part.FLAGS,
        Part.SEALED,
    }
)  # fmt: skip


def is_there(
    works: Workings, connection: Connection, caller: Caller, purpose: Purpose, person: str
) -> bool:
    """Whether somebody is enrolled, as far as the caller may know: a sealed person is not."""
    status = works.records.status(connection, person)
    if status is RecordStatus.SEALED:
        return Part.SEALED in works.permissions.may_see(caller, purpose)
    return status not in (None, RecordStatus.EXPUNGED)


def check_rights(
    works: Workings,
    connection: Connection,
    caller: Caller,
    submission: Submission,
    *,
    enrols: bool = False,
) -> None:
    """Refuse to act on who isn't there, on a sealed person alike, and as `check_own`.

    Asked when an operation is carried out: since it was admitted people were sealed, and others
    have added to their records. Where it `enrols`, it may name somebody whom nobody knows yet.

    Raises
    ------
    PersonNotFoundError
        Also where somebody new would get the identifier of an expunged or sealed person.
    AccessError
    """
    for name, person in _named(submission):
        unused = enrols and works.records.status(connection, person) is None
        if not unused and not is_there(works, connection, caller, submission.purpose, person):
            raise PersonNotFoundError(field=name)
    check_own(works, connection, caller, submission)


def check_own(
    works: Workings, connection: Connection, caller: Caller, submission: Submission
) -> None:
    """Refuse what the table lets the agency do to nobody, or to its own records only.

    Of a person all encounters, events and flags are the agency's own, or the person isn't; of one
    encounter, event or flag it alone counts. Who or what isn't there for the caller is nobody's, so
    that a refusal tells nothing of it.

    Raises
    ------
    AccessError
        `field` is ``operation``.
    """
    permissions, what = works.permissions, submission.what
    permissions.check_operation(caller, what.value)
    if permissions.reach(caller, what.value) is Reach.ANY:
        return
    for name, person in _named(submission):
        if what is Operation.MOVE and name == "person":
            continue  # the target: as where an encounter is added
        if not is_there(works, connection, caller, submission.purpose, person):
            continue
        record = works.records.person(connection, person, _OWNED)
        seen = works.permissions.may_see(caller, submission.purpose)
        if not _is_own(record, caller.agency, submission, sees_sealed=Part.SEALED in seen):
            raise AccessError("The agency may do this to its own records only.", field="operation")


def _named(submission: Submission) -> Iterator[tuple[str, str]]:
    """The people whom an operation names, by the field; who was merged away is not among them."""
    if submission.person is not None:
        yield "person", submission.person
    if submission.other_person is not None and submission.what in (Operation.MERGE, Operation.MOVE):
        yield "other_person", submission.other_person
    for other in submission.other_people:
        yield "other_people", other


def _is_own(
    record: PersonRecord, agency: str, submission: Submission, *, sees_sealed: bool
) -> bool:
    if submission.what in _OF_ENTRY:
        events = [each for each in record.events if sees_sealed or not each.sealed]
        entered = {each.agency for each in events if each.id == submission.entry}
        entered |= {each.issuer for each in record.flags if each.id == submission.entry}
        return entered <= {agency}
    encounters = [(each.id, each.agency) for each in record.encounters]
    if submission.what in _OF_ENCOUNTER and submission.encounter is not None:
        last = submission.what is Operation.DELETE_ENCOUNTER and len(encounters) == 1
        if not last:  # with the last one the person goes
            named = {whose for name, whose in encounters if name == submission.encounter}
            return named <= {agency}
    others = {whose for _, whose in encounters}
    others |= {each.agency for each in record.events} | {each.issuer for each in record.flags}
    return others <= {agency}
