"""Merging people, undoing it, and moving encounters."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from tenprint.model import ConflictError, NotFoundError
from tenprint.records._base import Base, Known, new_id
from tenprint.records._bodies import entry_context
from tenprint.records._driver import moment
from tenprint.records._schema import encounters, entries, merges, people, subscriptions
from tenprint.records._subscribing import subscription_context
from tenprint.records._types import MergeRecord, RecordStatus
from tenprint.store import Change


class Merging(Base):
    """The part of `Records` that brings people together and apart."""

    def merge(self, change: Change, target: str, source: str) -> str:
        """Make two people one: everything of `source` becomes `target`'s; the merge's id.

        Encounters keep their ids, unless the target has one of the same: then it gets a new one
        until the merge is undone. `source` stays known as MERGED; `person` says into whom.

        Raises
        ------
        PersonNotFoundError
        ConflictError
            If both are the same, or one is sealed or merged already.
        """
        connection = change.connection
        first, second = sorted((target, source))  # always locked in the same order
        locked = {first: self._live(connection, first)}
        if first == second:
            raise ConflictError("Both are the same person.", source=self.store.source)
        locked[second] = self._live(connection, second)
        to, of = locked[target], locked[source]
        if RecordStatus.SEALED in (to.status, of.status):
            raise ConflictError(
                "A sealed person cannot be merged.",
                source=self.store.source,
                remedy="Unseal the person first.",
            )
        numbers = change.absorb(source, target)
        names = set(self._column(connection, encounters.c.encounter, to.number))
        moved: dict[str, Any] = {
            "status": of.status.value,
            "encounters": [],
            "entries": [],
            "subscriptions": [],
        }
        query = select(encounters).where(encounters.c.person == of.number)
        for row in connection.execute(query.order_by(encounters.c.key)).all():
            name = _free_name(row.encounter, names)
            names.add(name)
            self._hand_over(connection, row, of, to, numbers[row.number], name)
            moved["encounters"].append([row.key, row.number, row.encounter])
        moved["entries"] = self._move_entries(connection, of, to, None)
        moved["subscriptions"] = self._move_subscriptions(connection, of, to, None)
        gone = update(people).where(people.c.number == of.number)
        connection.execute(gone.values(status="merged", merged_into=to.number))
        id = new_id()  # noqa: A001
        connection.execute(
            insert(merges).values(
                id=id, target=to.number, source=of.number, at=self.clock(), moved=json.dumps(moved)
            )
        )
        self._settle(change, to)
        return id

    def consolidate(self, change: Change, target: str, sources: Sequence[str]) -> list[str]:
        """Merge several people into one, all or none; each merge's id. Errors as `merge`."""
        return [self.merge(change, target, source) for source in sources]

    def unmerge(self, change: Change, merge: str) -> str:
        """Undo a merge; the identifier of the person who is back.

        Back come the encounters, events, flags, identifiers and subscriptions that came with the
        merge, under the ids and numbers they had, and the status. What was deleted meanwhile, or
        moved to somebody else, stays so; what was added meanwhile stays with the target.

        Raises
        ------
        NotFoundError
            If there is no such merge.
        ConflictError
            If it is undone already, the target was merged itself (undo that first), or one of the
            two would have no encounter left.
        """
        connection = change.connection
        query = select(merges).where(merges.c.id == merge)
        row = connection.execute(query).one_or_none() if "\0" not in merge else None
        if row is None:
            raise NotFoundError("There is no such merge.", source=self.store.source)
        if row.undone_at is not None:
            raise ConflictError("The merge is undone already.", source=self.store.source)
        to = self._live(connection, self._name_of(connection, row.target))
        of = self._known(connection, self._name_of(connection, row.source), lock=True)
        moved = json.loads(row.moved)
        back: list[tuple[Any, int, str]] = []
        for key, number, name in moved["encounters"]:
            which = select(encounters).where(
                encounters.c.key == key, encounters.c.person == to.number
            )
            if (found := connection.execute(which).one_or_none()) is not None:
                back.append((found, number, name))
        mine = self._column(connection, encounters.c.key, to.number)
        if not back or len(mine) == len(back):
            raise ConflictError(
                "One of the two would have no encounter left.", source=self.store.source
            )
        self._release(change, to, of, back)
        for found, number, name in back:
            self._hand_over(connection, found, to, of, number, name)
        self._move_entries(connection, to, of, moved["entries"])
        self._move_subscriptions(connection, to, of, moved["subscriptions"])
        status = RecordStatus(moved["status"])
        this = update(people).where(people.c.number == of.number)
        connection.execute(this.values(status=status.value, merged_into=None))
        done = update(merges).where(merges.c.id == merge)
        connection.execute(done.values(undone_at=self.clock()))
        self._settle(change, to)
        self._settle(change, of._replace(status=status))
        return of.person

    def merges(self, connection: Connection, person: str) -> list[MergeRecord]:
        """The merges that a person took part in, oldest first.

        Raises
        ------
        PersonNotFoundError
        """
        known = self._known(connection, person)
        query = (
            select(merges)
            .where(or_(merges.c.target == known.number, merges.c.source == known.number))
            .order_by(merges.c.at, merges.c.id)
        )
        found = []
        for row in connection.execute(query).all():
            target, source = (self._name_of(connection, n) for n in (row.target, row.source))
            at = moment(row.at)
            assert at is not None  # noqa: S101 - the column is NOT NULL
            found.append(MergeRecord(row.id, target, source, at, moment(row.undone_at)))
        return found

    def move_encounter(self, change: Change, person: str, encounter: str, target: str) -> str:
        """Give an encounter to somebody else, to whom it belongs; its id there.

        Raises
        ------
        PersonNotFoundError, NotFoundError
        ConflictError
            If it is the last one (merge instead), both are the same person, or one is merged.
        """
        connection = change.connection
        locked = {each: self._live(connection, each) for each in sorted({person, target})}
        of, to = locked[person], locked[target]
        if of.number == to.number:
            raise ConflictError("Both are the same person.", source=self.store.source)
        row = self._encounter_row(connection, of, encounter)
        self._spare(change, of, row.number)
        number = change.move_encounter(person, row.number, target)
        names = set(self._column(connection, encounters.c.encounter, to.number))
        name = _free_name(row.encounter, names)
        self._hand_over(connection, row, of, to, number, name)
        self._settle(change, of)
        self._settle(change, to)
        return name

    def _release(
        self, change: Change, to: Known, of: Known, back: Sequence[tuple[Any, int, str]]
    ) -> None:
        """Bring the person back in the store, where each of the two needs an active encounter."""
        leaving = {row.number for row, _, _ in back}
        state = change.state(to.person).encounters
        for group in (leaving, set(state) - leaving):
            if not any(state[number] for number in group):
                change.set_active(to.person, min(group), True)
        mask = 0
        for row, _, _ in back:
            mask |= int(row.galleries)
        numbers = {int(row.number): number for row, number, _ in back}
        change.release(to.person, of.number, of.person, numbers, mask)

    def _hand_over(
        self, connection: Connection, row: Any, of: Known, to: Known, number: int, name: str
    ) -> None:
        """Make an encounter's row somebody else's: its key goes under their key."""
        bound = f"encounter-key {row.token}"
        wrapped = to.key.wrap(of.key.unwrap(row.wrapped, bound), bound)
        this = update(encounters).where(encounters.c.key == row.key)
        values = {"person": to.number, "number": number, "encounter": name, "wrapped": wrapped}
        connection.execute(this.values(**values))

    def _move_entries(
        self, connection: Connection, of: Known, to: Known, only: Sequence[str] | None
    ) -> list[str]:
        """Encrypt entries anew, under somebody else's key; their ids."""
        wanted = None if only is None else set(only)
        moved: list[str] = []
        query = select(entries).where(entries.c.person == of.number).order_by(entries.c.key)
        for row in connection.execute(query).all():
            if wanted is not None and row.id not in wanted:
                continue
            bound = entry_context(row.kind, row.id)
            body = to.key.seal(of.key.open(row.body, bound), bound)
            this = update(entries).where(entries.c.key == row.key)
            connection.execute(this.values(person=to.number, body=body))
            moved.append(row.id)
        return moved

    def _move_subscriptions(
        self, connection: Connection, of: Known, to: Known, only: Sequence[str] | None
    ) -> list[str]:
        wanted = None if only is None else set(only)
        moved: list[str] = []
        query = select(subscriptions).where(subscriptions.c.person == of.number)
        for row in connection.execute(query).all():
            if wanted is not None and row.id not in wanted:
                continue
            bound = subscription_context(row.id)
            body = to.key.seal(of.key.open(row.body, bound), bound)
            this = update(subscriptions).where(subscriptions.c.id == row.id)
            connection.execute(this.values(person=to.number, body=body))
            moved.append(row.id)
        return moved

    def _name_of(self, connection: Connection, number: int) -> str:
        query = select(people.c.person).where(people.c.number == number)
        return str(connection.execute(query).scalar_one())

    def _column(self, connection: Connection, column: Any, number: int) -> list[Any]:
        query = select(column).where(encounters.c.person == number)
        return list(connection.execute(query).scalars())


def _free_name(name: str, taken: set[str]) -> str:
    """The encounter's id, or another one if the person has one of this id already."""
    return f"{name[:180]}-{new_id()[:8]}" if name in taken else name
