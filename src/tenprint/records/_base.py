"""What all parts of `Records` share."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from tenprint.formats import pack
from tenprint.model import (
    ConflictError,
    InputError,
    NotFoundError,
    PersonNotFoundError,
    Template,
    make_minutiae,
)
from tenprint.names import NameIndex
from tenprint.records._bodies import check_words
from tenprint.records._cipher import Key
from tenprint.records._expunged import ExpungedLog
from tenprint.records._schema import doomed, encounters, galleries, images, keys, people
from tenprint.records._types import RecordStatus
from tenprint.records._vault import Vault
from tenprint.store import Change, PersonStatus, TruthStore

#: Galleries in one store: the bits of its mask.
MAX_GALLERIES = 31

_STORE_STATUS = {
    RecordStatus.ACTIVE: PersonStatus.ACTIVE,
    RecordStatus.INACTIVE: PersonStatus.INACTIVE,
    RecordStatus.SEALED: PersonStatus.SEALED,
}


# Statements that every transaction needs, made once: making one costs more than carrying it out.
_LOCK = (
    update(people).where(people.c.person == bindparam("whom")).values(version=people.c.version + 1)
)
_KNOWN = (
    select(people, keys.c.wrapped)
    .join(keys, keys.c.id == people.c.key)
    .where(people.c.person == bindparam("whom"))
)
_GALLERIES = select(galleries).order_by(galleries.c.bit)
_ENCOUNTERS = select(encounters.c.number, encounters.c.active, encounters.c.galleries).where(
    encounters.c.person == bindparam("of")
)


class Known(NamedTuple):
    """A person's row, with the person's key."""

    number: int
    person: str
    status: RecordStatus
    merged_into: int | None
    key_number: int
    key: Key


def new_id() -> str:
    """A random id, 32 hexadecimal digits."""
    return secrets.token_hex(16)


@cache
def no_prints() -> bytes:
    """A template of nothing: stands in the store for an encounter without usable prints."""
    return pack(Template(make_minutiae([], [], []), 1, 1, 0))


class Base:
    """The store, the vault, and how people are found; `Records` adds the rest."""

    def __init__(
        self,
        store: TruthStore,
        vault: Vault,
        names: NameIndex | None,
        folder: Path,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        reads_only: bool = False,
    ) -> None:
        self.store = store
        self.vault = vault
        self.names = names
        self.clock = clock
        self.folder = folder
        #: Called with a connection and the people's identifiers in the transaction of an expunge,
        #: while their records are still there: removes what other rooms hold of them.
        self.erasers: list[Callable[[Connection, Sequence[str]], None]] = []
        #: How many expunges have begun here: who finds it changed looks whether somebody is gone.
        self.expunges = 0
        #: Tables of other rooms that `scrub` writes anew, where it does that.
        self.rooms_tables: set[str] = set()
        #: Told to do as `erase_kept` does, which see: whoever keeps something of people outside the
        #: database, such as names in another process.
        self.keepers: list[Callable[[bool], None]] = []
        self._names_turn = threading.Lock()
        self._names_change = 0
        self._keeping = threading.Lock()
        self._kept_change, self._keep_after = 0, 0.0
        self._erasures = 0
        self._unclean = False
        self._gallery_names: dict[int, str] = {}
        with store.reading() if reads_only else store.transaction() as connection:
            vault.attach(connection)
            attach = ExpungedLog.known if reads_only else ExpungedLog.attach
            self._log = attach(folder / "expunged.log", connection)

    # People

    def _known(self, connection: Connection, person: str, *, lock: bool = False) -> Known:
        """A person's row; with `lock`, nobody else changes it before the transaction ends."""
        if "\0" in person:
            raise PersonNotFoundError(source=self.store.source)
        if lock:
            # On PostgreSQL this waits for whoever is changing the person; `version` tells readers.
            connection.execute(_LOCK, {"whom": person})
        row = connection.execute(_KNOWN, {"whom": person}).one_or_none()
        if row is None:
            raise PersonNotFoundError(source=self.store.source)
        key = self.vault.unwrap(bytes(row.wrapped))
        status = RecordStatus(row.status)
        return Known(row.number, row.person, status, row.merged_into, row.key, key)

    def _live(self, connection: Connection, person: str) -> Known:
        """A person who may be changed: neither merged nor gone; locked."""
        known = self._known(connection, person, lock=True)
        if known.status is RecordStatus.MERGED:
            raise ConflictError(
                "The person was merged into another.",
                source=self.store.source,
                remedy="Change the other, or undo the merge.",
            )
        return known

    def _settle(self, change: Change, known: Known) -> None:
        """Make the store's row of a person follow from the record.

        Galleries are those of the active encounters; somebody without an active encounter is
        left out of searches.
        """
        rows = change.connection.execute(_ENCOUNTERS, {"of": known.number}).all()
        wanted = {int(row.number): bool(row.active) for row in rows}
        any_active = any(wanted.values())
        now = change.state(known.person)
        if any_active:
            for number in sorted(wanted, key=lambda each: not wanted[each]):  # on before off
                if now.encounters.get(number) is not wanted[number]:
                    change.set_active(known.person, number, wanted[number])
        mask = 0
        for row in rows:
            if row.active or not any_active:
                mask |= int(row.galleries)
        if mask != now.galleries:
            change.set_galleries(known.person, mask)
        status = _STORE_STATUS[known.status]
        if status is PersonStatus.ACTIVE and not any_active:
            status = PersonStatus.INACTIVE
        if status != now.status:
            change.set_status(known.person, status)

    def _spare(self, change: Change, known: Known, number: int) -> None:
        """See that the store can lose an encounter: another one must be active there.

        Raises
        ------
        ConflictError
            If there is no other.
        """
        others = {k: on for k, on in change.state(known.person).encounters.items() if k != number}
        if not others:
            raise ConflictError(
                "It is the person's last encounter.",
                source=self.store.source,
                remedy="Expunge the person, or merge.",
            )
        if not any(others.values()):
            change.set_active(known.person, min(others), True)

    def _encounter_row(self, connection: Connection, known: Known, encounter: str) -> Any:
        query = select(encounters).where(
            encounters.c.person == known.number, encounters.c.encounter == encounter
        )
        row = connection.execute(query).one_or_none() if "\0" not in encounter else None
        if row is None:
            raise NotFoundError("There is no such encounter.", source=self.store.source)
        return row

    # Files

    def _doom(self, connection: Connection, keys_of: Iterable[int]) -> list[str]:
        """Forget the images of encounters; their files, which are to be erased after the commit."""
        files: list[str] = []
        for key in keys_of:
            query = select(images.c.file).where(images.c.encounter == key)
            files += connection.execute(query).scalars()
            connection.execute(images.delete().where(images.c.encounter == key))
        if files:
            connection.execute(insert(doomed), [{"file": name} for name in files])
        return files

    def _erase_doomed(self, files: Sequence[str]) -> int:
        """Erase files that a committed transaction has given up."""
        if not files:
            return 0
        done = self.vault.files.erase(files)
        with self.store.transaction() as connection:
            for name in files:
                connection.execute(doomed.delete().where(doomed.c.file == name))
        return done

    def _erase_given_up(self, files: Sequence[str]) -> None:
        self._erase_doomed(files)

    # Galleries

    def galleries(self, connection: Connection) -> dict[str, int]:
        """The galleries by name, each with its mask for `Gallery.identify`."""
        return {row.name: 1 << row.bit for row in connection.execute(_GALLERIES)}

    def galleries_mask(self, connection: Connection, names: Iterable[str]) -> int:
        """The mask of some galleries; those that do not exist are left out."""
        known = self.galleries(connection)
        mask = 0
        for name in names:
            mask |= known.get(name, 0)
        return mask

    def _make_mask(self, connection: Connection, names: Sequence[str]) -> int:
        """The mask of some galleries, which are made where they do not exist."""
        if not names:
            raise InputError("An encounter is in one gallery at least.", field="galleries")
        known = self.galleries(connection)
        mask = 0
        for name in names:
            if name not in known:
                check_words(name, "gallery", 100)
                bit = len(known)
                if bit >= MAX_GALLERIES:
                    raise InputError(f"More than {MAX_GALLERIES} galleries.", field="galleries")
                connection.execute(insert(galleries).values(bit=bit, name=name))
                known[name] = 1 << bit
            mask |= known[name]
        return mask

    def _gallery_words(self, connection: Connection, mask: int) -> tuple[str, ...]:
        known = self._gallery_names
        bits = [bit for bit in range(MAX_GALLERIES) if mask >> bit & 1]
        if any(bit not in known for bit in bits):
            # A connection of its own: what this one sees may yet be rolled back.
            with self.store.reading() as fresh:
                known.update({m.bit_length() - 1: n for n, m in self.galleries(fresh).items()})
            if any(bit not in known for bit in bits):
                found = self.galleries(connection)
                known = {mask.bit_length() - 1: name for name, mask in found.items()}
        return tuple(known[bit] for bit in bits)
