"""The gallery: people enrolled by their fingers, and found again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tenprint.gallery._candidate import Candidate
from tenprint.gallery._index import Index
from tenprint.gallery._lock import SharedLock
from tenprint.gallery._rules import Prints, Probe, check_person, flatten, probe_templates, usable
from tenprint.gallery._search import search
from tenprint.model import (
    Finger,
    InputError,
    PersonExistsError,
    PersonNotFoundError,
    StoreError,
    Template,
)
from tenprint.store import PeopleStore, StoredTemplate

#: The most candidates a search returns.
MAX_LIMIT = 1000

#: People in one transaction of `Gallery.enroll_many`.
BATCH = 200


@dataclass(frozen=True)
class Enrolment:
    """What was kept of one encounter.

    Attributes
    ----------
    person : str
    encounter : int
        1 for the first, then counting up.
    fingers : tuple of Finger
        The fingers that can be searched now.
    left_out : dict of Finger to str
        Fingers with an unusable print (quality 0), which was not stored, and the reason.
    """

    person: str
    encounter: int
    fingers: tuple[Finger, ...]
    left_out: dict[Finger, str]


class Gallery:
    """People enrolled by their fingers. Use `open`, best in a ``with`` statement.

    Every template is kept in memory, prepared for comparison, and every search compares with all.
    Safe to share between threads: searches run side by side, a change waits for them. Several
    processes may have the same file open; each sees what the others enrolled or deleted at its next
    call.

    Examples
    --------
    >>> with tenprint.Gallery.open("people.tenprint") as gallery:  # doctest: +SKIP
    ...     gallery.enroll("A-17", {Finger.RIGHT_INDEX: template})
    ...     gallery.identify({Finger.RIGHT_INDEX: probe})[0].person
    'A-17'
    """

    def __init__(self, store: PeopleStore) -> None:
        self._store = store
        self._index = Index()
        self._lock = SharedLock()
        self._open = True
        with self._lock.writing():
            self._follow()

    @classmethod
    def open(cls, path: Path | str, *, create: bool = True, busy_timeout: float = 5.0) -> Gallery:
        """Open a gallery file, or make it; ``":memory:"`` keeps nothing.

        Raises
        ------
        NotFoundError
            If there is no such file and `create` is false.
        StoreFormatError
            If the file is no gallery, or damaged.
        StoreVersionError
            If it has the format of another version.
        StoreError
            If the path is a folder, or cannot be read or written.
        """
        store = PeopleStore.open(path, create=create, busy_timeout=busy_timeout)
        try:
            return cls(store)
        except BaseException:
            store.close()
            raise

    def enroll(self, person: str, templates: Prints) -> Enrolment:
        """Enrol a new person; it is on disk when this returns.

        Parameters
        ----------
        person : str
            Your identifier, 1 to 200 characters, no control characters.
        templates : mapping of Finger to Template or sequence of Template
            One impression of each finger, or several. The key says which finger it is, whatever the
            template says; `Finger.UNKNOWN` where nobody knows. An unusable print (quality 0) is
            left out, see `Enrolment.left_out`, as long as another one is usable.

        Raises
        ------
        PersonExistsError
            If the person is already enrolled; `add` adds another encounter.
        TemplateError
            If no print is usable.
        InputError
            If the identifier or a position is not allowed, or there is no finger at all.
        StoreBusyError
            If another process was writing for too long.
        """
        good, left_out = usable(flatten(templates))
        check_person(person)
        with self._lock.writing():
            self._follow()
            if person in self._index.slots:
                raise PersonExistsError(source=self._store.source, field=person)
            rows = self._store.insert_people([(person, good)])
            self._insert(person, 1, good, rows)
        return Enrolment(person, 1, _fingers(good), left_out)

    def add(self, person: str, templates: Prints) -> Enrolment:
        """Add another encounter of an enrolled person, such as ten prints taken years later.

        Nothing stored before is changed; a search compares with all encounters and takes the best,
        corrected for their number. Parameters and errors as `enroll`, except that the person must
        be enrolled.

        Raises
        ------
        PersonNotFoundError
        """
        good, left_out = usable(flatten(templates))
        check_person(person)
        with self._lock.writing():
            self._follow()
            encounter, rows = self._store.add_encounter(person, good)
            self._insert(person, encounter, good, rows)
        return Enrolment(person, encounter, _fingers(good), left_out)

    def enroll_many(
        self,
        people: Iterable[tuple[str, Prints]],
        *,
        batch: int = BATCH,
        progress: Callable[[int], None] | None = None,
    ) -> list[Enrolment]:
        """Enrol many new people, `batch` of them in one transaction.

        `progress` is called after every batch with the number of people on disk so far. An error
        stops it; the batches before stay enrolled, nothing of the batch it occurred in does.

        Raises
        ------
        PersonExistsError, TemplateError, InputError, StoreBusyError
            As `enroll`.
        """
        if batch < 1:
            raise InputError("A batch holds at least one person.", field="batch")
        done: list[Enrolment] = []
        waiting: list[tuple[str, list[Template], dict[Finger, str]]] = []

        def write() -> None:
            with self._lock.writing():
                self._follow()
                rows = self._store.insert_people([(person, good) for person, good, _ in waiting])
                start = 0
                for person, good, left_out in waiting:
                    self._insert(person, 1, good, rows[start : start + len(good)])
                    start += len(good)
                    done.append(Enrolment(person, 1, _fingers(good), left_out))
            waiting.clear()
            if progress:
                progress(len(done))

        for person, templates in people:
            good, left_out = usable(flatten(templates))
            waiting.append((check_person(person), good, left_out))
            if len(waiting) >= batch:
                write()
        if waiting:
            write()
        return done

    def delete(self, person: str) -> None:
        """Remove a person with all templates; their bytes in the file are overwritten.

        Raises
        ------
        PersonNotFoundError
        """
        with self._lock.writing():
            self._follow()
            if person not in self._index.slots:
                raise PersonNotFoundError(source=self._store.source, field=person)
            self._store.delete(person)
            self._index.remove(person)
            self._index.change += 1

    def identify(
        self, probe: Probe, limit: int = 10, threshold: float | None = None
    ) -> list[Candidate]:
        """Find out whose fingers these are.

        A print of known position is compared with the same finger of everybody, and with enrolled
        prints of unknown position; a print of unknown position with everything. Where several
        enrolled prints were tried, the best counts, corrected for their number
        (1 - (1 - FMR) ** m). Each finger counts once; fingers that the probe or the person lacks
        are left out. The fingers compared are fused by `tenprint.match.fuse`. In a gallery of more
        than 300 people the fusion is done for those who lead by sum, mean or best finger.

        Parameters
        ----------
        probe : mapping of Finger to Template, sequence of Template, or Template
            In a sequence each template's own `finger` says its position. A bare template is of
            unknown position. Unusable prints (quality 0) are ignored if another one is usable.
        limit : int
            At most this many candidates, 1 to 1000.
        threshold : float, optional
            Leave out candidates with a lower score. Without it the best are returned, however low
            their scores: decide by `Candidate.score`.

        Returns
        -------
        list of Candidate
            Best first; people with no finger to compare do not appear.

        Raises
        ------
        TemplateError
            If no print of the probe is usable.
        InputError
            If the probe is empty, or a parameter is out of range.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise InputError(f"limit is {limit}, not in 1..{MAX_LIMIT}.", field="limit")
        if threshold is not None and not math.isfinite(threshold):
            raise InputError("threshold is not a finite number.", field="threshold")
        prints = probe_templates(probe)
        self._refresh()
        with self._lock.reading():
            return search(self._index, prints, limit, threshold)

    def people(self) -> list[str]:
        """Everybody enrolled, in the order of enrolment."""
        self._check_open()
        return self._store.people()

    def templates(self, person: str) -> dict[Finger, list[Template]]:
        """A person's templates by finger, the earliest encounter first.

        Raises
        ------
        PersonNotFoundError
        """
        found: dict[Finger, list[Template]] = {}
        for stored in self.stored(person):
            found.setdefault(stored.finger, []).append(stored.template)
        return found

    def stored(self, person: str) -> list[StoredTemplate]:
        """A person's templates with the encounter each belongs to.

        Raises
        ------
        PersonNotFoundError
        """
        self._check_open()
        found = list(self._store.read(person=person))
        if not found:
            raise PersonNotFoundError(source=self._store.source, field=person)
        return found

    def info(self) -> dict[str, str | int]:
        """What is in it: source, people, templates, format, extractor."""
        self._check_open()
        people, templates = self._store.count()
        notes = self._store.meta()
        return {
            "source": self._store.source,
            "people": people,
            "templates": templates,
            "format": int(notes.get("format", 0)),
            "extractor": notes.get("extractor", ""),
        }

    def __len__(self) -> int:
        self._refresh()
        return len(self._index)

    def __contains__(self, person: object) -> bool:
        self._refresh()
        return person in self._index.slots

    def close(self) -> None:
        """Close the file. Anything later raises `StoreError`; closing again does nothing."""
        with self._lock.writing():
            self._open = False
            self._store.close()

    def __enter__(self) -> Gallery:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _check_open(self) -> None:
        if not self._open:
            raise StoreError("The gallery is closed.", source=self._store.source)

    def _insert(self, person: str, encounter: int, good: list[Template], rows: list[int]) -> None:
        views: dict[Finger, int] = {}
        for template, row in zip(good, rows, strict=True):
            view = views.get(template.finger, 0)
            views[template.finger] = view + 1
            finger = template.finger
            self._index.insert(StoredTemplate(row, person, encounter, view, finger, template))
        self._index.change += 1

    def _refresh(self) -> None:
        """Catch up if another process has changed the file."""
        self._check_open()
        if self._store.changes() != self._index.change:
            with self._lock.writing():
                self._follow()

    def _follow(self) -> None:
        """Bring the index up to the store; the caller holds the lock for writing."""
        self._check_open()
        if self._store.changes() == self._index.change:
            return
        while True:
            change, rows = self._store.rows()
            self._index.drop_missing(set(rows))
            known = self._index.known_rows()
            missing = [row for row in rows if row not in known]
            if missing:
                for stored in self._store.read(after=missing[0] - 1):
                    if stored.row not in known:
                        self._index.insert(stored)
            self._index.change = change
            if self._store.changes() == change:
                return


def _fingers(good: list[Template]) -> tuple[Finger, ...]:
    return tuple(dict.fromkeys(template.finger for template in good))
