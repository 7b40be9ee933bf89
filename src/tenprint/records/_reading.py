"""A person's record, read by two or three statements, and only what is asked for."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, select, true

from tenprint.access import Part
from tenprint.model import (
    Biographics,
    Finger,
    Identifier,
    Impression,
    NotFoundError,
    PersonNotFoundError,
    Purpose,
    TransactionClass,
)
from tenprint.records._base import Base
from tenprint.records._bodies import (
    biographics,
    entry_context,
    read_encounter_body,
    read_event,
    read_flag,
)
from tenprint.records._cipher import Key
from tenprint.records._driver import moment
from tenprint.records._driver import select as rows_of
from tenprint.records._expunged import hashed
from tenprint.records._images import open_detail, open_image, select_images
from tenprint.records._schema import encounters, expunged, images, keys, people
from tenprint.records._types import (
    EncounterRecord,
    EventRecord,
    Flag,
    ImageKind,
    PersonRecord,
    RecordStatus,
    Retention,
    StoredImage,
)
from tenprint.store import in_pieces

#: Everything.
ALL_PARTS: frozenset[Part] = frozenset(Part)

# Each statement brings the person's version, and at least one row of a person who exists: two
# statements see two moments, and equal versions prove that nothing was moved in between.
_PERSON = """
    SELECT p.number, p.person, p.status, p.merged_into, p.created_at, p.version, k.wrapped{more}
    FROM records_people p JOIN records_keys k ON k.id = p.key {join} WHERE p.{by} = ? {order}
"""

_ENCOUNTERS = {
    "more": """, e.key, e.encounter, e.token, e.number, e.agency, e.transaction_id, e.klass,
        e.purpose, e.taken_at, e.stored_at, e.active, e.galleries, e.retention, e.until,
        e.wrapped, e.body""",
    "join": "LEFT JOIN records_encounters e ON e.person = p.number",
    "order": "ORDER BY e.key",
}

_ENTRIES = """
    SELECT p.version, n.id, n.kind, n.sealed, n.recorded_at, n.body
    FROM records_people p LEFT JOIN records_entries n ON n.person = p.number
    WHERE p.number = ? ORDER BY n.key
"""

_IMAGES = """
    SELECT p.version, i.encounter, i.file, i.kind, i.media, i.finger, i.impression, i.ppi, i.size,
           i.detail
    FROM records_people p LEFT JOIN records_encounters e ON e.person = p.number
    LEFT JOIN records_images i ON i.encounter = e.key
    WHERE p.number = ? ORDER BY i.encounter, i.position
"""

_WHO = """
    SELECT p.number, p.person, p.status, p.created_at, k.wrapped, e.token, e.wrapped, e.body
    FROM records_people p JOIN records_keys k ON k.id = p.key
    LEFT JOIN records_encounters e ON e.person = p.number
    WHERE p.number IN ({marks}) ORDER BY p.number, e.key
"""

_CHAIN = 100  # merges of merges that are followed


_OF_ENCOUNTERS = {Part.BIOGRAPHICS, Part.IDENTIFIERS, Part.ENCOUNTERS, Part.OTHER_AGENCIES}
_OF_ENTRIES = {Part.CRIMINAL_EVENTS, Part.CIVIL_EVENTS, Part.FLAGS, Part.IDENTIFIERS}


class _ChangedMeanwhileError(Exception):
    """Somebody was merged, moved or changed between two statements: read again."""


class _Found(NamedTuple):
    number: int
    person: str
    status: RecordStatus
    merged_into: int | None
    created_at: Any
    version: int
    wrapped: bytes


class Reading(Base):
    """The part of `Records` that reads."""

    def status(self, connection: Connection, person: str) -> RecordStatus | None:
        """What became of an identifier: also MERGED and EXPUNGED; None if nobody has or had it."""
        query = select(people.c.status).where(people.c.person == person)
        if "\0" in person:
            return None
        if (found := connection.execute(query).scalar()) is not None:
            return RecordStatus(found)
        gone = select(expunged.c.at).where(expunged.c.person == hashed(self._log.salt, person))
        return RecordStatus.EXPUNGED if connection.execute(gone).first() else None

    def known(self, connection: Connection, names: Iterable[str]) -> set[str]:
        """Those of some identifiers that are somebody's now, of merged people too."""
        found: set[str] = set()
        for some in in_pieces(list(names)):
            query = select(people.c.person).where(people.c.person.in_(some))
            found.update(connection.execute(query).scalars())
        return found

    def sealed_among(self, connection: Connection, persons: Collection[str]) -> set[str]:
        """Those of some people, at most some hundreds, who are sealed."""
        if not persons:
            return set()
        query = select(people.c.person).where(
            people.c.person.in_(set(persons)), people.c.status == RecordStatus.SEALED.value
        )
        return set(connection.execute(query).scalars())

    def person(
        self,
        connection: Connection,
        person: str,
        parts: Collection[Part] = ALL_PARTS,
        *,
        agency: str | None = None,
    ) -> PersonRecord:
        """A person's record.

        Parameters
        ----------
        connection : Connection
        person : str
        parts : collection of Part
            What is read, decrypted and returned; everything else stays empty. Identifiers that
            encounters state come with `Part.IDENTIFIERS` only.
        agency : str, optional
            Who asks: `Part.ENCOUNTERS` are this agency's, `Part.OTHER_AGENCIES` the others'. None
            takes all for its own.

        Raises
        ------
        PersonNotFoundError
            If there is none; also if the person is sealed and `parts` is without `Part.SEALED`.
        """
        return self._read(connection, "person", person, frozenset(parts), agency)

    def person_of_number(
        self,
        connection: Connection,
        number: int,
        parts: Collection[Part] = ALL_PARTS,
        *,
        agency: str | None = None,
    ) -> PersonRecord:
        """As `person`, by the number in the store, which is the key in `NameIndex`."""
        return self._read(connection, "number", int(number), frozenset(parts), agency)

    def called(
        self, connection: Connection, numbers: Sequence[int], parts: Collection[Part] = ALL_PARTS
    ) -> dict[int, PersonRecord]:
        """What several people state of themselves in their encounters, by one statement.

        Parameters
        ----------
        connection : Connection
        numbers : sequence of int
            In the store, at most some hundreds.
        parts : collection of Part
            `Part.BIOGRAPHICS` and `Part.IDENTIFIERS` say what is decrypted.

        Returns
        -------
        dict of int to PersonRecord
            By number, with biographics and nothing else. Who is gone, merged, or sealed while
            `parts` is without `Part.SEALED`, is left out.
        """
        if not numbers:
            return {}
        wanted = frozenset(parts) & {Part.BIOGRAPHICS, Part.IDENTIFIERS}
        statement = _WHO.format(marks=",".join("?" * len(numbers)))
        rows = rows_of(connection, statement, [int(each) for each in numbers], prepare=False)
        found: dict[int, PersonRecord] = {}
        for number, own in groupby(rows, lambda row: row[0]):
            encountered = list(own)
            _, person, state, created, wrapped = encountered[0][:5]
            status = RecordStatus(state)
            if status is RecordStatus.MERGED:
                continue
            if status is RecordStatus.SEALED and Part.SEALED not in parts:
                continue
            stated: list[Biographics] = []
            if wanted:
                key = self.vault.unwrap(bytes(wrapped))
                for *_, token, under, body in encountered:
                    if token is None:
                        continue
                    its = key.unwrap(bytes(under), f"encounter-key {token}")
                    who, _ = _opened(its, token, body, wanted)
                    if not who.empty and who not in stated:
                        stated.append(who)
            made = moment(created)
            assert made is not None  # noqa: S101 - the column is NOT NULL
            found[number] = PersonRecord(
                person, number, status, None, made, biographics=tuple(stated)
            )
        return found

    def submission(self, connection: Connection, key: int) -> EncounterRecord:
        """A submission whose person is not known yet, with its images.

        Raises
        ------
        NotFoundError
        """
        row, own = self._submission_row(connection, key)
        who, detail = read_encounter_body(own.open(row.body, f"encounter {row.token}"))
        query = select(
            images.c.encounter,
            images.c.file,
            *(images.c.kind, images.c.media, images.c.finger, images.c.impression),
            *(images.c.ppi, images.c.size, images.c.detail),
        )
        found = connection.execute(
            query.where(images.c.encounter == key).order_by(images.c.position)
        )
        kept = tuple(_image(own, tuple(each)) for each in found)
        plain = self._encounter(connection, _values(row))
        return replace(plain, biographics=who, detail=detail, images=kept)

    def image(self, connection: Connection, file: str) -> bytes:
        """The bytes of an image, as it came.

        Raises
        ------
        NotFoundError
            If no image has this name.
        StoreFormatError
            If its file is missing or damaged.
        """
        query = select_images().where(images.c.file == file)
        row = connection.execute(query).first() if "\0" not in file else None
        if row is None:
            raise NotFoundError("There is no such image.", source=self.store.source)
        return open_image(self.vault, row)[0]

    def people_in(
        self,
        connection: Connection,
        gallery: str | None,
        offset: int = 0,
        limit: int = 100,
        *,
        agency: str | None = None,
    ) -> list[tuple[str, str]]:
        """People and encounters in a gallery (None: in any), sealed and merged people left out.

        With `agency` only the encounters that are its own.

        Raises
        ------
        NotFoundError
            If there is no such gallery.
        """
        mask = 2**31 - 1 if gallery is None else self.galleries_mask(connection, [gallery])
        if not mask:
            raise NotFoundError("There is no such gallery.", source=self.store.source)
        query = (
            select(people.c.person, encounters.c.encounter)
            .join(people, people.c.number == encounters.c.person)
            .where(encounters.c.galleries.bitwise_and(mask) != 0)
            .where(people.c.status.in_(["active", "inactive"]))
            .where(true() if agency is None else encounters.c.agency == agency)
            .order_by(encounters.c.key)
            .offset(offset)
            .limit(limit)
        )
        return [(row.person, row.encounter) for row in connection.execute(query)]

    def _submission_row(self, connection: Connection, key: int) -> tuple[Any, Key]:
        query = (
            select(encounters, keys.c.wrapped.label("above"))
            .join(keys, keys.c.id == encounters.c.transaction_key)
            .where(encounters.c.key == key, encounters.c.person.is_(None))
        )
        row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFoundError("There is no such submission.", source=self.store.source)
        above = self.vault.unwrap(bytes(row.above))
        return row, above.unwrap(row.wrapped, f"encounter-key {row.token}")

    def _read(
        self,
        connection: Connection,
        by: str,
        value: str | int,
        parts: frozenset[Part],
        agency: str | None,
    ) -> PersonRecord:
        if isinstance(value, str) and "\0" in value:
            raise PersonNotFoundError(source=self.store.source)
        more = _ENCOUNTERS if parts & _OF_ENCOUNTERS else {"more": "", "join": "", "order": ""}
        statement = _PERSON.format(by=by, **more)
        while True:
            rows = rows_of(connection, statement, (value,))
            if not rows:
                raise PersonNotFoundError(source=self.store.source)
            found = _Found(*rows[0][:7])
            try:
                listed = [row[7:] for row in rows if row[7:] and row[7] is not None]
                return self._read_parts(connection, found, listed, parts, agency)
            except _ChangedMeanwhileError:
                continue

    def _at_once(
        self, connection: Connection, statement: str, found: _Found
    ) -> list[tuple[Any, ...]]:
        """Rows of a person, without the version, which must be the same still."""
        rows = rows_of(connection, statement, (found.number,))
        if not rows or rows[0][0] != found.version:
            raise _ChangedMeanwhileError
        return [row[1:] for row in rows if row[1] is not None]

    def _read_parts(
        self,
        connection: Connection,
        found: _Found,
        rows: Sequence[tuple[Any, ...]],
        parts: frozenset[Part],
        agency: str | None,
    ) -> PersonRecord:
        status = RecordStatus(found.status)
        made = moment(found.created_at)
        assert made is not None  # noqa: S101 - the column is NOT NULL
        if status is RecordStatus.MERGED:
            into = self._final(connection, found.merged_into)
            return PersonRecord(found.person, found.number, status, into, made)
        if status is RecordStatus.SEALED and Part.SEALED not in parts:
            raise PersonNotFoundError(source=self.store.source)
        # Before anything is decrypted: with another version the keys may be others too.
        pictures: dict[int, list[tuple[Any, ...]]] = {}
        if Part.IMAGES in parts and rows:
            for image in self._at_once(connection, _IMAGES, found):
                pictures.setdefault(image[0], []).append(image)
        entered = self._at_once(connection, _ENTRIES, found) if parts & _OF_ENTRIES else []
        key = self.vault.unwrap(bytes(found.wrapped))
        listed, stated = self._encounters(connection, rows, pictures, key, parts, agency)
        events: list[EventRecord] = []
        flags: list[Flag] = []
        numbers: list[Identifier] = []
        for id, kind, sealed, at, body in entered:  # noqa: A001
            if not _wanted(kind, bool(sealed), parts):
                continue
            plain = json.loads(key.open(bytes(body), entry_context(kind, id)))
            if kind == "event":
                event = read_event(plain, id, bool(sealed), moment(at))
                part = Part.CIVIL_EVENTS if event.kind.civil else Part.CRIMINAL_EVENTS
                if part in parts:
                    events.append(event)
            elif kind == "flag":
                flags.append(read_flag(plain, id))
            else:
                numbers.append(Identifier(*plain))
        return PersonRecord(
            found.person,
            found.number,
            status,
            None,
            made,
            tuple(listed),
            tuple(events),
            tuple(flags),
            tuple(numbers),
            tuple(stated),
        )

    def _encounters(
        self,
        connection: Connection,
        rows: Sequence[tuple[Any, ...]],
        pictures: dict[int, list[tuple[Any, ...]]],
        key: Key,
        parts: frozenset[Part],
        agency: str | None,
    ) -> tuple[list[EncounterRecord], list[Biographics]]:
        listed: list[EncounterRecord] = []
        stated: list[Biographics] = []
        reads = bool(parts & {Part.BIOGRAPHICS, Part.IDENTIFIERS})
        for row in rows:
            own = key.unwrap(bytes(row[14]), f"encounter-key {row[2]}")
            who, detail = Biographics(), dict[str, str]()
            if reads:
                who, detail = _opened(own, row[2], row[15], parts)
                if not who.empty and who not in stated:
                    stated.append(who)
            mine = agency is None or row[4] == agency
            if (Part.ENCOUNTERS if mine else Part.OTHER_AGENCIES) in parts:
                plain = self._encounter(connection, row)
                kept = tuple(_image(own, each) for each in pictures.get(row[0], ()))
                listed.append(replace(plain, biographics=who, detail=detail, images=kept))
        return listed, stated

    def _encounter(self, connection: Connection, row: Sequence[Any]) -> EncounterRecord:
        _, name, _, number, agency, transaction, klass, purpose, taken, stored = row[:10]
        active, mask, retention, until = row[10:14]
        stored_at = moment(stored)
        assert stored_at is not None  # noqa: S101 - the column is NOT NULL
        return EncounterRecord(
            name,
            number,
            agency,
            transaction,
            None if klass is None else TransactionClass(klass),
            None if purpose is None else Purpose(purpose),
            moment(taken),
            stored_at,
            bool(active),
            self._gallery_words(connection, mask),
            Retention(retention),
            moment(until),
        )

    def _final(self, connection: Connection, number: int | None) -> str | None:
        """The living person at the end of a chain of merges."""
        for _ in range(_CHAIN):
            query = select(people.c.person, people.c.merged_into).where(people.c.number == number)
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            if row.merged_into is None:
                return str(row.person)
            number = row.merged_into
        return None


def _opened(
    own: Key, token: str, body: bytes, parts: frozenset[Part]
) -> tuple[Biographics, dict[str, str]]:
    """What an encounter's body states, and its detail; what is not wanted is left out."""
    plain = json.loads(own.open(bytes(body), f"encounter {token}"))
    if Part.IDENTIFIERS not in parts:
        plain.pop("i", None)
    if Part.BIOGRAPHICS not in parts:
        plain = {"i": plain.get("i", ())}
    return biographics(plain), plain.get("d", {})


def _wanted(kind: str, sealed: bool, parts: frozenset[Part]) -> bool:
    if sealed and Part.SEALED not in parts:
        return False
    if kind == "flag":
        return Part.FLAGS in parts
    if kind == "identifier":
        return Part.IDENTIFIERS in parts
    return Part.CRIMINAL_EVENTS in parts or Part.CIVIL_EVENTS in parts


def _values(row: Any) -> tuple[Any, ...]:
    """A SQLAlchemy row in the order of `_ENCOUNTERS`."""
    return (
        *(row.key, row.encounter, row.token, row.number, row.agency, row.transaction_id),
        *(row.klass, row.purpose, row.taken_at, row.stored_at, row.active, row.galleries),
        *(row.retention, row.until, row.wrapped, row.body),
    )


def _image(own: Key, row: Sequence[Any]) -> StoredImage:
    _, file, kind, media, finger, impression, ppi, size, detail = row
    more = open_detail(own, file, detail)
    return StoredImage(
        file, ImageKind(kind), media, Finger(finger), Impression(impression), ppi, size, more
    )
