"""Agencies that want to be told of later events."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from tenprint.model import InputError, NotFoundError
from tenprint.records._base import Base, new_id
from tenprint.records._bodies import check_words, dump, utc
from tenprint.records._cipher import Key
from tenprint.records._driver import moment
from tenprint.records._schema import keys, people, subscriptions
from tenprint.records._types import EventKind, EventRecord, Notice, Subscription


def subscription_context(id: str) -> str:  # noqa: A002
    """What a subscription's ciphertext is bound to."""
    return f"subscription {id}"


class Subscribing(Base):
    """The part of `Records` that keeps subscriptions; sending notices is the desk's."""

    def subscribe(
        self,
        connection: Connection,
        agency: str,
        person: str,
        kinds: Collection[EventKind],
        until: datetime | None = None,
        reference: str = "",
    ) -> Subscription:
        """Have an agency told of a person's events of some kinds, from now on.

        Raises
        ------
        PersonNotFoundError, ConflictError, InputError
        """
        check_words(agency, "agency", 64)
        if not kinds:
            raise InputError("A subscription names a kind of event.", field="kinds")
        if len(reference) > 300:
            raise InputError("More than 300 characters.", field="reference")
        known = self._live(connection, person)
        id, now = new_id(), self.clock()  # noqa: A001
        until = None if until is None else utc(until)
        if until is not None and until <= now:
            raise InputError("The subscription would end before it begins.", field="until")
        row = {
            "id": id,
            "agency": agency,
            "person": known.number,
            "kinds": " ".join(sorted(EventKind(kind).value for kind in set(kinds))),
            "since": now,
            "until": until,
            "body": known.key.seal(dump({"r": reference}), subscription_context(id)),
        }
        connection.execute(insert(subscriptions).values(**row))
        return Subscription(id, agency, person, frozenset(kinds), now, until, reference)

    def cancel_subscription(self, connection: Connection, agency: str, id: str) -> None:  # noqa: A002
        """End an agency's subscription now; ending it again does nothing.

        Raises
        ------
        NotFoundError
            If the agency has none of this id.
        """
        query = select(subscriptions).where(
            subscriptions.c.id == id, subscriptions.c.agency == agency
        )
        row = connection.execute(query).one_or_none() if "\0" not in id + agency else None
        if row is None:
            raise NotFoundError("There is no such subscription.", source=self.store.source)
        if row.cancelled_at is None:
            this = update(subscriptions).where(subscriptions.c.id == id)
            connection.execute(this.values(cancelled_at=self.clock()))

    def subscriptions(
        self, connection: Connection, agency: str, *, active_only: bool = True
    ) -> list[Subscription]:
        """An agency's subscriptions, oldest first."""
        query = self._query().where(subscriptions.c.agency == agency)
        if active_only:
            query = query.where(*self._running())
        rows = connection.execute(query.order_by(subscriptions.c.since, subscriptions.c.id))
        return [self._subscription(row) for row in rows.all()]

    def notices_for(self, connection: Connection, person: str, event: EventRecord) -> list[Notice]:
        """Who is to be told of an event just recorded; call it in the same transaction.

        A sealed event is told to nobody, and no agency is told of its own.

        Raises
        ------
        PersonNotFoundError
        """
        if event.sealed:
            return []
        known = self._known(connection, person)
        query = self._query().where(subscriptions.c.person == known.number, *self._running())
        return [
            Notice(self._subscription(row), event)
            for row in connection.execute(query.order_by(subscriptions.c.since)).all()
            if event.kind.value in row.kinds.split() and row.agency != event.agency
        ]

    def _running(self) -> tuple[Any, ...]:
        later = or_(subscriptions.c.until.is_(None), subscriptions.c.until > self.clock())
        return subscriptions.c.cancelled_at.is_(None), later

    def _query(self) -> Any:
        return (
            select(subscriptions, people.c.person.label("name"), keys.c.wrapped)
            .join(people, people.c.number == subscriptions.c.person)
            .join(keys, keys.c.id == people.c.key)
        )

    def _subscription(self, row: Any) -> Subscription:
        key: Key = self.vault.unwrap(bytes(row.wrapped))
        body = json.loads(key.open(row.body, subscription_context(row.id)))
        since = moment(row.since)
        assert since is not None  # noqa: S101 - the column is NOT NULL
        return Subscription(
            row.id,
            row.agency,
            row.name,
            frozenset(EventKind(kind) for kind in row.kinds.split()),
            since,
            moment(row.until),
            body["r"],
            moment(row.cancelled_at),
        )
