"""The index of names, kept in step with the records."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from tenprint.model import Biographics, Identifier
from tenprint.records._base import Base
from tenprint.records._bodies import biographics
from tenprint.records._driver import select as rows_of
from tenprint.records._driver import stream
from tenprint.records._entries import entry_context
from tenprint.store import PersonStatus

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
        """Put everybody into the index, at start; how many people there are in it."""
        if self.names is None:
            return 0
        with self._names_turn:
            start = self.store.change()
            with self.store.reading() as connection:
                if connection.dialect.name == "sqlite":
                    self.names.put_many(self._people(connection))
                else:
                    with connection.execution_options(isolation_level="READ COMMITTED").begin():
                        # Between two portions the server waits for as long as folding takes.
                        connection.exec_driver_sql(
                            "SET LOCAL idle_in_transaction_session_timeout = 0"
                        )
                        self.names.put_many(self._people(connection))
            self._names_change = start
        self.follow_names()
        return len(self.names)

    def follow_names(self) -> None:
        """Bring the index up to the last commit; call it before a search. Cheap if up to date."""
        if self.names is None or self.store.change() == self._names_change:
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
