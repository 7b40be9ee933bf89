"""The log of who was expunged: proof that it happened, and enough to do it again on a backup.

The first line is ``tenprint-expunged 1 SALT``; each other ``HASH TIME REASON CHECK``: SHA-256 of
salt and the person's identifier, when (UTC), why, and the first 8 digits of SHA-256 of the line
before it. The table ``records_expunged`` is written in the expunge's own transaction; the file
follows it, so whatever the moment of a crash, the next start completes the file.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from tenprint.model import StoreError, StoreFormatError
from tenprint.records._schema import expunged, notes
from tenprint.store import in_pieces, sync_folder, write_all, write_new

_HEAD = re.compile(r"tenprint-expunged 1 ([0-9a-f]{32})")
_LINE = re.compile(r"(([0-9a-f]{64}) (\S{20,40}) ([a-z0-9-]{1,40})) ([0-9a-f]{8})")


class Expunged(NamedTuple):
    """One line of the log."""

    person: str
    at: datetime
    reason: str

    def text(self) -> str:
        """The line, with its checksum."""
        body = f"{self.person} {self.at.astimezone(UTC).isoformat()} {self.reason}"
        return f"{body} {_check(body)}\n"


def _check(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:8]


def hashed(salt: str, person: str) -> str:
    """What stands for a person's identifier."""
    return hashlib.sha256(salt.encode() + b"\0" + person.encode()).hexdigest()


def read_log(path: Path) -> tuple[str, list[Expunged]]:
    """The salt and the lines of a log. A last line that a crash has cut off is passed over.

    Raises
    ------
    StoreError, StoreFormatError
    """
    try:
        lines = path.read_text(encoding="ascii").split("\n")
    except OSError as error:
        raise StoreError(f"The log could not be read: {error.strerror}.", source=path) from error
    except UnicodeDecodeError as error:
        raise StoreFormatError("This is no log of expunged people.", source=path) from error
    head = _HEAD.fullmatch(lines[0])
    if not head:
        raise StoreFormatError("This is no log of expunged people.", source=path)
    found: list[Expunged] = []
    for number, line in enumerate(lines[1:], 2):
        match = _LINE.fullmatch(line)
        if match and _check(match[1]) == match[5]:
            found.append(Expunged(match[2], datetime.fromisoformat(match[3]), match[4]))
        elif line and number < len(lines):
            raise StoreFormatError("The log is damaged.", source=path, field=f"line {number}")
    return head[1], found


class ExpungedLog:
    """The file beside the table."""

    def __init__(self, path: Path, salt: str) -> None:
        self.path = path
        self.salt = salt

    @classmethod
    def known(cls, path: Path, connection: Connection) -> ExpungedLog:
        """The log of a database to which it is attached already; only looks."""
        query = select(notes.c.value).where(notes.c.key == "expunged-salt")
        return cls(path, str(connection.execute(query).scalar_one()))

    @classmethod
    def attach(cls, path: Path, connection: Connection) -> ExpungedLog:
        """Make the file, or bring it up to the table.

        Raises
        ------
        StoreFormatError
            If the file is damaged, or another database's.
        """
        query = select(notes.c.value).where(notes.c.key == "expunged-salt")
        salt = connection.execute(query).scalar()
        if salt is None:
            # A first start that was cut off leaves a file, and nothing in the database.
            salt = read_log(path)[0] if path.exists() else secrets.token_hex(16)
            connection.execute(insert(notes).values(key="expunged-salt", value=salt))
        log = cls(path, salt)
        if not path.exists():
            write_new(path, f"tenprint-expunged 1 {salt}\n".encode())
        written, lines = read_log(path)
        if written != salt:
            raise StoreFormatError("The log is another database's.", source=path)
        log._end_line()
        rows = {each.person: Expunged(*each) for each in connection.execute(select(expunged))}
        known = {each.person for each in lines}
        log.append(
            Expunged(person, _aware(row.at), row.reason)
            for person, row in rows.items()
            if person not in known
        )
        return log

    def append(self, lines: Iterable[Expunged]) -> None:
        """Write lines; on the disk when this returns.

        Raises
        ------
        StoreError
            If the disk refuses. What was expunged is expunged all the same.
        """
        data = "".join(each.text() for each in lines).encode()
        if not data:
            return
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                write_all(handle, data)
                os.fsync(handle)
            finally:
                os.close(handle)
            sync_folder(self.path.parent)
        except OSError as error:
            raise StoreError(
                f"The log could not be written: {error.strerror}.",
                source=self.path,
                remedy="Make room, and start again: the log is completed from the database.",
            ) from error

    def _end_line(self) -> None:
        """Cut off what a crash has left of a line."""
        data = self.path.read_bytes()
        end = data.rfind(b"\n") + 1
        if end < len(data):
            os.truncate(self.path, end)


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def record(connection: Connection, each: Expunged) -> None:
    """Write down in the database that somebody was expunged; the latest time counts."""
    connection.execute(expunged.delete().where(expunged.c.person == each.person))
    connection.execute(insert(expunged).values(each._asdict()))


def expunged_among(connection: Connection, salt: str, people: Iterable[str]) -> dict[str, datetime]:
    """Those of some people's identifiers that were expunged, and when, the last time."""
    names = {hashed(salt, person): person for person in people}
    found: dict[str, datetime] = {}
    for some in in_pieces(list(names)):
        for row in connection.execute(select(expunged).where(expunged.c.person.in_(some))):
            found[names[row.person]] = _aware(row.at)
    return found
