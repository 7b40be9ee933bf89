"""What is asked when: the model system's mix, drawn ahead of time.

Of 8.5 million transactions a day, 98 a second, 200,000 are fingerprint searches, 2.3 a second, and
14.5 million a year are civil background checks, 0.46 a second (FBI CJIS as described in 2011); the
others ask for names and records.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tenprint.cli.day._town import SEED, STRANGERS, Town, person_name, prints_of
from tenprint.model import Biographics
from tenprint.synth import biographics, vary

#: Share of ten-print searches among all, and of these what they are.
TENPRINT = 2.3 / 98
BORDER, CRIMINAL, CIVIL = 0.45, 0.35, 0.20

#: Of the other requests, by name; the rest asks for a record.
BY_NAME = 0.6

#: Whose names are asked for: some blocks of residents, as a block costs as much as one of them.
BLOCK, BLOCKS = 4096, 8

#: Of the people searched for, these are known; and of names asked for, these are misspelt.
KNOWN, MISSPELT = 0.7, 0.3


@dataclass(frozen=True)
class Ask:
    """One request.

    Attributes
    ----------
    at : float
        Seconds after the slice's start.
    kind : str
        The class asked for.
    path : str
    key : str
    body : bytes
    transaction : str
        Of what waits; else empty.
    person : str, optional
        Who should be found; None where nobody is.
    """

    at: float
    kind: str
    path: str
    key: str
    body: bytes
    transaction: str = ""
    person: str | None = None


def draw(town: Town, seconds: float, rate: float, seed: int) -> Iterator[Ask]:
    """The requests of a slice, in order of time; arrivals are a Poisson process."""
    rng = np.random.default_rng([SEED, seed])
    starts = rng.integers(0, max(1, town.people // BLOCK), BLOCKS) * BLOCK
    known: list[tuple[int, Biographics]] = []
    for start in sorted(set(starts.tolist())):
        known += biographics(start, min(BLOCK, town.people - start), SEED)
    at, count = 0.0, 0
    while (at := at + float(rng.exponential(1 / rate))) < seconds:
        count += 1
        if rng.random() < TENPRINT:
            yield _tenprint(town, rng, at, f"day-{seed}-{count}", known)
        elif rng.random() < BY_NAME:
            yield _by_name(town, rng, at, known)
        else:
            yield _record(town, rng, at)


def _key(town: Town, kind: str, rng: np.random.Generator) -> str:
    keys = town.keys[kind]
    return keys[int(rng.integers(len(keys)))]


def _tenprint(
    town: Town,
    rng: np.random.Generator,
    at: float,
    name: str,
    residents: list[tuple[int, Biographics]],
) -> Ask:
    known = rng.random() < KNOWN
    number, who = residents[int(rng.integers(len(residents)))]
    if not known:  # somebody else of that name
        number += STRANGERS + int(rng.integers(10**9))
    drawn = rng.random()
    what = 0 if drawn < BORDER else 1 if drawn < BORDER + CRIMINAL else 2
    kind = ("border-check", "criminal-tenprint", "civil-check")[what]
    purpose = ("border", "criminal-justice", "civil-applicant")[what]
    agency = ("border", "police", "civil")[what]
    prints = [
        {"finger": position, "template": base64.b64encode(packed).decode()}
        for position, packed in prints_of(number, 1 + int(rng.integers(1, 1000)))
    ]
    body: dict[str, Any] = {
        "transaction": name, "class": kind, "purpose": purpose, "prints": prints,
    }  # fmt: skip
    if kind != "border-check":
        body["biographics"] = _stated(who)
    if kind == "criminal-tenprint":
        body["event"] = {"kind": "arrest", "date": "2026-11", "charges": ["theft"]}
    return Ask(
        at, kind, "/v1/transactions", _key(town, agency, rng), json.dumps(body).encode(),
        name, person_name(number) if known else None,
    )  # fmt: skip


def _by_name(
    town: Town, rng: np.random.Generator, at: float, residents: list[tuple[int, Biographics]]
) -> Ask:
    number, who = residents[int(rng.integers(len(residents)))]
    if rng.random() < MISSPELT:
        who, _ = vary(who, int(rng.integers(2**31)))
    stated = _stated(who)
    stated["identifiers"] = []
    kind = "police" if rng.random() < 0.8 else "border"
    purpose = "criminal-justice" if kind == "police" else "border"
    body = json.dumps({"purpose": purpose, "biographics": stated}).encode()
    return Ask(
        at, "name-search", "/v1/names/search", _key(town, kind, rng), body,
        person=person_name(number),
    )  # fmt: skip


def _record(town: Town, rng: np.random.Generator, at: float) -> Ask:
    person = person_name(int(rng.integers(town.people)))
    body = json.dumps({"purpose": "criminal-justice", "person": person}).encode()
    key = _key(town, "police", rng)
    return Ask(at, "record-query", "/v1/records/query", key, body, person=person)


def _stated(who: Biographics) -> dict[str, Any]:
    found = asdict(who)
    return {
        "names": list(found["names"]),
        "birth_dates": list(found["birth_dates"]),
        "sex": who.sex.value,
        "identifiers": list(found["identifiers"]),
    }
