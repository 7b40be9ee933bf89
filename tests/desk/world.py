"""Fictitious people, agencies and their submissions, for the desk's tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tenprint.access import AgencyKind, Caller
from tenprint.desk import Desk, DeskSettings, Options, Print, Submission
from tenprint.formats import pack
from tenprint.model import (
    Biographics,
    Finger,
    PersonName,
    Purpose,
    Role,
    Sex,
    Template,
    TransactionClass,
)
from tenprint.synth import population_person

SEED = 20


def caller(agency: str, kind: AgencyKind, *roles: Role, user: str | None = None) -> Caller:
    return Caller(
        agency,
        kind,
        user,
        f"key:{agency}",
        frozenset(roles or (Role.SUBMIT, Role.SEARCH)),
        frozenset(Purpose),
    )


POLICE = caller("POLICE1", AgencyKind.POLICE)
SHERIFF = caller("SHERIFF", AgencyKind.POLICE)
COURT = caller("COURT1", AgencyKind.COURT)
BORDER = caller("BORDER1", AgencyKind.BORDER)
CIVIL = caller("CIVIL1", AgencyKind.CIVIL)
IDENTITY = caller("IDENT1", AgencyKind.IDENTITY)
OPERATOR = caller("OPERATOR", AgencyKind.OPERATOR, *Role)


def examiner(name: str) -> Caller:
    return caller("OPERATOR", AgencyKind.OPERATOR, Role.EXAMINE, user=name)


def templates(number: int, impression: int = 0) -> dict[Finger, Template]:
    return population_person(number, seed=SEED, impression=impression)


def prints(number: int, impression: int = 0, fingers: int = 10) -> tuple[Print, ...]:
    """One file of templates with some fingers of a person."""
    chosen = list(templates(number, impression).values())[:fingers]
    return (Print(b"".join(map(pack, chosen)), template=True),)


def who(number: int) -> Biographics:
    return Biographics(
        (PersonName(f"Given{number}", f"Family{number}"),),
        (f"19{10 + number % 80}-02-03",),
        Sex.MALE,
    )


def submission(
    transaction: str,
    klass: TransactionClass,
    number: int | None = None,
    *,
    purpose: Purpose | None = None,
    impression: int = 0,
    fingers: int = 10,
    **more: Any,
) -> Submission:
    usual = {
        TransactionClass.BORDER_CHECK: Purpose.BORDER,
        TransactionClass.CIVIL_CHECK: Purpose.CIVIL_APPLICANT,
    }
    sent = () if number is None else prints(number, impression, fingers)
    more.setdefault("prints", sent)
    if number is not None:
        more.setdefault("biographics", who(number))
    return Submission(
        transaction, klass, purpose or usual.get(klass, Purpose.CRIMINAL_JUSTICE), **more
    )


def settings(folder: Path, **more: Any) -> DeskSettings:
    return DeskSettings(folder, **{"workers": 4, "extract_threads": 2, **more})


def enrol(desk: Desk, *numbers: int) -> list[str]:
    """People without searching for them first; their identifiers."""
    found = []
    for number in numbers:
        name = f"enrol-{number}"
        given = submission(
            name,
            TransactionClass.ENROL,
            number,
            person=f"P{number}",
            options=Options(search_first=False),
        )
        desk.submit(POLICE, given)
        answer = desk.wait(POLICE, name, 30)
        assert answer is not None
        assert answer.outcome == "done", answer.content
        found.append(f"P{number}")
    return found
