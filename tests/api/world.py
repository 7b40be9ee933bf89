"""Fictitious people, their prints as requests hold them, and the agencies that ask."""

from __future__ import annotations

import base64
import contextlib
import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from PIL import Image

from tenprint import access
from tenprint.access import Agency, AgencyKind
from tenprint.api import Settings, desk_settings, serving
from tenprint.api._logs import make_logger
from tenprint.desk import Desk
from tenprint.formats import TemplateFormat, unpack, write_templates
from tenprint.model import Finger, Purpose, Role
from tenprint.synth import person, population

#: Agencies by a short name: kind, purposes of the key, roles of the key.
AGENCIES = {
    "police": (
        AgencyKind.POLICE,
        (Purpose.CRIMINAL_JUSTICE, Purpose.BORDER),
        (Role.SUBMIT, Role.SEARCH),
    ),
    "border": (AgencyKind.BORDER, (Purpose.BORDER,), (Role.SUBMIT, Role.SEARCH)),
    "register": (AgencyKind.IDENTITY, (Purpose.IDENTITY_SERVICES,), (Role.SUBMIT, Role.SEARCH)),
    "other": (AgencyKind.IDENTITY, (Purpose.IDENTITY_SERVICES,), (Role.SUBMIT, Role.SEARCH)),
    "operator": (AgencyKind.OPERATOR, (Purpose.ADMINISTRATION,), tuple(Role)),
    "chief": (
        AgencyKind.POLICE,
        (Purpose.CRIMINAL_JUSTICE,),
        (Role.SUBMIT, Role.SEARCH, Role.ADMINISTER, Role.AUDIT),
    ),
}

_numbers = itertools.count(1)


def new(word: str = "t") -> str:
    """An identifier that nobody has used."""
    return f"{word}-{next(_numbers)}"


@dataclass
class World:
    """A running service."""

    url: str
    desk: Desk
    folder: Path
    keys: dict[str, str]
    log: io.StringIO
    clients: dict[str, httpx.Client] = field(default_factory=dict)

    def of(self, agency: str) -> httpx.Client:
        """A client with an agency's key."""
        if agency not in self.clients:
            headers = {"Authorization": f"Bearer {self.keys[agency]}"}
            self.clients[agency] = httpx.Client(base_url=self.url, headers=headers, timeout=60)
        return self.clients[agency]

    def submit(self, agency: str, klass: str, prints: list[Any], **more: Any) -> dict[str, Any]:
        """A transaction and its answer."""
        body = {"transaction": new(), "class": klass, "prints": prints, **more}
        answer = self.of(agency).post("/v1/transactions?wait=30", json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@contextlib.contextmanager
def world(folder: Path, keys: dict[str, str] | None = None, **given: Any) -> Iterator[World]:
    """A service at a free port, on a new folder with all agencies unless `keys` are given."""
    settings = Settings(
        folder=folder, port=0, threads=8, extract_threads=2, search_threads=2, **given
    )
    log = io.StringIO()
    with Desk.open(desk_settings(settings)) as desk:
        keys = keys or _agencies(desk)
        with serving(desk, settings, logger=make_logger(file=log)) as url:
            running = World(url, desk, folder, keys, log)
            try:
                yield running
            finally:
                for each in running.clients.values():
                    each.close()


def _agencies(desk: Desk) -> dict[str, str]:
    keys = {}
    with desk.store.transaction() as connection:
        for name, (kind, purposes, roles) in AGENCIES.items():
            agency = Agency(name.upper(), name, kind, rate=100_000, burst=100_000)
            access.add_agency(connection, agency)
            _, keys[name] = access.add_key(
                connection, name.upper(), label="test", roles=roles, purposes=purposes
            )
    return keys


def encoded(data: bytes) -> str:
    """Base64."""
    return base64.b64encode(data).decode()


@cache
def template(who: int, finger: int, impression: int = 0) -> str:
    """One print of a fictitious person as ISO template in base64."""
    packed = population(who, 1, impression=impression, fingers=[Finger(finger)])
    return encoded(write_templates([unpack(packed[0])], TemplateFormat.ISO_2005))


@cache
def image(who: int, finger: int, impression: int = 1) -> str:
    """One print of another fictitious person as PNG in base64."""
    pixels = np.asarray(person(who).fingers[Finger(finger)].impression(impression))
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", dpi=(500, 500))
    return encoded(out.getvalue())


def prints(who: int, impression: int = 0, fingers: range = range(1, 11)) -> list[dict[str, Any]]:
    """Prints of a person as our own interface takes them."""
    return [{"finger": f, "template": template(who, f, impression)} for f in fingers]


def biometrics(
    who: int, impression: int = 0, fingers: range = range(1, 11)
) -> list[dict[str, Any]]:
    """Prints of a person as OSIA has them."""
    return [
        {
            "biometricType": "FINGER",
            "biometricSubType": Finger(f).name,
            "template": template(who, f, impression),
            "templateFormat": "ISO_19794_2",
        }
        for f in fingers
    ]


def encounter(who: int, impression: int = 0, **more: Any) -> dict[str, Any]:
    """An OSIA encounter of a person."""
    return {
        "status": "ACTIVE",
        "encounterType": "civil registration",
        "galleries": ["CITIZENS"],
        "biographicData": {
            "firstName": "Ann",
            "lastName": f"Example{who}",
            "dateOfBirth": "1985-11-30",
            "gender": "F",
        },
        "biometricData": biometrics(who, impression),
        **more,
    }
