"""Events, flags and identifiers entered, changed and taken away by submissions."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.desk.test_questions import expunging
from tests.desk.test_transactions import answered
from tests.desk.world import (
    BORDER,
    COURT,
    IDENTITY,
    OPERATOR,
    POLICE,
    SHERIFF,
    enrol,
    submission,
)

from tenprint.access import Caller
from tenprint.audit import EventKind as AuditKind
from tenprint.audit import read_entries
from tenprint.desk import (
    Answer,
    Desk,
    Event,
    Flag,
    NameQuery,
    Operation,
    RecordQuery,
    State,
    Submission,
    _settle,
)
from tenprint.desk._matter import Matter
from tenprint.model import (
    Biographics,
    ConflictError,
    Identifier,
    Outcome,
    PersonNotFoundError,
    Purpose,
    TransactionClass,
)
from tenprint.records import EventKind, RecordStatus

K, O = TransactionClass, Operation  # noqa: E741
JUSTICE = Purpose.CRIMINAL_JUSTICE
_PURPOSES = {OPERATOR: Purpose.ADMINISTRATION, IDENTITY: Purpose.IDENTITY_SERVICES}


def change(
    name: str, what: Operation, person: str = "P1", of: Caller = POLICE, **more: Any
) -> Submission:
    klass = K.MERGE if what is O.CONSOLIDATE else K.UPDATE
    purpose = _PURPOSES.get(of, JUSTICE)
    return submission(name, klass, purpose=purpose, operation=what, person=person, **more)


def done(desk: Desk, of: Caller, name: str, what: Operation, **more: Any) -> Answer:
    answer = answered(desk, of, change(name, what, of=of, **more))
    assert answer.outcome is Outcome.DONE, answer.content
    return answer


def refused(desk: Desk, of: Caller, name: str, what: Operation, **more: Any) -> tuple[str, str]:
    """Code and field of the only fault."""
    answer = answered(desk, of, change(name, what, of=of, **more))
    assert answer.outcome is Outcome.REJECTED, answer.content
    (fault,) = answer.content["faults"]
    return fault["code"], fault["field"]


def record(desk: Desk, of: Caller = POLICE, person: str = "P1") -> dict[str, Any]:
    found = desk.record_query(of, RecordQuery(_PURPOSES.get(of, JUSTICE), person))
    return dict(found.content["record"])


def test_a_person_is_flagged_shown_so_and_cleared(desk: Desk) -> None:
    enrol(desk, 1)
    first = done(desk, POLICE, "1", O.SET_FLAG, flag=Flag("wanted", note="W-77"))
    found = desk.record_query(POLICE, RecordQuery(JUSTICE, "P1"))
    (flag,) = found.content["record"]["flags"]
    assert (flag["kind"], flag["issuer"], flag["note"]) == ("wanted", "POLICE1", "W-77")
    assert flag["until"] is None
    assert flag["id"] == first.content["entry"]
    assert first.content["person"] == "P1"
    assert "WANTED  W-77" in found.text
    border = desk.record_query(BORDER, RecordQuery(Purpose.BORDER, "P1"))
    assert [each["kind"] for each in border.content["record"]["flags"]] == ["wanted"]

    instead = {"entry": flag["id"], "flag": Flag("missing")}
    assert refused(desk, SHERIFF, "foreign", O.SET_FLAG, **instead) == ("conflict", "entry")
    assert record(desk)["flags"] == [flag]
    second = done(
        desk, POLICE, "2", O.SET_FLAG, entry=flag["id"], flag=Flag("special-concern", note="armed")
    )
    assert [each["kind"] for each in record(desk)["flags"]] == ["special-concern"]
    assert refused(desk, POLICE, "3", O.REMOVE_FLAG, entry=flag["id"]) == ("not-found", "entry")
    done(desk, POLICE, "4", O.REMOVE_FLAG, entry=second.content["entry"])
    assert record(desk)["flags"] == []


def test_only_flags_in_force_are_told(desk: Desk) -> None:
    enrol(desk, 1)
    now = datetime.now(UTC)
    day, hour = timedelta(days=1), timedelta(hours=1)
    done(desk, POLICE, "1", O.SET_FLAG, flag=Flag("missing", since=now + day))
    done(desk, POLICE, "2", O.SET_FLAG, flag=Flag("wanted", now - day, now + hour))
    assert [each["kind"] for each in record(desk)["flags"]] == ["wanted"]
    desk.records.clock = lambda: datetime.now(UTC) + 2 * hour
    assert record(desk)["flags"] == []
    desk.records.clock = lambda: datetime.now(UTC) + 2 * day
    found = desk.record_query(POLICE, RecordQuery(JUSTICE, "P1"))
    assert [each["kind"] for each in found.content["record"]["flags"]] == ["missing"]
    assert "WANTED" not in found.text


@pytest.mark.parametrize("kind", list(EventKind))
def test_every_kind_of_event_is_entered(desk: Desk, kind: EventKind) -> None:
    enrol(desk, 1)
    stated = Event(
        kind.value, "2026-03", ("Fraud", "Forgery"), "guilty", "C-5", {"statute": "§ 263"}
    )
    entry = done(desk, POLICE, "1", O.ADD_EVENT, event=stated).content["entry"]
    found = desk.record_query(OPERATOR, RecordQuery(Purpose.ADMINISTRATION, "P1"))
    assert found.content["record"]["events"] == [
        {
            "id": entry, "kind": kind.value, "date": "2026-03", "agency": "POLICE1",
            "charges": ["Fraud", "Forgery"], "case": "C-5", "disposition": "guilty",
            "sealed": False, "codes": {"statute": "§ 263"},
        }
    ]  # fmt: skip
    assert ("Reason:" if kind.civil else "Charge:") in found.text
    assert "§ 263" in found.text


def test_a_sealed_event_is_left_out_until_it_is_unsealed(desk: Desk) -> None:
    enrol(desk, 1)
    stated = Event("disposition", "2026", ("Burglary",))
    entry = done(desk, POLICE, "1", O.ADD_EVENT, event=stated).content["entry"]
    done(desk, COURT, "2", O.SEAL_EVENT, entry=entry)
    assert record(desk)["events"] == []
    (seen,) = record(desk, COURT)["events"]
    assert seen["sealed"] is True
    # Who does not see it cannot remove it, nor tell it from none.
    sealed = answered(desk, POLICE, change("hidden", O.REMOVE_EVENT, entry=entry))
    nothing = answered(desk, POLICE, change("nothing", O.REMOVE_EVENT, entry="x" * 32))
    assert sealed.outcome is Outcome.REJECTED
    assert sealed.content["faults"] == nothing.content["faults"]
    done(desk, COURT, "3", O.UNSEAL_EVENT, entry=entry)
    assert [each["id"] for each in record(desk)["events"]] == [entry]
    done(desk, OPERATOR, "4", O.REMOVE_EVENT, entry=entry)
    assert record(desk, COURT)["events"] == []


def test_a_sealed_person_is_not_there_for_who_may_not_see_it(desk: Desk) -> None:
    enrol(desk, 1)
    done(desk, COURT, "1", O.SEAL)
    for name, what, more in (
        ("2", O.SET_FLAG, {"flag": Flag("wanted")}),
        ("3", O.ADD_EVENT, {"event": Event("arrest", "2026")}),
        ("4", O.ADD_IDENTIFIER, {"identifier": Identifier("fbi", "1")}),
    ):
        sealed = answered(desk, POLICE, change(name, what, **more)).content
        nobody = answered(desk, POLICE, change(f"{name}x", what, "nobody", **more)).content
        assert [each["field"] for each in sealed["faults"]] == ["person"]
        assert sealed["faults"] == nobody["faults"]
    done(desk, COURT, "5", O.SET_FLAG, flag=Flag("missing"))


def test_an_entered_arrest_is_told_to_subscribers(desk: Desk) -> None:
    enrol(desk, 1)
    until = datetime.now(UTC) + timedelta(days=30)
    for each in (SHERIFF, POLICE):
        desk.subscribe(each, "P1", JUSTICE, until)
    done(desk, POLICE, "1", O.ADD_EVENT, event=Event("custody", "2026-02"))
    assert desk.notices(SHERIFF) == []
    stated = Event("arrest", "2026-03-04", ("Arson",))
    entry = done(desk, POLICE, "2", O.ADD_EVENT, event=stated).content["entry"]
    (notice,) = desk.notices(SHERIFF)
    assert notice.content["event"]["id"] == entry
    assert "Arson" in notice.text
    assert desk.notices(POLICE) == []  # nobody is told of its own


def test_what_happens_to_a_sealed_person_is_told_only_to_who_may_see_it(desk: Desk) -> None:
    enrol(desk, 1)
    until = datetime.now(UTC) + timedelta(days=30)
    judge = replace(COURT, agency="COURT2")
    for each in (SHERIFF, judge):
        desk.subscribe(each, "P1", JUSTICE, until)
    done(desk, COURT, "1", O.SEAL)
    done(desk, COURT, "2", O.ADD_EVENT, event=Event("arrest", "2026-03-04"))
    assert desk.notices(SHERIFF) == []
    assert len(desk.notices(judge)) == 1


def test_an_identifier_is_added_found_and_taken_away(desk: Desk) -> None:
    enrol(desk, 1)
    number = Identifier("state-id", "AB 12", "XX")
    query = NameQuery(Biographics((), (), identifiers=(number,)), JUSTICE)
    assert desk.name_search(POLICE, query).outcome is Outcome.NO_HIT
    done(desk, POLICE, "1", O.ADD_IDENTIFIER, identifier=number)
    assert record(desk)["identifiers"] == [{"kind": "state-id", "value": "AB 12", "issuer": "XX"}]
    assert desk.name_search(POLICE, query).content["candidates"][0]["person"] == "P1"
    done(desk, POLICE, "2", O.REMOVE_IDENTIFIER, identifier=number)
    assert record(desk)["identifiers"] == []
    assert desk.name_search(POLICE, query).outcome is Outcome.NO_HIT
    again = refused(desk, POLICE, "3", O.REMOVE_IDENTIFIER, identifier=number)
    assert again == ("not-found", "identifier")


def test_several_people_become_one_or_none_of_them(desk: Desk) -> None:
    enrol(desk, 1, 2, 3)
    code, _ = refused(desk, OPERATOR, "1", O.CONSOLIDATE, other_people=("P2", "nobody"))
    assert code == "person-not-found"
    assert desk.store.count() == (3, 3)
    answer = done(desk, IDENTITY, "2", O.CONSOLIDATE, other_people=("P2", "P3"))
    assert len(answer.content["merges"]) == 2
    assert desk.store.count() == (1, 3)
    with desk.store.reading() as connection:
        assert desk.records.status(connection, "P3") is RecordStatus.MERGED
    assert refused(desk, OPERATOR, "3", O.CONSOLIDATE, other_people=("P2",))[0] == "conflict"
    assert refused(desk, POLICE, "4", O.SET_FLAG, person="P2", flag=Flag("wanted"))[0] == "conflict"
    undone = submission(
        "5", K.UPDATE, purpose=Purpose.IDENTITY_SERVICES, operation=O.UNMERGE, person="P1",
        other_person="P3",
    )  # fmt: skip
    assert answered(desk, IDENTITY, undone).outcome is Outcome.DONE
    assert desk.store.count() == (2, 3)


def test_the_same_submission_twice_is_done_once(desk: Desk) -> None:
    enrol(desk, 1)
    stated = Event("charge", "2026", ("Theft",), codes={"offence": "17"})
    given = change("1", O.ADD_EVENT, event=stated)
    threads = [threading.Thread(target=desk.submit, args=(POLICE, given)) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    answered(desk, POLICE, given)
    assert desk.submit(POLICE, given).state is State.ANSWERED
    assert len(record(desk)["events"]) == 1
    with pytest.raises(ConflictError):
        desk.submit(POLICE, replace(given, event=replace(stated, codes={"offence": "18"})))


def test_every_change_has_its_leaf(desk: Desk) -> None:
    enrol(desk, 1)
    done(desk, POLICE, "1", O.SET_FLAG, flag=Flag("wanted", note="a secret"))
    entry = done(desk, POLICE, "2", O.ADD_EVENT, event=Event("charge", "2026")).content["entry"]
    done(desk, COURT, "3", O.SEAL_EVENT, entry=entry)
    refused(desk, POLICE, "4", O.REMOVE_FLAG, entry=entry)  # it is an event
    desk.sequencer.checkpoint()
    with desk.store.reading() as connection:
        entries = read_entries(connection, subject="P1")
    changed = {
        (each.agency, each.outcome, each.detail.get("entry"))
        for each in entries
        if each.kind == AuditKind.CHANGED
    }
    flag = record(desk)["flags"][0]["id"]
    assert changed - {("POLICE1", "new-person", None)} == {
        ("POLICE1", "set-flag", flag),
        ("POLICE1", "add-event", entry),
        ("COURT1", "seal-event", entry),
    }
    assert "a secret" not in repr(entries)


@pytest.mark.parametrize("what", [O.SEAL_EVENT, O.UNSEAL_EVENT, O.REMOVE_EVENT, O.REMOVE_FLAG])
def test_what_is_another_person_s_is_not_found(desk: Desk, what: Operation) -> None:
    enrol(desk, 1, 2)
    event = done(desk, POLICE, "1", O.ADD_EVENT, event=Event("arrest", "2026")).content["entry"]
    flag = done(desk, POLICE, "2", O.SET_FLAG, flag=Flag("wanted")).content["entry"]
    entry = flag if what is O.REMOVE_FLAG else event
    assert refused(desk, COURT, "3", what, person="P2", entry=entry) == ("not-found", "entry")
    other = event if what is O.REMOVE_FLAG else flag
    assert refused(desk, COURT, "4", what, entry=other) == ("not-found", "entry")
    assert len(record(desk)["events"]) == len(record(desk)["flags"]) == 1


def test_who_is_expunged_meanwhile_is_not_found(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is admitted; when its turn comes there is nobody. One of four threads is left."""
    enrol(desk, 1, 2)
    act, gone = _settle._act, threading.Event()

    def late(matter: Matter) -> str:
        if matter.row.transaction != "D":
            assert gone.wait(30)
        return act(matter)

    monkeypatch.setattr(_settle, "_act", late)
    waiting = [
        (POLICE, change("1", O.SET_FLAG, flag=Flag("wanted"))),
        (POLICE, change("2", O.ADD_EVENT, event=Event("arrest", "2026"))),
        (OPERATOR, change("3", O.CONSOLIDATE, "P2", OPERATOR, other_people=("P1",))),
    ]
    for of, sent in waiting:
        desk.submit(of, sent)
    assert answered(desk, OPERATOR, expunging("P1")).outcome is Outcome.DONE
    gone.set()
    for of, sent in waiting:
        answer = answered(desk, of, sent)
        assert answer.outcome is Outcome.REJECTED
        (fault,) = answer.content["faults"]
        assert fault["code"] in ("not-found", "person-not-found")
    with pytest.raises(PersonNotFoundError):
        record(desk)
    assert desk.store.count() == (1, 1)


def test_a_border_check_says_that_somebody_is_wanted(desk: Desk) -> None:
    """Though it is told no record: flags in force, and nothing where there is none."""
    name, other = enrol(desk, 1, 2)
    now = desk.settings.clock()
    wanted = Flag("wanted", note="W-77")
    past = Flag("missing", now - timedelta(days=2), now + timedelta(seconds=0.5))
    done(desk, POLICE, "1", O.SET_FLAG, person=name, flag=wanted)
    done(desk, POLICE, "2", O.SET_FLAG, person=name, flag=past)
    time.sleep(0.6)
    found = answered(desk, BORDER, submission("B-1", K.BORDER_CHECK, 1, impression=1))
    assert found.content["person"] == name
    assert [(each["kind"], each["note"]) for each in found.content["flags"]] == [("wanted", "W-77")]
    assert "ATTENTION:      WANTED  W-77" in found.text
    assert "record" not in found.content
    quiet = answered(desk, BORDER, submission("B-2", K.BORDER_CHECK, 2, impression=1))
    assert quiet.content["person"] == other
    assert "flags" not in quiet.content
