"""A small service with a console: fictitious people with images, users, cases by the dozen."""

from __future__ import annotations

import contextlib
import io
import itertools
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
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
from tenprint.api import Settings, desk_settings, serving
from tenprint.api._logs import make_logger
from tenprint.console import add_console
from tenprint.desk import Attachment, Desk, Event, Options, Print, Submission
from tenprint.model import (
    Biographics,
    Finger,
    PersonName,
    Purpose,
    Role,
    TransactionClass,
)
from tenprint.synth import ImpressionStyle, person

#: Of the session.
COOKIE = "tenprint_session"

PASSWORD = "correct horse battery"  # noqa: S105

#: Who signs in: agency and roles. Three examiners, so that a conflict has a third.
USERS = {
    "ann": ("OPERATOR", (Role.EXAMINE, Role.SEARCH)),
    "bob": ("OPERATOR", (Role.EXAMINE, Role.SEARCH)),
    "cat": ("OPERATOR", (Role.EXAMINE, Role.SEARCH)),
    "olga": ("OPERATOR", tuple(Role)),
    "sam": ("BORDER", (Role.SUBMIT,)),
}

#: A name that would be a script if a page forgot to escape it.
SCRIPT = "<script>alert(1)</script>"

#: Enrolled people, their names; each has four fingers.
PEOPLE = {"P1": ("Ada", "Alder"), "P2": (SCRIPT, '"><img src=x onerror=alert(1)>')}
FINGERS = (
    Finger.RIGHT_THUMB,
    Finger.RIGHT_INDEX,
    Finger.LEFT_THUMB,
    Finger.LEFT_INDEX,
)

_numbers = itertools.count(1)


def new(word: str) -> str:
    """An identifier that nobody has used."""
    return f"{word}-{next(_numbers)}"


#: One who only looks, for tests.
EXAMINER = Caller(
    "OPERATOR",
    AgencyKind.OPERATOR,
    "nobody",
    "test",
    frozenset({Role.EXAMINE}),
    frozenset({Purpose.ADMINISTRATION}),
)


@dataclass
class World:
    """A running service and who may do what in it."""

    url: str
    desk: Desk
    border: Caller
    log: io.StringIO
    examiner: Caller = EXAMINER
    sessions: dict[str, str] = field(default_factory=dict)

    def session(self, user: str) -> str:
        """A session of the user's that tests share; who locks or ends one signs in anew."""
        if user not in self.sessions:
            with self.client(user) as client:
                self.sessions[user] = client.cookies[COOKIE]
        return self.sessions[user]

    @contextlib.contextmanager
    def shared(self, user: str, **headers: str) -> Iterator[httpx.Client]:
        """A browser without a screen with the user's shared session."""
        with self.client(**headers) as client:
            client.cookies.set(COOKIE, self.session(user))
            yield client

    def case(self, impression: int | None = None, person: str = "P1") -> tuple[str, str]:
        """A border check that needs examiners: its transaction and the case of one candidate."""
        finger = Finger.RIGHT_INDEX
        which = next(_numbers) if impression is None else impression
        name = new("border")
        prints = (Print(image(1, finger, which), finger, ppi=500.0),)
        self.desk.submit(
            self.border,
            Submission(name, TransactionClass.BORDER_CHECK, Purpose.BORDER, prints=prints),
        )
        assert self.desk.wait(self.border, name, 30) is not None
        for _ in range(600):
            cases = self.desk.cases(self.examiner, limit=1000)
            found = [each for each in cases if (each.transaction, each.person) == (name, person)]
            if found:
                return name, found[0].id
            time.sleep(0.05)
        raise AssertionError("no case was opened")

    @contextlib.contextmanager
    def client(self, user: str | None = None, **headers: str) -> Iterator[httpx.Client]:
        """A browser without a screen, with a new session where a user is named."""
        with httpx.Client(base_url=self.url, timeout=60, headers=headers) as client:
            if user:
                fields = {"name": user, "password": PASSWORD, "next": "/"}
                answer = send(client, "/sign-in", fields)
                assert answer.status_code == 303, answer.text
            yield client


def mark_of(client: httpx.Client, path: str) -> str:
    """The mark that the forms of a page carry."""
    page = client.get(path, headers={"Accept": "text/html"}).text
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page)
    assert found, path
    return found[1]


def send(
    client: httpx.Client, path: str, fields: dict[str, str], *, of: str = "", **more: Any
) -> httpx.Response:
    """Send a form with the mark of the page `of`, by default of its own address."""
    return client.post(path, data={"csrf": mark_of(client, of or path), **fields}, **more)


@cache
def image(who: int, finger: Finger, impression: int) -> bytes:
    """A print of a fictitious person as PNG."""
    pixels = (
        person(7000 + who).fingers[finger].impression(impression, style=ImpressionStyle.plain())
    )
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", dpi=(500, 500))
    return out.getvalue()


@contextlib.contextmanager
def world(folder: Path, hit_fpir: float = 1e-40) -> Iterator[World]:
    """A service with a console at a free port; by default each match goes to examiners."""
    settings = Settings(
        folder=folder,
        port=0,
        threads=8,
        extract_threads=2,
        search_threads=2,
        second_factor=False,
        hit_fpir=hit_fpir,
        stop_seconds=1,
    )
    log = io.StringIO()
    with Desk.open(desk_settings(settings)) as desk:
        border = _agencies(desk)
        _users(desk)
        with serving(desk, settings, logger=make_logger(file=log), extend=add_console) as url:
            yield World(url, desk, border, log)


def _agencies(desk: Desk) -> Caller:
    with desk.store.transaction() as connection:
        add_agency(
            connection, Agency("BORDER", "Border post", AgencyKind.BORDER, rate=1000, burst=1000)
        )
        roles = (Role.SUBMIT, Role.SEARCH)
        _, secret = add_key(
            connection, "BORDER", label="test", roles=roles, purposes=(Purpose.BORDER,)
        )
        return authenticate_key(connection, secret)


def _users(desk: Desk) -> None:
    hashed = hash_password(PASSWORD)
    with desk.store.transaction() as connection:
        add_agency(
            connection, Agency("OPERATOR", "Operator", AgencyKind.OPERATOR, rate=1000, burst=1000)
        )
        for name, (agency, roles) in USERS.items():
            purpose = Purpose.BORDER if agency == "BORDER" else Purpose.ADMINISTRATION
            add_user(
                connection, name, agency, roles=roles, purposes=(purpose,), password_hash=hashed
            )


def enrol(desk: Desk) -> None:
    """The people, each with four images, a name and something on record."""
    with desk.store.transaction() as connection:
        add_agency(connection, Agency("POLICE", "Police", AgencyKind.POLICE, rate=99, burst=99))
        purposes = (Purpose.CRIMINAL_JUSTICE,)
        _, secret = add_key(
            connection, "POLICE", label="test", roles=(Role.SUBMIT,), purposes=purposes
        )
        police = authenticate_key(connection, secret)
    for number, (name, (given, family)) in enumerate(PEOPLE.items(), 1):
        desk.submit(
            police,
            Submission(
                f"enrol-{name}",
                TransactionClass.ENROL,
                Purpose.CRIMINAL_JUSTICE,
                prints=tuple(Print(image(number, f, 0), f, ppi=500.0) for f in FINGERS),
                biographics=Biographics(names=(PersonName(given, family),)),
                attachments=tuple(
                    Attachment(kind, "image/jpeg", b"no print") for kind in ("face", "palm", "palm")
                ),
                event=Event("arrest", "2025-03-04", (f"theft {SCRIPT}",), case="C-1"),
                person=name,
                options=Options(search_first=False),
            ),
        )
    for name in PEOPLE:
        answer = desk.wait(police, f"enrol-{name}", 60)
        assert answer is not None, name
        assert answer.outcome == "done", answer.content
