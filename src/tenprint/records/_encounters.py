"""People and their encounters, written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from tenprint.model import (
    Biographics,
    ConflictError,
    InputError,
    NotFoundError,
    PersonExistsError,
)
from tenprint.records._base import Known, new_id, no_prints
from tenprint.records._bodies import check_words, encounter_body, read_encounter_body, utc
from tenprint.records._cipher import Key
from tenprint.records._following import Following
from tenprint.records._images import check_images, image_rows, seal_images
from tenprint.records._retention import kept_until
from tenprint.records._schema import encounters, images, people
from tenprint.records._types import NewEncounter, NewImage, RecordStatus, Retention
from tenprint.store import Change, NewPerson, PersonStatus

_EXISTS = select(people.c.number).where(people.c.person == bindparam("whom"))
_NEW_PERSON, _NEW_ENCOUNTER = insert(people), insert(encounters)
_ADOPT = update(encounters).where(encounters.c.key == bindparam("of"))
_SUBMISSION = select(encounters).where(
    encounters.c.key == bindparam("of"), encounters.c.person.is_(None)
)


@dataclass(frozen=True)
class Prepared:
    """An encounter encrypted and with its images on the disk, to be stored in a transaction.

    Made by `Records.prepare`. If it is never stored, `sweep` removes the files.
    """

    new: NewEncounter
    token: str
    key: Key
    body: bytes
    files: tuple[str, ...]


class Encounters(Following):
    """The part of `Records` that writes people and encounters."""

    def prepare(self, new: NewEncounter) -> Prepared:
        """Do everything of storing an encounter that needs no transaction; thread-safe.

        Images are encrypted, written and forced to the disk here, so that nobody waits for that
        while holding the writer's lock. Every method that takes a `NewEncounter` takes this too.

        Raises
        ------
        InputError
            If something cannot be stored as given.
        StoreError
            If the disk refuses.
        """
        check_words(new.agency, "agency", 64)
        for field, text in (("encounter", new.id), ("transaction", new.transaction)):
            if text is not None:
                check_words(text, field, 200)
        check_images(new.images)
        token, key = new_id(), Key()
        body = key.seal(encounter_body(new.biographics, new.detail), f"encounter {token}")
        files = self.vault.files.write(seal_images(key, new.images)) if new.images else []
        return Prepared(new, token, key, body, tuple(files))

    # Submissions

    def add_submission(self, connection: Connection, new: NewEncounter | Prepared) -> int:
        """Store an encounter whose person is not known yet; its key, to be given to `new_person`.

        It is encrypted under a key of its own transaction. It is kept for as long as its
        retention class says, or until it is discarded.
        """
        ready = new if isinstance(new, Prepared) else self.prepare(new)
        number = self.vault.new_key(connection)
        wrapping = self.vault.key(connection, number)
        packed = ready.new.packed
        values = {
            **self._values(connection, ready, wrapping),
            "transaction_key": number,
            "packed": ready.key.seal(packed, f"packed {ready.token}") if packed else None,
        }
        return self._insert(connection, ready, values)

    def submission_templates(self, connection: Connection, key: int) -> bytes:
        """The templates of a submission, packed; empty if none were given yet.

        Raises
        ------
        NotFoundError
        """
        row, own = self._submission(connection, key)
        return b"" if row.packed is None else own.open(row.packed, f"packed {row.token}")

    def set_submission_templates(self, connection: Connection, key: int, packed: bytes) -> None:
        """Give a submission its templates, once they are extracted.

        Raises
        ------
        NotFoundError
        """
        row, own = self._submission(connection, key)
        sealed = own.seal(packed, f"packed {row.token}") if packed else None
        this = update(encounters).where(encounters.c.key == key)
        connection.execute(this.values(packed=sealed))

    def discard_submission(self, connection: Connection, key: int) -> None:
        """Forget a submission: row, key, and (by the next `sweep`) its images.

        Nothing happens if there is none.
        """
        query = select(encounters.c.transaction_key).where(
            encounters.c.key == key, encounters.c.person.is_(None)
        )
        number = connection.execute(query).scalar()
        if number is None:
            return
        self._doom(connection, [key])
        connection.execute(encounters.delete().where(encounters.c.key == key))
        self.vault.destroy(connection, number)

    def _submission(self, connection: Connection, key: int) -> tuple[Any, Key]:
        row = connection.execute(_SUBMISSION, {"of": key}).one_or_none()
        if row is None:
            raise NotFoundError("There is no such submission.", source=self.store.source)
        wrapping = self.vault.key(connection, row.transaction_key)
        return row, wrapping.unwrap(row.wrapped, f"encounter-key {row.token}")

    # People

    def new_person(
        self, change: Change, person: str | None, new: NewEncounter | Prepared | int
    ) -> str:
        """Enrol a new person with the first encounter; the person's identifier.

        Parameters
        ----------
        change : Change
        person : str, optional
            The client's identifier, 1 to 200 characters; default: a random one.
        new : NewEncounter, Prepared or int
            Or the key of a submission, which becomes the encounter.

        Raises
        ------
        PersonExistsError
            Also if the identifier is that of a merged person.
        InputError, NotFoundError
        """
        connection = change.connection
        person = check_words(person or new_id(), "person", 200)
        if connection.execute(_EXISTS, {"whom": person}).first():
            raise PersonExistsError(source=self.store.source)
        packed, active, mask = self._outline(connection, new)
        status = PersonStatus.ACTIVE if active else PersonStatus.INACTIVE
        enrolled = NewPerson(person, packed, galleries=mask, status=status)
        (number,) = change.insert_people([enrolled])
        key_number = self.vault.new_key(connection)
        row = {
            "number": number,
            "person": person,
            "status": RecordStatus.ACTIVE.value,
            "key": key_number,
            "created_at": self.clock(),
            "version": 0,
        }
        connection.execute(_NEW_PERSON, row)
        key = self.vault.key(connection, key_number)
        known = Known(number, person, RecordStatus.ACTIVE, None, key_number, key)
        self._put(connection, known, 1, new)
        return person

    def add_encounter(self, change: Change, person: str, new: NewEncounter | Prepared | int) -> str:
        """Add an encounter to a person; its id.

        Raises
        ------
        PersonNotFoundError, NotFoundError, InputError
        ConflictError
            If the person was merged, or has an encounter of this id.
        """
        known = self._live(change.connection, person)
        packed, _, _ = self._outline(change.connection, new, known)
        _, number = change.add_encounter(person, packed)
        name = self._put(change.connection, known, number, new)
        self._settle(change, known)
        return name

    def update_encounter(
        self,
        change: Change,
        person: str,
        encounter: str,
        *,
        packed: bytes | None = None,
        biographics: Biographics | None = None,
        detail: Mapping[str, str] | None = None,
        images: Sequence[NewImage] | None = None,
        taken_at: datetime | None = None,
        retention: Retention | None = None,
    ) -> None:
        """Put something else in the place of what an encounter states; None leaves it.

        Images are replaced as a whole.

        Raises
        ------
        PersonNotFoundError, NotFoundError, InputError, ConflictError
        """
        connection = change.connection
        known = self._live(connection, person)
        row = self._encounter_row(connection, known, encounter)
        own = known.key.unwrap(row.wrapped, f"encounter-key {row.token}")
        values: dict[str, Any] = {}
        if biographics is not None or detail is not None:
            old = read_encounter_body(own.open(row.body, f"encounter {row.token}"))
            body = encounter_body(
                old[0] if biographics is None else biographics, old[1] if detail is None else detail
            )
            self.leave_out(change)
            values["body"] = own.seal(body, f"encounter {row.token}")
        if taken_at is not None:
            values["taken_at"] = utc(taken_at)
        if retention is not None:
            stored = self.clock()
            values |= {"retention": retention.value, "until": kept_until(retention, stored)}
        if values:
            this = update(encounters).where(encounters.c.key == row.key)
            connection.execute(this.values(**values))
        if packed is not None:
            change.replace_encounter(person, row.number, packed or no_prints())
        else:
            change.touch(person)
        if images is not None:
            check_images(images)
            files = self._doom(connection, [row.key])
            names = self.vault.files.write(seal_images(own, images)) if images else []
            self._insert_images(connection, row.key, image_rows(own, images, names))
            change.then(lambda: self._erase_given_up(files))

    def delete_encounter(self, change: Change, person: str, encounter: str) -> None:
        """Remove an encounter: row, key, templates, and its images after the commit.

        Raises
        ------
        PersonNotFoundError, NotFoundError
        ConflictError
            If it is the last one: use `expunge`.
        """
        connection = change.connection
        known = self._live(connection, person)
        row = self._encounter_row(connection, known, encounter)
        self._spare(change, known, row.number)
        change.delete_encounter(person, row.number)
        files = self._doom(connection, [row.key])
        connection.execute(encounters.delete().where(encounters.c.key == row.key))
        self.leave_out(change)
        self._settle(change, known)
        change.then(lambda: self._erase_given_up(files))

    def set_encounter_status(
        self, change: Change, person: str, encounter: str, active: bool
    ) -> None:
        """Say whether searches look at an encounter. Without any active one, nobody is found.

        Raises
        ------
        PersonNotFoundError, NotFoundError, ConflictError
        """
        self._alter(change, person, encounter, active=bool(active))

    def set_galleries(
        self, change: Change, person: str, encounter: str, galleries: Sequence[str]
    ) -> None:
        """Say which galleries an encounter is in; a person is in those of the active ones.

        Raises
        ------
        PersonNotFoundError, NotFoundError, ConflictError, InputError
        """
        mask = self._make_mask(change.connection, galleries)
        self._alter(change, person, encounter, galleries=mask)

    def set_status(self, change: Change, person: str, status: RecordStatus) -> None:
        """Make a person ACTIVE, INACTIVE or SEALED; the other states have methods of their own.

        Raises
        ------
        PersonNotFoundError, ConflictError, InputError
        """
        if status not in (RecordStatus.ACTIVE, RecordStatus.INACTIVE, RecordStatus.SEALED):
            raise InputError(f"A status cannot be set to {status}.", field="status")
        known = self._live(change.connection, person)
        this = update(people).where(people.c.number == known.number)
        change.connection.execute(this.values(status=status.value))
        self._settle(change, known._replace(status=status))

    def seal(self, change: Change, person: str) -> None:
        """Seal a person: out of searches, and `person` shows nothing without `Part.SEALED`."""
        self.set_status(change, person, RecordStatus.SEALED)

    def unseal(self, change: Change, person: str) -> None:
        """Make a sealed person active again.

        Raises
        ------
        ConflictError
            If the person is not sealed.
        """
        if self._known(change.connection, person).status is not RecordStatus.SEALED:
            raise ConflictError("The person is not sealed.", source=self.store.source)
        self.set_status(change, person, RecordStatus.ACTIVE)

    # Rows

    def _alter(self, change: Change, person: str, encounter: str, **values: Any) -> None:
        known = self._live(change.connection, person)
        row = self._encounter_row(change.connection, known, encounter)
        this = update(encounters).where(encounters.c.key == row.key)
        change.connection.execute(this.values(**values))
        self._settle(change, known)

    def _outline(
        self,
        connection: Connection,
        new: NewEncounter | Prepared | int,
        known: Known | None = None,
    ) -> tuple[bytes, bool, int]:
        """Templates, whether active, and galleries of an encounter to be stored.

        Refuses an id that the person has already, before anything is changed.
        """
        if isinstance(new, int):
            row, own = self._submission(connection, new)
            packed = b"" if row.packed is None else own.open(row.packed, f"packed {row.token}")
            name, active, mask = str(row.encounter), bool(row.active), int(row.galleries)
        else:
            given = new.new if isinstance(new, Prepared) else new
            mask = self._make_mask(connection, given.galleries)
            name, packed, active = given.id or "", given.packed, given.active
        if known is not None:
            self._refuse_twin(connection, known, name)
        return packed or no_prints(), active, mask

    def _put(
        self,
        connection: Connection,
        known: Known,
        number: int,
        new: NewEncounter | Prepared | int,
    ) -> str:
        """Store an encounter's row, or make a submission's row the person's; its id."""
        if isinstance(new, int):
            row, own = self._submission(connection, new)
            values = {
                "person": known.number,
                "number": number,
                "wrapped": known.key.wrap(own, f"encounter-key {row.token}"),
                "transaction_key": None,
                "packed": None,
            }
            connection.execute(_ADOPT, {**values, "of": new})
            self.vault.destroy(connection, row.transaction_key)
            return str(row.encounter)
        ready = new if isinstance(new, Prepared) else self.prepare(new)
        values = self._values(connection, ready, known.key)
        self._insert(connection, ready, {**values, "person": known.number, "number": number})
        return str(values["encounter"])

    def _refuse_twin(self, connection: Connection, known: Known, name: str) -> None:
        query = select(encounters.c.key).where(
            encounters.c.person == known.number, encounters.c.encounter == name
        )
        if connection.execute(query).first():
            raise ConflictError(
                "The person has an encounter of this id already.", source=self.store.source
            )

    def _values(self, connection: Connection, ready: Prepared, wrapping: Key) -> dict[str, Any]:
        new, now = ready.new, self.clock()
        return {
            "encounter": new.id or new_id(),
            "token": ready.token,
            "agency": new.agency,
            "transaction_id": new.transaction,
            "klass": None if new.klass is None else new.klass.value,
            "purpose": None if new.purpose is None else new.purpose.value,
            "taken_at": None if new.taken_at is None else utc(new.taken_at),
            "stored_at": now,
            "active": new.active,
            "galleries": self._make_mask(connection, new.galleries),
            "retention": new.retention.value,
            "until": kept_until(new.retention, now),
            "wrapped": wrapping.wrap(ready.key, f"encounter-key {ready.token}"),
            "body": ready.body,
        }

    def _insert(self, connection: Connection, ready: Prepared, values: dict[str, Any]) -> int:
        done = connection.execute(_NEW_ENCOUNTER, values)
        found = done.inserted_primary_key
        assert found is not None  # noqa: S101 - one row was inserted
        self._insert_images(
            connection, int(found[0]), image_rows(ready.key, ready.new.images, ready.files)
        )
        return int(found[0])

    def _insert_images(
        self, connection: Connection, key: int, rows: Sequence[dict[str, Any]]
    ) -> None:
        if rows:
            connection.execute(insert(images), [{**row, "encounter": key} for row in rows])
