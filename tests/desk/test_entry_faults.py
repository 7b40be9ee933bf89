"""What is wrong with events, flags and identifiers that are entered: named, all at once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.desk.test_entries import K, O, change
from tests.desk.world import OPERATOR, POLICE, submission

from tenprint.access import Caller
from tenprint.desk import Desk, Event, Flag, Submission
from tenprint.desk._admit_entries import entry_faults
from tenprint.desk._encoding import decode, digest, encode
from tenprint.model import Identifier, Purpose, TransactionError
from tenprint.records import EventKind, FlagKind, NewEvent
from tenprint.records import Flag as StoredFlag
from tenprint.records._bodies import event_body, flag_body, read_flag


def faults(desk: Desk, given: Submission, of: Caller = POLICE) -> set[tuple[str, str]]:
    with pytest.raises(TransactionError) as caught:
        desk.submit(of, given)
    return {(each["code"], each["field"]) for each in caught.value.faults}


NOW = datetime(2026, 11, 1, tzinfo=UTC)
FAR = datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-14)))


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (change("1", O.SET_FLAG), {("missing", "flag")}),
        (change("1", O.REMOVE_FLAG), {("missing", "entry")}),
        (change("1", O.ADD_EVENT), {("missing", "event")}),
        (change("1", O.REMOVE_EVENT, entry="a\nb"), {("input", "entry")}),
        (change("1", O.ADD_IDENTIFIER), {("missing", "identifier")}),
        (change("1", O.SET_FLAG, "", flag=Flag("wanted")), {("input", "person")}),
        (
            change("1", O.SET_FLAG, flag=Flag("famous", datetime(2026, 1, 1), None, "x" * 301)),
            {("input", "flag.kind"), ("input", "flag.since"), ("size", "flag.note")},
        ),
        (
            change("1", O.SET_FLAG, entry="", flag=Flag("wanted", NOW, NOW, "a\nATTENTION: b")),
            {("input", "entry"), ("input", "flag.until"), ("input", "flag.note")},
        ),
        (change("1", O.SET_FLAG, flag=Flag("wanted", until=FAR)), {("input", "flag.until")}),
        (
            change("1", O.ADD_EVENT, event=Event("party", "2026-02-30", ("a\nb",))),
            {("input", "event.kind"), ("input", "event.date"), ("input", "event")},
        ),
        (change("1", O.ADD_EVENT, event=Event("charge")), {("missing", "event.date")}),
        (
            change("1", O.ADD_EVENT, event=Event("charge", "yesterday", ("x" * 999,) * 5)),
            {("input", "event.date"), ("size", "event.charges")},
        ),
        (
            change(
                "1", O.ADD_EVENT,
                event=Event("charge", "2026", codes={"case": "1", "b": "x" * 301, "c": "\x85"}),
            ),
            {("input", "event.codes"), ("size", "event.codes")},
        ),
        (
            change("1", O.ADD_EVENT, event=Event("charge", "2026", case="x" * 1001)),
            {("size", "event")},
        ),
        (
            change(
                "1", O.SET_STATUS, status="active", flag=Flag("wanted"), entry="x",
                identifier=Identifier("a", "b"), other_people=("P2",),
            ),
            {("input", each) for each in ("flag", "entry", "identifier", "other_people")},
        ),
        (
            submission("1", K.CRIMINAL_TENPRINT, 1, event=Event("charge", "2026")),
            {("input", "event.kind")},
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(desk: Desk, given: Submission, found: set[tuple[str, str]]) -> None:
    assert faults(desk, given) == found
    assert desk.list(POLICE) == []


@pytest.mark.parametrize(
    ("others", "found"),
    [
        ((), {("missing", "other_people")}),
        (("P1",), {("input", "other_people")}),
        (("P2", "P2"), {("input", "other_people")}),
        (("P2", "\0"), {("input", "other_people")}),
        (tuple(f"P{n}" for n in range(2, 23)), {("size", "other_people")}),
    ],
)
def test_who_cannot_be_consolidated_is_named(
    desk: Desk, others: tuple[str, ...], found: set[tuple[str, str]]
) -> None:
    assert (
        faults(desk, change("1", O.CONSOLIDATE, of=OPERATOR, other_people=others), OPERATOR)
        == found
    )


EVENTS = st.builds(
    Event,
    st.sampled_from([*(each.value for each in EventKind), "x"]),
    st.one_of(st.dates().map(str), st.text(max_size=12)),
    st.lists(st.text(), max_size=3).map(tuple),
    st.text(),
    st.text(),
    st.dictionaries(st.text(), st.text(), max_size=3),
)
TIMES = st.none() | st.datetimes(timezones=st.none() | st.timezones())
FLAGS = st.builds(Flag, st.sampled_from([*(each.value for each in FlagKind), "x"]), TIMES, TIMES)


@given(EVENTS)
def test_what_is_admitted_of_events_can_be_recorded(event: Event) -> None:
    whole = change("1", O.ADD_EVENT, event=event)
    if not list(entry_faults(whole, NOW)):
        text = "\n".join(event.charges)
        event_body(NewEvent(EventKind(event.kind), "A", event.date, text, event.codes))
        assert decode(encode(whole)["submission"], lambda _name: b"") == whole


@given(FLAGS, st.text())
def test_what_is_admitted_of_flags_can_be_recorded(flag: Flag, note: str) -> None:
    whole = change("1", O.SET_FLAG, flag=replace(flag, note=note))
    if not list(entry_faults(whole, NOW)):
        since = flag.since or NOW
        kept = read_flag(
            json.loads(flag_body(StoredFlag(FlagKind(flag.kind), "A", since, flag.until, note))), ""
        )
        assert (kept.since, kept.until, kept.reference) == (since, flag.until, note)


def test_a_submission_is_kept_whole_and_older_ones_keep_their_digest() -> None:
    given = change(
        "1", O.SET_FLAG, flag=Flag("wanted", NOW, None, "n"), entry="e",
        identifier=Identifier("a", "b", "c"), other_people=("P2",),
        event=Event("charge", "2026", codes={"statute": "1"}),
    )  # fmt: skip
    assert decode(encode(given)["submission"], lambda _name: b"") == given
    old = submission("1", K.CRIMINAL_TENPRINT, event=Event("arrest", "2026", ("Theft",)))
    assert digest(encode(old)).hex() == (
        "b37ff22e034ba0bcbbc59da50474bd7d292873d1f5fcd5bf338163ceea4c1b1f"
    )


@pytest.mark.parametrize("purpose", Purpose)
def test_a_criminal_event_needs_a_criminal_purpose(purpose: Purpose) -> None:
    """Who checks an applicant cannot write an arrest into the applicant's record."""
    allowed = purpose in (Purpose.CRIMINAL_JUSTICE, Purpose.ADMINISTRATION)
    for kind in EventKind:
        for klass in (K.CIVIL_CHECK, K.UPDATE):
            event = Event(kind.value, "2026-01-02", ("x",))
            one = submission("C-1", klass, 1, purpose=purpose, event=event)
            one = replace(one, operation=O.ADD_EVENT if klass is K.UPDATE else O.CHECK)
            found = [each for each in entry_faults(one, NOW) if "purpose" in each[2]]
            assert bool(found) is not (kind.civil or allowed), (kind, klass)
