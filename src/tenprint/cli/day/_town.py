"""The people, agencies and keys of a day's traffic, made once and kept."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tenprint.access import Agency, AgencyKind, add_agency, add_key
from tenprint.desk import Desk, DeskSettings
from tenprint.model import Biographics, Purpose, Role, StoreFormatError, TransactionClass
from tenprint.records import EventKind, NewEncounter, NewEvent
from tenprint.store import Change
from tenprint.synth import biographics, population

#: Whose prints and names these are; strangers have numbers from `STRANGERS` on.
SEED, STRANGERS = 2011, 1_000_000_000

#: People in one transaction.
BATCH = 1000

#: Of a thousand people, so many have been arrested.
ARRESTED = 300

_CHARGES = ("theft", "fraud", "assault", "burglary", "driving while disqualified", "forgery")

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Town:
    """What the traffic needs to know.

    Attributes
    ----------
    folder : Path
        The service's data folder.
    people : int
    keys : dict of str to list of str
        Secrets of API keys by kind of agency, one an agency.
    examiners : list of str
        Keys of people who decide cases.
    """

    folder: Path
    people: int
    keys: dict[str, list[str]]
    examiners: list[str]


def person_name(number: int) -> str:
    """The identifier of a fictitious resident."""
    return f"F{number:09d}"


def make_town(
    folder: Path, people: int, agencies: int, database: str | None, progress: Progress
) -> Town:
    """Make the town, or go on making it where it was interrupted.

    Raises
    ------
    StoreFormatError
        If the folder holds another town.
    """
    data = folder / "service"
    about = folder / "town.json"
    if about.exists():
        known = json.loads(about.read_text(encoding="utf-8"))
        if known["people"] != people or known["database"] != database:
            raise StoreFormatError(
                "The folder holds another town.", source=folder, remedy="Choose another --keep."
            )
    else:
        folder.mkdir(parents=True, exist_ok=True)
        known = {"people": people, "database": database, "keys": None, "examiners": None}
        _write(about, known)
    settings = DeskSettings(folder=data, database=database)
    with Desk.open(settings) as desk:
        if known["keys"] is None:
            known["keys"], known["examiners"] = _make_agencies(desk, agencies)
            _write(about, known)
        _enrol(desk, people, progress)
    return Town(data, people, known["keys"], known["examiners"])


def _write(path: Path, value: object) -> None:
    draft = path.with_suffix(".new")
    with open(draft, "w", encoding="utf-8", opener=_private) as file:  # it holds keys
        json.dump(value, file)
    draft.replace(path)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _make_agencies(desk: Desk, count: int) -> tuple[dict[str, list[str]], list[str]]:
    """Police, border and civil agencies, seven, two and one in ten, and one that examines."""
    keys: dict[str, list[str]] = {"police": [], "border": [], "civil": []}
    purposes = {
        "police": Purpose.CRIMINAL_JUSTICE,
        "border": Purpose.BORDER,
        "civil": Purpose.CIVIL_APPLICANT,
    }
    with desk.store.transaction() as connection:
        for number in range(count):
            kind = "civil" if number % 10 == 9 else "border" if number % 10 >= 7 else "police"
            name = f"{kind[:2].upper()}{number:07d}"
            add_agency(
                connection,
                Agency(name, f"Fictitious {kind} {number}", AgencyKind(kind), rate=1e4, burst=1e4),
            )
            _, secret = add_key(
                connection,
                name,
                label="day",
                roles=(Role.SUBMIT, Role.SEARCH),
                purposes=(purposes[kind],),
            )
            keys[kind].append(secret)
        name = "EX0000000"
        add_agency(
            connection,
            Agency(name, "Fictitious examiners", AgencyKind.OPERATOR, rate=1e4, burst=1e4),
        )
        examiners = [
            add_key(
                connection,
                name,
                label=f"examiner {n}",
                roles=(Role.EXAMINE, Role.ADMINISTER),
                purposes=(Purpose.ADMINISTRATION,),
            )[1]
            for n in range(3)
        ]
    return keys, examiners


def _enrol(desk: Desk, people: int, progress: Progress) -> None:
    """Enrol those who are missing; people come in order, so their number says how far it got."""
    done = desk.store.count()[0]
    for start in range(done, people, BATCH):
        count = min(BATCH, people - start)
        with desk.store.writing() as change:
            for number, packed, who in residents(start, count):
                _put(desk, change, number, packed, who)
        progress("people enrolled", start + count, people)


def residents(first: int, count: int) -> Iterator[tuple[int, bytes, Biographics]]:
    """Number, ten packed templates and biographics of residents."""
    threads = os.cpu_count() or 1
    made = population(first, count, seed=SEED, threads=threads)
    at = made.offsets
    for (number, who), k in zip(biographics(first, count, SEED), range(count), strict=True):
        packed = made.data[at[10 * k] : at[10 * k + 10]].tobytes()
        yield number, packed, who


def _put(desk: Desk, change: Change, number: int, packed: bytes, who: Biographics) -> None:
    person = person_name(number)
    arrested = number % 1000 < ARRESTED
    klass = TransactionClass.CRIMINAL_TENPRINT if arrested else TransactionClass.ENROL
    new = NewEncounter(
        agency=f"PO{number % 7:07d}",
        packed=packed,
        klass=klass,
        purpose=Purpose.CRIMINAL_JUSTICE,
        biographics=who,
    )
    desk.records.new_person(change, person, new)
    if arrested:
        rng = np.random.default_rng([SEED, number])
        for _ in range(int(rng.integers(1, 4))):
            event = NewEvent(
                EventKind.ARREST,
                f"PO{int(rng.integers(7)):07d}",
                f"{int(rng.integers(1990, 2026))}-{int(rng.integers(1, 13)):02d}",
                text=str(rng.choice(_CHARGES)),
            )
            desk.records.add_event(change.connection, person, event)


def prints_of(number: int, impression: int, fingers: int = 10) -> list[tuple[int, bytes]]:
    """A later impression of somebody's fingers: position and packed template."""
    made = population(number, 1, seed=SEED, impression=impression)
    chosen = range(10) if fingers == 10 else (1, 6) if fingers == 2 else range(fingers)
    return [(k + 1, made[k]) for k in chosen]
