"""What a gallery's store alone tells, without the index."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tenprint.formats import unpack_all
from tenprint.gallery._candidate import Candidate
from tenprint.gallery._enrolment import StoredPrint
from tenprint.gallery._rules import Probe, probe_templates
from tenprint.gallery._search import named
from tenprint.gallery._second import SEQUENCE, check_sequence, second_look
from tenprint.gallery._threshold import needed_score
from tenprint.model import Finger, PersonNotFoundError, StoreError, Template
from tenprint.store import TruthStore


class Known:
    """Who is enrolled with which templates; a part of `Gallery` and `GalleryProcess`."""

    _store: TruthStore
    _threads: int
    _open: bool

    @property
    def store(self) -> TruthStore:
        """The truth, for rooms that keep more of people."""
        return self._store

    def compare_people(self, probe: Probe, people: Sequence[str]) -> list[Candidate]:
        """Compare with some people only, minutia by minutia, whatever their gallery and status.

        Reads the store and no index, so it may be called inside `TruthStore.writing`, where it
        sees everything committed before.

        Returns
        -------
        list of Candidate
            Best first, as `Gallery.identify` gives them; unknown people and those with no finger
            to compare do not appear.

        Raises
        ------
        TemplateError, InputError
            As `Gallery.identify`.
        """
        prints = probe_templates(probe)
        self._check_open()
        numbers = np.array(sorted(self._store.ids_of(people).values()), np.int64)
        if not len(numbers):
            return []
        fetch, source = self._store.encounters_of, self._store.source
        found, stored = second_look(prints, numbers, fetch, source, self._threads, len(numbers))
        ranked = sorted(found, key=lambda each: (-each[1].score, each[0]))
        best = check_sequence(prints, ranked[:SEQUENCE], stored, source, self._threads)
        names = self._store.names_of(numbers.tolist())
        answer = named(best + ranked[SEQUENCE:], names)
        return sorted(answer, key=lambda each: (-each.score, each.person))

    def needed_score(self, fpir: float, *, fingers: int = 10) -> float:
        """The score that a hit needs in this gallery, see `tenprint.gallery.needed_score`."""
        return needed_score(len(self), fpir, fingers=fingers)

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

    def stored(self, person: str) -> list[StoredPrint]:
        """A person's templates with the encounter each belongs to.

        Raises
        ------
        PersonNotFoundError
        """
        self._check_open()
        key = self._store.id_of(person)
        if key is None:
            raise PersonNotFoundError(source=self._store.source, field=person)
        found = []
        for each in self._store.encounters_of([key], active_only=False):
            views: dict[Finger, int] = {}
            for template in unpack_all(each.packed):
                view = views.get(template.finger, 0)
                views[template.finger] = view + 1
                found.append(StoredPrint(person, each.encounter, view, template.finger, template))
        return found

    def __len__(self) -> int:
        self._check_open()
        return self._store.count()[0]

    def __contains__(self, person: object) -> bool:
        self._check_open()
        return isinstance(person, str) and self._store.id_of(person) is not None

    def _check_open(self) -> None:
        if not self._open:
            raise StoreError("The gallery is closed.", source=self._store.source)
