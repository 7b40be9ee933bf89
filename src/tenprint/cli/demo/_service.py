"""The demo's service: its agencies and users, and how prints become submissions."""

from __future__ import annotations

import io
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from tenprint.access import (
    Agency,
    AgencyKind,
    Caller,
    add_agency,
    add_key,
    add_user,
    authenticate_key,
    hash_password,
)
from tenprint.cli.demo._doubts import Doubt
from tenprint.cli.demo._scenes import AIRPORT, BORDER, COURT, EMPLOYMENT, HOSPITAL, POLICE, Scene
from tenprint.cli.demo._town import Resident
from tenprint.desk import Desk, Event, Options, Print, Submission
from tenprint.model import (
    Biographics,
    Finger,
    FingerImage,
    Impression,
    PersonName,
    Purpose,
    Role,
    TransactionClass,
)

#: Who examines and operates.
OPERATOR = "OPERATOR1"

#: Who may sign in to the console: of which agency, as what, for what.
USERS: dict[str, tuple[str, tuple[Role, ...], Purpose]] = {
    "examiner-1": (OPERATOR, (Role.EXAMINE, Role.SEARCH), Purpose.ADMINISTRATION),
    "examiner-2": (OPERATOR, (Role.EXAMINE, Role.SEARCH), Purpose.ADMINISTRATION),
    "examiner-3": (OPERATOR, (Role.EXAMINE, Role.SEARCH), Purpose.ADMINISTRATION),
    "border-1": (BORDER, (Role.SUBMIT, Role.SEARCH), Purpose.BORDER),
    "operator": (OPERATOR, tuple(Role), Purpose.ADMINISTRATION),
}

_AGENCIES = {
    POLICE: (AgencyKind.POLICE, Purpose.CRIMINAL_JUSTICE, "Police of the town"),
    BORDER: (AgencyKind.BORDER, Purpose.BORDER, "Border post"),
    AIRPORT: (AgencyKind.BORDER, Purpose.BORDER, "Airport"),
    COURT: (AgencyKind.COURT, Purpose.CRIMINAL_JUSTICE, "Court of the town"),
    EMPLOYMENT: (AgencyKind.CIVIL, Purpose.CIVIL_APPLICANT, "Office of background checks"),
    HOSPITAL: (AgencyKind.HUMANITARIAN, Purpose.HUMANITARIAN, "Hospital"),
}


def make_agencies(desk: Desk) -> dict[str, Caller]:
    """The town's agencies, each with a key; who each is to the desk."""
    callers = {}
    with desk.store.transaction() as connection:
        for name, (kind, purpose, words) in _AGENCIES.items():
            add_agency(connection, Agency(name, words, kind, rate=1000, burst=1000))
            roles = (Role.SUBMIT, Role.SEARCH)
            _, secret = add_key(connection, name, label="demo", roles=roles, purposes=(purpose,))
            callers[name] = authenticate_key(connection, secret)
        add_agency(connection, Agency(OPERATOR, "Operator of the service", AgencyKind.OPERATOR))
    return callers


def make_users(desk: Desk, path: Path) -> dict[str, str]:
    """People who may sign in, each with a password of their own, kept in a file of ours."""
    words = {name: secrets.token_urlsafe(9) for name in USERS}
    with desk.store.transaction() as connection:
        for name, (agency, roles, purpose) in USERS.items():
            add_user(
                connection,
                name,
                agency,
                roles=roles,
                purposes=(purpose,),
                password_hash=hash_password(words[name]),
            )
    with open(path, "w", encoding="utf-8", opener=_private) as file:
        file.writelines(f"{name}  {word}\n" for name, word in words.items())
    return words


def examiners() -> dict[str, Caller]:
    """The examiners of `USERS` as the desk knows them, to decide cases in the morning."""
    return {
        name: Caller(
            agency, AgencyKind.OPERATOR, name, f"demo-{name}", frozenset(roles),
            frozenset({purpose}),
        )
        for name, (agency, roles, purpose) in USERS.items()
        if name.startswith("examiner")
    }  # fmt: skip


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def enrolment(resident: Resident, images: Sequence[tuple[Finger, FingerImage]]) -> Submission:
    """A resident is enrolled under the town's own identifier."""
    return Submission(
        f"enrol-{resident.person}",
        TransactionClass.ENROL,
        Purpose.CRIMINAL_JUSTICE,
        prints=tuple(_print(image, finger) for finger, image in images),
        biographics=_named(resident.name, resident.born),
        person=resident.person,
        options=Options(search_first=False),
    )


def sent(scene: Scene, images: Sequence[FingerImage], name: str) -> Submission:
    """What the agency sends when the visitor's prints are taken."""
    fingers = [Finger.UNKNOWN if scene.nameless else finger for finger in scene.fingers]
    rolled = Impression.LIVE_SCAN_ROLLED if scene.rolled else Impression.LIVE_SCAN_PLAIN
    stated = scene.alias or ("" if scene.nameless else scene.visitor.name)
    return Submission(
        name,
        scene.klass,
        scene.purpose,
        prints=tuple(
            _print(image, finger, rolled) for image, finger in zip(images, fingers, strict=True)
        ),
        biographics=_named(stated) if stated else Biographics(),
        event=scene.event,
        options=Options(retain=True if scene.retain else None),
    )


def smudged(name: str, doubt: Doubt) -> Submission:
    """Poor prints: one at the border, or all of a booking."""
    prints = tuple(
        _print(image, finger) for finger, image in zip(doubt.fingers, doubt.images, strict=True)
    )
    if len(prints) == 1:
        return Submission(name, TransactionClass.BORDER_CHECK, Purpose.BORDER, prints=prints)
    return Submission(
        name,
        TransactionClass.CRIMINAL_TENPRINT,
        Purpose.CRIMINAL_JUSTICE,
        prints=prints,
        event=Event("arrest", "2026-03-05", ("burglary",)),
    )


def _named(name: str, born: str = "") -> Biographics:
    given, _, family = name.rpartition(" ")
    return Biographics(names=(PersonName(given, family),), birth_dates=(born,) if born else ())


def _print(
    image: FingerImage, finger: Finger, impression: Impression = Impression.LIVE_SCAN_PLAIN
) -> Print:
    out = io.BytesIO()
    Image.fromarray(image.pixels).save(out, "PNG", dpi=(500, 500))
    return Print(out.getvalue(), finger, impression, ppi=500.0)
