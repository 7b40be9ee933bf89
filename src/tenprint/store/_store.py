"""The people store: who is enrolled, with which templates."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import TracebackType

from sqlalchemy import Connection, delete, func, insert, select, update

from tenprint.formats import pack, unpack
from tenprint.model import (
    Finger,
    PersonExistsError,
    PersonNotFoundError,
    StoreError,
    StoreFormatError,
    Template,
    TemplateError,
)
from tenprint.store._schema import FORMAT_VERSION, meta, metadata, people, templates
from tenprint.store._sqlite import check_contents, connect, inspect_file, mark, translated

#: Rows fetched at a time when everything is read.
_CHUNK = 2000


@dataclass(frozen=True)
class StoredTemplate:
    """One row: a template, whose it is and when it was taken.

    Attributes
    ----------
    row : int
        Its number; ascending in the order of enrolment, never used twice.
    person : str
        The person's identifier.
    encounter : int
        1 for the enrolment, then counting up with each later one.
    view : int
        0 for the first impression of this finger in the encounter, then counting up.
    finger : Finger
        0-10.
    template : Template
    """

    row: int
    person: str
    encounter: int
    view: int
    finger: Finger
    template: Template


class PeopleStore:
    """People and their templates in one SQLite file. Use `open`; safe to share between threads.

    Several processes may have the file open. Writers follow one another: one waits up to
    `busy_timeout` seconds for another, then `StoreBusyError`. What a method has acknowledged by
    returning is on disk (write-ahead log, ``synchronous=FULL``).
    """

    def __init__(self, path: Path | None, *, create: bool, busy_timeout: float) -> None:
        self.source = ":memory:" if path is None else str(path)
        self._path = path
        self._lock = threading.RLock()
        self._closed = False
        fresh = inspect_file(path, create=create) if path is not None else True
        self._engine = connect(path, busy_timeout)
        try:
            self._prepare(fresh, create)
        except BaseException:
            self._engine.dispose()
            raise

    @classmethod
    def open(
        cls, path: Path | str, *, create: bool = True, busy_timeout: float = 5.0
    ) -> PeopleStore:
        """Open a store, or make it.

        Parameters
        ----------
        path : path or ":memory:"
        create : bool
            Whether a file that does not exist is made.
        busy_timeout : float
            Seconds to wait for another writer.

        Raises
        ------
        NotFoundError
            If there is no such file and `create` is false.
        StoreFormatError
            If the file is no store, or damaged, such as cut in half. Files up to 64 MiB are checked
            as a whole, larger ones by header and length.
        StoreVersionError
            If the file has another format version.
        StoreError
            If the path is a folder, or cannot be read or written.
        """
        where = None if str(path) == ":memory:" else Path(path)
        return cls(where, create=create, busy_timeout=busy_timeout)

    def _prepare(self, fresh: bool, create: bool) -> None:
        size = 0 if fresh or self._path is None else self._path.stat().st_size
        with self._reading() as connection:
            found = check_contents(connection, self.source, size, (FORMAT_VERSION,))
        if found:
            with self._reading() as connection:
                connection.execute(select(func.count()).select_from(people)).scalar_one()
            return
        if not create:
            raise StoreFormatError("The file is empty.", source=self.source)
        with self._writing() as connection:
            # Another process may have been first while this one waited for the lock.
            if check_contents(connection, self.source, 0, (FORMAT_VERSION,)):
                return
            metadata.create_all(connection)
            written_by = version("tenprint")
            notes = {"format": FORMAT_VERSION, "extractor": f"tenprint {written_by}", "changes": 0}
            rows = [{"key": key, "value": str(value)} for key, value in notes.items()]
            connection.execute(insert(meta), rows)
            mark(connection, FORMAT_VERSION)

    def _connect(self) -> Connection:
        if self._closed:
            raise StoreError("The gallery is closed.", source=self.source)
        return self._engine.connect()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._lock, translated(self.source), self._connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._lock, translated(self.source), self._connect() as plain:
            connection = plain.execution_options(writes=True)
            with connection.begin():
                yield connection

    def insert_people(self, batch: Sequence[tuple[str, Sequence[Template]]]) -> list[int]:
        """Enrol new people, all or none, in one transaction.

        Returns
        -------
        list of int
            The row of each template, in the order given.

        Raises
        ------
        PersonExistsError
            If one of them is already enrolled.
        """
        packed = [(person, [pack(t) for t in found]) for person, found in batch]
        with self._writing() as connection:
            rows: list[int] = []
            for (person, found), (_, blobs) in zip(batch, packed, strict=True):
                if self._person_id(connection, person) is not None:
                    raise PersonExistsError(source=self.source, field=person)
                created = insert(people).values(person=person, enrolled_at=datetime.now(UTC))
                key = connection.execute(created).inserted_primary_key
                rows += self._insert(connection, int(key[0]) if key else 0, 1, found, blobs)
            self._count_change(connection)
        return rows

    def add_encounter(self, person: str, found: Sequence[Template]) -> tuple[int, list[int]]:
        """Add another encounter of an enrolled person: its number, and the row of each template.

        Raises
        ------
        PersonNotFoundError
        """
        blobs = [pack(template) for template in found]
        with self._writing() as connection:
            key = self._existing(connection, person)
            newest = select(func.max(templates.c.encounter)).where(templates.c.person_id == key)
            encounter = int(connection.execute(newest).scalar() or 0) + 1
            rows = self._insert(connection, key, encounter, found, blobs)
            self._count_change(connection)
        return encounter, rows

    def delete(self, person: str) -> None:
        """Remove a person and all templates; their bytes are overwritten.

        Raises
        ------
        PersonNotFoundError
        """
        with self._writing() as connection:
            key = self._existing(connection, person)
            connection.execute(delete(people).where(people.c.id == key))
            self._count_change(connection)

    def changes(self) -> int:
        """The number of the last change: it differs when anybody has written since."""
        with self._reading() as connection:
            return self._changes(connection)

    def people(self) -> list[str]:
        """Everybody enrolled, in the order of enrolment."""
        with self._reading() as connection:
            return list(connection.execute(select(people.c.person).order_by(people.c.id)).scalars())

    def count(self) -> tuple[int, int]:
        """How many people and templates there are."""
        with self._reading() as connection:
            return (
                connection.execute(select(func.count()).select_from(people)).scalar_one(),
                connection.execute(select(func.count()).select_from(templates)).scalar_one(),
            )

    def meta(self) -> Mapping[str, str]:
        """The store's notes about itself: ``format``, ``extractor``, ``changes``."""
        with self._reading() as connection:
            return {row.key: row.value for row in connection.execute(select(meta))}

    def rows(self) -> tuple[int, list[int]]:
        """The number of the last change and the rows of all templates, ascending."""
        with self._reading() as connection, connection.begin():
            query = select(templates.c.id).order_by(templates.c.id)
            return self._changes(connection), list(connection.execute(query).scalars())

    def read(self, *, person: str | None = None, after: int = 0) -> Iterator[StoredTemplate]:
        """Templates in ascending rows: of one person or all, only rows above `after`.

        Raises
        ------
        StoreFormatError
            If a template is damaged.
        """
        while True:
            query = (
                select(templates, people.c.person)
                .join(people)
                .where(templates.c.id > after)
                .order_by(templates.c.id)
                .limit(_CHUNK)
            )
            if person is not None:
                query = query.where(people.c.person == person)
            with self._reading() as connection:
                found = connection.execute(query).all()
            for row in found:
                yield self._unpack(row.id, row.person, row.encounter, row.view, row.packed)
            if len(found) < _CHUNK:
                return
            after = found[-1].id

    def close(self) -> None:
        """Close the file. Anything later raises `StoreError`."""
        with self._lock:
            self._closed = True
            self._engine.dispose()

    def __enter__(self) -> PeopleStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _unpack(
        self, row: int, person: str, encounter: int, view: int, packed: bytes
    ) -> StoredTemplate:
        try:
            template = unpack(packed)
        except TemplateError as error:
            raise StoreFormatError(
                f"A stored template is damaged: {error.message}",
                source=self.source,
                field=f"person {person}, template {row}",
                remedy="Restore the gallery from a backup.",
            ) from error
        return StoredTemplate(row, person, encounter, view, template.finger, template)

    def _insert(
        self,
        connection: Connection,
        person_id: int,
        encounter: int,
        found: Sequence[Template],
        blobs: Sequence[bytes],
    ) -> list[int]:
        views: dict[Finger, int] = {}
        rows = []
        for template, blob in zip(found, blobs, strict=True):
            view = views.get(template.finger, 0)
            views[template.finger] = view + 1
            values = {
                "person_id": person_id,
                "encounter": encounter,
                "finger": int(template.finger),
                "view": view,
                "packed": blob,
            }
            key = connection.execute(insert(templates).values(values)).inserted_primary_key
            if not key:
                raise StoreError("The database gave no row number.", source=self.source)
            rows.append(int(key[0]))
        return rows

    def _person_id(self, connection: Connection, person: str) -> int | None:
        return connection.execute(select(people.c.id).where(people.c.person == person)).scalar()

    def _existing(self, connection: Connection, person: str) -> int:
        key = self._person_id(connection, person)
        if key is None:
            raise PersonNotFoundError(source=self.source, field=person)
        return key

    def _changes(self, connection: Connection) -> int:
        query = select(meta.c.value).where(meta.c.key == "changes")
        return int(connection.execute(query).scalar() or 0)

    def _count_change(self, connection: Connection) -> None:
        # Given under the writer's lock, which is held to the commit: numbers follow commits.
        number = str(self._changes(connection) + 1)
        connection.execute(update(meta).where(meta.c.key == "changes").values(value=number))
