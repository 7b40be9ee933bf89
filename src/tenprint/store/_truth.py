"""The truth: who is enrolled, with which templates, and what has changed since."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

from sqlalchemy import Connection

from tenprint.model import (
    StoreBusyError,
)
from tenprint.store._change import Change
from tenprint.store._database import open_database
from tenprint.store._ledger import Ledger
from tenprint.store._reader import TruthReader
from tenprint.store._truth_rows import NewPerson, Original

#: Pages of a write-ahead log that is begun anew.
_LONG_LOG = 2048


class TruthStore(TruthReader):
    """People and their packed templates in SQLite or PostgreSQL. Use `open`.

    Safe to share between threads; any number of processes may have the store open. Readers wait
    for nobody. Writers follow one another: one waits up to `busy_timeout` seconds for another, then
    `StoreBusyError`. What a method has acknowledged by returning is on disk, and every method
    changes all it should or nothing.

    Every person has a number from 1 without gaps, given at enrolment and never to anybody else; it
    stays behind as an empty tombstone when the person is deleted. Whoever is not deleted has at
    least one active encounter. Every change of a person gives the person a new change number, see
    `changed_since`.
    """

    @classmethod
    def open(
        cls, where: Path | str, *, create: bool = True, busy_timeout: float = 5.0
    ) -> TruthStore:
        """Open a store, or make it. A file of an older format is migrated.

        Parameters
        ----------
        where : path, ":memory:" or address
            A file, or ``postgresql+psycopg://user@host/database``. A database must exist; its
            tables are made.
        create : bool
            Whether a store that does not exist is made.
        busy_timeout : float
            Seconds to wait for another writer.

        Raises
        ------
        NotFoundError
            If there is no such file, or no store in the database, and `create` is false.
        StoreFormatError
            If it is no store, or damaged, such as cut in half. Files up to 64 MiB are checked as
            a whole, larger ones by header and length.
        StoreVersionError
            If it has another format version.
        StoreUnavailableError
            If the server cannot be reached.
        StoreError
            If the path is a folder, or it cannot be read or written.
        """
        database = open_database(where, busy_timeout)
        store = cls(database, busy_timeout)
        try:
            database.prepare(create=create)
        except BaseException:
            store.close()
            raise
        return store

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that only reads, for tables of other rooms in the same database."""
        with self._reading() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction of other rooms' tables: all or nothing, on disk when it ends.

        People and templates are changed in `writing`, which takes the change feed's lock as well.

        Raises
        ------
        StoreBusyError
            If somebody else was writing for too long.
        """
        with self._alone() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Change]:
        """Several changes of people, and of other rooms' tables, in one transaction.

        All or nothing; on disk when it ends.

        Raises
        ------
        StoreBusyError
            If somebody else was writing for too long.
        """
        with self._alone() as connection:
            ledger = Ledger.lock(connection, self.source)
            change = Change(connection, ledger, self._database, self.source)
            yield change
            ledger.write(connection)
        if change.erases:
            self.scrub()
        with ExitStack() as stack:  # all are called, whatever one of them raises
            for call in reversed(change.followers):
                stack.callback(call)

    @contextmanager
    def _alone(self) -> Iterator[Connection]:
        # Threads queue here, in order; processes queue at the database, which is less fair.
        if not self._turn.acquire(timeout=self._busy_timeout):
            raise StoreBusyError("Another thread is writing to the gallery.", source=self.source)
        try:
            with (
                self._database.translated(),
                self._connect({"writes": True}) as connection,
                connection.begin(),
            ):
                yield connection
        finally:
            self._turn.release()

    def insert_people(self, batch: Sequence[NewPerson]) -> list[int]:
        """Enrol new people, all or none, in one transaction. Batches of 1000 are fast.

        Returns
        -------
        list of int
            The number of each, in the order given, ascending.

        Raises
        ------
        PersonExistsError
            If one of them is enrolled already, or twice in the batch; `field` names the person.
        InputError
            If something cannot be stored as given.
        """
        with self.writing() as change:
            return change.insert_people(batch)

    def add_encounter(
        self, person: str, packed: bytes, originals: Sequence[Original] = ()
    ) -> tuple[int, int]:
        """Add another encounter of somebody, active; the person's number and the encounter's.

        Raises
        ------
        PersonNotFoundError, InputError
        """
        with self.writing() as change:
            return change.add_encounter(person, packed, originals)

    def replace_encounter(
        self, person: str, encounter: int, packed: bytes, originals: Sequence[Original] = ()
    ) -> None:
        """Put other prints in the place of an encounter's.

        The originals kept of it are replaced as well: without new ones none are kept, since they
        would not be what the templates come from.

        Raises
        ------
        PersonNotFoundError, NotFoundError, InputError
        """
        with self.writing() as change:
            change.replace_encounter(person, encounter, packed, originals)

    def set_active(self, person: str, encounter: int, active: bool) -> None:
        """Say whether searches compare with an encounter.

        Raises
        ------
        PersonNotFoundError, NotFoundError
        ConflictError
            If no active encounter would be left: use `set_status` to take somebody out of searches.
        """
        with self.writing() as change:
            change.set_active(person, encounter, active)

    def delete_encounter(self, person: str, encounter: int) -> None:
        """Remove one encounter with its originals; its number is not given again.

        Raises
        ------
        PersonNotFoundError, NotFoundError
        ConflictError
            If no active encounter would be left: use `delete` to remove somebody.
        """
        with self.writing() as change:
            change.delete_encounter(person, encounter)

    def set_status(self, person: str, status: int) -> None:
        """Set a person's status: `PersonStatus` ACTIVE, INACTIVE or SEALED.

        Raises
        ------
        PersonNotFoundError, InputError
        """
        with self.writing() as change:
            change.set_status(person, status)

    def set_galleries(self, person: str, mask: int) -> None:
        """Set the galleries a person is in, a bit mask, 1 to 2**31 - 1.

        Raises
        ------
        PersonNotFoundError, InputError
        """
        with self.writing() as change:
            change.set_galleries(person, mask)

    def delete(self, person: str) -> None:
        """Remove a person: identifier, times, templates and originals of all encounters.

        The number stays behind with the status DELETED. SQLite overwrites the freed bytes, and
        empties its log at once if nobody is reading; PostgreSQL frees them at its next vacuum.

        Raises
        ------
        PersonNotFoundError
        """
        with self.writing() as change:
            change.delete(person)

    def replace_packed(
        self,
        updates: Sequence[tuple[int, int, bytes]],
        *,
        known: Sequence[bytes] | None = None,
    ) -> list[tuple[int, int]]:
        """Put templates extracted anew in the place of the old ones, all or none.

        Parameters
        ----------
        updates : sequence of (int, int, bytes)
            Person's number, encounter, packed templates. Originals stay.
        known : sequence of bytes, optional
            What each had when the new ones were begun. An encounter that has got others
            meanwhile, or is gone, is left alone then, and nothing is raised.

        Returns
        -------
        list of (int, int)
            The encounters left alone.

        Raises
        ------
        NotFoundError
            If there is no such encounter and `known` is not given; `field` names it.
        InputError
            If one is given twice, or no templates, or `known` is not as long as `updates`.
        """
        with self.writing() as change:
            return change.replace_packed(updates, known=known)

    def checkpoint(self) -> None:
        """Copy SQLite's write-ahead log into the file while others read and write.

        Whoever has the store open for long calls it every few seconds: a commit that must do it
        makes all others wait, for half a second in a file of some gigabytes. On PostgreSQL, which
        does so by itself, nothing happens.
        """
        with self._database.translated():
            if self._database.checkpoint() < _LONG_LOG:
                return
            # Where somebody always writes there is always a rest, and the log would grow for ever.
            # What is left now is short, yet the disk may take some tenths of a second for it.
            with self._turn:
                self._database.checkpoint()

    def warm(self, stop: Callable[[], bool] = lambda: False) -> bool:
        """Read a SQLite file through once, so that first searches need not wait for the disk.

        Where it fits into half of the machine's memory; a gigabyte takes a second or so. Others
        read and write meanwhile.

        Parameters
        ----------
        stop : callable
            Asked every few milliseconds; True ends it.

        Returns
        -------
        bool
            Whether all was read.
        """
        with self._database.translated():
            return self._database.warm(stop)

    def scrub(self, *, tables: Sequence[str] = (), whole: bool = False) -> bool:
        """Have the database clear what it still holds of deleted rows; whether it could.

        SQLite has overwritten them when they were deleted, and empties its write-ahead log now:
        not while somebody reads. PostgreSQL vacuums `tables`, and the store's own tables with
        them; without `tables` it does nothing, since its own vacuum comes by and by.

        Parameters
        ----------
        tables : sequence of str
            Other rooms' tables.
        whole : bool
            Write the whole file, or the tables, anew. Everybody waits meanwhile, and as much
            free space as the store takes is needed.
        """
        with self._turn, self._database.translated():
            return self._database.scrub(tables, whole)

    def copy_to(self, path: Path) -> bool:
        """Copy the database, as it is at one moment, to a new file, while others write.

        False, and nothing is done, where the store is no file.
        """
        with self._database.translated():
            return self._database.copy_to(path)

    def close(self) -> None:
        """Close the store. Anything later raises `StoreError`; closing again does nothing."""
        with self._turn:
            self._closed = True
            self._database.engine.dispose()

    def __enter__(self) -> TruthStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
