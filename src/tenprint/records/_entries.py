"""Events, flags and identifiers of a person."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from tenprint.model import ConflictError, Identifier, InputError, NotFoundError, check_partial_date
from tenprint.records._base import Known, new_id
from tenprint.records._bodies import (
    check_words,
    entry_context,
    event_body,
    flag_body,
    identifier_body,
    read_event,
    read_flag,
)
from tenprint.records._driver import moment
from tenprint.records._following import Following
from tenprint.records._schema import entries
from tenprint.records._types import EventRecord, Flag, NewEvent
from tenprint.store import Change

#: The most events, flags and identifiers of one person.
MAX_ENTRIES = 5000


_COUNT = select(func.count()).where(entries.c.person == bindparam("of"))
_NEW_ENTRY = insert(entries)


class Entries(Following):
    """The part of `Records` that writes events, flags and identifiers.

    All are encrypted under the person's key. Somebody who was merged takes none: give them to the
    person merged into (`ConflictError`).
    """

    def add_event(self, connection: Connection, person: str, event: NewEvent) -> EventRecord:
        """Record that something happened to a person.

        Raises
        ------
        PersonNotFoundError, ConflictError, InputError
        """
        check_words(event.agency, "agency", 64)
        check_partial_date(event.date)
        known = self._live(connection, person)
        id, now = self._add_entry(connection, known, "event", event_body(event), event.sealed)  # noqa: A001
        given = {**asdict(event), "codes": dict(event.codes)}
        return EventRecord(**{**given, "id": id, "recorded_at": now})

    def event(self, connection: Connection, person: str, event: str) -> EventRecord:
        """One event, sealed or not, in the transaction that is to change it.

        Raises
        ------
        PersonNotFoundError, NotFoundError, ConflictError
        """
        known = self._live(connection, person)
        row = self._entry(connection, known, "event", event)
        body = json.loads(self._body(known, row))
        return read_event(body, row.id, bool(row.sealed), moment(row.recorded_at))

    def seal_event(
        self, connection: Connection, person: str, event: str, sealed: bool = True
    ) -> None:
        """Seal an event, or unseal it: only who may see sealed parts is shown it.

        Raises
        ------
        PersonNotFoundError, NotFoundError, ConflictError
        """
        known = self._live(connection, person)
        this = self._entry(connection, known, "event", event)
        connection.execute(
            update(entries).where(entries.c.key == this.key).values(sealed=bool(sealed))
        )

    def remove_event(self, connection: Connection, person: str, event: str) -> None:
        """Remove an event for good.

        Raises
        ------
        PersonNotFoundError, NotFoundError, ConflictError
        """
        self._remove_entry(connection, self._live(connection, person), "event", event)

    def set_flag(self, connection: Connection, person: str, flag: Flag) -> Flag:
        """Put a flag on a person, or in the place of the one whose id it has.

        Raises
        ------
        PersonNotFoundError, NotFoundError, InputError
        ConflictError
            If the person was merged, or the flag of that id is another issuer's.
        """
        check_words(flag.issuer, "issuer", 64)
        if len(flag.reference) > 300:
            raise InputError("More than 300 characters.", field="reference")
        body = flag_body(flag)
        known = self._live(connection, person)
        if flag.id:
            self._check_issuer(connection, known, flag)
            self._remove_entry(connection, known, "flag", flag.id)
        id, _ = self._add_entry(connection, known, "flag", body)  # noqa: A001
        return Flag(flag.kind, flag.issuer, flag.since, flag.until, flag.reference, id)

    def _check_issuer(self, connection: Connection, known: Known, flag: Flag) -> None:
        row = self._entry(connection, known, "flag", flag.id)
        if read_flag(json.loads(self._body(known, row)), row.id).issuer != flag.issuer:
            raise ConflictError(
                "A flag is replaced by its issuer only.",
                field="entry",
                source=self.store.source,
                remedy="Remove it, or set another beside it.",
            )

    def remove_flag(self, connection: Connection, person: str, flag: str) -> None:
        """Take a flag away.

        Raises
        ------
        PersonNotFoundError, NotFoundError, ConflictError
        """
        self._remove_entry(connection, self._live(connection, person), "flag", flag)

    def add_identifier(self, change: Change, person: str, identifier: Identifier) -> None:
        """Give a person a number of ours or of somebody else's; found by `NameIndex` too.

        Raises
        ------
        PersonNotFoundError, ConflictError
        """
        known = self._live(change.connection, person)
        if identifier not in [each for _, each in self._identifiers(change.connection, known)]:
            self._add_entry(change.connection, known, "identifier", identifier_body(identifier))
            change.touch(person)

    def remove_identifier(self, change: Change, person: str, identifier: Identifier) -> None:
        """Take an identifier away from a person; those that encounters state stay.

        Raises
        ------
        PersonNotFoundError, NotFoundError, ConflictError
        """
        connection = change.connection
        known = self._live(connection, person)
        for id, each in self._identifiers(connection, known):  # noqa: A001
            if each == identifier:
                self._remove_entry(connection, known, "identifier", id)
                self.leave_out(change)
                change.touch(person)
                return
        raise NotFoundError(
            "The person has no such identifier.", field="identifier", source=self.store.source
        )

    def _identifiers(self, connection: Connection, known: Known) -> list[tuple[str, Identifier]]:
        query = select(entries).where(
            entries.c.person == known.number, entries.c.kind == "identifier"
        )
        return [
            (row.id, Identifier(*json.loads(self._body(known, row))))
            for row in connection.execute(query)
        ]

    def _body(self, known: Known, row: Any) -> bytes:
        return known.key.open(row.body, entry_context(row.kind, row.id))

    def _add_entry(
        self, connection: Connection, known: Known, kind: str, body: bytes, sealed: bool = False
    ) -> tuple[str, Any]:
        if (connection.execute(_COUNT, {"of": known.number}).scalar() or 0) >= MAX_ENTRIES:
            raise InputError(f"More than {MAX_ENTRIES} entries of one person.", field=kind)
        id, now = new_id(), self.clock()  # noqa: A001
        row = {
            "id": id,
            "person": known.number,
            "kind": kind,
            "sealed": bool(sealed),
            "recorded_at": now,
        }
        sealed_body = known.key.seal(body, entry_context(kind, id))
        connection.execute(_NEW_ENTRY, {**row, "body": sealed_body})
        return id, now

    def _entry(self, connection: Connection, known: Known, kind: str, id: str) -> Any:  # noqa: A002
        query = select(entries).where(
            entries.c.id == id, entries.c.person == known.number, entries.c.kind == kind
        )
        row = connection.execute(query).one_or_none() if "\0" not in id else None
        if row is None:
            raise NotFoundError(
                f"The person has no such {kind}.", field="entry", source=self.store.source
            )
        return row

    def _remove_entry(self, connection: Connection, known: Known, kind: str, id: str) -> None:  # noqa: A002
        row = self._entry(connection, known, kind, id)
        connection.execute(entries.delete().where(entries.c.key == row.key))
