"""The gallery: people enrolled by their fingers, and found again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType

from tenprint.gallery._candidate import Candidate
from tenprint.gallery._derive import derive_new, follow
from tenprint.gallery._enrolment import Enrolment, batches, fingers, packed
from tenprint.gallery._passes import Whom
from tenprint.gallery._rules import Prints, Probe, check_person, flatten, probe_templates, usable
from tenprint.gallery._search import Searcher, named
from tenprint.gallery._threshold import rated
from tenprint.gallery._upkeep import Upkeep
from tenprint.model import (
    InputError,
)
from tenprint.store import NewPerson, Original, TruthStore

#: The most candidates a search returns.
MAX_LIMIT = 1000

#: People in one transaction of `Gallery.enroll_many`.
BATCH = 500


class Gallery(Upkeep):
    """People enrolled by their fingers. Use `open`, best in a ``with`` statement.

    Templates live in the store; of everybody only the fingers' codes, 24 bytes each, are kept in
    memory (mapped from files), and every search reads all of them. Safe to share between threads:
    searches go on while people are enrolled, changed and deleted, and a search begun after a
    change was acknowledged sees it. One process owns a gallery's index; another one that opens the
    gallery gets `StoreBusyError`, unless it asks for an index of its own in memory.

    Examples
    --------
    >>> with tenprint.Gallery.open("people.tenprint") as gallery:  # doctest: +SKIP
    ...     gallery.enroll("A-17", {Finger.RIGHT_INDEX: template})
    ...     gallery.identify({Finger.RIGHT_INDEX: probe})[0].person
    'A-17'
    """

    @classmethod
    def open(
        cls,
        where: Path | str,
        *,
        create: bool = True,
        busy_timeout: float = 5.0,
        index: Path | str | None = None,
        private_index: bool = False,
        threads: int | None = None,
    ) -> Gallery:
        """Open a gallery, or make it; ``":memory:"`` keeps nothing.

        Parameters
        ----------
        where : path, ":memory:" or address
            A file, or a PostgreSQL address such as ``postgresql+psycopg://user@host/database``.
        create : bool
            Whether a gallery that does not exist is made.
        busy_timeout : float
            Seconds to wait for another writer.
        index : path, optional
            The index's folder; default: the file's name with ``.index`` added. With a PostgreSQL
            address it must be given, unless the index is private.
        private_index : bool
            Derive an index in memory instead, so that several processes can search. It takes as
            long as reading all templates.
        threads : int, optional
            Threads a search may use; default: as many as there are processors.

        Raises
        ------
        NotFoundError
            If there is no such gallery and `create` is false.
        StoreFormatError
            If it is no gallery, or damaged.
        StoreVersionError
            If it has the format of another version.
        StoreBusyError
            If another process owns the index.
        StoreError
            If the path is a folder, or it cannot be read or written.
        """
        folder: Path | None = None
        if not private_index and str(where) != ":memory:":
            if index is not None:
                folder = Path(index)
            elif "://" in str(where):
                raise InputError(
                    "A gallery in a database needs a folder for its index.", field="index"
                )
            else:
                folder = Path(f"{where}.index")
        store = TruthStore.open(where, create=create, busy_timeout=busy_timeout)
        try:
            return cls(store, folder, threads=threads)
        except BaseException:
            store.close()
            raise

    def enroll(
        self,
        person: str,
        templates: Prints,
        *,
        galleries: int = 1,
        originals: Sequence[Original] = (),
    ) -> Enrolment:
        """Enrol a new person; it is on disk when this returns.

        Parameters
        ----------
        person : str
            Your identifier, 1 to 200 characters, no control characters.
        templates : mapping of Finger to Template or sequence of Template
            One impression of each finger, or several. The key says which finger it is, whatever the
            template says; `Finger.UNKNOWN` where nobody knows. An unusable print (quality 0) is
            left out, see `Enrolment.left_out`, as long as another one is usable.
        galleries : int
            Bit mask of the galleries the person is in; searches can be limited to some.
        originals : sequence of Original
            Images to keep for `reextract`.

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
        good, left_out = usable(flatten(templates), person)
        check_person(person)
        new = NewPerson(person, packed(good), galleries=galleries, originals=originals)
        self._insert([new])
        return Enrolment(person, 1, fingers(good), left_out)

    def add(
        self, person: str, templates: Prints, *, originals: Sequence[Original] = ()
    ) -> Enrolment:
        """Add another encounter of an enrolled person, such as ten prints taken years later.

        Nothing stored before is changed; the first look goes by the best print of each finger, the
        second compares with all encounters and takes the best, corrected for their number.
        Parameters and errors as `enroll`, except that the person must be enrolled.

        Raises
        ------
        PersonNotFoundError
        """
        good, left_out = usable(flatten(templates), person)
        check_person(person)
        with self._changing():
            _, encounter = self._store.add_encounter(person, packed(good), originals)
        return Enrolment(person, encounter, fingers(good), left_out)

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
        waiting: list[tuple[NewPerson, Enrolment]] = []

        def write() -> None:
            self._insert([new for new, _ in waiting])
            done.extend(enrolment for _, enrolment in waiting)
            waiting.clear()
            if progress:
                progress(len(done))

        for person, templates in people:
            good, left_out = usable(flatten(templates), person)
            new = NewPerson(check_person(person), packed(good))
            waiting.append((new, Enrolment(person, 1, fingers(good), left_out)))
            if len(waiting) >= batch:
                write()
        if waiting:
            write()
        return done

    def enroll_packed(
        self,
        people: Iterable[tuple[str, bytes]],
        *,
        batch: int = 1000,
        progress: Callable[[int], None] | None = None,
    ) -> int:
        """Enrol many new people whose templates are packed already; how many there were.

        Each comes with the records of `tenprint.formats.pack`, one after the other, each saying
        which finger it is (0-10). The fastest way in. Batches, progress and errors as
        `enroll_many`; a record that cannot be read is a `TemplateError` that names the person.
        """
        done = 0
        for new in batches(people, batch):
            done += len(self._insert([NewPerson(check_person(p), data) for p, data in new]))
            if progress:
                progress(done)
        return done

    def delete(self, person: str) -> None:
        """Remove a person with all templates, codes and images; their bytes are overwritten.

        Raises
        ------
        PersonNotFoundError
        """
        with self._changing():
            self._store.delete(person)

    def set_status(self, person: str, status: int) -> None:
        """Make a person active, inactive or sealed (`tenprint.store.PersonStatus`).

        Searches look at active people only, unless they say otherwise.

        Raises
        ------
        PersonNotFoundError, InputError
        """
        with self._changing():
            self._store.set_status(person, status)

    def set_galleries(self, person: str, galleries: int) -> None:
        """Say which galleries a person is in, a bit mask.

        Raises
        ------
        PersonNotFoundError, InputError
        """
        with self._changing():
            self._store.set_galleries(person, galleries)

    def set_active(self, person: str, encounter: int, active: bool) -> None:
        """Say whether an encounter counts in searches.

        Raises
        ------
        PersonNotFoundError, NotFoundError, ConflictError
        """
        with self._changing():
            self._store.set_active(person, encounter, active)

    def identify(
        self,
        probe: Probe,
        limit: int = 10,
        threshold: float | None = None,
        *,
        fpir: float | None = None,
        galleries: int = 0xFFFFFFFF,
        statuses: int = 1,
    ) -> list[Candidate]:
        """Find out whose fingers these are.

        First all codes are scanned for the people most alike; then these, in small galleries
        everybody, are compared minutia by minutia. A print of known position is compared with the
        same finger, and with enrolled prints of unknown position; a print of unknown position with
        everything, where there are more than 2,000 people with everything of those who lead by the
        fingers that the scan found alike. Where several enrolled prints were tried, the best
        counts, corrected for their number (1 - (1 - FMR) ** m). Each finger counts once; fingers
        that the probe or the person lacks are left out. The fingers compared are fused by
        `tenprint.match.fuse`. Mixed-up fingers of the best candidates, and swapped hands where
        nobody was found, are noticed and named in `Candidate.sequence`.

        Parameters
        ----------
        probe : mapping of Finger to Template, sequence of Template, or Template
            In a sequence each template's own `finger` says its position. A bare template is of
            unknown position. Unusable prints (quality 0) are ignored if another one is usable.
        limit : int
            At most this many candidates, 1 to 1000. Where there are more than 2,000 people and the
            best is somebody for sure (`Candidate.fpir` at most 1e-4), the others are the best of
            those whose codes are most alike; else of all whom the scan brought.
        threshold : float, optional
            Leave out candidates with a lower score. Without it the best are returned, however low
            their scores: decide by `Candidate.fpir`.
        fpir : float, optional
            Instead of a threshold: the share of searches for people who are not enrolled that may
            bring a candidate, above 0, at most 1; candidates whose `Candidate.fpir` is higher are
            left out. `needed_score` is the threshold this means.
        galleries : int
            Bit mask: only people in at least one of these galleries.
        statuses : int
            Bit mask by `tenprint.store.PersonStatus`; 1 is active people only.

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
        return self.identify_many(
            [probe], limit, threshold, fpir=fpir, galleries=galleries, statuses=statuses
        )[0]

    def identify_many(
        self,
        probes: Sequence[Probe],
        limit: int = 10,
        threshold: float | None = None,
        *,
        fpir: float | None = None,
        galleries: int = 0xFFFFFFFF,
        statuses: int = 1,
    ) -> list[list[Candidate]]:
        """Several searches that share passes over the codes; parameters as `identify`."""
        if not 1 <= limit <= MAX_LIMIT:
            raise InputError(f"limit is {limit}, not in 1..{MAX_LIMIT}.", field="limit")
        if threshold is not None and not math.isfinite(threshold):
            raise InputError("threshold is not a finite number.", field="threshold")
        if fpir is not None and not 0 < fpir <= 1:
            raise InputError("A rate lies above 0 and is at most 1.", field="fpir")
        for field, mask in (("galleries", galleries), ("statuses", statuses)):
            if not isinstance(mask, int) or not 0 <= mask <= 0xFFFFFFFF:
                raise InputError(f"{field} is {mask}, not a mask of 32 bits.", field=field)
        prints = [probe_templates(probe) for probe in probes]
        self._refresh()
        people = self._store.count()[0]
        with self._gate.together():
            found = self._searcher().search(prints, people, Whom(galleries, statuses), limit + 20)
        least, most = threshold or 0.0, 1.0 if fpir is None else fpir
        kept = [
            [
                (key, fit)
                for key, each in answer
                if (fit := rated(each, people)).fpir <= most and each.score >= least
            ]
            for answer in found
        ]
        short = [answer[: limit + 20] for answer in kept]
        names = self._store.names_of([key for answer in short for key, _ in answer])
        return [
            sorted(named(answer, names), key=lambda each: (-each.score, each.person))[:limit]
            for answer in short
        ]

    def follow(self) -> None:
        """Let the index catch up with what others have changed in the store.

        Every search does so first. Call it where the index should not wait for one: the codes of
        somebody who was deleted lie in its files until then.
        """
        self._refresh()

    def _searcher(self) -> Searcher:
        fetch = self._store.encounters_of
        source, threads = self._store.source, self._threads
        return Searcher(self._matrix, self._code, fetch, source, threads, self._passes)

    def _insert(self, new: Sequence[NewPerson]) -> list[int]:
        """Enrol people, and put their codes in the index.

        Codes come first: what cannot be derived must not get into the truth, which everything
        after it is derived from.
        """
        with self._turn:
            self._check_open()
            rows = derive_new(new, self._code, self._threads)
            ids = self._store.insert_people(new)
            rows.rows[:] = [key - 1 for key in ids]
            follow(self._store, self._matrix, self._code, ready=rows, threads=self._threads)
            self._maybe_checkpoint()
        return ids

    def __enter__(self) -> Gallery:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
