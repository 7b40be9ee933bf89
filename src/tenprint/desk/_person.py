"""A person's record as an agency may see it, JSON-ready."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from tenprint.access import Caller, Part
from tenprint.desk._encoding import biographics_dict
from tenprint.desk._notices import event_dict
from tenprint.desk._workings import Workings
from tenprint.records import PersonRecord


def record_dict(
    works: Workings, connection: Connection, caller: Caller, person: str, seen: frozenset[Part]
) -> dict[str, Any]:
    """The parts of a record that are seen; others have no key.

    Raises
    ------
    PersonNotFoundError
        Also where the person is sealed and sealed parts are not seen.
    """
    record = works.records.person(connection, person, seen, agency=caller.agency)
    return as_dict(record, seen, works.now())


def as_dict(record: PersonRecord, seen: frozenset[Part], now: datetime) -> dict[str, Any]:
    """A record that was read with these parts; only flags that are in force `now` (UTC)."""
    found: dict[str, Any] = {"person": record.id, "status": record.status.value}
    if Part.FLAGS in seen:
        found["flags"] = [
            {
                "id": flag.id,
                "kind": flag.kind.value,
                "issuer": flag.issuer,
                "since": flag.since.isoformat(),
                "until": None if flag.until is None else flag.until.isoformat(),
                "note": flag.reference,
            }
            for flag in record.flags
            if flag.since <= now and (flag.until is None or now < flag.until)
        ]
    if Part.BIOGRAPHICS in seen:
        stated: list[dict[str, Any]] = []
        for who in record.biographics:
            said = biographics_dict(who)
            said.pop("identifiers", None)
            if said and said not in stated:
                stated.append(said)
        found["biographics"] = stated
    if Part.IDENTIFIERS in seen:
        said_so = [each for who in record.biographics for each in who.identifiers]
        found["identifiers"] = [
            {"kind": each.kind, "value": each.value, "issuer": each.issuer}
            for each in dict.fromkeys((*record.identifiers, *said_so))
        ]
    if seen & {Part.CRIMINAL_EVENTS, Part.CIVIL_EVENTS}:
        found["events"] = [
            event_dict(event)
            for event in sorted(record.events, key=lambda each: each.date)
            if (Part.CIVIL_EVENTS if event.kind.civil else Part.CRIMINAL_EVENTS) in seen
            and (not event.sealed or Part.SEALED in seen)
        ]
    if Part.ENCOUNTERS in seen:
        found["encounters"] = [
            {
                "id": each.id,
                "agency": each.agency,
                "at": (each.taken_at or each.stored_at).isoformat(),
                "class": None if each.klass is None else each.klass.value,
                "images": len(each.images),
                "kinds": dict(Counter(image.kind.value for image in each.images)),
            }
            for each in record.encounters
        ]
    return found
