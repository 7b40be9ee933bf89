"""Reading a store."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select

from tenprint.model import Finger, InputError, StoreError
from tenprint.store._ledger import read_counters
from tenprint.store._truth_rows import ChangedPerson, Encounter, Original, ScannedPerson
from tenprint.store._truth_schema import meta, people

if TYPE_CHECKING:
    from tenprint.store._database import Database

_CHANGED = (
    "SELECT id, change, status, galleries FROM people WHERE change > ? ORDER BY change LIMIT ?"
)

_ENCOUNTERS = (
    "SELECT person_id, encounter, active, packed FROM encounters"
    " WHERE person_id {among}%s ORDER BY person_id, encounter"
)

_SCAN = """
    SELECT p.id, p.change, p.status, p.galleries, e.encounter, e.packed
    FROM (SELECT id, change, status, galleries FROM people WHERE id > ? ORDER BY id LIMIT ?) p
    LEFT JOIN encounters e ON e.person_id = p.id AND e.active
    ORDER BY p.id, e.encounter
"""

_ORIGINALS = (
    "SELECT finger, ppi, media, image FROM originals"
    " WHERE person_id = ? AND encounter = ? ORDER BY position"
)

# An encounter's originals are numbered from 0.
_KEPT = (
    "SELECT person_id, encounter FROM originals"
    " WHERE position = 0 AND (person_id, encounter) > (?, ?)"
    " ORDER BY person_id, encounter LIMIT ?"
)


class TruthReader:
    """What can be asked of a store; `TruthStore` adds the changes.

    Each method sees the store as it is at one moment; two calls may see different moments.
    """

    def __init__(self, database: Database, busy_timeout: float) -> None:
        #: A printable name; never shows a password.
        self.source = database.source
        self._database = database
        self._busy_timeout = busy_timeout
        self._turn = threading.RLock()
        self._closed = False

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._database.translated():
            if not self._database.shared:
                with self._connect(self._database.read_options) as connection:
                    yield connection
                return
            with self._turn, self._connect(self._database.read_options) as connection:
                yield connection

    def _connect(self, options: Mapping[str, Any]) -> Connection:
        if self._closed:
            raise StoreError("The gallery is closed.", source=self.source)
        return self._database.engine.connect().execution_options(**options)

    def change(self, connection: Connection | None = None) -> int:
        """The number of the last change: higher when anybody has written since.

        Parameters
        ----------
        connection : Connection, optional
            From `TruthStore.reading`, for who reads more by it.
        """
        if connection is not None:
            return self._counted(connection, "change")[0]
        return self._counters("change")[0]

    def last_id(self) -> int:
        """The highest person's number given so far; 0 in an empty store."""
        return self._counters("last_id")[0]

    def count(self) -> tuple[int, int]:
        """How many people there are (the deleted not counted), and how many encounters."""
        people, encounters = self._counters("people", "encounters")
        return people, encounters

    def meta(self) -> dict[str, str]:
        """The store's notes about itself: format, extractor and the counters."""
        with self._reading() as connection:
            return {row.key: row.value for row in connection.execute(select(meta))}

    def changed_since(self, change: int, limit: int) -> list[ChangedPerson]:
        """Whoever was changed after a change number, in the order of changes.

        Nobody is ever missed by who asks again with the last number received: numbers are given
        in the order of commits. A person changed twice appears once, at the later place.

        Parameters
        ----------
        change : int
            0 for everybody.
        limit : int
            At most this many, 1 or more. Fewer come only where there are no more.
        """
        _check_limit(limit)
        with self._reading() as connection:
            rows = self._database.select(connection, _CHANGED, (change, limit))
        return [ChangedPerson._make(row) for row in rows]

    def scan(self, after_id: int, limit: int) -> list[ScannedPerson]:
        """People in the order of their numbers, with their active encounters.

        To build an index: note `change`, scan everything, then follow `changed_since` from there.
        The deleted are among them, without encounters.

        Parameters
        ----------
        after_id : int
            The number before the first; 0 to begin.
        limit : int
            At most this many people, 1 or more.
        """
        _check_limit(limit)
        with self._reading() as connection:
            rows = self._database.select(connection, _SCAN, (after_id, limit))
        found: list[ScannedPerson] = []
        for key, change, status, galleries, encounter, packed in rows:
            if not found or found[-1].id != key:
                found.append(ScannedPerson(key, change, status, galleries, []))
            if encounter is not None:
                found[-1].encounters.append(Encounter(key, encounter, True, packed))
        return found

    def encounters_of(self, ids: Sequence[int], *, active_only: bool = True) -> list[Encounter]:
        """The encounters of any number of people, ascending by person and encounter.

        Numbers that nobody has are passed over, a number given twice counts once. About 5
        microseconds an encounter that lies in memory.
        """
        keys = _numbers(ids)
        statement = _ENCOUNTERS % (" AND active" if active_only else "")
        with self._reading() as connection:
            rows = self._database.select_among(connection, statement, keys)
        return [Encounter(key, number, active == 1, data) for key, number, active, data in rows]

    def names_of(self, ids: Sequence[int]) -> dict[int, str]:
        """The identifier of each number; numbers that nobody has, or had, are left out."""
        keys = _numbers(ids)
        sql = "SELECT id, person FROM people WHERE id {among} AND person IS NOT NULL"
        with self._reading() as connection:
            return dict(self._database.select_among(connection, sql, keys))

    def ids_of(self, persons: Sequence[str]) -> dict[str, int]:
        """The number of each identifier; those that are not enrolled are left out."""
        names = sorted({name for name in persons if storable(name)})
        sql = "SELECT person, id FROM people WHERE person {among}"
        with self._reading() as connection:
            return dict(self._database.select_among(connection, sql, names))

    def id_of(self, person: str) -> int | None:
        """The number of one identifier, None if it is not enrolled."""
        return self.ids_of([person]).get(person)

    def people(self) -> list[str]:
        """Everybody enrolled, in the order of enrolment."""
        query = select(people.c.person).where(people.c.person.is_not(None)).order_by(people.c.id)
        with self._reading() as connection:
            return [str(name) for name in connection.execute(query).scalars()]

    def originals_of(self, id: int, encounter: int) -> list[Original]:  # noqa: A002
        """The images kept of one encounter, in the order they were given."""
        with self._reading() as connection:
            rows = self._database.select(connection, _ORIGINALS, (id, encounter))
        return [Original(Finger(finger), ppi, media, data) for finger, ppi, media, data in rows]

    def kept_originals(self, after: tuple[int, int], limit: int) -> list[tuple[int, int]]:
        """Encounters of which originals are kept, ascending: person's number and encounter.

        Parameters
        ----------
        after : (int, int)
            The one before the first; (0, 0) to begin.
        limit : int
            At most this many, 1 or more.
        """
        _check_limit(limit)
        with self._reading() as connection:
            rows = self._database.select(connection, _KEPT, (*after, limit))
        return [(key, encounter) for key, encounter in rows]

    def count_originals(self) -> int:
        """Of how many encounters originals are kept; reads their whole list."""
        with self._reading() as connection:
            sql = "SELECT count(*) FROM originals WHERE position = 0"
            return int(self._database.select(connection, sql)[0][0])

    def _counters(self, *keys: str) -> list[int]:
        with self._reading() as connection:
            return self._counted(connection, *keys)

    def _counted(self, connection: Connection, *keys: str) -> list[int]:
        sql = "SELECT key, value FROM meta WHERE key {among}"
        found = dict(self._database.select_among(connection, sql, keys))
        return read_counters(found, keys, self.source)


def _numbers(ids: Sequence[int]) -> list[int]:
    """Each number once, ascending; what no database column could hold is left out."""
    return [key for key in sorted({int(key) for key in ids}) if 0 < key < 2**31]


def storable(person: str) -> bool:
    """Whether every database can store a text: no surrogates, no NUL."""
    return "\0" not in person and not any("\ud800" <= each <= "\udfff" for each in person)


def _check_limit(limit: int) -> None:
    if limit < 1:
        raise InputError(f"limit is {limit}, not 1 or more.", field="limit")
