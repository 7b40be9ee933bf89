"""Who was told of whom: each person named in an answer is in the log, and each reading of it."""

from __future__ import annotations

import dataclasses

import pytest
from tests.desk.test_transactions import answered
from tests.desk.world import CIVIL, OPERATOR, POLICE, enrol, submission, who

from tenprint.access import AgencyKind, Caller
from tenprint.audit import EventKind, read_entries
from tenprint.desk import Desk, Event, NameQuery, Options
from tenprint.model import AccessError, Biographics, NotFoundError, PersonName, Purpose, Role
from tenprint.model import TransactionClass as K

JUSTICE = Purpose.CRIMINAL_JUSTICE


def told(desk: Desk, kind: EventKind, person: str | None = None) -> list[tuple[str, str | None]]:
    """Agency and subject of the entries of a kind, oldest first."""
    desk.bring_log()
    with desk.store.reading() as connection:
        found = read_entries(connection, subject=person, limit=1000)
    return [(each.agency, each.subject) for each in reversed(found) if each.kind == kind]


def as_role(caller: Caller, *roles: Role) -> Caller:
    return dataclasses.replace(caller, roles=frozenset(roles))


def test_everybody_whom_a_name_search_names_is_in_the_log(desk: Desk) -> None:
    enrol(desk, 1, 2, 1)  # two people of one name
    found = desk.name_search(POLICE, NameQuery(who(1), JUSTICE))
    named = [each["person"] for each in found.content["candidates"]]
    assert len(named) >= 2
    for person in named:
        assert told(desk, EventKind.DISSEMINATED, person)[-1] == ("POLICE1", person)
    before = told(desk, EventKind.DISSEMINATED)
    nobody = Biographics(names=(PersonName("Xyzzy", "Quuxington"),))
    assert "candidates" not in desk.name_search(POLICE, NameQuery(nobody, JUSTICE)).content
    assert told(desk, EventKind.DISSEMINATED) == before


def test_everybody_whom_a_print_search_lists_is_in_the_log(desk: Desk) -> None:
    first, second = enrol(desk, 1, 2)
    found = answered(desk, POLICE, submission("S-1", K.TENPRINT_SEARCH, 1, impression=1))
    named = {each["person"] for each in found.content["candidates"]}
    assert first in named
    logged = told(desk, EventKind.DISSEMINATED)
    assert {person for agency, person in logged if agency == "POLICE1"} >= named
    assert (("POLICE1", second) in logged) is (second in named)


def test_a_notice_is_in_the_log_as_told_and_as_read(desk: Desk) -> None:
    arrest = submission("A-1", K.CRIMINAL_TENPRINT, 1, event=Event("arrest", "2020-01-02", ("x",)))
    name = answered(desk, POLICE, arrest).content["person"]
    check = submission("C-1", K.CIVIL_CHECK, 1, impression=1, options=Options(subscribe_days=9))
    answered(desk, CIVIL, check)
    before = told(desk, EventKind.DISSEMINATED, name).count((CIVIL.agency, name))
    later = submission(
        "A-2", K.CRIMINAL_TENPRINT, 1, impression=2, event=Event("arrest", "2026-07-01", ("y",))
    )
    answered(desk, POLICE, later)
    assert told(desk, EventKind.DISSEMINATED, name).count((CIVIL.agency, name)) == before + 1
    assert told(desk, EventKind.VIEWED, name).count((CIVIL.agency, name)) == 1  # the check's answer
    assert len(desk.notices(CIVIL)) == 1
    assert told(desk, EventKind.VIEWED, name).count((CIVIL.agency, name)) == 2


def test_reading_an_answer_again_is_in_the_log(desk: Desk) -> None:
    (name,) = enrol(desk, 1)
    answered(desk, POLICE, submission("S-1", K.TENPRINT_SEARCH, 1, impression=1))
    before = told(desk, EventKind.VIEWED, name).count(("POLICE1", name))
    desk.answers(POLICE, "S-1")
    desk.answer(POLICE, "S-1", 0)
    desk.status(POLICE, "S-1")
    assert desk.answer(POLICE, "S-1", 5) is None
    assert told(desk, EventKind.VIEWED, name).count(("POLICE1", name)) == before + 2


def test_who_may_not_submit_reads_no_answers(desk: Desk) -> None:
    answered(desk, POLICE, submission("S-1", K.TENPRINT_SEARCH, 1))
    for role in (None, *Role):
        caller = as_role(POLICE, *([] if role is None else [role]))
        looks = (
            (Role.SUBMIT, lambda who=caller: desk.status(who, "S-1")),
            (Role.SUBMIT, lambda who=caller: desk.answer(who, "S-1")),
            (Role.SUBMIT, lambda who=caller: desk.answers(who, "S-1")),
            (Role.SUBMIT, lambda who=caller: desk.wait(who, "S-1", 0.0)),
            (Role.SUBMIT, lambda who=caller: desk.list(who)),
            (Role.SEARCH, lambda who=caller: desk.notices(who)),
            (Role.SEARCH, lambda who=caller: desk.subscriptions(who)),
        )
        for needed, look in looks:
            if role is needed:
                look()
            else:
                with pytest.raises(AccessError) as refused:
                    look()
                assert refused.value.field == "role"
    with pytest.raises(NotFoundError):
        desk.cancel(as_role(POLICE, Role.SEARCH), "none")
    with pytest.raises(AccessError):
        desk.cancel(as_role(POLICE, Role.SUBMIT), "none")
    assert OPERATOR.kind is AgencyKind.OPERATOR
    assert desk.list(as_role(OPERATOR, Role.ADMINISTER), every_agency=True)
