"""Doubtful candidates: two examiners, conflicts, supplements, the clock."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.desk.world import BORDER, POLICE, caller, enrol, examiner, settings, submission

from tenprint.access import EXAMINE, AgencyKind, Caller, PermissionTable, Reach
from tenprint.desk import CaseState, Desk, Mark, State
from tenprint.model import (
    AccessError,
    ConflictError,
    Finding,
    Finger,
    InputError,
    NotFoundError,
    Outcome,
    Role,
    TransactionClass,
)

K = TransactionClass
ANN, BOB, CAT = examiner("ann"), examiner("bob"), examiner("cat")


def of_agency(agency: str, kind: AgencyKind) -> Caller:
    return caller(agency, kind, Role.EXAMINE, user="dan")


class Clock:
    """A clock that runs, and can be set forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def doubtful(tmp_path: Path, clock: Clock) -> Iterator[Desk]:
    """A desk for which three fingers are not enough for a hit."""
    given = settings(tmp_path / "data", hit_fpir=1e-40, review_fpir=1e-3, clock=clock)
    with Desk.open(given) as opened:
        enrol(opened, 1, 2)
        yield opened


def three(name: str, klass: TransactionClass = K.CRIMINAL_TENPRINT):
    return submission(name, klass, 1, impression=1, fingers=3)


def until_review(desk: Desk, who, name: str) -> str:
    """The case's id, once it is open."""
    import time

    for _ in range(600):
        if desk.status(who, name).under_review:
            (case,) = [c for c in desk.cases(ANN) if c.transaction == name]
            return case.id
        time.sleep(0.05)
    raise AssertionError("no case was opened")


def test_two_examiners_agree_without_seeing_each_other(doubtful: Desk) -> None:
    desk = doubtful
    desk.submit(POLICE, three("T"))
    case = until_review(desk, POLICE, "T")
    assert desk.status(POLICE, "T").state is State.REVIEW
    assert desk.wait(POLICE, "T", 0.1) is None
    view = desk.case(ANN, case)
    assert view.summary.person == "P1"
    assert [p.finger for p in view.probe] == [1, 2, 3]
    assert len(view.candidate) == 10
    assert set(view.fingers) == {1, 2, 3}
    mark = Mark("probe", Finger.RIGHT_THUMB, 10.0, 20.0, pair=1)
    desk.mark(ANN, case, [mark])
    assert desk.case(ANN, case).marks == (mark,)
    first = desk.decide(ANN, case, Finding.IDENTIFICATION, "Twelve points agree.")
    assert first.state is CaseState.SECOND
    assert desk.case(BOB, case).decisions == ()
    assert desk.case(BOB, case).marks == ()
    with pytest.raises(ConflictError):
        desk.decide(ANN, case, Finding.IDENTIFICATION, "Again.")
    last = desk.decide(BOB, case, Finding.IDENTIFICATION, "I agree.")
    assert last.state is CaseState.CLOSED
    answer = desk.wait(POLICE, "T", 60)
    assert answer is not None
    assert answer.outcome is Outcome.HIT
    assert answer.content["person"] == "P1"
    assert answer.content["review"] == "identification"
    both = desk.case(CAT, case).decisions
    assert [d.examiner for d in both] == ["ann", "bob"]
    assert both[0].marks == (mark,)
    assert len(desk.store.encounters_of([1])) == 2


def test_where_they_differ_a_third_decides(doubtful: Desk) -> None:
    desk = doubtful
    desk.submit(POLICE, three("T"))
    case = until_review(desk, POLICE, "T")
    desk.decide(ANN, case, Finding.IDENTIFICATION, "Yes.")
    assert desk.decide(BOB, case, Finding.EXCLUSION, "No.").state is CaseState.CONFLICT
    assert [c.id for c in desk.cases(CAT, state=CaseState.CONFLICT)] == [case]
    with pytest.raises(ConflictError):
        desk.decide(BOB, case, Finding.EXCLUSION, "Still no.")
    desk.decide(CAT, case, Finding.EXCLUSION, "A different core.")
    answer = desk.wait(POLICE, "T", 60)
    assert answer is not None
    assert answer.outcome is Outcome.NO_HIT
    assert answer.content["review"] == "exclusion"
    assert desk.store.count()[0] == 3  # enrolled as a new person


def test_a_border_check_is_answered_at_once_and_supplemented(doubtful: Desk) -> None:
    desk = doubtful
    desk.submit(BORDER, three("B", K.BORDER_CHECK))
    answer = desk.wait(BORDER, "B", 60)
    assert answer is not None
    assert answer.outcome is Outcome.POSSIBLE
    assert answer.content["under_review"] is True
    assert "person" not in answer.content
    status = desk.status(BORDER, "B")
    assert (status.state, status.under_review, status.late) == (State.ANSWERED, True, False)
    assert desk.wait(BORDER, "B", 0.1, final=True) is None
    case = until_review(desk, BORDER, "B")
    desk.decide(ANN, case, Finding.IDENTIFICATION, "Yes.")
    desk.decide(BOB, case, Finding.IDENTIFICATION, "Yes.")
    final = desk.wait(BORDER, "B", 60, final=True)
    assert final is not None
    assert (final.number, final.kind, final.outcome) == (1, "supplement", Outcome.HIT)
    assert final.content["person"] == "P1"
    assert desk.answer(BORDER, "B", 0) == answer  # what was told stays as it was


def test_human_time_does_not_count(doubtful: Desk, clock: Clock) -> None:
    desk = doubtful
    desk.submit(POLICE, three("T"))
    case = until_review(desk, POLICE, "T")
    clock.ahead += timedelta(days=3)
    desk.decide(ANN, case, Finding.EXCLUSION, "No.")
    desk.decide(BOB, case, Finding.EXCLUSION, "No.")
    assert desk.wait(POLICE, "T", 60) is not None
    status = desk.status(POLICE, "T")
    assert not status.late
    assert status.human_seconds > 3 * 86_400 - 60
    assert status.machine_seconds < 7200
    assert status.deadline - status.submitted_at > timedelta(days=3)


def test_a_claim_keeps_others_away_until_its_lease_ends(doubtful: Desk, clock: Clock) -> None:
    desk = doubtful
    desk.submit(POLICE, three("T"))
    case = until_review(desk, POLICE, "T")
    assert desk.claim(ANN, case).claimed_by == "ann"
    with pytest.raises(ConflictError):
        desk.claim(BOB, case)
    with pytest.raises(ConflictError):
        desk.decide(BOB, case, Finding.EXCLUSION, "No.")
    assert desk.release(ANN, case).claimed_by is None
    desk.claim(BOB, case)
    clock.ahead += timedelta(hours=1)
    assert desk.claim(ANN, case).claimed_by == "ann"


def test_only_examiners_and_only_with_a_reason(doubtful: Desk) -> None:
    desk = doubtful
    desk.submit(POLICE, three("T"))
    case = until_review(desk, POLICE, "T")
    clerk = caller("OPERATOR", AgencyKind.OPERATOR, Role.SEARCH, user="dan")
    with pytest.raises(AccessError):
        desk.cases(clerk)
    with pytest.raises(AccessError):
        desk.decide(clerk, case, Finding.EXCLUSION, "No.")
    with pytest.raises(InputError):
        desk.decide(ANN, case, Finding.EXCLUSION, "  ")
    with pytest.raises(InputError):
        desk.mark(ANN, case, [Mark("nowhere", Finger.RIGHT_THUMB, 1, 1)])


def test_a_closed_desk_goes_on_with_what_was_decided(tmp_path: Path) -> None:
    given = settings(tmp_path / "data", hit_fpir=1e-40, review_fpir=1e-3, examiners=1)
    with Desk.open(given) as desk:
        enrol(desk, 1)
        desk.submit(POLICE, three("T"))
        case = until_review(desk, POLICE, "T")
    with Desk.open(given) as desk:
        assert desk.decide(ANN, case, Finding.INCONCLUSIVE, "Smudged.").state is CaseState.CLOSED
    with Desk.open(given) as desk:
        answer = desk.wait(POLICE, "T", 60)
        assert answer is not None
        assert answer.content["review"] == "inconclusive"


@pytest.mark.parametrize("kind", AgencyKind)
def test_whose_cases_an_agency_s_examiners_see(
    doubtful: Desk, monkeypatch: pytest.MonkeyPatch, kind: AgencyKind
) -> None:
    desk = doubtful
    desk.submit(POLICE, three("T"))
    case = until_review(desk, POLICE, "T")
    here, elsewhere = of_agency("POLICE1", kind), of_agency("SHERIFF", kind)
    reach = PermissionTable.default().operations[EXAMINE, kind]
    assert [each.id for each in desk.cases(here)] == [case]
    assert desk.case(here, case).summary.id == case
    if reach is Reach.ANY:
        assert [each.id for each in desk.cases(elsewhere)] == [case]
        assert desk.claim(elsewhere, case).id == case
    else:
        assert_sees_none(desk, elsewhere, case)
    none = {**desk.permissions.operations, (EXAMINE, kind): Reach.NONE}
    with monkeypatch.context() as patched:
        patched.setattr(desk._works, "permissions", replace(desk.permissions, operations=none))
        assert_sees_none(desk, here, case)
    decided = desk.decide(here, case, Finding.EXCLUSION, "Ours")
    assert decided.state is CaseState.SECOND


def assert_sees_none(desk: Desk, me: Caller, case: str) -> None:
    """A case of another agency is answered as one that there is not."""
    assert desk.cases(me) == []
    calls: list[Callable[[str], object]] = [
        lambda name: desk.case(me, name),
        lambda name: desk.claim(me, name),
        lambda name: desk.release(me, name),
        lambda name: desk.mark(me, name, []),
        lambda name: desk.decide(me, name, Finding.EXCLUSION, "Not ours"),
    ]
    for call in calls:
        said = []
        for name in (case, "none"):
            with pytest.raises(NotFoundError) as caught:
                call(name)
            said.append(str(caught.value))
        assert said[0] == said[1]
