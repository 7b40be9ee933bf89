"""The index of names, kept in step with the records."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from tenprint.model import Biographics, Identifier, StoreFormatError, StoreVersionError
from tenprint.names import NameIndex
from tenprint.records._base import Base
from tenprint.records._bodies import biographics, entry_context
from tenprint.records._driver import select as rows_of
from tenprint.records._driver import stream
from tenprint.records._names_file import NAMES, erase_names, read_names, write_names
from tenprint.store import Change, PersonStatus

_log = logging.getLogger("tenprint.records")

#: Fewer people are read anew sooner than kept.
_FEW = 5000

#: So many changes later the index is written again.
_MANY = 20_000

#: Between two writings, in times of what one takes: it costs a third of a percent of the time.
_PAUSE = 300

#: People of one step of following.
_CHUNK = 500

# Encounters and identifiers of active people in one row of numbers; kind '' is an encounter.
_ALL = """
    SELECT e.person, k.wrapped, e.wrapped, e.token, '' AS kind, e.body
    FROM records_encounters e JOIN records_people p ON p.number = e.person
    JOIN records_keys k ON k.id = p.key WHERE p.status = 'active' AND {among}
"""

_MORE = """
    UNION ALL
    SELECT n.person, k.wrapped, NULL, n.id, n.kind, n.body
    FROM records_entries n JOIN records_people p ON p.number = n.person
    JOIN records_keys k ON k.id = p.key
    WHERE n.kind = 'identifier' AND p.status = 'active' AND {more}
"""


class Following(Base):
    """The part of `Records` that keeps `NameIndex` in step, by the store's change numbers.

    Whatever changes what a person is called also gives the person a new change number in the
    store, in the same transaction; so following the feed misses nothing, whoever wrote.
    """

    def load_names(self) -> int:
        """Put everybody into the index, at start; how many people there are in it.

        Quick where `keep_names` has left a file; what was changed since then is read from the
        database. A file that is of no use is erased.
        """
        if self.names is None:
            return 0
        with self._names_turn:
            if not self._load_kept(self.names):
                self._load_all(self.names)
        self.follow_names()
        return len(self.names)

    def keep_names(self, *, closing: bool = False) -> bool:
        """Write the index to a file, if that pays; whether it did.

        Call it every minute or so, and once at the end with `closing`. It is written when there is
        none, as after something was deleted, or when much has changed since; seldom enough
        to cost next to nothing, but at the end always.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        if self.names is None or len(self.names) < _FEW:
            return False
        self.follow_names()
        change = self._names_change  # what comes meanwhile is taken again at the next start
        there = (self.folder / NAMES).exists()
        if there and change - self._kept_change < _MANY:
            return False
        if not closing and time.monotonic() < self._keep_after:
            return False
        began = time.monotonic()
        with self._keeping:
            erasures = self._erasures
            write_names(self.folder, self.vault, self._log.salt, change, self.names.frozen())
            if erasures != self._erasures:  # perhaps too late to be left out
                erase_names(self.folder)
        now = time.monotonic()
        self._keep_after, self._kept_change = now + _PAUSE * (now - began), change
        return True

    def leave_out(self, change: Change) -> None:
        """Erase the file of `keep_names`, for it may name what this transaction deletes.

        At once, so that a crash after the commit leaves nothing behind, and again after it.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        self.erase_kept(follow=False)
        change.then(lambda: self.erase_kept(follow=True))

    def erase_kept(self, *, follow: bool) -> None:
        """Erase the file of `keep_names`, here and by whoever else keeps one.

        `follow` first forgets what was deleted by now, the names and the keys.
        """
        for each in self.keepers:
            each(follow)
        if follow:
            self.follow_names()  # else it might be written once more with what is gone
            self.vault.forget()
        self._erase_kept()

    def _erase_kept(self) -> None:
        self._erasures += 1  # first: a writing under way sees it, whichever ends before the other
        erase_names(self.folder)

    def _load_kept(self, names: NameIndex) -> bool:
        try:
            kept = read_names(self.folder, self.vault, self._log.salt)
            if kept is None:
                return False
            change, frozen = kept
            if change > self.store.change():
                raise StoreFormatError("The index of names is newer than the database.")
        except (StoreFormatError, StoreVersionError) as error:
            _log.warning("Names are read anew: %s", error.message)
            erase_names(self.folder)
            return False
        names.thaw(frozen)
        self._names_change = self._kept_change = change
        return True

    def _load_all(self, names: NameIndex) -> None:
        start = self.store.change()
        with self.store.reading() as connection:
            if connection.dialect.name == "sqlite":
                names.put_many(self._people(connection))
            else:
                with connection.execution_options(isolation_level="READ COMMITTED").begin():
                    # Between two portions the server waits for as long as folding takes.
                    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
                    names.put_many(self._people(connection))
        self._names_change = start

    def follow_names(self, connection: Connection | None = None) -> None:
        """Bring the index up to the last commit; call it before a search. Cheap if up to date.

        `connection`, from ``store.reading()``, is for who reads more by it afterwards: it sees
        everybody who was there when this was called.
        """
        if self.names is None or self.store.change(connection) == self._names_change:
            return
        with self._names_turn:
            while changed := self.store.changed_since(self._names_change, _CHUNK):
                active = [each.id for each in changed if each.status != PersonStatus.DELETED]
                found: dict[int, list[Biographics]] = {}
                if active:
                    with self.store.reading() as connection:
                        found = dict(self._some(connection, active))
                for each in changed:
                    if each.id in found:
                        self.names.put(each.id, found[each.id])
                    else:
                        self.names.remove(each.id)
                self._names_change = changed[-1].change
                if len(changed) < _CHUNK:
                    return

    def _people(self, connection: Connection) -> Iterator[tuple[int, list[Biographics]]]:
        statement = _ALL.format(among="1 = 1") + _MORE.format(more="1 = 1") + " ORDER BY 1"
        return self._stated(stream(connection, statement))

    def _some(
        self, connection: Connection, numbers: Sequence[int]
    ) -> Iterator[tuple[int, list[Biographics]]]:
        marks = ",".join("?" * len(numbers))
        statement = _ALL.format(among=f"e.person IN ({marks})")
        statement += _MORE.format(more=f"n.person IN ({marks})") + " ORDER BY 1"
        # Not prepared on the server: as many statements as there are lengths.
        return self._stated(rows_of(connection, statement, [*numbers, *numbers], prepare=False))

    def _stated(self, rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[int, list[Biographics]]]:
        for number, own in groupby(rows, lambda row: row[0]):
            found: list[Biographics] = []
            key = None
            for _, above, wrapped, token, kind, body in own:
                if key is None:
                    key = self.vault.unwrap_once(bytes(above))
                if kind:
                    plain = json.loads(key.open(bytes(body), entry_context(kind, token)))
                    found.append(Biographics(identifiers=(Identifier(*plain),)))
                    continue
                under = key.unwrap(bytes(wrapped), f"encounter-key {token}")
                who = biographics(json.loads(under.open(bytes(body), f"encounter {token}")))
                if who not in found:
                    found.append(who)
            yield number, found
