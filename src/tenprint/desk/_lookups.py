"""What questions find: people by name, and records; read, and put as the caller may see it."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol

from tenprint.access import Part, Told
from tenprint.desk._answering import people_in
from tenprint.desk._encoding import biographics_dict
from tenprint.desk._person import as_dict
from tenprint.desk._queries import NameQuery, RecordQuery
from tenprint.desk._text import answer_text
from tenprint.model import NotFoundError, Outcome, PersonNotFoundError, TransactionClass
from tenprint.names import NameIndex
from tenprint.records import PersonRecord, Records

_NAME, _RECORD = TransactionClass.NAME_SEARCH, TransactionClass.RECORD_QUERY


@dataclass(frozen=True)
class LookedUp:
    """What is to be answered.

    Attributes
    ----------
    outcome : Outcome
    content : mapping
        JSON-ready.
    text : str
    subject : str or None
        Whose record is asked for.
    named : tuple of str
        The people of whom anything is told.
    """

    outcome: Outcome
    content: Mapping[str, Any]
    text: str
    subject: str | None
    named: tuple[str, ...]


class Lookups(Protocol):
    """Who finds what questions ask for: `LookupsHere`, or `LookupsProcess`.

    It owns the index of names. Safe to share between threads.
    """

    @property
    def pid(self) -> int | None:
        """The process that finds them, where it is another one and runs."""

    def by_name(self, query: NameQuery, seen: frozenset[Part], told: Told) -> Future[LookedUp]:
        """People by name, best first."""

    def record(
        self, query: RecordQuery, seen: frozenset[Part], told: Told, agency: str
    ) -> Future[LookedUp]:
        """A person's record; the future fails with `PersonNotFoundError`."""

    def keep(self) -> None:
        """Write the index of names to its file, if that pays."""

    def close(self) -> None:
        """Keep the index, and find nothing more."""


class Reader:
    """Finds them in this process.

    Parameters
    ----------
    records : Records
    names : NameIndex
        The one that `records` keeps in step.
    """

    def __init__(self, records: Records, names: NameIndex) -> None:
        self.records = records
        self._names = names

    def by_name(self, query: NameQuery, seen: frozenset[Part], told: Told) -> LookedUp:
        """As `Lookups.by_name`."""
        records = self.records
        shown = told in (Told.IDENTITY, Told.RECORD) and Part.IDENTITY in seen
        with records.store.reading() as connection:
            records.follow_names(connection)
            found = self._names.search(query.biographics, query.limit)
            numbers = [each.key for each in found] if shown else []
            known = records.called(connection, numbers, seen)
        candidates: list[dict[str, Any]] = []
        for each in found:
            record = known.get(each.key)
            if record is None:
                continue  # not shown at all, deleted meanwhile, or sealed to this caller
            candidates.append(
                {
                    "rank": len(candidates) + 1,
                    "person": record.id,
                    "score": round(each.score, 4),
                    "parts": [part.as_dict() for part in each.parts],
                    **_stated(record, seen),
                }
            )
        hit = bool(candidates) if told is not Told.HIT else bool(found)
        more: dict[str, Any] = {"candidates": candidates} if candidates else {}
        outcome = Outcome.HIT if hit else Outcome.NO_HIT
        return _found(_NAME, query, outcome, more, None)

    def record(
        self, query: RecordQuery, seen: frozenset[Part], told: Told, agency: str
    ) -> LookedUp:
        """As `Lookups.record`."""
        records, person = self.records, query.person
        with records.store.reading() as connection:
            try:
                if person is None:
                    records.follow_names(connection)
                    number = query.identifier or ""
                    keys = self._names.by_identifier(query.identifier_kind, number)
                    if not keys:
                        raise PersonNotFoundError(field="identifier")
                    record = records.person_of_number(connection, keys[0], seen, agency=agency)
                else:
                    record = records.person(connection, person, seen, agency=agency)
            except NotFoundError:
                raise PersonNotFoundError(field="person") from None
        more: dict[str, Any] = {}
        if told is Told.RECORD:
            more = {"person": record.id, "record": as_dict(record, seen, records.clock())}
        elif told is Told.IDENTITY:
            more = {"person": record.id}
        return _found(_RECORD, query, Outcome.HIT, more, record.id)


class LookupsHere:
    """`Lookups` that find in this process."""

    pid = None

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def by_name(self, query: NameQuery, seen: frozenset[Part], told: Told) -> Future[LookedUp]:
        """As `Lookups.by_name`; done when it returns."""
        done: Future[LookedUp] = Future()
        done.set_result(self._reader.by_name(query, seen, told))
        return done

    def record(
        self, query: RecordQuery, seen: frozenset[Part], told: Told, agency: str
    ) -> Future[LookedUp]:
        """As `Lookups.record`; done when it returns."""
        done: Future[LookedUp] = Future()
        try:
            done.set_result(self._reader.record(query, seen, told, agency))
        except PersonNotFoundError as error:
            done.set_exception(error)
        return done

    def keep(self) -> None:
        """As `Lookups.keep`."""
        self._reader.records.keep_names()

    def close(self) -> None:
        """As `Lookups.close`."""
        self._reader.records.keep_names(closing=True)


def _found(
    klass: TransactionClass,
    query: NameQuery | RecordQuery,
    outcome: Outcome,
    more: Mapping[str, Any],
    subject: str | None,
) -> LookedUp:
    content: dict[str, Any] = {
        "transaction": query.transaction,
        "class": klass.value,
        "purpose": query.purpose.value,
        "outcome": outcome.value,
        **more,
    }
    return LookedUp(outcome, content, answer_text(content), subject, people_in(content))


def _stated(record: PersonRecord, seen: frozenset[Part]) -> dict[str, Any]:
    """Names and dates of a candidate, where they are seen."""
    if Part.BIOGRAPHICS not in seen:
        return {}
    stated = [biographics_dict(each) for each in record.biographics]
    for each in stated:
        if Part.IDENTIFIERS not in seen:
            each.pop("identifiers", None)
    return {"biographics": [each for each in stated if each]}
