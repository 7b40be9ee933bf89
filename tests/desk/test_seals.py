"""Seals, owners and galleries at an open desk: who is refused, and what changes meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.desk.test_rights import given, new, packed, same
from tests.desk.test_transactions import answered
from tests.desk.world import (
    BORDER,
    IDENTITY,
    OPERATOR,
    POLICE,
    SHERIFF,
    caller,
    enrol,
    submission,
)

import tenprint.desk._steps as steps
from tenprint.access import EXAMINE, AgencyKind, Reach
from tenprint.desk import Desk, Event, Operation, Options, RecordQuery
from tenprint.model import (
    AccessError,
    NotFoundError,
    Outcome,
    PersonNotFoundError,
    Purpose,
    Role,
    TransactionClass,
)
from tenprint.records import EventKind, Flag, FlagKind, NewEncounter, NewEvent

K = TransactionClass
JUSTICE = Purpose.CRIMINAL_JUSTICE
COURT = caller("COURT1", AgencyKind.COURT)
HELP = caller("HELP1", AgencyKind.HUMANITARIAN)


@pytest.mark.parametrize("what", [Operation.ENROL, Operation.CHECK])
def test_nobody_is_added_to_a_sealed_person(desk: Desk, what: Operation) -> None:
    """The identifier is somebody's already: answered as one of somebody expunged."""
    enrol(desk, 1, 2)
    with desk.store.writing() as change:
        desk.records.seal(change, "P1")
        desk.records.expunge(change, "P2", "court-order")
    klass = K.ENROL if what is Operation.ENROL else K.CRIMINAL_TENPRINT
    options = Options(search_first=False)
    told = [
        same(desk, POLICE, submission(new("T"), klass, 9, person=each, options=options), each)
        for each in ("P1", "P2")
    ]
    assert told[0] == told[1]
    assert told[0][0] is Outcome.REJECTED
    with desk.store.reading() as connection:
        assert len(desk.records.person(connection, "P1").encounters) == 1


def test_who_sees_sealed_people_may_act_on_them(desk: Desk) -> None:
    enrol(desk, 1)
    assert answered(desk, COURT, given(Operation.SEAL, JUSTICE, "P1")).outcome is Outcome.DONE
    for me, purpose in ((COURT, JUSTICE), (OPERATOR, Purpose.ADMINISTRATION)):
        verify = given(Operation.VERIFY_PERSON, purpose, "P1")
        assert answered(desk, me, verify).outcome is not Outcome.REJECTED
    status = replace(given(Operation.SET_STATUS, Purpose.ADMINISTRATION, "P1"), status="active")
    refused = answered(desk, OPERATOR, status)
    assert [each["code"] for each in refused.content["faults"]] == ["conflict"]  # unseal does it
    assert answered(desk, COURT, given(Operation.UNSEAL, JUSTICE, "P1")).outcome is Outcome.DONE
    assert desk.record_query(POLICE, RecordQuery(JUSTICE, "P1")).outcome is Outcome.HIT


def test_a_seal_holds_against_who_may_not_lift_it(desk: Desk) -> None:
    enrol(desk, 1)
    answered(desk, COURT, given(Operation.SEAL, JUSTICE, "P1"))
    with pytest.raises(AccessError):
        desk.submit(HELP, given(Operation.UNSEAL, Purpose.HUMANITARIAN, "P1"))
    status = replace(given(Operation.SET_STATUS, Purpose.BORDER, "P1"), status="active")
    assert answered(desk, BORDER, status).outcome is Outcome.REJECTED
    verify = submission(new("T"), K.VERIFY, 1, impression=1, person="P1")
    assert answered(desk, POLICE, verify).outcome is Outcome.REJECTED
    with pytest.raises(PersonNotFoundError):
        desk.record_query(POLICE, RecordQuery(JUSTICE, "P1"))


def test_a_record_is_expunged_by_whose_it_is_or_by_a_court(desk: Desk) -> None:
    enrol(desk, 1, 2)
    with pytest.raises(AccessError):
        desk.submit(SHERIFF, given(Operation.EXPUNGE, JUSTICE, "P1"))
    assert answered(desk, POLICE, given(Operation.EXPUNGE, JUSTICE, "P1")).outcome is Outcome.DONE
    assert answered(desk, COURT, given(Operation.EXPUNGE, JUSTICE, "P2")).outcome is Outcome.DONE


@pytest.mark.parametrize("added", ["encounter", "event", "flag"])
def test_a_person_is_an_agency_s_own_only_as_a_whole(desk: Desk, added: str) -> None:
    enrol(desk, 1)
    add(desk, "P1", added)
    with pytest.raises(AccessError):
        desk.submit(POLICE, given(Operation.DELETE_PERSON, JUSTICE, "P1"))
    (own,) = own_encounters(desk, "P1", "POLICE1")
    of_it = replace(given(Operation.SET_STATUS, JUSTICE, "P1"), encounter=own)
    assert desk.submit(POLICE, of_it) is not None
    delete = given(Operation.DELETE_ENCOUNTER, JUSTICE, "P1", own)
    if added == "encounter":
        assert answered(desk, POLICE, delete).outcome is Outcome.DONE
    else:  # with the last encounter the person would go
        with pytest.raises(AccessError):
            desk.submit(POLICE, delete)


def add(desk: Desk, person: str, what: str) -> None:
    """Something of another agency."""
    if what == "encounter":
        with desk.store.writing() as change:
            desk.records.add_encounter(change, person, NewEncounter("SHERIFF", packed(), id="E2"))
        return
    with desk.store.transaction() as connection:
        if what == "event":
            event = NewEvent(EventKind.ARREST, "SHERIFF", "2020-01-02", "Fraud")
            desk.records.add_event(connection, person, event)
        else:
            flag = Flag(FlagKind.WANTED, "SHERIFF", datetime.now(UTC))
            desk.records.set_flag(connection, person, flag)


def own_encounters(desk: Desk, person: str, agency: str) -> list[str]:
    with desk.store.reading() as connection:
        found = desk.records.person(connection, person).encounters
    return [each.id for each in found if each.agency == agency]


def meanwhile(monkeypatch: pytest.MonkeyPatch, change: Any) -> None:
    """Something happens after a transaction was admitted, and before it is carried out."""
    carry_out, done = steps.settle, []

    def settle(works: Any, key: str) -> str:
        if not done:
            done.append(change())
        return carry_out(works, key)

    monkeypatch.setattr(steps, "settle", settle)


@pytest.mark.parametrize("what", [Operation.VERIFY_PERSON, Operation.IDENTIFY_PERSON])
def test_who_is_sealed_meanwhile_is_not_there(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, what: Operation
) -> None:
    enrol(desk, 1)
    nobody = same(desk, POLICE, given(what, JUSTICE, "NOBODY"), "NOBODY")

    def seal() -> None:
        with desk.store.writing() as change:
            desk.records.seal(change, "P1")

    meanwhile(monkeypatch, seal)
    assert same(desk, POLICE, given(what, JUSTICE, "P1"), "P1") == nobody


@pytest.mark.parametrize("klass", [K.TENPRINT_SEARCH, K.CRIMINAL_TENPRINT])
def test_who_is_sealed_meanwhile_is_not_found(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, klass: TransactionClass
) -> None:
    enrol(desk, 1)

    def seal() -> None:
        with desk.store.writing() as change:
            desk.records.seal(change, "P1")

    meanwhile(monkeypatch, seal)
    answer = answered(desk, POLICE, submission(new("T"), klass, 1, impression=1))
    assert answer.outcome is Outcome.NO_HIT
    assert answer.content.get("candidates", []) == []
    assert answer.content.get("person") != "P1"


def test_an_event_names_nobody_sealed(desk: Desk) -> None:
    """Also where the prints are not kept, so that nobody is enrolled."""
    enrol(desk, 1)
    with desk.store.writing() as change:
        desk.records.seal(change, "P1")
    once, arrest = Options(retain=False), Event("arrest", "2020-01-02")
    told = [
        same(
            desk, POLICE,
            submission(
                new("T"), K.CRIMINAL_TENPRINT, 9, person=each, event=arrest, options=once
            ),
            each,
        )
        for each in ("P1", "NOBODY")
    ]  # fmt: skip
    assert told[0] == told[1]
    assert told[0][0] is Outcome.REJECTED


@pytest.mark.parametrize("added", ["encounter", "event", "flag"])
def test_what_others_add_meanwhile_is_not_expunged(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, added: str
) -> None:
    enrol(desk, 1)
    meanwhile(monkeypatch, lambda: add(desk, "P1", added))
    answer = answered(desk, POLICE, given(Operation.EXPUNGE, JUSTICE, "P1"))
    assert answer.outcome is Outcome.REJECTED
    assert [each["code"] for each in answer.content["faults"]] == ["access"]
    assert own_encounters(desk, "P1", "POLICE1")


@pytest.mark.parametrize("what", [Operation.IDENTIFY, Operation.ENROL, Operation.SET_STATUS])
def test_a_table_that_changed_meanwhile_counts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, what: Operation
) -> None:
    enrol(desk, 1)
    none = dict.fromkeys(desk.permissions.operations, Reach.NONE)
    table = replace(desk.permissions, operations=none)
    meanwhile(monkeypatch, lambda: monkeypatch.setattr(desk._works, "permissions", table))
    person = "P1" if what is Operation.SET_STATUS else "P7"
    one = given(what, JUSTICE, person)
    one = replace(one, person=None) if what is Operation.IDENTIFY else one
    answer = answered(desk, POLICE, one)
    assert [each["code"] for each in answer.content["faults"]] == ["access"]


def test_galleries_show_what_the_agency_may_see(desk: Desk) -> None:
    services = Purpose.IDENTITY_SERVICES
    enrol(desk, 1)
    plain = Options(search_first=False)
    mine = submission("I", K.ENROL, 2, purpose=services, person="P2", encounter="E", options=plain)
    answered(desk, IDENTITY, mine)
    assert desk.gallery_content(IDENTITY, None, services) == [("P2", "E")]
    assert desk.gallery_content(IDENTITY, "default", services, offset=1) == []
    every = desk.gallery_content(POLICE, None, JUSTICE)
    assert [person for person, _ in every] == ["P1", "P2"]
    refused = [
        (caller("HELP1", AgencyKind.HUMANITARIAN, Role.EXAMINE), Purpose.HUMANITARIAN),
        (HELP, Purpose.HUMANITARIAN),  # may not ask for records
        (caller("POLICE1", AgencyKind.POLICE, Role.SUBMIT), JUSTICE),
        (POLICE, Purpose.BORDER),
        (caller("CIVIL1", AgencyKind.CIVIL), JUSTICE),
    ]
    for me, purpose in refused:
        with pytest.raises(AccessError):
            desk.gallery_content(me, None, purpose)
    with desk.store.writing() as change:
        desk.records.seal(change, "P2")
    assert desk.gallery_content(IDENTITY, None, services) == []
    with pytest.raises(NotFoundError):
        desk.gallery_content(IDENTITY, "moon", services)


def test_the_row_of_examiners_is_no_operation() -> None:
    assert EXAMINE not in set(Operation)
