"""An index in memory of whom we know by name."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import pairwise
from typing import TypeVar

from tenprint.model import Biographics, InputError
from tenprint.names._compare import FoldedPerson, compare_folded_people, fold_people, fold_person
from tenprint.names._fold import FoldedName, Kind, joined_sound
from tenprint.names._identifiers import normal_identifier
from tenprint.names._memory import Memory
from tenprint.names._plan import Plan, make_plan
from tenprint.names._quick import QuickPerson
from tenprint.names._rank import Ranked, Scratch, rank_memory, rank_segment
from tenprint.names._score import NameCandidate
from tenprint.names._segment import Draft, Segment, merge
from tenprint.names._vocabulary import Vocabulary, word_code

_T = TypeVar("_T")

#: Changes kept in dictionaries before a segment is made of them.
_SEAL = 2048

#: People written into one segment by `put_many`.
_BULK = 250_000

#: Segments of one size class that are merged into one.
_FAN = 4

#: People compared in full for each search, beside the `limit` asked for.
_COMPARED = 30

#: Who shares less than this part of what the best shares is not compared.
_ENOUGH = 0.4

#: A search is made anew at most so often because segments were sealed or merged during it, which
#: happens once in some thousand changes.
_LOOKS = 20

#: The most candidates of a search.
MAX_LIMIT = 1000


@dataclass(frozen=True)
class _State:
    """All that a search reads; replaced as a whole."""

    segments: tuple[Segment, ...]
    memory: Memory


class NameIndex:
    """People by name, birth date and identifiers; in memory, thread-safe.

    Many threads may search while others put and remove; a search sees every change that was
    finished before it began, and never waits for one. Changes wait for each other. What was put
    last lies in dictionaries; every 2048 changes become a segment of packed arrays, and segments
    of like size are merged by a thread of their own (a log-structured merge tree: O'Neil and
    others 1996).

    Keys are whole numbers from 0 to 2**63 - 1, the person's number in the store.
    """

    def __init__(self) -> None:
        self._vocabulary = Vocabulary()
        self._state = _State((), Memory())
        self._change = threading.Lock()
        self._merger: threading.Thread | None = None
        self._count = 0
        # Identifiers are hashed under a key of this index: nobody can make up two that collide.
        self._secret = secrets.token_bytes(16)
        self._kinds: dict[str, None] = {}
        self._scratch: list[Scratch] = []

    def __len__(self) -> int:
        return self._count

    @property
    def nbytes(self) -> int:
        """Memory that the arrays and the vocabulary take, about."""
        state = self._state
        return sum(each.nbytes for each in state.segments) + self._vocabulary.nbytes

    def put(self, key: int, who: Sequence[Biographics]) -> None:
        """Make a person findable, or replace what was known.

        Parameters
        ----------
        key : int
        who : sequence of Biographics
            All that is known, one for each encounter.

        Raises
        ------
        InputError
            If the key is out of range.
        """
        _check_key(key)
        person, joined, identifiers = self._folded(who)
        with self._change:
            state = self._state
            gone = state.memory.people.get(key)
            # First the new, then the old away: no search in between finds neither.
            state.memory.put(key, person, joined, identifiers, self._vocabulary)
            self._counted(person, 1)
            self._count += 1
            if gone is not None:
                self._forgotten(gone)
            else:
                self._bury(key, state.segments)
            self._vocabulary.settle()
            if state.memory.changes >= _SEAL:
                self._seal()

    def put_many(self, people: Iterable[tuple[int, Sequence[Biographics]]]) -> None:
        """Put very many people, as at start; the last of equal keys stays.

        Searches see them in portions of 250,000.
        """
        some: dict[int, Sequence[Biographics]] = {}
        for key, who in people:
            _check_key(key)
            some[key] = who
            if len(some) >= _BULK:
                self._put_portion(some)
                some = {}
        if some:
            self._put_portion(some)

    def settle(self) -> None:
        """Wait until no segments are left to merge; needed for measurements only."""
        while (merger := self._merger) is not None:
            merger.join()

    def remove(self, key: int) -> None:
        """Forget a person; nothing happens where there is none."""
        with self._change:
            state = self._state
            gone = state.memory.remove(key) if key in state.memory.people else None
            if gone is not None:
                self._forgotten(gone)
            else:
                self._bury(key, state.segments)
            if self._state.memory.changes >= _SEAL:
                self._seal()

    def search(
        self, query: Biographics, limit: int = 10, *, least: float = 0.5
    ) -> list[NameCandidate]:
        """The people most like the query.

        Parameters
        ----------
        query : Biographics
            Any of names, birth dates, identifiers; sex alone finds nobody.
        limit : int
            How many at most, 1 .. 1000.
        least : float
            The least score, 0 .. 1.

        Returns
        -------
        list of NameCandidate
            Best first, people of equal score by key.

        Raises
        ------
        InputError
            If `limit` is out of range.
        """
        if not 1 <= limit <= MAX_LIMIT:
            raise InputError(f"A limit is 1 .. {MAX_LIMIT}.", field="limit")
        person = fold_person(query)
        codes = [self._code(kind, value) for kind, value in sorted(person.identifiers)]
        plan = make_plan(person, codes, self._vocabulary, max(1, self._count))
        return self._steady(lambda state: self._searched(state, person, plan, limit, least))

    def _steady(self, look: Callable[[_State], _T]) -> _T:
        """What a look at a state gives, taken again where the state was replaced meanwhile.

        Segments are shared by states: what left one of them may be in a later state only.
        """
        for _ in range(_LOOKS):
            state = self._state
            found = look(state)
            if self._state is state:
                break
        return found

    def _searched(
        self, state: _State, person: FoldedPerson, plan: Plan, limit: int, least: float
    ) -> list[NameCandidate]:
        wanted = _COMPARED + 2 * limit
        found: list[Ranked] = []
        scratch = self._scratch_space()
        for segment in state.segments:
            found += rank_segment(segment, plan, wanted, scratch)
        self._scratch.append(scratch)
        # Last, as what leaves a segment is in the dictionaries already.
        found += rank_memory(state.memory, plan, wanted)
        found.sort(key=lambda each: (-each.worth, each.key))
        return self._judged(person, found, wanted, limit, least)

    def _judged(
        self, query: FoldedPerson, found: list[Ranked], wanted: int, limit: int, least: float
    ) -> list[NameCandidate]:
        """Those ranked first are scored, and the best of them compared in full."""
        quick = QuickPerson(query)
        enough = found[0].worth * _ENOUGH if found else 0.0
        scored: list[tuple[float, Ranked]] = []
        for place, each in enumerate(found):
            if not each.identified and (place >= wanted or each.worth < enough):
                continue
            brief = each.brief(self._vocabulary)
            if brief is not None:
                scored.append((quick.score(*brief, bool(each.identified)), each))
        scored.sort(key=lambda pair: (-pair[0], pair[1].key))
        best: dict[int, NameCandidate] = {}
        for _, each in scored[: limit + 2]:
            other = each.person(self._vocabulary)
            if other is None:
                continue
            if each.identified:
                stated = sorted(query.identifiers)
                other = replace(other, identifiers={stated[n] for n in each.identified})
            score = compare_folded_people(query, other)
            known = best.get(each.key)
            if score.score >= least and (known is None or known.score < score.score):
                best[each.key] = NameCandidate(each.key, score.score, score.parts)
        return sorted(best.values(), key=lambda each: (-each.score, each.key))[:limit]

    def by_identifier(self, kind: str | None, value: str) -> list[int]:
        """Keys of the people with this identifier, rising.

        Parameters
        ----------
        kind : str or None
            Of any kind where None.
        value : str
            Exact but for capitals and signs that are neither letter nor digit.
        """
        kinds = list(self._kinds) if kind is None else [normal_identifier(kind)]
        codes = [self._code(each, normal_identifier(value)) for each in kinds]
        return sorted(self._steady(lambda state: _identified(state, codes)))

    def _scratch_space(self) -> Scratch:
        try:
            return self._scratch.pop()
        except IndexError:
            return Scratch()

    # Changes

    def _put_portion(self, some: dict[int, Sequence[Biographics]]) -> None:
        draft = Draft(self._vocabulary)
        with self._change:
            for key in sorted(some):
                person, joined, identifiers = self._folded(some[key])
                draft.add(key, person, joined, identifiers)
                self._counted(person, 1)
            segment = draft.segment()
            self._vocabulary.settle(everything=True)
            old = self._state
            self._state = _State((*old.segments, segment), old.memory)
            self._count += len(segment)
            for key in some if self._count > len(segment) else ():
                gone = old.memory.remove(key) if key in old.memory.people else None
                if gone is not None:
                    self._forgotten(gone)
                else:
                    self._bury(key, old.segments)
            self._consider_merging()

    def _bury(self, key: int, segments: tuple[Segment, ...]) -> None:
        """Mark a person dead in the one segment where it lives, if any."""
        for segment in segments:
            row = segment.row_of(key)
            if row is not None:
                segment.alive[row] = False
                self._forgotten(segment.person(row, self._vocabulary))
                return

    def _forgotten(self, who: FoldedPerson) -> None:
        self._counted(who, -1)
        self._count -= 1

    def _counted(self, who: FoldedPerson, by: int) -> None:
        for text in {text for name in who.names for text in name.texts}:
            self._vocabulary.count(text, by)

    def _seal(self) -> None:
        """Make a segment of what lies in dictionaries."""
        old = self._state
        draft = Draft(self._vocabulary)
        for key in sorted(old.memory.people):
            draft.add(key, old.memory.people[key], *old.memory.codes[key])
        fresh = (draft.segment(),) if old.memory.people else ()
        self._state = _State((*old.segments, *fresh), Memory())
        self._consider_merging()

    def _consider_merging(self) -> None:
        if self._merger is None and _mergeable(self._state.segments):
            self._merger = threading.Thread(
                target=self._merge, name="tenprint-names-merge", daemon=True
            )
            self._merger.start()

    def _merge(self) -> None:
        """Merge until nothing is left to merge; searches and changes go on meanwhile."""
        try:
            while self._merge_some():
                pass
        except BaseException:
            with self._change:  # the next change tries again; searches miss nothing
                self._merger = None
            raise

    def _merge_some(self) -> bool:
        with self._change:
            chosen = _mergeable(self._state.segments)
            if not chosen:
                self._merger = None
                return False
        whole, alive = merge(chosen)
        with self._change:
            for segment, then in zip(chosen, alive, strict=True):
                for row in (then & ~segment.alive).nonzero()[0].tolist():
                    died = whole.row_of(int(segment.keys[row]))
                    if died is not None:
                        whole.alive[died] = False
            old = self._state
            kept = tuple(each for each in old.segments if each not in chosen)
            self._state = _State((whole, *kept), old.memory)
        return True

    def _folded(
        self, who: Sequence[Biographics]
    ) -> tuple[FoldedPerson, tuple[int, ...], tuple[int, ...]]:
        person = fold_people(who)
        joined = {code for name in person.names for code in _joined(name)}
        for kind, _ in person.identifiers:
            self._kinds.setdefault(kind)
        identifiers = {self._code(kind, value) for kind, value in person.identifiers}
        return person, tuple(joined), tuple(identifiers)

    def _code(self, kind: str, value: str) -> int:
        text = f"{kind}\0{value}".encode()
        return int.from_bytes(blake2b(text, digest_size=8, key=self._secret).digest(), "little")


def _identified(state: _State, codes: list[int]) -> set[int]:
    found: set[int] = set()
    for code in codes:
        for segment in state.segments:
            rows = segment.identifiers.of(code)
            found.update(segment.keys[rows[segment.alive[rows]]].tolist())
        for key in state.memory.identifiers.get(code, ()):
            known = state.memory.codes.get(key)
            if known and code in known[1]:
                found.add(key)
    return found


def _check_key(key: int) -> None:
    if not 0 <= key < 2**63:
        raise InputError("A key is a whole number of 0 .. 2**63 - 1.", field="key")


def _joined(name: FoldedName) -> set[int]:
    """Hashes of words run together, by sound: neighbours, the last with the first, and all."""
    sounds = [word.sound for word in name.words if word.kind is not Kind.TITLE and word.sound]
    if len(sounds) < 2:
        return set()
    runs = {joined_sound(pair) for pair in pairwise(sounds)}
    runs.add(joined_sound((sounds[-1], sounds[0])))
    if len(sounds) > 2:
        runs.add(joined_sound(sounds))
    return {word_code("+" + run) for run in runs}


def _mergeable(segments: tuple[Segment, ...]) -> list[Segment]:
    """Segments of one size class, or of smaller ones, where there are enough of them."""
    classes: dict[int, list[Segment]] = {}
    for each in segments:
        size, rank = max(1, int(each.alive.sum())) // _SEAL, 0
        while size >= _FAN:
            size, rank = size // _FAN, rank + 1
        classes.setdefault(rank, []).append(each)
    for rank in sorted(classes):
        if len(classes[rank]) >= _FAN:
            return [each for r in classes if r <= rank for each in classes[r]]
    return []
