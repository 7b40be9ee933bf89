"""Leaves on their way into a database that lets one writer in at a time.

Who asks a question waits until its leaf is on disk. In SQLite that means waiting for every
transaction before it, so such leaves go into files first, where nobody stands in the way, and from
there into the database a few times a second, all at once (docs/adr/010-intake.md).

A file holds what came between two of these moments: a line ``tenprint-intake 1``, then one for each
synchronisation of the disk: its CRC-32 in 8 hexadecimal digits, a space, and JSON, a list of
leaves. When the database has them the file is overwritten, its head first, and removed. A last line
that lacks its end, or holds zeros, was cut off by a crash or given up: nobody was told of it.
"""

from __future__ import annotations

import json
import os
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, select

from tenprint.audit._append import insert_rows, make_rows, microseconds
from tenprint.audit._erase import ERASED, log_erased
from tenprint.audit._event import Event
from tenprint.audit._schema import entries, queue
from tenprint.model import AuditError, StoreBusyError, StoreError
from tenprint.store import TruthStore, erase_files, in_pieces, make_folder, sync_folder, write_all

#: The folder's name in the data folder.
INTAKE = "audit-intake"

_HEAD = b"tenprint-intake 1\n"

#: Columns whose values are bytes: hexadecimal in the files.
_BYTES = ("id", "salt", "sealed", "personal_salt", "commitment")

#: Columns of the queue that are filled; its number is given by the database.
_QUEUED = ("id", "commitment", "agency", "counted")

#: Leaves that may wait, and seconds for which the eldest may: then questions are refused, as they
#: are where the database cannot be written.
MOST, PATIENCE = 100_000, 30.0

#: Leaves of one file from which on another one is begun: a file is one transaction.
_FULL = 5_000

#: A leaf: the columns of its entry, ``commitment`` and ``counted``.
Leaf = dict[str, Any]

#: Those among these subjects who were expunged, and when.
Gone = Callable[[Connection, set[str]], Mapping[str, datetime]]

#: What is asked while somebody is being expunged, so many microseconds, is of before.
_WHILE = 10_000_000


@dataclass
class Segment:
    """One file, and those of its leaves that are not known to be in the database."""

    path: Path
    since: float
    leaves: list[Leaf] = field(default_factory=list)


class Intake:
    """Files of leaves that are not in the database yet; thread-safe.

    One process has a folder open. What it finds there when it opens, such as after a crash, is
    moved with the rest.

    Parameters
    ----------
    folder : Path
        Made if it is missing.
    gone : callable
        Which of some subjects were expunged, and when: the personal side of what was logged of
        them before never reaches the database.

    Raises
    ------
    AuditError
        If a file is damaged elsewhere than at its end, where a crash may have cut it off.
    StoreError
        If the folder cannot be read or written.
    """

    def __init__(self, folder: Path, gone: Gone) -> None:
        self._folder = folder
        self._gone = gone
        self._lock = Lock()
        self._moving = Lock()
        self._handle: int | None = None  # of the last segment, while it is written to
        now = time.monotonic()
        try:
            make_folder(folder)
            paths = _paths(folder)
            self._segments = [Segment(path, now, _read(path)) for path in paths]
        except OSError as error:
            raise StoreError(
                f"The intake of the audit log cannot be read: {error.strerror}.", source=folder
            ) from error
        self._number = int(paths[-1].stem) if paths else 0

    def put(self, events: Sequence[Event], at: Sequence[datetime]) -> list[str]:
        """Log events, each with the moment it happened; each one's id. On disk when this returns.

        Raises
        ------
        StoreBusyError
            If too many wait, or for too long: the database cannot be written.
        StoreError
            If the disk refuses.
        """
        readable, queued = make_rows(events, at)
        leaves = [
            {**entry, "commitment": leaf["commitment"], "counted": leaf["counted"]}
            for entry, leaf in zip(readable, queued, strict=True)
        ]
        body = json.dumps(leaves, default=bytes.hex, separators=(",", ":")).encode()
        line = b"%08x %s\n" % (zlib.crc32(body), body)
        with self._lock:
            self._check_moving(len(leaves))
            end = 0
            try:
                handle = self._begin() if self._handle is None else self._handle
                end = os.lseek(handle, 0, os.SEEK_END)
                write_all(handle, line)
                os.fdatasync(handle)
            except OSError as error:
                self._give_up(end)
                raise StoreError(
                    f"The intake of the audit log cannot be written: {error.strerror}.",
                    source=self._folder,
                ) from error
            self._segments[-1].leaves += leaves
            if len(self._segments[-1].leaves) >= _FULL:
                self._end()
        return [leaf["id"].hex() for leaf in leaves]

    def move(self, store: TruthStore) -> None:
        """Bring all that was put before this call into the database; then the files are gone.

        Whoever calls it meanwhile waits. Each file is a transaction.

        Raises
        ------
        TenprintError
            If the database cannot be written, or the files cannot be erased: what is not done is
            done by the next call.
        """
        with self._moving:
            for segment in self._cut():
                if segment.leaves:
                    with store.transaction() as connection:
                        self._insert(connection, segment.leaves)
                    segment.leaves = []  # a file that cannot be erased keeps no questions out
                self._erase(segment)

    def _cut(self) -> Sequence[Segment]:
        """What waits; later leaves go into another file."""
        with self._lock:  # whoever writes holds it until the disk has all
            self._end()
            return tuple(self._segments)

    def _insert(self, connection: Connection, leaves: Sequence[Leaf]) -> None:
        """Write leaves into the database, but for those that it has, as after a crash."""
        known = _known(connection, [leaf["id"] for leaf in leaves])
        leaves = [leaf for leaf in leaves if leaf["id"] not in known]
        if leaves:
            subjects = {leaf["subject"] for leaf in leaves} - {None}
            gone = {
                subject: microseconds(at) + _WHILE
                for subject, at in self._gone(connection, subjects).items()
            }
            insert_rows(connection, entries, [_entry(leaf, gone) for leaf in leaves])
            insert_rows(connection, queue, [{n: leaf[n] for n in _QUEUED} for leaf in leaves])
            log_erased(connection, sum(_is_gone(leaf, gone) for leaf in leaves))

    def _erase(self, segment: Segment) -> None:
        """Overwrite and remove a file, its head first: what a crash leaves of it says so."""
        try:
            with suppress(FileNotFoundError):
                handle = os.open(segment.path, os.O_WRONLY | os.O_NOFOLLOW)
                try:
                    os.pwrite(handle, bytes(len(_HEAD)), 0)
                    os.fdatasync(handle)
                finally:
                    os.close(handle)
            erase_files([segment.path])
        except OSError as error:
            raise StoreError(
                f"The intake of the audit log cannot be erased: {error.strerror}.",
                source=segment.path,
            ) from error
        with self._lock:
            self._segments.remove(segment)

    def _check_moving(self, more: int) -> None:
        waiting = [each for each in self._segments if each.leaves]
        if not waiting:
            return
        count = sum(len(each.leaves) for each in waiting) + more
        if count > MOST or time.monotonic() - waiting[0].since > PATIENCE:
            raise StoreBusyError(
                "The audit log's leaves do not get into the database.", source=self._folder
            )

    def _begin(self) -> int:
        """A new file, on disk with its name."""
        self._number += 1
        path = self._folder / f"{self._number:012d}.leaves"
        handle = self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._segments.append(Segment(path, time.monotonic()))
        write_all(handle, _HEAD)
        sync_folder(self._folder)
        return handle

    def _give_up(self, end: int) -> None:
        """What became of a line nobody knows: it is not to count, and another file is begun."""
        with suppress(OSError):
            if self._handle is not None and end:
                os.pwrite(self._handle, bytes(8), end)
        self._end()

    def _end(self) -> None:
        if self._handle is not None:
            handle, self._handle = self._handle, None
            os.close(handle)


def _known(connection: Connection, ids: Sequence[bytes]) -> set[bytes]:
    """Those that the database has."""
    found: set[bytes] = set()
    for some in in_pieces(ids):
        query = select(entries.c.id).where(entries.c.id.in_(some))
        found.update(connection.execute(query).scalars())
    return found


def _entry(leaf: Mapping[str, Any], gone: Mapping[str, int]) -> dict[str, Any]:
    """An entry's row, without its personal side where its subject was expunged since."""
    row = {column.name: leaf[column.name] for column in entries.columns}
    return row | ERASED if _is_gone(leaf, gone) else row


def _is_gone(leaf: Mapping[str, Any], gone: Mapping[str, int]) -> bool:
    return bool(leaf["time"] <= gone.get(leaf["subject"], -1))


def read_intake(folder: Path) -> dict[str, bytes]:
    """An intake's files by name, as a backup takes them beside a running service."""
    found: dict[str, bytes] = {}
    for path in _paths(folder):
        with suppress(FileNotFoundError):
            data = path.read_bytes()
            with path.open("rb") as file:  # erasing begins at the head
                if data.startswith(_HEAD) and file.read(len(_HEAD)) == _HEAD:
                    found[path.name] = data
    return found


def _paths(folder: Path) -> list[Path]:
    return sorted(each for each in folder.glob("*.leaves") if each.stem.isdecimal())


def _read(path: Path) -> list[Leaf]:
    """The leaves of a file."""
    data = path.read_bytes()
    if not data.startswith(_HEAD):
        if data.startswith(b"\0") or _HEAD.startswith(data.rstrip(b"\0")):
            return []  # cut off while it was begun, or when it was no longer needed
        raise _damaged(path, 1)
    leaves: list[Leaf] = []
    lines = data.split(b"\n")
    for number, line in enumerate(lines[1:], start=2):
        check, _, body = line.partition(b" ")
        if check == b"%08x" % zlib.crc32(body):
            try:
                leaves += map(_leaf, json.loads(body))
            except (KeyError, TypeError, ValueError):
                raise _damaged(path, number) from None
        elif any(lines[number:]) or (number < len(lines) and b"\0" not in line):
            raise _damaged(path, number)
    return leaves


def _leaf(known: Leaf) -> Leaf:
    for name in _BYTES:
        known[name] = bytes.fromhex(known[name])
    return known


def _damaged(path: Path, line: int) -> AuditError:
    return AuditError(
        "The intake of the audit log is damaged.",
        source=path,
        field=f"line {line}",
        remedy="Keep the file elsewhere for whoever looks into it, and start without it: what it "
        "says was asked is missing in the log.",
    )
