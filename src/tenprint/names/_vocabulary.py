"""All words of the people's names, numbered, and those that are spelt or sound alike."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenprint._native._kernels import NameWords
from tenprint.names._fold import Kind, Word, bones, fold_word
from tenprint.names._likeness import INITIAL, NICKNAME, packed_word
from tenprint.names._postings import Postings
from tenprint.names._words import FAMILIAR, FAMILIES

#: Words less alike than this are not looked up.
LEAST_ALIKE = 0.7

#: At most so many words stand for one word of a query, and so many are compared with it.
_MOST, _COMPARED = 96, 1500

#: Words waiting outside the sorted arrays before these are made again.
_WAITING = 4096

Numbers = NDArray[np.uint32]
Likenesses = NDArray[np.float64]

#: Remembered look-ups.
_REMEMBERED = 20_000


#: Stands for a word that nobody has any more.
_NOBODY = "x"


@dataclass(frozen=True)
class FrozenWords:
    """A vocabulary at one moment.

    Attributes
    ----------
    texts : list of str
        By number; empty where nobody has the word any more.
    counts : uint32 array
        In how many people's names each is.
    keys, numbers : uint32 and int32 array
        Under which keys the first `settled` words are found.
    settled : int
    """

    texts: list[str]
    counts: NDArray[np.uint32]
    keys: NDArray[np.uint32]
    numbers: NDArray[np.int32]
    settled: int


class Vocabulary:
    """Numbers for words; only grows. One writer at a time; readers need no lock."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.texts: list[str] = []
        #: The words as the kernels see them, and in how many people's names each is.
        self.packed = NameWords()
        self._near = Postings(np.empty(0, np.uint32), np.empty(0, np.int32))
        self._waiting: dict[int, list[int]] = {}
        #: Those that are being sorted.
        self._leaving: dict[int, list[int]] = {}
        self._sorted = 0
        self._known: dict[str, tuple[int, Numbers, Likenesses]] = {}

    def __len__(self) -> int:
        return len(self.texts)

    def find(self, text: str) -> int | None:
        """The number of a word, if it is known."""
        return self._numbers.get(text)

    def add(self, word: Word) -> int:
        """The number of a word; new ones become findable by `alike`."""
        number = self._numbers.get(word.text)
        if number is not None:
            return number
        number = len(self.texts)
        self.texts.append(word.text)
        self.packed.add(packed_word(word))
        for key in (*near_keys(word), *_bone_keys(word, stored=True)):
            self._waiting.setdefault(key, []).append(number)
        self._numbers[word.text] = number
        return number

    def frozen(self) -> FrozenWords:
        """What it knows now; words of nobody's name are left out. The writer calls this."""
        settled = self._sorted  # first: what is sorted meanwhile is merely found twice
        near, texts = self._near, list(self.texts)
        counts = self.packed.frequencies(np.arange(len(texts), dtype=np.uint32))
        for number in np.flatnonzero(counts == 0).tolist():
            texts[number] = ""
        keys, numbers = near.pairs()
        used = counts[numbers] > 0
        return FrozenWords(texts, counts, keys[used], numbers[used], settled)

    @classmethod
    def of_frozen(cls, frozen: FrozenWords) -> Vocabulary:
        """What `frozen` gave; each word keeps its number."""
        found = cls()
        found._near = Postings(frozen.keys, frozen.numbers)
        found._sorted = frozen.settled
        counts = frozen.counts.tolist()
        for number, (text, count) in enumerate(zip(frozen.texts, counts, strict=True)):
            if text and number >= frozen.settled:
                found.add(fold_word(text))
            else:
                found.texts.append(text)
                found.packed.add(packed_word(fold_word(text or _NOBODY)))
                if text:
                    found._numbers[text] = number
            if count:
                found.packed.count(number, count)
        return found

    def count(self, text: str, by: int) -> None:
        """So many more people have this word in their names."""
        self.packed.count(self._numbers[text], by)

    @property
    def unsettled(self) -> bool:
        """Whether many words wait outside the sorted arrays."""
        return len(self.texts) - self._sorted > max(_WAITING, self._sorted // 8)

    def begin_settling(self) -> int:
        """Set the waiting words apart; the writer calls this. How many words are known then."""
        # In this order a reader sees some words twice and misses none.
        self._leaving = self._waiting
        self._waiting = {}
        return len(self.texts)

    def settle(self, size: int) -> None:
        """Sort what was set apart; others may search, and the writer add, meanwhile."""
        keys, numbers = array("I"), array("i")
        for key, some in self._leaving.items():
            keys.extend([key] * len(some))
            numbers.extend(some)
        old_keys, old_numbers = self._near.pairs()
        self._near = Postings(
            np.concatenate([old_keys, np.frombuffer(keys, np.uint32)]),
            np.concatenate([old_numbers, np.frombuffer(numbers, np.int32)]),
        )
        self._leaving = {}
        self._sorted = size

    def alike(self, word: Word) -> tuple[Numbers, Likenesses]:
        """Numbers of the known words that may be this one, with their likeness, best first."""
        size = len(self.texts)
        known = self._known.get(word.text)
        if known and (known[0] == size or size - known[0] < known[0] // 500):
            # A few newer words that are spelt otherwise may be missing.
            _, numbers, likeness = known
            exact = self._numbers.get(word.text)
            if exact is not None and (not len(numbers) or numbers[0] != exact):
                others = numbers != exact
                numbers = np.append(np.uint32(exact), numbers[others])
                likeness = np.append(1.0, likeness[others])
            return numbers, likeness
        numbers, likeness = self._look_up(word)
        if len(self._known) >= _REMEMBERED:
            self._known = {}
        self._known[word.text] = (size, numbers, likeness)
        return numbers, likeness

    def _look_up(self, word: Word) -> tuple[Numbers, Likenesses]:
        certain: list[tuple[int, float]] = []
        keys: list[int] = []
        if (exact := self._numbers.get(word.text)) is not None:
            certain.append((exact, 1.0))
        if word.kind in (Kind.NAME, Kind.PATRONYMIC):
            # The skeleton comes last: where it names very many words, spelling goes first.
            keys = [*near_keys(word), *_bone_keys(word, stored=False)]
            for family in FAMILIAR.get(word.text, ()):
                for text in FAMILIES[family]:
                    if (number := self._numbers.get(text)) is not None:
                        certain.append((number, NICKNAME))
            if (initial := self._numbers.get(word.text[0])) is not None:
                certain.append((initial, INITIAL / 2))
        # Before the sorted ones: what leaves the waiting is there already.
        waiting = np.array(self._waiting_under(keys), np.uint32)
        return self.packed.alike(
            packed_word(word), self._near.packed, np.array(keys, np.uint32), waiting, certain,
            LEAST_ALIKE, _COMPARED, _MOST,
        )  # fmt: skip

    def _waiting_under(self, keys: list[int]) -> list[int]:
        waiting = (self._waiting, self._leaving)
        return [number for each in waiting for key in keys for number in each.get(key, ())]

    def sounding(self, sound: str) -> list[int]:
        """Numbers of the words of exactly this sound, or of it but for one letter more."""
        key = word_code(sound)
        found = [*self._waiting_under([key]), *self._near.of(key).tolist()]
        return list(dict.fromkeys(found))

    @property
    def nbytes(self) -> int:
        """Memory taken, about."""
        strings = sum(len(text) + 49 for text in self.texts[:1000]) / max(1, min(1000, len(self)))
        return int(len(self) * (strings + 8 + 4 + 200) + self._near.nbytes)


def near_keys(word: Word) -> Iterator[int]:
    """Numbers that words which sound alike share: of the sound, of the sound without any one
    letter (Garbe's symmetric delete), and of the consonants."""
    if word.kind in (Kind.INITIAL, Kind.PARTICLE, Kind.TITLE):
        return
    sound = word.sound[:20]
    yield word_code(sound)
    if len(sound) > 3:
        seen = {sound}
        for at in range(len(sound)):
            shorter = sound[:at] + sound[at + 1 :]
            if shorter not in seen:
                seen.add(shorter)
                yield word_code(shorter)
    yield word_code("#" + word.key)


def _bone_keys(word: Word, stored: bool) -> list[int]:
    """Keys by which words written with and without vowels meet each other, but not their like."""
    if word.kind not in (Kind.NAME, Kind.PATRONYMIC):
        return []
    rest, bare = bones(word.sound)
    if len(rest) < 2:
        return []
    marks = ("~", "^") if stored else ("^", "~")
    return [word_code(marks[0] + rest), *([word_code(marks[1] + rest)] if bare else [])]


def word_code(text: str) -> int:
    """A short hash of a text; who uses it compares what it finds."""
    return zlib.crc32(text.encode())
