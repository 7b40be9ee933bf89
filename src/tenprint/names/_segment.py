"""Many people in packed arrays that are never changed, but for who is still alive."""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.model import Sex
from tenprint.names._compare import FoldedPerson
from tenprint.names._fold import FoldedName, fold_word
from tenprint.names._postings import Postings, Rows, merged
from tenprint.names._vocabulary import Vocabulary

_Packed = tuple[
    NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32],
    NDArray[np.uint32], NDArray[np.uint8],
]  # fmt: skip

_SEXES = tuple(Sex)
SEX_NUMBERS = {sex: number for number, sex in enumerate(_SEXES)}
_ROLE_BITS = 30
_NUMBER = (1 << _ROLE_BITS) - 1

#: People written into a segment between two looks whether others want to run.
_BREATH = 16


class Segment:
    """People sorted by key.

    Attributes
    ----------
    keys : int64 array
    alive : bool array
        The only thing that changes: False once a person is removed or stands elsewhere.
    words, joined, dates, identifiers : Postings
        Rows by number of a word, by hash of words run together, by packed date, by hash of an
        identifier.
    """

    __slots__ = (
        "_date_starts",
        "_dates",
        "_name_starts",
        "_sexes",
        "_word_starts",
        "_words",
        "alive",
        "dates",
        "identifiers",
        "joined",
        "keys",
        "words",
    )  # fmt: skip

    keys: NDArray[np.int64]
    alive: NDArray[np.bool_]
    words: Postings
    joined: Postings
    dates: Postings
    identifiers: Postings
    _name_starts: NDArray[np.uint32]
    _word_starts: NDArray[np.uint32]
    _words: NDArray[np.uint32]
    _date_starts: NDArray[np.uint32]
    _dates: NDArray[np.uint32]
    _sexes: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def nbytes(self) -> int:
        """Memory taken."""
        return sum(getattr(self, name).nbytes for name in self.__slots__)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All it consists of, by name; `of_arrays` takes it back."""
        found: dict[str, NDArray[Any]] = {}
        for name in self.__slots__:
            part = getattr(self, name)
            if isinstance(part, Postings):
                found |= {f"{name}.{of}": each for of, each in part.arrays().items()}
            else:
                found[name] = part
        return found

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Segment:
        """What `arrays` gave."""
        found = cls()
        for name in cls.__slots__:
            if name in arrays:
                setattr(found, name, arrays[name])
                continue
            own = {of: arrays[f"{name}.{of}"] for of in ("keys", "rows", "starts")
                   if f"{name}.{of}" in arrays}  # fmt: skip
            setattr(found, name, Postings.of_arrays(own))
        return found

    def row_of(self, key: int) -> int | None:
        """The row of a living person."""
        at = int(np.searchsorted(self.keys, key))
        if at < len(self.keys) and self.keys[at] == key and self.alive[at]:
            return at
        return None

    def person(self, row: int, vocabulary: Vocabulary) -> FoldedPerson:
        """What is known of one person, identifiers left out."""
        texts = vocabulary.texts
        names = []
        for first, last in pairwise(self._bounds_of(row)):
            packed = self._words[first:last].tolist()
            spelt = tuple([texts[each & _NUMBER] for each in packed])
            roles = tuple([each >> _ROLE_BITS for each in packed])
            names.append(FoldedName(tuple([fold_word(text) for text in spelt]), roles, spelt))
        return FoldedPerson(tuple(names), tuple(self._days_of(row)), self._sex_of(row), frozenset())

    @property
    def packed(self) -> _Packed:
        """Names, birth dates and sexes as the kernels take them."""
        return (
            self._name_starts, self._word_starts, self._words, self._date_starts, self._dates,
            self._sexes,
        )  # fmt: skip

    def brief(
        self, row: int, vocabulary: Vocabulary
    ) -> tuple[list[tuple[str, ...]], list[int], Sex]:
        """Words of the names, packed birth dates and sex of one person."""
        texts = vocabulary.texts
        bounds = self._bounds_of(row)
        numbers = self._words[bounds[0] : bounds[-1]].tolist()
        spelt = [texts[each & _NUMBER] for each in numbers]
        names = [tuple(spelt[a - bounds[0] : b - bounds[0]]) for a, b in pairwise(bounds)]
        return names, self._days_of(row), self._sex_of(row)

    def _bounds_of(self, row: int) -> list[int]:
        first, last = self._name_starts[row : row + 2].tolist()
        bounds: list[int] = self._word_starts[first : last + 1].tolist()
        return bounds

    def _days_of(self, row: int) -> list[int]:
        first, last = self._date_starts[row : row + 2].tolist()
        days: list[int] = self._dates[first:last].tolist()
        return days

    def _sex_of(self, row: int) -> Sex:
        return _SEXES[int(self._sexes[row])]


class Draft:
    """A segment being written, person by person in order of keys."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._keys = array("q")
        self._names, self._bounds, self._words = array("I", [0]), array("I", [0]), array("I")
        self._date_bounds, self._dates = array("I", [0]), array("I")
        self._sexes = array("B")
        self._joined, self._joined_rows = array("I"), array("i")
        self._identifiers, self._identifier_rows = array("Q"), array("i")

    def add(
        self, key: int, who: FoldedPerson, joined: Iterable[int], identifiers: Iterable[int]
    ) -> None:
        """Append one person; keys rise."""
        row = len(self._keys)
        self._keys.append(key)
        add = self._vocabulary.add
        for name in who.names:
            for word, role in zip(name.words, name.roles, strict=True):
                self._words.append(add(word) | role << _ROLE_BITS)
            self._bounds.append(len(self._words))
        self._names.append(len(self._bounds) - 1)
        self._dates.extend(who.dates)
        self._date_bounds.append(len(self._dates))
        self._sexes.append(SEX_NUMBERS[who.sex])
        for code in joined:
            self._joined.append(code)
            self._joined_rows.append(row)
        for code in identifiers:
            self._identifiers.append(code)
            self._identifier_rows.append(row)

    def segment(self) -> Segment:
        """What was written."""
        done = Segment()
        done.keys = np.array(self._keys, np.int64)
        done.alive = np.ones(len(done.keys), bool)
        done._name_starts = np.array(self._names, np.uint32)
        done._word_starts = np.array(self._bounds, np.uint32)
        done._words = np.array(self._words, np.uint32)
        done._date_starts = np.array(self._date_bounds, np.uint32)
        done._dates = np.array(self._dates, np.uint32)
        done._sexes = np.array(self._sexes, np.uint8)
        done.joined = Postings(
            np.array(self._joined, np.uint32), np.array(self._joined_rows, np.int32)
        )
        done.identifiers = Postings(
            np.array(self._identifiers, np.uint64), np.array(self._identifier_rows, np.int32)
        )
        done.words = Postings(
            done._words & np.uint32(_NUMBER),
            _owners(done._word_starts[done._name_starts]),
        )
        done.dates = Postings(done._dates, _owners(done._date_starts))
        return done


def segment_of(
    people: Iterable[tuple[int, FoldedPerson]],
    codes: Mapping[int, tuple[Iterable[int], Iterable[int]]],
    vocabulary: Vocabulary,
) -> Segment:
    """A segment of people in order of keys; `codes` are each one's joined words and identifiers."""
    draft = Draft(vocabulary)
    for at, (key, person) in enumerate(people):
        if at % _BREATH == 0:
            time.sleep(0)  # searches come first
        draft.add(key, person, *codes[key])
    return draft.segment()


def _owners(starts: NDArray[np.uint32]) -> Rows:
    """The row that each entry belongs to."""
    return np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))


def merge(segments: list[Segment]) -> tuple[Segment, list[NDArray[np.bool_]]]:
    """Several segments as one, the dead left out; and who was alive in each when it was read."""
    alive = [segment.alive.copy() for segment in segments]
    keys = np.concatenate([s.keys[a] for s, a in zip(segments, alive, strict=True)])
    order = np.argsort(keys, kind="stable")
    place = np.empty(len(keys), np.int32)
    place[order] = np.arange(len(keys), dtype=np.int32)
    renumbered: list[Rows] = []
    done = 0
    for each in alive:
        new = np.full(len(each), -1, np.int32)
        count = int(each.sum())
        new[each] = place[done : done + count]
        done += count
        renumbered.append(new)
    whole = Segment()
    whole.keys = keys[order]
    whole.alive = np.ones(len(keys), bool)
    whole._sexes = np.concatenate([s._sexes[a] for s, a in zip(segments, alive, strict=True)])[
        order
    ]
    # Names of the living in the new order, then the words of those names.
    name_starts = _shifted([s._name_starts for s in segments])
    word_starts = _shifted([s._word_starts for s in segments])
    living = np.flatnonzero(np.concatenate(alive))[order]
    names, whole._name_starts = _gathered(living, name_starts)
    words, whole._word_starts = _gathered(names, word_starts)
    whole._words = np.concatenate([s._words for s in segments])[words]
    days, whole._date_starts = _gathered(living, _shifted([s._date_starts for s in segments]))
    whole._dates = np.concatenate([s._dates for s in segments])[days]
    kinds: dict[str, type[np.unsignedinteger[Any]]] = {
        "words": np.uint32, "joined": np.uint32, "dates": np.uint32, "identifiers": np.uint64,
    }  # fmt: skip
    for name, kind in kinds.items():
        parts = [(getattr(s, name), r) for s, r in zip(segments, renumbered, strict=True)]
        setattr(whole, name, merged(parts, kind))
    return whole, alive


def _shifted(starts: list[NDArray[np.uint32]]) -> NDArray[np.int64]:
    """Starts of several arrays put one after the other."""
    out = [np.zeros(1, np.int64)]
    total = 0
    for each in starts:
        out.append(each[1:].astype(np.int64) + total)
        total += int(each[-1])
    return np.concatenate(out)


def _gathered(
    rows: NDArray[np.int64], starts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
    """Positions of the entries of these rows, one row after the other, and their new starts."""
    sizes = (starts[1:] - starts[:-1])[rows]
    bounds = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(sizes, out=bounds[1:])
    positions = np.arange(bounds[-1]) + np.repeat(starts[rows] - bounds[:-1], sizes)
    return positions, bounds.astype(np.uint32)
