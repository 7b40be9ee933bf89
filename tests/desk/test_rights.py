"""Every operation by every kind of agency, on its own and others' records, and on sealed people."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.desk.test_transactions import answered
from tests.desk.world import (
    caller,
    prints,
    settings,
    submission,
)

from tenprint.access import AgencyKind, Caller, Part, PermissionTable, Reach
from tenprint.desk import OPERATIONS, Desk, Event, Flag, Operation, Options, Submission
from tenprint.model import (
    AccessError,
    Identifier,
    Outcome,
    Purpose,
    TransactionClass,
)
from tenprint.records import EventKind, FlagKind, NewEncounter, NewEvent
from tenprint.records import Flag as KeptFlag

K = TransactionClass
JUSTICE = Purpose.CRIMINAL_JUSTICE

#: What each kind of agency is there for.
PURPOSES = {
    AgencyKind.POLICE: JUSTICE,
    AgencyKind.COURT: JUSTICE,
    AgencyKind.CORRECTION: JUSTICE,
    AgencyKind.BORDER: Purpose.BORDER,
    AgencyKind.CIVIL: Purpose.CIVIL_APPLICANT,
    AgencyKind.IDENTITY: Purpose.IDENTITY_SERVICES,
    AgencyKind.HUMANITARIAN: Purpose.HUMANITARIAN,
    AgencyKind.OPERATOR: Purpose.ADMINISTRATION,
}

#: Operations that name somebody who must be there.
NAMING = sorted(
    set(Operation) - {Operation.CHECK, Operation.IDENTIFY, Operation.ENROL, Operation.VERIFY_PRINTS}
)
#: Operations that name two.
TWO = (Operation.MERGE, Operation.MOVE)
MERGING = (Operation.MERGE, Operation.CONSOLIDATE)
CLASSES = {each: klass for klass, all_of in OPERATIONS.items() for each in all_of}

#: A number by which others know a person.
NUMBER = Identifier("STATE", "AB 12")

_numbers = itertools.count(1)

#: The event or flag that was made for a person.
_entries: dict[str, str] = {}


def new(word: str) -> str:
    return f"{word}{next(_numbers)}"


@cache
def packed() -> bytes:
    return prints(1)[0].data


def given(what: Operation, purpose: Purpose, person: str, encounter: str = "E") -> Submission:
    """An operation on a person, and on one encounter where it must name one."""
    sent, none = prints(1, 1), ()
    more: dict[Operation, dict[str, Any]] = {
        Operation.CHECK: {"prints": sent, "person": None},
        Operation.IDENTIFY: {"prints": sent, "person": None},
        Operation.IDENTIFY_PERSON: {"prints": none},
        Operation.IDENTIFY_ENCOUNTER: {"prints": none, "encounter": encounter},
        Operation.ENROL: {"prints": sent, "options": Options(search_first=False)},
        Operation.ADD_ENCOUNTER: {"prints": sent},
        Operation.REPLACE_ENCOUNTER: {"prints": none, "encounter": encounter},
        Operation.MOVE: {
            "prints": none, "encounter": encounter, "other_person": person,
            "person": f"{person}-twin",
        },
        Operation.SET_STATUS: {"prints": none, "status": "inactive"},
        Operation.SET_GALLERIES: {"prints": none, "options": Options(galleries=("vip",))},
        Operation.SEAL: {"prints": none},
        Operation.UNSEAL: {"prints": none},
        Operation.UNMERGE: {"prints": none, "other_person": f"{person}-twin"},
        Operation.DELETE_PERSON: {"prints": none},
        Operation.DELETE_ENCOUNTER: {"prints": none, "encounter": encounter},
        Operation.EXPUNGE: {"prints": none},
        Operation.VERIFY_PERSON: {"prints": sent},
        Operation.VERIFY_PRINTS: {"prints": sent, "against": sent, "person": None},
        Operation.MERGE: {"prints": none, "other_person": f"{person}-twin"},
        Operation.CONSOLIDATE: {"prints": none, "other_people": (f"{person}-twin",)},
        Operation.SET_FLAG: {"prints": none, "flag": Flag("wanted")},
        Operation.ADD_EVENT: {"prints": none, "event": Event("check", "2026-01-02", ("x",))},
        Operation.ADD_IDENTIFIER: {"prints": none, "identifier": NUMBER},
        Operation.REMOVE_IDENTIFIER: {"prints": none, "identifier": NUMBER},
    }  # fmt: skip
    of_entry = {"prints": none, "entry": _entries.get(person, "none")}
    return submission(
        new("T"), CLASSES[what], purpose=purpose, operation=what,
        **{"person": person, **more.get(what, of_entry)},
    )  # fmt: skip


def made(desk: Desk, what: Operation, agency: str) -> str:
    """A person of two encounters of an agency, ready for an operation, and a twin.

    The twin is another agency's, unless the two are one person.
    """
    person = new("P")
    twin, both = f"{person}-twin", what in (*MERGING, Operation.UNMERGE)
    with desk.store.writing() as change:
        for name, whose in ((person, agency), (twin, agency if both else "OTHER")):
            first = NewEncounter(whose, packed(), id="E")
            desk.records.new_person(change, name, first)
            desk.records.add_encounter(change, name, replace(first, id="E2"))
        if what is Operation.REMOVE_FLAG:
            flag = KeptFlag(FlagKind.WANTED, agency, desk.settings.clock())
            _entries[person] = desk.records.set_flag(change.connection, person, flag).id
        elif what in (Operation.REMOVE_EVENT, Operation.SEAL_EVENT, Operation.UNSEAL_EVENT):
            event = NewEvent(EventKind.ARREST, agency, "2020")
            event = replace(event, sealed=what is Operation.UNSEAL_EVENT)
            _entries[person] = desk.records.add_event(change.connection, person, event).id
        elif what is Operation.REMOVE_IDENTIFIER:
            desk.records.add_identifier(change, person, NUMBER)
        if what is Operation.UNMERGE:
            desk.records.merge(change, person, twin)
        if what is Operation.UNSEAL:
            desk.records.seal(change, person)
    return person


def write_all(folder: Path, name: str, corner: str, rows: Any, columns: Any, cell: str) -> None:
    """A table with the same in every cell."""
    folder.mkdir(exist_ok=True)
    cells = "," + ",".join([cell] * len(columns))
    lines = [f"{corner},{','.join(columns)}", *(f"{row}{cells}" for row in rows)]
    (folder / name).write_text("\n".join(lines))


@pytest.fixture(scope="module")
def open_to_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk where everybody may ask everything, so that only `operations.csv` refuses."""
    folder = tmp_path_factory.mktemp("rights")
    tables = folder / "tables"
    write_all(tables, "submit.csv", "kind", AgencyKind, TransactionClass, " ".join(Purpose))
    with Desk.open(settings(folder / "data", permissions=tables)) as opened:
        yield opened


def test_every_operation_has_a_row() -> None:
    rows = {name for name, _ in PermissionTable.default().operations}
    assert {each.value for each in Operation} <= rows
    assert {each for all_of in OPERATIONS.values() for each in all_of} == set(Operation)


@pytest.mark.parametrize("kind", AgencyKind)
def test_every_cell_at_the_desk(open_to_all: Desk, kind: AgencyKind) -> None:
    desk, me = open_to_all, caller(f"{kind.upper()}9", kind)
    refused, sent = set(), {}
    for what, whose in itertools.product(Operation, ("own", "other")):
        person = made(desk, what, me.agency if whose == "own" else "STRANGER")
        one = given(what, PURPOSES[kind], person)
        try:
            desk.submit(me, one)
            sent[what, whose] = one.transaction
        except AccessError:
            refused.add((what, whose))
    nobody = {Operation.CHECK, Operation.IDENTIFY, Operation.VERIFY_PRINTS}
    for what in Operation:
        reach = PermissionTable.default().operations[what.value, kind]
        assert ((what, "own") in refused) == (reach is Reach.NONE), what
        others = reach is not Reach.ANY if what not in nobody else reach is Reach.NONE
        assert ((what, "other") in refused) == others, what
    for cell, name in sent.items():
        answer = desk.wait(me, name, 60)
        assert answer is not None
        assert answer.outcome is not Outcome.REJECTED, (cell, answer.content)


def same(desk: Desk, me: Caller, one: Submission, word: str) -> tuple[Outcome, Any, str]:
    """What an agency is told, without what it has said itself."""
    answer = answered(desk, me, one)
    text = answer.text.replace(one.transaction, "T").replace(word, "WHO")
    content = {key: value for key, value in answer.content.items() if key != "transaction"}
    return answer.outcome, content, text


@pytest.mark.parametrize("what", NAMING)
def test_a_sealed_person_is_answered_as_nobody(
    open_to_all: Desk, monkeypatch: pytest.MonkeyPatch, what: Operation
) -> None:
    """Also for who may do the operation to anybody, and at whichever place the person is named."""
    desk = open_to_all
    everything = dict.fromkeys(desk.permissions.operations, Reach.ANY)
    tables = desk.permissions, replace(desk.permissions, operations=everything)
    sealed = made(desk, what, "STRANGER")
    with desk.store.writing() as change:
        if desk.records.status(change.connection, sealed) != "sealed":
            desk.records.seal(change, sealed)
    for table, kind in itertools.product(tables, AgencyKind):
        monkeypatch.setattr(desk._works, "permissions", table)
        me = caller(f"{kind.upper()}9", kind)
        if Part.SEALED in table.may_see(me, PURPOSES[kind]):
            continue
        if table.operations[what.value, kind] is Reach.NONE:
            continue
        free = made(desk, what, me.agency)
        for place in ("person", "other_person") if what in TWO else ("person",):
            told = []
            for who in (sealed, "NOBODY"):
                one = given(what, PURPOSES[kind], who)
                if what in TWO:
                    one = replace(one, **{"person": free, "other_person": free, place: who})
                told.append(same(desk, me, one, who))
            assert told[0] == told[1], (kind, place)
            outcome, content, _ = told[0]
            assert outcome is Outcome.REJECTED
            assert [each["code"] for each in content["faults"]] == ["person-not-found"]
