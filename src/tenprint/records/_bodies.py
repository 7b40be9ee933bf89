"""What is encrypted of a row, as JSON with short names."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tenprint.model import Biographics, Identifier, InputError, PersonName, Sex
from tenprint.records._types import EventKind, EventRecord, Flag, FlagKind, NewEvent

#: The most entries of a detail or of an event's codes, and the longest text of an event.
MAX_DETAIL, MAX_EVENT_TEXT = 100, 4000

#: The most bytes of one body.
MAX_BODY = 1 << 20


def dump(value: Any) -> bytes:
    """JSON in as few bytes as it takes.

    Raises
    ------
    InputError
        If it is too large, or no proper text.
    """
    try:
        data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise InputError("This is not proper text.", field="text") from None
    if len(data) > MAX_BODY:
        raise InputError(f"More than {MAX_BODY} bytes of text.", field="text")
    return data


def encounter_body(who: Biographics, detail: Mapping[str, str]) -> bytes:
    """Biographics and detail of an encounter."""
    check_mapping(detail, "detail")
    body: dict[str, Any] = {}
    if who.names:
        body["n"] = [[name.given, name.family] for name in who.names]
    if who.birth_dates:
        body["b"] = list(who.birth_dates)
    if who.sex is not Sex.UNKNOWN:
        body["s"] = who.sex.value
    if who.identifiers:
        body["i"] = [[each.kind, each.value, each.issuer] for each in who.identifiers]
    if who.other:
        body["o"] = dict(who.other)
    if detail:
        body["d"] = dict(detail)
    return dump(body)


def read_encounter_body(data: bytes) -> tuple[Biographics, dict[str, str]]:
    """Biographics and detail."""
    body = json.loads(data)
    return biographics(body), body.get("d", {})


def biographics(body: Mapping[str, Any]) -> Biographics:
    """The biographics of a body that was read."""
    return Biographics(
        tuple(PersonName(given, family) for given, family in body.get("n", ())),
        tuple(body.get("b", ())),
        Sex(body.get("s", Sex.UNKNOWN)),
        tuple(Identifier(*each) for each in body.get("i", ())),
        body.get("o", {}),
    )


def event_body(event: NewEvent) -> bytes:
    """What an event says."""
    if len(event.text) > MAX_EVENT_TEXT:
        raise InputError(f"More than {MAX_EVENT_TEXT} characters.", field="text")
    check_mapping(event.codes, "codes")
    return dump(
        {
            "k": event.kind.value,
            "a": event.agency,
            "d": event.date,
            "x": event.text,
            "c": dict(event.codes),
            "t": event.transaction,
        }
    )


def read_event(
    body: Mapping[str, Any],
    id: str,  # noqa: A002
    sealed: bool,
    recorded_at: datetime | None,
) -> EventRecord:
    """An event from its body and its row."""
    return EventRecord(
        kind=EventKind(body["k"]),
        agency=body["a"],
        date=body["d"],
        text=body["x"],
        codes=body["c"],
        sealed=sealed,
        transaction=body["t"],
        id=id,
        recorded_at=recorded_at,
    )


def flag_body(flag: Flag) -> bytes:
    """What a flag says."""
    return dump(
        {
            "k": flag.kind.value,
            "i": flag.issuer,
            "s": utc(flag.since).isoformat(),
            "u": None if flag.until is None else utc(flag.until).isoformat(),
            "r": flag.reference,
        }
    )


def read_flag(body: Mapping[str, Any], id: str) -> Flag:  # noqa: A002
    """A flag from its body."""
    until = body["u"]
    return Flag(
        kind=FlagKind(body["k"]),
        issuer=body["i"],
        since=datetime.fromisoformat(body["s"]),
        until=None if until is None else datetime.fromisoformat(until),
        reference=body["r"],
        id=id,
    )


def identifier_body(identifier: Identifier) -> bytes:
    """An identifier."""
    return dump([identifier.kind, identifier.value, identifier.issuer])


def utc(moment: datetime) -> datetime:
    """The same moment in UTC.

    Raises
    ------
    InputError
        If it has no time zone.
    """
    if moment.tzinfo is None:
        raise InputError("A time without a time zone.", field="time")
    return moment.astimezone(UTC)


def check_mapping(values: Mapping[str, str], field: str) -> None:
    """Raise `InputError` if these are not texts, or too many."""
    if len(values) > MAX_DETAIL:
        raise InputError(f"More than {MAX_DETAIL} entries.", field=field)
    for key, value in values.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise InputError("Names and values are text.", field=field)


def check_words(text: str, field: str, most: int) -> str:
    """Raise `InputError` if this is not 1 to `most` characters that a database can store."""
    if not isinstance(text, str) or not 1 <= len(text) <= most:
        raise InputError(f"{field} has 1 to {most} characters.", field=field)
    if any(each < " " or "\ud800" <= each <= "\udfff" for each in text):
        raise InputError("A control character.", field=field)
    return text


def entry_context(kind: str, id: str) -> str:  # noqa: A002
    """What an entry's ciphertext is bound to."""
    return f"entry {kind} {id}"
