"""One transaction of changes: people, encounters and originals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from tenprint.model import (
    ConflictError,
    InputError,
    NotFoundError,
    PersonExistsError,
    PersonNotFoundError,
)
from tenprint.store._checks import (
    check_galleries,
    check_new,
    check_originals,
    check_packed,
    check_status,
)
from tenprint.store._database import Database
from tenprint.store._ledger import Ledger
from tenprint.store._moving import PersonState, rename, state_of
from tenprint.store._reader import storable
from tenprint.store._statements import (
    delete_originals,
    encounter_row,
    insert_originals,
    is_encounter,
    original_rows,
    refuse_twins,
    touch,
)
from tenprint.store._truth_rows import NewPerson, Original, PersonStatus
from tenprint.store._truth_schema import encounters, originals, people

_NEW_PERSON, _NEW_ENCOUNTER = insert(people), insert(encounters)
_ID = select(people.c.id).where(people.c.person == bindparam("whom"))


class Change:
    """The changes of one transaction; made by `TruthStore.writing`, which ends it.

    Each method does what the method of the same name of `TruthStore` does, and raises the same.

    Attributes
    ----------
    connection : Connection
        For the tables of other rooms that change together with people.
    """

    def __init__(
        self, connection: Connection, ledger: Ledger, database: Database, source: str
    ) -> None:
        self.connection = connection
        self.erases = False
        self.followers: list[Callable[[], None]] = []
        self._ledger = ledger
        self._database = database
        self.source = source

    def then(self, call: Callable[[], None]) -> None:
        """Have something called once the transaction is on disk; never if it is rolled back."""
        self.followers.append(call)

    def insert_people(self, batch: Sequence[NewPerson]) -> list[int]:
        """Enrol new people, all or none, in one transaction. Batches of 1000 are fast."""
        for new in batch:
            check_new(new)
        if not batch:
            return []
        refuse_twins(batch, self.source)
        now = datetime.now(UTC)
        connection, ledger = self.connection, self._ledger
        self._refuse_known(connection, batch)
        numbered = [(ledger.next_id(), new) for new in batch]
        rows = [
            {
                "id": key,
                "person": new.person,
                "change": ledger.next_change(),
                "galleries": int(new.galleries),
                "status": int(new.status),
                "last_encounter": 1,
                "enrolled_at": now,
            }
            for key, new in numbered
        ]
        connection.execute(_NEW_PERSON, rows)
        prints = [encounter_row(key, 1, new.packed, now) for key, new in numbered]
        connection.execute(_NEW_ENCOUNTER, prints)
        kept = [row for key, new in numbered for row in original_rows(key, 1, new.originals)]
        insert_originals(connection, kept)
        ledger.people += len(batch)
        ledger.encounters += len(batch)
        return [key for key, _ in numbered]

    def add_encounter(
        self, person: str, packed: bytes, originals: Sequence[Original] = ()
    ) -> tuple[int, int]:
        """Add another encounter of somebody, active; the person's number and the encounter's."""
        check_packed(packed)
        check_originals(originals)
        connection, ledger = self.connection, self._ledger
        key = self._existing(connection, person)
        newest = select(people.c.last_encounter).where(people.c.id == key)
        encounter = int(connection.execute(newest).scalar_one()) + 1
        row = encounter_row(key, encounter, packed, datetime.now(UTC))
        connection.execute(_NEW_ENCOUNTER, row)
        insert_originals(connection, original_rows(key, encounter, originals))
        touch(connection, ledger, key, last_encounter=encounter)
        ledger.encounters += 1
        return key, encounter

    def replace_encounter(
        self, person: str, encounter: int, packed: bytes, originals: Sequence[Original] = ()
    ) -> None:
        """Put other prints in the place of an encounter's."""
        check_packed(packed)
        check_originals(originals)
        connection, ledger = self.connection, self._ledger
        key = self._existing(connection, person)
        values = {"packed": packed, "stored_at": datetime.now(UTC)}
        self._alter(connection, key, encounter, values)
        delete_originals(connection, key, encounter)
        insert_originals(connection, original_rows(key, encounter, originals))
        touch(connection, ledger, key)

    def set_active(self, person: str, encounter: int, active: bool) -> None:
        """Say whether searches compare with an encounter."""
        connection, ledger = self.connection, self._ledger
        key = self._existing(connection, person)
        self._alter(connection, key, encounter, {"active": bool(active)})
        self._refuse_none_active(connection, key)
        touch(connection, ledger, key)

    def delete_encounter(self, person: str, encounter: int) -> None:
        """Remove one encounter with its originals; its number is not given again."""
        connection, ledger = self.connection, self._ledger
        key = self._existing(connection, person)
        delete_originals(connection, key, encounter)
        gone = delete(encounters).where(is_encounter(key, encounter))
        if connection.execute(gone).rowcount == 0:
            raise self._no_encounter(key, encounter)
        self._refuse_none_active(connection, key)
        touch(connection, ledger, key)
        ledger.encounters -= 1
        self.erases = True

    def set_status(self, person: str, status: int) -> None:
        """Set a person's status: `PersonStatus` ACTIVE, INACTIVE or SEALED."""
        check_status(status)
        connection, ledger = self.connection, self._ledger
        touch(connection, ledger, self._existing(connection, person), status=int(status))

    def set_galleries(self, person: str, mask: int) -> None:
        """Set the galleries a person is in, a bit mask, 1 to 2**31 - 1."""
        check_galleries(mask)
        connection, ledger = self.connection, self._ledger
        touch(connection, ledger, self._existing(connection, person), galleries=int(mask))

    def delete(self, person: str) -> None:
        """Remove a person: identifier, times, templates and originals of all encounters."""
        connection, ledger = self.connection, self._ledger
        key = self._existing(connection, person)
        connection.execute(delete(originals).where(originals.c.person_id == key))
        gone = connection.execute(delete(encounters).where(encounters.c.person_id == key))
        nothing = {"person": None, "enrolled_at": None, "galleries": 0, "last_encounter": 0}
        touch(connection, ledger, key, status=int(PersonStatus.DELETED), **nothing)
        ledger.people -= 1
        ledger.encounters -= gone.rowcount
        self.erases = True

    def replace_packed(
        self,
        updates: Sequence[tuple[int, int, bytes]],
        *,
        known: Sequence[bytes] | None = None,
    ) -> list[tuple[int, int]]:
        """Put templates extracted anew in the place of the old ones, all or none."""
        if known is not None and len(known) != len(updates):
            raise InputError("There are not as many known as new ones.", field="known")
        for _, _, packed in updates:
            check_packed(packed)
        rows = {(key, encounter): packed for key, encounter, packed in updates}
        if len(rows) != len(updates):
            raise InputError("An encounter is given twice.", field="updates")
        keys = sorted({key for key, _ in rows})
        stale: list[tuple[int, int]] = []
        if not rows:
            return stale
        connection, ledger = self.connection, self._ledger
        sql = "SELECT person_id, encounter, packed FROM encounters WHERE person_id {among}"
        found = self._database.select_among(connection, sql, keys)
        now = {(key, encounter): packed for key, encounter, packed in found}
        if known is not None:
            then = dict(zip(rows, known, strict=True))
            stale = [each for each in rows if now.get(each) != then[each]]
            for each in stale:
                del rows[each]
            keys = sorted({key for key, _ in rows})
            if not rows:
                return stale
        for key, encounter in rows:
            if (key, encounter) not in now:
                raise self._no_encounter(key, encounter)
        statement = (
            update(encounters)
            .where(is_encounter(bindparam("of"), bindparam("number")))
            .values(packed=bindparam("data"))
        )
        values = [{"of": of, "number": n, "data": data} for (of, n), data in rows.items()]
        connection.execute(statement, values)
        changed = update(people).where(people.c.id == bindparam("of"))
        touched = [{"of": key, "number": ledger.next_change()} for key in keys]
        connection.execute(changed.values(change=bindparam("number")), touched)
        return stale

    def touch(self, person: str) -> int:
        """Give a person the next change number: something of theirs elsewhere has changed."""
        key = self._existing(self.connection, person)
        touch(self.connection, self._ledger, key)
        return key

    def state(self, person: str) -> PersonState:
        """A person's number, status, galleries, and which encounters are active."""
        key = self._existing(self.connection, person)
        return state_of(self.connection, key)

    def move_encounter(self, person: str, encounter: int, target: str) -> int:
        """Give an encounter to somebody else; its number there.

        Raises
        ------
        PersonNotFoundError, NotFoundError
        ConflictError
            If no active encounter would be left, or both are the same person.
        """
        source, to = self._two(person, target)
        if not rename(self.connection, (source, encounter), (to, last := self._next(to))):
            raise self._no_encounter(source, encounter)
        self._refuse_none_active(self.connection, source)
        touch(self.connection, self._ledger, source)
        touch(self.connection, self._ledger, to, last_encounter=last)
        return last

    def absorb(self, person: str, target: str) -> dict[int, int]:
        """Give all encounters of a person to another; the first's old numbers and the new ones.

        The first is gone then, as after `delete`, but `release` can bring the person back.

        Raises
        ------
        PersonNotFoundError
        ConflictError
            If both are the same person.
        """
        source, to = self._two(person, target)
        moved: dict[int, int] = {}
        last = self._next(to) - 1
        for number in sorted(state_of(self.connection, source).encounters):
            last += 1
            rename(self.connection, (source, number), (to, last))
            moved[number] = last
        touch(self.connection, self._ledger, to, last_encounter=last)
        gone = {"person": None, "galleries": 0, "status": int(PersonStatus.DELETED)}
        touch(self.connection, self._ledger, source, **gone)
        self._ledger.people -= 1
        self.erases = True
        return moved

    def release(
        self, target: str, key: int, person: str, numbers: Mapping[int, int], galleries: int
    ) -> None:
        """Bring back an absorbed person, with the same number, active.

        Parameters
        ----------
        target : str
            Who has the encounters.
        key : int
            The number of the person to come back.
        person : str
            The identifier to come back.
        numbers : mapping of int to int
            The encounters to give back: their numbers now, and what they were.
        galleries : int

        Raises
        ------
        PersonNotFoundError, NotFoundError, PersonExistsError, InputError
        ConflictError
            If either would have no active encounter, or nobody was absorbed under this number.
        """
        check_galleries(galleries)
        to = self._existing(self.connection, target)
        self._refuse_known(self.connection, [NewPerson(person, b"-")])
        query = select(people.c.status, people.c.person).where(people.c.id == key)
        row = self.connection.execute(query).one_or_none()
        if row is None or row.person is not None or row.status != PersonStatus.DELETED:
            raise ConflictError("Nobody was absorbed under this number.", field=f"id {key}")
        for now, before in numbers.items():
            if not rename(self.connection, (to, now), (key, before)):
                raise self._no_encounter(to, now)
        self._refuse_none_active(self.connection, to)
        self._refuse_none_active(self.connection, key)
        touch(self.connection, self._ledger, to)
        back = {"person": person, "galleries": galleries, "status": int(PersonStatus.ACTIVE)}
        touch(self.connection, self._ledger, key, **back)
        self._ledger.people += 1

    def forget(self, key: int) -> None:
        """Remove what `absorb` keeps for `release`."""
        gone = (people.c.id == key) & people.c.person.is_(None)
        nothing = {"enrolled_at": None, "last_encounter": 0}
        self.connection.execute(update(people).where(gone).values(**nothing))
        self.erases = True

    def _two(self, person: str, target: str) -> tuple[int, int]:
        source = self._existing(self.connection, person)
        to = self._existing(self.connection, target)
        if source == to:
            raise ConflictError("Both are the same person.", source=self.source)
        return source, to

    def _next(self, key: int) -> int:
        newest = select(people.c.last_encounter).where(people.c.id == key)
        return int(self.connection.execute(newest).scalar_one()) + 1

    def _existing(self, connection: Connection, person: str) -> int:
        found = connection.execute(_ID, {"whom": person}) if storable(person) else None
        key = None if found is None else found.scalar()
        if key is None:
            raise PersonNotFoundError(source=self.source, field=person)
        return int(key)

    def _refuse_known(self, connection: Connection, batch: Sequence[NewPerson]) -> None:
        names = sorted(new.person for new in batch)
        sql = "SELECT person FROM people WHERE person {among}"
        if known := {name for (name,) in self._database.select_among(connection, sql, names)}:
            first = next(new.person for new in batch if new.person in known)
            raise PersonExistsError(source=self.source, field=first)

    def _refuse_none_active(self, connection: Connection, key: int) -> None:
        query = select(func.count()).where(encounters.c.person_id == key, encounters.c.active)
        if connection.execute(query).scalar_one() == 0:
            raise ConflictError(
                "It is the person's last active encounter.", source=self.source, field=f"id {key}"
            )

    def _alter(
        self, connection: Connection, key: int, encounter: int, values: dict[str, Any]
    ) -> None:
        statement = update(encounters).where(is_encounter(key, encounter)).values(values)
        if connection.execute(statement).rowcount == 0:
            raise self._no_encounter(key, encounter)

    def _no_encounter(self, key: int, encounter: int) -> NotFoundError:
        return NotFoundError(
            "There is no such encounter.",
            source=self.source,
            field=f"id {key}, encounter {encounter}",
        )
