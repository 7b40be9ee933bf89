"""What is checked of events, flags, identifiers and of whom to consolidate."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from tenprint.desk._submission import Event, Flag, Operation, Submission
from tenprint.model import InputError, Purpose, check_partial_date
from tenprint.records import EventKind, FlagKind

#: Code, field, and what is wrong.
Found = tuple[str, str, str]

#: Operations that concern an event or a flag of a person, by its id.
NAMES_ENTRY = frozenset(
    {
        Operation.SEAL_EVENT,
        Operation.UNSEAL_EVENT,
        Operation.REMOVE_EVENT,
        Operation.REMOVE_FLAG,
    }
)

_TAKES = {
    "flag": frozenset({Operation.SET_FLAG}),
    "identifier": frozenset({Operation.ADD_IDENTIFIER, Operation.REMOVE_IDENTIFIER}),
    "entry": NAMES_ENTRY | {Operation.SET_FLAG},
    "other_people": frozenset({Operation.CONSOLIDATE}),
}
_MAY_LACK = {("entry", Operation.SET_FLAG)}

#: What an event of a check may be.
_OF_CHECKS = ("arrest", "check")

#: Texts of answers are lines: an entry in several would pass for another one.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")
_ID = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,200}")

_MAX_CHARGES, _MAX_CHARGE, _MAX_TEXT = 50, 1000, 4000
_MAX_CODES, _MAX_WORDS = 50, 300

#: Purposes for which arrests, charges, dispositions and custody are recorded.
_CRIMINAL = (Purpose.CRIMINAL_JUSTICE, Purpose.ADMINISTRATION)

#: The most people that become one with another at once, while nobody else can write.
MAX_OTHERS = 20


def entry_faults(of: Submission, now: datetime) -> Iterator[Found]:
    """The faults of a submission's `event`, `flag`, `identifier`, `entry` and `other_people`."""
    for field, operations in _TAKES.items():
        stated = getattr(of, field) not in (None, ())
        if stated and of.what not in operations:
            yield "input", field, "The operation takes none."
        if not stated and of.what in operations and (field, of.what) not in _MAY_LACK:
            yield "missing", field, f"The operation needs {field}."
    if of.entry is not None and not _ID.fullmatch(of.entry):
        yield "input", "entry", "It is 1 to 200 characters, none a control character."
    if of.event is not None:
        yield from _event(of.event, of.what)
        criminal = of.event.kind in list(EventKind) and not EventKind(of.event.kind).civil
        if criminal and of.purpose not in _CRIMINAL:
            yield "input", "event.kind", f"A criminal event needs the purpose {_CRIMINAL[0]}."
    elif of.what is Operation.ADD_EVENT:
        yield "missing", "event", "The operation needs an event."
    if of.flag is not None:
        yield from _flag(of.flag, now)
    yield from _others(of)


def _event(event: Event, what: Operation) -> Iterator[Found]:
    kinds = list(EventKind) if what is Operation.ADD_EVENT else _OF_CHECKS
    if event.kind not in kinds:
        yield "input", "event.kind", f"It is {' or '.join(kinds)}."
    if event.date:
        try:
            check_partial_date(event.date)
        except InputError as error:
            yield error.code, "event.date", error.message
    words = (*event.charges, event.disposition, event.case)
    if len(event.charges) > _MAX_CHARGES or any(len(each) > _MAX_CHARGE for each in words):
        yield "size", "event", "At most 50 charges of 1000 characters."
    coded = (*event.codes, *event.codes.values())
    if len(event.codes) > _MAX_CODES or any(len(each) > _MAX_WORDS for each in coded):
        yield "size", "event.codes", "At most 50 of 300 characters."
    if not {"case", "disposition"}.isdisjoint(event.codes):
        yield "input", "event.codes", "Case and disposition have fields of their own."
    if any(map(_CONTROL.search, coded)):
        yield "input", "event.codes", "A control character."
    if what is not Operation.ADD_EVENT:
        return  # what comes from a card is kept as far as it goes
    if not event.date:
        yield "missing", "event.date", "The operation needs the event's date."
    if any(map(_CONTROL.search, words)):
        yield "input", "event", "A control character."
    if len("\n".join(event.charges)) > _MAX_TEXT:
        yield "size", "event.charges", f"More than {_MAX_TEXT} characters in all."


def _flag(flag: Flag, now: datetime) -> Iterator[Found]:
    if flag.kind not in list(FlagKind):
        yield "input", "flag.kind", f"It is {' or '.join(FlagKind)}."
    faulty = [
        *_time("flag.since", flag.since),
        *_time("flag.until", flag.until),
    ]
    yield from faulty
    if not faulty and flag.until is not None and flag.until <= max(flag.since or now, now):
        yield "input", "flag.until", "It is past, or not after the flag's beginning."
    if len(flag.note) > _MAX_WORDS:
        yield "size", "flag.note", f"More than {_MAX_WORDS} characters."
    if _CONTROL.search(flag.note):
        yield "input", "flag.note", "A control character."


def _time(field: str, moment: datetime | None) -> Iterator[Found]:
    if moment is None:
        return
    if moment.tzinfo is None:
        yield "input", field, "A time without a time zone."
        return
    try:
        moment.astimezone(UTC)
    except OverflowError:
        yield "input", field, "In UTC it is no time of the calendar."


def _others(of: Submission) -> Iterator[Found]:
    others = of.other_people
    if len(others) > MAX_OTHERS:
        yield "size", "other_people", f"More than {MAX_OTHERS} people."
    if not all(_ID.fullmatch(each) for each in others):
        words = "Each is 1 to 200 characters, none a control character."
        yield "input", "other_people", words
    if of.person in others or len(set(others)) < len(others):
        yield "input", "other_people", "A person and itself, or one twice."
