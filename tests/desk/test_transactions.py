"""Transactions from admission to answer."""

import threading
from datetime import timedelta

import pytest
from tests.desk.world import (
    BORDER,
    CIVIL,
    IDENTITY,
    OPERATOR,
    POLICE,
    SHERIFF,
    caller,
    enrol,
    prints,
    submission,
    templates,
)

from tenprint.desk import Desk, Event, Operation, Options, Print, State, Submission
from tenprint.formats import pack
from tenprint.model import (
    AccessError,
    Biographics,
    ConflictError,
    Finger,
    Impression,
    NotFoundError,
    Outcome,
    PersonName,
    Purpose,
    Role,
    Sex,
    TransactionClass,
    TransactionError,
)

K = TransactionClass


def answered(desk: Desk, who, given: Submission):
    desk.submit(who, given)
    answer = desk.wait(who, given.transaction, 60)
    assert answer is not None
    return answer


def test_an_arrest_enrols_a_newcomer_and_the_next_one_finds_him(desk: Desk) -> None:
    first = answered(desk, POLICE, submission("A-1", K.CRIMINAL_TENPRINT, 1))
    assert first.outcome is Outcome.NO_HIT
    again = submission(
        "A-2", K.CRIMINAL_TENPRINT, 1, impression=1,
        event=Event("arrest", "2026-05-01", ("Theft of a bicycle",), "pending", "C-17"),
    )  # fmt: skip
    second = answered(desk, POLICE, again)
    assert second.outcome is Outcome.HIT
    assert second.content["person"] == first.content["person"]
    assert second.content["record"]["events"][0]["charges"] == ["Theft of a bicycle"]
    assert "Theft of a bicycle" in second.text
    assert "C-17" in second.text
    assert len(desk.store.encounters_of([1])) == 2


def test_who_sees_what_of_a_hit(desk: Desk) -> None:
    person = answered(desk, POLICE, submission("A-1", K.CRIMINAL_TENPRINT, 1)).content["person"]
    border = answered(desk, BORDER, submission("B-1", K.BORDER_CHECK, 1, impression=1))
    assert border.outcome is Outcome.HIT
    assert border.content["person"] == person
    assert "record" not in border.content
    civil = answered(desk, CIVIL, submission("C-1", K.CIVIL_CHECK, 1, impression=2))
    assert [e["kind"] for e in civil.content["record"]["events"]] == ["arrest", "check"]
    assert "identifiers" not in civil.content["record"]
    verify = submission("V-1", K.VERIFY, 1, impression=3, person=person)
    assert answered(desk, SHERIFF, verify).content["verified"] is True
    assert "person" not in answered(desk, SHERIFF, verify).content


def test_the_same_again_is_the_same_and_other_content_a_conflict(desk: Desk) -> None:
    given = submission("A-1", K.CRIMINAL_TENPRINT, 1)
    first = desk.submit(POLICE, given)
    assert desk.submit(POLICE, given).key == first.key
    answer = desk.wait(POLICE, "A-1", 60)
    assert desk.submit(POLICE, given).state is State.ANSWERED
    assert desk.answers(POLICE, "A-1") == [answer]
    with pytest.raises(ConflictError):
        desk.submit(POLICE, submission("A-1", K.CRIMINAL_TENPRINT, 2))
    # Another agency's identifiers are its own, and it sees nothing of ours.
    with pytest.raises(NotFoundError):
        desk.status(SHERIFF, "A-1")
    assert desk.submit(SHERIFF, submission("A-1", K.CRIMINAL_TENPRINT, 2)).key != first.key
    assert [s.transaction for s in desk.list(POLICE)] == ["A-1"]


def test_fifty_copies_of_one_newcomer_at_once_are_one_person(desk: Desk) -> None:
    def send(number: int) -> None:
        given = submission(f"N-{number}", K.CRIMINAL_TENPRINT, 7, impression=number)
        desk.submit(POLICE, given)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = [desk.wait(POLICE, f"N-{number}", 120) for number in range(50)]
    assert len({answer.content["person"] for answer in found if answer}) == 1
    assert sorted(answer.outcome for answer in found if answer) == ["hit"] * 49 + ["no-hit"]
    assert desk.store.count() == (1, 50)


def test_every_fault_is_named_at_once(desk: Desk) -> None:
    thumb = pack(templates(1)[Finger.RIGHT_THUMB])
    bad = submission(
        "x" * 101, K.CRIMINAL_TENPRINT,
        prints=(
            Print(thumb, Finger.RIGHT_THUMB, template=True),
            Print(thumb, Finger.RIGHT_THUMB, template=True),
            Print(b"no image at all", Finger.LEFT_INDEX, Impression.LIVE_SCAN_ROLLED),
            Print(b"FMR\0 20\0 cut", Finger.LEFT_RING, template=True),
        ),
        options=Options(limit=0, callback="http://127.0.0.1/x", expedite=True),
    )  # fmt: skip
    with pytest.raises(TransactionError) as caught:
        desk.submit(POLICE, bad)
    found = {(each["code"], each["field"]) for each in caught.value.faults}
    assert found == {
        ("transaction", "transaction"),
        ("input", "options.limit"),
        ("input", "options.expedite"),
        ("callback", "options.callback"),
        ("finger-twice", "prints.1"),
        ("image-format", "prints.7"),
        ("template-format", "prints.9"),
    }
    assert desk.list(POLICE) == []


def test_who_may_not_submit_is_refused_and_it_is_logged(desk: Desk) -> None:
    with pytest.raises(AccessError):
        desk.submit(CIVIL, submission("A-1", K.CRIMINAL_TENPRINT, 1))
    with pytest.raises(AccessError):
        desk.submit(BORDER, submission("A-2", K.BORDER_CHECK, 1, purpose=Purpose.CIVIL_APPLICANT))
    reader = caller("POLICE1", POLICE.kind, Role.SEARCH)
    with pytest.raises(AccessError):
        desk.submit(reader, submission("A-3", K.CRIMINAL_TENPRINT, 1))
    assert desk.list(OPERATOR, every_agency=True) == []


def test_too_poor_prints_and_one_finger_sent_as_two_are_rejected(desk: Desk) -> None:
    thumb = templates(1)[Finger.RIGHT_THUMB]
    twice = (
        Print(pack(thumb), Finger.RIGHT_THUMB, template=True),
        Print(pack(templates(1, 1)[Finger.RIGHT_THUMB]), Finger.RIGHT_INDEX, template=True),
    )
    answer = answered(desk, POLICE, submission("A-1", K.CRIMINAL_TENPRINT, prints=twice))
    assert answer.outcome is Outcome.REJECTED
    assert [f["code"] for f in answer.content["faults"]] == ["same-finger"]
    few = submission("A-2", K.CRIMINAL_TENPRINT, 1, fingers=2, options=Options(require_fingers=4))
    answer = answered(desk, POLICE, few)
    assert [f["code"] for f in answer.content["faults"]] == ["quality"]
    assert desk.store.count() == (0, 0)


def test_search_lists_candidates_and_records_nothing(desk: Desk) -> None:
    enrol(desk, 1, 2, 3)
    answer = answered(desk, POLICE, submission("S-1", K.TENPRINT_SEARCH, 2, impression=1))
    assert answer.outcome is Outcome.HIT
    assert answer.content["candidates"][0]["person"] == "P2"
    of_id = submission("S-2", K.TENPRINT_SEARCH, person="P2", operation=Operation.IDENTIFY_PERSON)
    answer = answered(desk, POLICE, of_id)
    assert answer.outcome is Outcome.NO_HIT
    assert "P2" not in [c["person"] for c in answer.content["candidates"]]
    assert desk.store.count() == (3, 3)
    nobody = submission("S-3", K.TENPRINT_SEARCH, person="X", operation=Operation.IDENTIFY_PERSON)
    answer = answered(desk, POLICE, nobody)
    assert answer.outcome is Outcome.REJECTED
    assert answer.content["faults"][0]["code"] == "person-not-found"


def test_verification_of_two_samples(desk: Desk) -> None:
    def two(name: str, other: int) -> Submission:
        return submission(
            name, K.VERIFY, 1, operation=Operation.VERIFY_PRINTS, against=prints(other, 1)
        )

    assert answered(desk, POLICE, two("V-1", 1)).content["verified"] is True
    other = answered(desk, POLICE, two("V-2", 2))
    assert other.content["verified"] is False
    assert other.outcome is Outcome.NO_HIT


def test_the_life_of_a_record(desk: Desk) -> None:
    purpose = Purpose.IDENTITY_SERVICES

    def act(name: str, klass: TransactionClass, what: Operation, number=None, **more):
        given = submission(name, klass, number, purpose=purpose, operation=what, **more)
        return answered(desk, IDENTITY, given)

    plain = Options(search_first=False)
    act("1", K.ENROL, Operation.ENROL, 1, person="P1", encounter="E1", options=plain)
    act("2", K.ENROL, Operation.ENROL, 2, person="P2", encounter="E2", options=plain)
    twin = act("3", K.ENROL, Operation.ENROL, 1, person="P1", encounter="E1", options=plain)
    assert twin.outcome is Outcome.REJECTED
    assert twin.content["faults"][0]["code"] == "conflict"
    act("4", K.UPDATE, Operation.ADD_ENCOUNTER, 1, person="P1", encounter="E3", impression=1)
    views = desk.encounters(IDENTITY, "P1", purpose)
    assert [v.encounter for v in views] == ["E1", "E3"]
    new_name = Biographics((PersonName("Other", "Name"),), (), Sex.FEMALE)
    act(
        "5", K.UPDATE, Operation.REPLACE_ENCOUNTER, person="P1", encounter="E3",
        biographics=new_name, context={"room": "4"},
    )  # fmt: skip
    changed = desk.encounters(IDENTITY, "P1", purpose, encounter="E3")[0]
    assert changed.biographics["names"] == [{"given": "Other", "family": "Name"}]
    assert changed.context == {"room": "4"}
    act("6", K.UPDATE, Operation.SET_STATUS, person="P1", encounter="E3", status="inactive")
    assert [v.active for v in desk.encounters(IDENTITY, "P1", purpose)] == [True, False]
    galleries = Options(galleries=("vip",))
    act("7", K.UPDATE, Operation.SET_GALLERIES, person="P1", encounter="E1", options=galleries)
    assert ("P1", "E1") in desk.gallery_content(IDENTITY, "vip", purpose)
    assert act("8", K.MERGE, Operation.MERGE, person="P1", other_person="P2").outcome == "done"
    assert len(desk.encounters(IDENTITY, "P1", purpose)) == 3
    act("9", K.UPDATE, Operation.UNMERGE, person="P1", other_person="P2")
    assert len(desk.encounters(IDENTITY, "P2", purpose)) == 1
    act("10", K.UPDATE, Operation.MOVE, person="P2", other_person="P1", encounter="E3")
    assert len(desk.encounters(IDENTITY, "P2", purpose)) == 2
    gone = act("11", K.DELETE, Operation.DELETE_PERSON, person="P2")
    assert gone.outcome is Outcome.DONE
    with pytest.raises(NotFoundError):
        desk.encounters(IDENTITY, "P2", purpose)
    act("12", K.DELETE, Operation.DELETE_ENCOUNTER, person="P1", encounter="E1")
    assert desk.store.count() == (0, 0)
    assert act("13", K.DELETE, Operation.DELETE_PERSON, person="P1").outcome is Outcome.REJECTED


def test_the_deadline_is_the_class_s(desk: Desk) -> None:
    status = desk.submit(CIVIL, submission("C-1", K.CIVIL_CHECK, 1))
    assert status.deadline - status.submitted_at == timedelta(hours=24)
    hurry = submission("C-2", K.CIVIL_CHECK, 1, options=Options(expedite=True))
    status = desk.submit(CIVIL, hurry)
    assert status.deadline - status.submitted_at == timedelta(hours=2)
    assert desk.wait(CIVIL, "C-2", 60) is not None
    done = desk.status(CIVIL, "C-2")
    assert not done.late
    assert done.machine_seconds < 7200
    assert desk.load().classes[K.CIVIL_CHECK].answered >= 1
