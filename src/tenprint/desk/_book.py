"""What the desk writes into people's records."""

from __future__ import annotations

import json
import math
import re
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, or_

from tenprint.audit import Event as AuditEvent
from tenprint.audit import EventKind as AuditKind
from tenprint.audit import append
from tenprint.desk._enter import ENTRIES, add_event, enter
from tenprint.desk._found import Found
from tenprint.desk._notices import pack_reference
from tenprint.desk._prepare import Prepared
from tenprint.desk._rights import check_rights
from tenprint.desk._rows import caller_of, get_part, put_part, seal_of
from tenprint.desk._schema import parts
from tenprint.desk._sealing import Seal
from tenprint.desk._submission import Attachment, Event, Operation, Print, Submission
from tenprint.desk._workings import Workings
from tenprint.formats import media_type, pack
from tenprint.model import ConflictError, NotFoundError, Purpose, TransactionClass
from tenprint.records import (
    EventKind,
    ImageKind,
    NewEncounter,
    NewImage,
    RecordStatus,
    Retention,
)
from tenprint.records import Prepared as ReadyEncounter
from tenprint.store import Change


@dataclass(frozen=True)
class Kept:
    """Whom a change concerned, and the encounter."""

    person: str | None
    encounter: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


_REASON = re.compile(r"[a-z0-9-]{1,40}")


def verify_score(fmr: float) -> float:
    """The score at which a verification says yes."""
    return -math.log10(fmr)


def keep_found(connection: Connection, seal: Seal, key: str, found: Found) -> None:
    """Keep a later search's outcome."""
    put_part(connection, seal, key, "found", found.to_bytes())


def drop_pictures(connection: Connection, seal: Seal, key: str, told: Collection[str]) -> None:
    """Forget what was sent, and of those found all but whom the answer told, after the last one.

    What is retained lies with the person.
    """
    data = get_part(connection, seal, key, "found")
    names: tuple[str, ...] = ("print-%", "against-%", "attachment-%", "ebts")
    if data is not None:
        found = Found.from_bytes(data)
        left = tuple(each for each in found.candidates if each.person in told)
        if left:
            keep_found(connection, seal, key, replace(found, candidates=left))
        else:
            names = (*names, "found")
    heavy = or_(*(parts.c.name.like(name) for name in names))
    connection.execute(delete(parts).where(parts.c.key == key, heavy))


def ready_encounter(
    works: Workings, row: Row[Any], submission: Submission, sample: Prepared | None
) -> ReadyEncounter:
    """A submission as an encounter, its pictures encrypted and on the disk.

    Made before the writer's lock is taken; if it is not stored then, the files are swept away.
    """
    with works.store.reading() as connection:
        new = _encounter(works, connection, row, submission, sample)
    return works.records.prepare(new)


def keep(
    works: Workings, change: Change, row: Row[Any], new: ReadyEncounter, person: str | None
) -> Kept:
    """Make an encounter one of a person, or of a new one (None, or an unused id)."""
    records = works.records
    known = person is not None and records.status(change.connection, person) is not None
    if person is not None and known:
        encounter = records.add_encounter(change, person, new)
    else:
        person = records.new_person(change, person, new)
        encounter = str(new.new.id)
    _log(change.connection, works, row, person, "add-encounter" if known else "new-person")
    return Kept(person, encounter)


def note_status(
    works: Workings, change: Change, submission: Submission, person: str, encounter: str
) -> None:
    """Make an encounter active or inactive, where the submission says which."""
    if submission.status is not None:
        active = submission.status == "active"
        works.records.set_encounter_status(change, person, encounter, active)


def _log(
    connection: Connection,
    works: Workings,
    row: Row[Any],
    person: str | None,
    word: str,
    entry: str | None = None,
) -> None:
    caller = caller_of(row)
    detail = {} if entry is None else {"entry": entry}
    append(
        connection,
        AuditEvent(
            AuditKind.CHANGED, row.agency, caller.actor, Purpose(row.purpose), row.transaction,
            TransactionClass(row.klass), person, word, detail,
        ),
        at=works.now(),
    )  # fmt: skip


def _encounter(
    works: Workings,
    connection: Connection,
    row: Row[Any],
    submission: Submission,
    sample: Prepared | None,
) -> NewEncounter:
    caller = caller_of(row)
    return NewEncounter(
        agency=caller.agency,
        packed=_packed(sample),
        id=submission.encounter or secrets.token_hex(16),
        transaction=submission.transaction,
        klass=submission.klass,
        purpose=submission.purpose,
        taken_at=submission.captured,
        biographics=submission.biographics,
        detail=_detail(submission),
        images=_images(works, connection, row, submission),
        galleries=submission.options.galleries or ("default",),
        retention=_retention(submission),
    )


def _packed(sample: Prepared | None) -> bytes:
    return b"" if sample is None else b"".join(pack(each) for each in sample.templates)


def _detail(submission: Submission) -> dict[str, str]:
    kind = {"encounter-type": submission.encounter_type} if submission.encounter_type else {}
    return {**submission.context, **kind}


def _images(
    works: Workings, connection: Connection, row: Row[Any], submission: Submission
) -> tuple[NewImage, ...]:
    """The originals, fetched from the transaction's parts."""
    seal = seal_of(works.vault, connection, row)

    def data(name: str) -> bytes:
        found = get_part(connection, seal, row.key, name)
        if found is None:
            raise NotFoundError("A picture of the transaction is missing.", field=name)
        return found

    prints = [
        _print_image(each, data(f"print-{number}"))
        for number, each in enumerate(submission.prints)
        if not each.template
    ]
    others = [
        _attachment(each, data(f"attachment-{number}"))
        for number, each in enumerate(submission.attachments)
    ]
    return (*prints, *others)


def _print_image(one: Print, data: bytes) -> NewImage:
    detail: dict[str, str] = {}
    # What extracting it again needs to know.
    if one.shape is not None:
        detail["shape"] = f"{one.shape[0]} {one.shape[1]}"
    if one.ppi is None:
        detail["resolution"] = "its own"
    if one.missing:
        detail["missing"] = " ".join(str(int(finger)) for finger in one.missing)
    if one.boxes:
        detail["boxes"] = json.dumps({str(int(f)): list(box) for f, box in one.boxes.items()})
    return NewImage(
        data,
        ImageKind.FINGER,
        "image/x-raw" if one.shape else media_type(data) or "application/octet-stream",
        one.finger,
        one.impression,
        round(one.ppi or 500),
        detail,
    )


def _attachment(one: Attachment, data: bytes) -> NewImage:
    kinds = {each.value for each in ImageKind} - {"finger"}
    kind = ImageKind(one.kind) if one.kind in kinds else ImageKind.OTHER
    return NewImage(data, kind, one.media, detail=dict(one.notes))


_RETENTIONS = {
    TransactionClass.CRIMINAL_TENPRINT: Retention.CRIMINAL,
    TransactionClass.CIVIL_CHECK: Retention.CIVIL_RETAINED,
    TransactionClass.BORDER_CHECK: Retention.BORDER,
}


def _retention(submission: Submission) -> Retention:
    criminal = submission.purpose is Purpose.CRIMINAL_JUSTICE
    usual = Retention.CRIMINAL if criminal else Retention.CIVIL_RETAINED
    return _RETENTIONS.get(submission.klass, usual)


def note_event(
    works: Workings,
    connection: Connection,
    row: Row[Any],
    submission: Submission,
    person: str | None,
) -> None:
    """Record the arrest or check with the person, tell subscribers, and subscribe if asked."""
    criminal = submission.klass is TransactionClass.CRIMINAL_TENPRINT
    civil = submission.klass is TransactionClass.CIVIL_CHECK
    if person is None:
        return
    stated = submission.event
    if stated is not None or criminal or civil:
        usual = Event((EventKind.ARREST if criminal else EventKind.CHECK).value)
        add_event(works, connection, row, person, stated or usual)
    if submission.options.subscribe_days:
        until = works.now() + timedelta(days=submission.options.subscribe_days)
        reference = pack_reference(caller_of(row), submission.purpose, submission.options.callback)
        works.records.subscribe(
            connection, row.agency, person, {EventKind.ARREST}, until, reference
        )


def act(
    works: Workings,
    change: Change,
    row: Row[Any],
    submission: Submission,
    sample: Prepared | None,
    ready: ReadyEncounter | None,
) -> Kept:
    """One change of records, in the caller's transaction.

    Raises
    ------
    AccessError, NotFoundError, ConflictError, InputError
        The caller's transaction must be undone then.
    """
    records, connection, what = works.records, change.connection, submission.what
    person, encounter = submission.person or "", submission.encounter
    check_rights(works, connection, caller_of(row), submission)
    if what is Operation.ADD_ENCOUNTER and ready is not None:
        done = Kept(person, records.add_encounter(change, person, ready))
    elif what is Operation.REPLACE_ENCOUNTER:
        done = _replace(works, change, row, submission, sample)
    elif what is Operation.MERGE:
        merge = records.merge(change, person, submission.other_person or "")
        done = Kept(person, more={"merge": merge})
    elif what is Operation.UNMERGE:
        done = Kept(records.unmerge(change, _merge_of(works, connection, submission)))
    elif what is Operation.MOVE:
        source = submission.other_person or ""
        done = Kept(person, records.move_encounter(change, source, str(encounter), person))
    elif what is Operation.CONSOLIDATE:
        merges = records.consolidate(change, person, submission.other_people)
        done = Kept(person, more={"merges": merges})
    elif what in ENTRIES:
        done = Kept(person, more=enter(works, change, row, submission))
    else:
        gone = _act_on(works, change, row, submission)
        # Whom an expunge was about must not stay in its own answer.
        done = Kept(None) if gone else Kept(person, encounter, {"person": person})
    entry = done.more.get("entry", submission.entry)
    _log(connection, works, row, done.person, what.value, entry)
    return done


def _act_on(works: Workings, change: Change, row: Row[Any], submission: Submission) -> bool:
    """Changes of one person's status, galleries, or existence; whether the person is gone."""
    records, what = works.records, submission.what
    person, encounter = submission.person or "", submission.encounter
    if what is Operation.SET_STATUS:
        active = submission.status == "active"
        if encounter is not None:
            records.set_encounter_status(change, person, encounter, active)
        elif records.status(change.connection, person) is RecordStatus.SEALED:
            raise ConflictError("A sealed person has no other status.", field="status")
        else:
            status = RecordStatus.ACTIVE if active else RecordStatus.INACTIVE
            records.set_status(change, person, status)
    elif what is Operation.SET_GALLERIES:
        every = records.person(change.connection, person).encounters
        for each in [encounter] if encounter is not None else [one.id for one in every]:
            records.set_galleries(change, person, each, submission.options.galleries)
    elif what is Operation.SEAL:
        records.seal(change, person)
    elif what is Operation.UNSEAL:
        records.unseal(change, person)
    elif what is Operation.DELETE_ENCOUNTER:
        every = records.person(change.connection, person).encounters
        if [one.id for one in every] == [encounter]:
            _expunge(works, change, row, person, submission.reason)
            return True
        records.delete_encounter(change, person, str(encounter))
    elif what in (Operation.DELETE_PERSON, Operation.EXPUNGE):
        _expunge(works, change, row, person, submission.reason)
        return True
    else:
        raise ConflictError("The class has no such operation.", field="operation")
    return False


def _expunge(works: Workings, change: Change, row: Row[Any], person: str, reason: str) -> None:
    actor = caller_of(row).actor
    words = reason if _REASON.fullmatch(reason) else "agency-request"
    works.records.expunge(change, person, words, agency=row.agency, actor=actor)


def _replace(
    works: Workings,
    change: Change,
    row: Row[Any],
    submission: Submission,
    sample: Prepared | None,
) -> Kept:
    person, encounter = submission.person or "", submission.encounter or ""
    images = _images(works, change.connection, row, submission)
    works.records.update_encounter(
        change,
        person,
        encounter,
        packed=_packed(sample) if sample is not None else None,
        biographics=submission.biographics,
        detail=_detail(submission),
        images=images if images else None,
        taken_at=submission.captured,
    )
    if submission.options.galleries:
        galleries = submission.options.galleries
        works.records.set_galleries(change, person, encounter, galleries)
    note_status(works, change, submission, person, encounter)
    return Kept(person, encounter)


def _merge_of(works: Workings, connection: Connection, submission: Submission) -> str:
    for each in works.records.merges(connection, submission.person or ""):
        if each.source == submission.other_person and each.undone_at is None:
            return each.id
    raise NotFoundError("These two were not merged.", field="other_person")


def encounter_number(works: Workings, person: str, encounter: str) -> int:
    """The store's number of an encounter.

    Raises
    ------
    NotFoundError
    """
    with works.store.reading() as connection:
        for each in works.records.person(connection, person).encounters:
            if each.id == encounter and each.number is not None:
                return each.number
    raise NotFoundError("There is no such encounter.", field="encounter")
