"""An index in memory of whom we know by name."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import pairwise
from typing import TypeVar

import numpy as np

from tenprint._native._kernels import NameSums
from tenprint.model import Biographics, InputError
from tenprint.names._compare import FoldedPerson, compare_folded_people, fold_people, fold_person
from tenprint.names._fold import FoldedName, Kind, joined_sound
from tenprint.names._frozen import Frozen
from tenprint.names._identifiers import normal_identifier
from tenprint.names._memory import Memory
from tenprint.names._plan import Plan, make_plan
from tenprint.names._quick import QuickPerson
from tenprint.names._rank import Ranked, Shares, rank_memory, rank_segment
from tenprint.names._score import NameCandidate
from tenprint.names._segment import Draft, Segment, merge, segment_of
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

#: Two sums of one thing in another order differ by less.
_ROUNDING = 1e-6

#: A search is made anew at most so often because segments were sealed or merged during it, which
#: happens once in some thousand changes.
_LOOKS = 20

#: The most candidates of a search.
MAX_LIMIT = 1000


@dataclass(frozen=True)
class _State:
    """All that a search reads; replaced as a whole."""

    segments: tuple[Segment, ...]
    #: The last one is changed; segments are being made of the others.
    memories: tuple[Memory, ...]

    @property
    def live(self) -> Memory:
        return self.memories[-1]


class NameIndex:
    """People by name, birth date and identifiers; in memory, thread-safe.

    Many threads may search while others put and remove; a search sees every change that was
    finished before it began, and never waits for one. Changes wait for each other. What was put
    last lies in dictionaries; a thread makes segments of packed arrays of them after 2048
    changes, and merges segments of like size (a log-structured merge tree: O'Neil and others
    1996).

    Keys are whole numbers from 0 to 2**63 - 1, the person's number in the store.
    """

    def __init__(self) -> None:
        self._vocabulary = Vocabulary()
        self._state = _State((), (Memory(),))
        self._change = threading.Lock()
        self._tidier: threading.Thread | None = None
        self._failed = False
        self._count = 0
        # Identifiers are hashed under a key of this index: nobody can make up two that collide.
        self._secret = secrets.token_bytes(16)
        self._kinds: dict[str, None] = {}
        self._sums: list[NameSums] = []

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
            gone = state.live.people.get(key)
            # First the new, then the old away: no search in between finds neither.
            state.live.put(key, person, joined, identifiers, self._vocabulary)
            self._counted(person, 1)
            self._count += 1
            if gone is not None:
                self._forgotten(gone)
            else:
                self._bury(key, state)
            self._consider_sealing()

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

    def frozen(self) -> Frozen:
        """All that is known, for `Frozen.write`; whoever was removed is not in it.

        Changes wait for some milliseconds, and go on while one segment is made of all: what is
        read at a start is searched for as long as the process runs, and each segment costs time.
        What is changed in between may be in it or not: put or remove it again after `thaw`.
        """
        with self._change:
            state = self._state
            words = self._vocabulary.frozen()
            segments = list(state.segments)
            for memory in state.memories:
                if memory.people:
                    people = sorted(memory.people.items())
                    segments.append(segment_of(people, memory.codes, self._vocabulary))
        whole = [merge(segments)[0]] if segments else []
        return Frozen(words, whole, list(self._kinds), self._secret)

    def thaw(self, frozen: Frozen) -> None:
        """Know what another index knew, instead of what was known; `frozen` is used up."""
        with self._change:
            self._vocabulary = Vocabulary.of_frozen(frozen.words)
            self._secret = frozen.secret
            self._kinds = dict.fromkeys(frozen.kinds)
            self._count = sum(len(each) for each in frozen.segments)
            self._state = _State(tuple(frozen.segments), (Memory(),))

    def settle(self) -> None:
        """Wait until no segments are left to merge; needed for measurements only."""
        while (tidier := self._tidier) is not None:
            tidier.join()

    def remove(self, key: int) -> None:
        """Forget a person; nothing happens where there is none."""
        with self._change:
            state = self._state
            gone = state.live.remove(key)
            if gone is not None:
                self._forgotten(gone)
            else:
                self._bury(key, state)
            self._consider_sealing()

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
        sums = self._sums_space()
        shared = [rank_segment(segment, plan, wanted, sums) for segment in state.segments]
        self._sums.append(sums)
        # Last, and the live ones at the end: what leaves one place is in a later one already.
        recent = [each for memory in state.memories for each in rank_memory(memory, plan, wanted)]
        worth = np.concatenate([*(each.worth for each in shared), [each.worth for each in recent]])
        if not len(worth):
            return []
        bar = float(worth.max()) * _ENOUGH
        if len(worth) > wanted:
            bar = max(bar, float(np.partition(worth, -wanted)[-wanted]))
        quick = QuickPerson(person)
        scored: list[tuple[float, Ranked]] = []
        for segment, shares in zip(state.segments, shared, strict=True):
            scored += self._scored(quick, segment, shares, bar)
        for each in recent:
            if each.identified or each.worth >= bar:
                known = each.person(self._vocabulary)
                names = [name.texts for name in known.names]
                score = quick.score(names, list(known.dates), known.sex, bool(each.identified))
                scored.append((score, each))
        return self._judged(person, scored, limit, least)

    def _scored(
        self, quick: QuickPerson, segment: Segment, shares: Shares, bar: float
    ) -> list[tuple[float, Ranked]]:
        enough = shares.worth >= bar
        theirs = np.zeros(len(shares.rows), bool)
        if shares.identified:
            theirs = np.isin(shares.rows, list(shares.identified))
        rows = shares.rows[enough | theirs]
        if not len(rows):
            return []
        scores = quick.scores(
            segment, rows, theirs[enough | theirs].view(np.uint8), self._vocabulary
        )
        return [
            (score, Ranked(key, 0.0, shares.identified.get(row, ()), segment, row))
            for score, key, row in zip(
                scores, segment.keys[rows].tolist(), rows.tolist(), strict=True
            )
        ]

    def _judged(
        self, query: FoldedPerson, scored: list[tuple[float, Ranked]], limit: int, least: float
    ) -> list[NameCandidate]:
        """The best of those scored are compared in full."""
        scored.sort(key=lambda pair: (-pair[0], pair[1].key))
        best: dict[int, NameCandidate] = {}
        for quick, each in scored[: limit + 2]:
            # The quick score leaves out only what makes it less.
            if quick < least - _ROUNDING:
                break
            other = each.person(self._vocabulary)
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

    def _sums_space(self) -> NameSums:
        try:
            return self._sums.pop()
        except IndexError:
            return NameSums()

    # Changes

    def _put_portion(self, some: dict[int, Sequence[Biographics]]) -> None:
        draft = Draft(self._vocabulary)
        with self._change:
            for key in sorted(some):
                person, joined, identifiers = self._folded(some[key])
                draft.add(key, person, joined, identifiers)
                self._counted(person, 1)
            segment = draft.segment()
            old = self._state
            self._state = _State((*old.segments, segment), old.memories)
            self._count += len(segment)
            for key in some if self._count > len(segment) else ():
                gone = old.live.remove(key) if key in old.live.people else None
                if gone is not None:
                    self._forgotten(gone)
                else:
                    self._bury(key, old)
            self._consider_tidying()

    def _bury(self, key: int, state: _State) -> None:
        """Mark a person dead in the one other place where it lives, if any."""
        for memory in state.memories[:-1]:
            gone = memory.remove(key)
            if gone is not None:
                self._forgotten(gone)
                return
        for segment in state.segments:
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

    def _consider_sealing(self) -> None:
        """Begin new dictionaries where many changes lie in these; the more wait, the later."""
        state = self._state
        if state.live.changes >= _SEAL * len(state.memories):
            self._state = state = _State(state.segments, (*state.memories, Memory()))
        if len(state.memories) > 1 or self._vocabulary.unsettled or self._failed:
            self._consider_tidying()

    def _consider_tidying(self) -> None:
        if self._tidier is None and self._untidy():
            self._failed = False
            self._tidier = threading.Thread(
                target=self._tidy, name="tenprint-names-tidy", daemon=True
            )
            self._tidier.start()

    def _untidy(self) -> bool:
        state = self._state
        return (
            len(state.memories) > 1
            or self._vocabulary.unsettled
            or bool(_mergeable(state.segments))
        )

    def _tidy(self) -> None:
        """Seal, sort words and merge until nothing is left to do; all else goes on meanwhile."""
        try:
            while self._seal_oldest() or self._settle_words() or self._merge_some():
                pass
        except BaseException:
            with self._change:  # the next change tries again; searches miss nothing
                self._tidier = None
                self._failed = True
            raise

    def _seal_oldest(self) -> bool:
        """Make a segment of the oldest dictionaries that are changed no more."""
        with self._change:
            memories = self._state.memories
            if len(memories) == 1:
                return False
            oldest = memories[0]
            people = sorted(oldest.people.items())
            codes = dict(oldest.codes)
        fresh = segment_of(people, codes, self._vocabulary)
        with self._change:
            for row, (key, _) in enumerate(people):
                if key not in oldest.people:
                    fresh.alive[row] = False
            old = self._state
            segments = (*old.segments, fresh) if people else old.segments
            self._state = _State(segments, old.memories[1:])
        return True

    def _settle_words(self) -> bool:
        with self._change:
            if not self._vocabulary.unsettled:
                return False
            size = self._vocabulary.begin_settling()
        self._vocabulary.settle(size)
        return True

    def _merge_some(self) -> bool:
        with self._change:
            chosen = _mergeable(self._state.segments)
            if not chosen:
                if not self._untidy():
                    self._tidier = None
                    return False
                return True
        whole, alive = merge(chosen)
        with self._change:
            for segment, then in zip(chosen, alive, strict=True):
                for row in (then & ~segment.alive).nonzero()[0].tolist():
                    died = whole.row_of(int(segment.keys[row]))
                    if died is not None:
                        whole.alive[died] = False
            old = self._state
            kept = tuple(each for each in old.segments if each not in chosen)
            self._state = _State((whole, *kept), old.memories)
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
        for memory in state.memories:
            for key in memory.identifiers.get(code, ()):
                known = memory.codes.get(key)
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
