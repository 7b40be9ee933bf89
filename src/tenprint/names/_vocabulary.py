"""All words of the people's names, numbered, and those that are spelt or sound alike."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterator

import numpy as np

from tenprint.names._fold import Kind, Word, bones, fold_word
from tenprint.names._likeness import INITIAL, NICKNAME, word_likeness
from tenprint.names._postings import Postings
from tenprint.names._words import FAMILIAR, FAMILIES

#: Words less alike than this are not looked up.
LEAST_ALIKE = 0.7

#: At most so many words stand for one word of a query, and so many are compared with it.
_MOST, _COMPARED = 96, 1500

#: Words waiting outside the sorted arrays before these are made again.
_WAITING = 4096

#: Remembered look-ups.
_REMEMBERED = 20_000


class Vocabulary:
    """Numbers for words; only grows. One writer at a time; readers need no lock."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.texts: list[str] = []
        #: In how many people's names each word is.
        self.frequency = array("I")
        self._near = Postings(np.empty(0, np.uint32), np.empty(0, np.int32))
        self._waiting: dict[int, list[int]] = {}
        self._sorted = 0
        self._known: dict[str, tuple[int, list[tuple[int, float]]]] = {}

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
        self.frequency.append(0)
        for key in (*near_keys(word), *_bone_keys(word, stored=True)):
            self._waiting.setdefault(key, []).append(number)
        self._numbers[word.text] = number
        return number

    def count(self, text: str, by: int) -> None:
        """So many more people have this word in their names."""
        self.frequency[self._numbers[text]] += by

    def settle(self, everything: bool = False) -> None:
        """Move waiting words into the sorted arrays, where there are many."""
        waiting = len(self.texts) - self._sorted
        if not waiting or not (everything or waiting > max(_WAITING, self._sorted // 8)):
            return
        keys, numbers = array("I"), array("i")
        for key, some in self._waiting.items():
            keys.extend([key] * len(some))
            numbers.extend(some)
        old_keys, old_numbers = self._near.pairs()
        near = Postings(
            np.concatenate([old_keys, np.frombuffer(keys, np.uint32)]),
            np.concatenate([old_numbers, np.frombuffer(numbers, np.int32)]),
        )
        # First the arrays, then the waiting ones: a reader in between sees some words twice.
        self._near = near
        self._waiting = {}
        self._sorted = len(self.texts)

    def alike(self, word: Word) -> list[tuple[int, float]]:
        """Numbers of the known words that may be this one, with their likeness, best first."""
        size = len(self.texts)
        known = self._known.get(word.text)
        if known and (known[0] == size or size - known[0] < known[0] // 500):
            found = known[1]  # a few newer words that are spelt otherwise may be missing
            exact = self._numbers.get(word.text)
            if exact is not None and (not found or found[0][0] != exact):
                found = [(exact, 1.0), *(each for each in found if each[0] != exact)]
            return found
        found = self._look_up(word)
        if len(self._known) >= _REMEMBERED:
            self._known = {}
        self._known[word.text] = (size, found)
        return found

    def _look_up(self, word: Word) -> list[tuple[int, float]]:
        found: dict[int, float] = {}
        if (exact := self._numbers.get(word.text)) is not None:
            found[exact] = 1.0
        if word.kind in (Kind.NAME, Kind.PATRONYMIC):
            for number in self._near_numbers(word):
                if number not in found:
                    likeness, _ = word_likeness(word, fold_word(self.texts[number]))
                    if likeness >= LEAST_ALIKE:
                        found[number] = likeness
            for family in FAMILIAR.get(word.text, ()):
                for text in FAMILIES[family]:
                    if (number := self._numbers.get(text)) is not None:  # type: ignore[assignment]
                        found[number] = max(found.get(number, 0.0), NICKNAME)
            if (initial := self._numbers.get(word.text[0])) is not None:
                found[initial] = INITIAL / 2
        return sorted(found.items(), key=lambda each: (-each[1], each[0]))[:_MOST]

    def _near_numbers(self, word: Word) -> list[int]:
        waiting, near = self._waiting, self._near
        keys = [*near_keys(word), *_bone_keys(word, stored=False)]
        some = [number for key in keys for number in waiting.get(key, ())]
        # The skeleton comes last: where it names very many words, spelling goes first.
        for rows in near.many(np.array(keys, np.uint32)):
            some.extend(rows.tolist())
        return list(dict.fromkeys(some))[:_COMPARED]

    def sounding(self, sound: str) -> list[int]:
        """Numbers of the words of exactly this sound, or of it but for one letter more."""
        key = word_code(sound)
        return [*self._waiting.get(key, ()), *self._near.of(key).tolist()]

    @property
    def nbytes(self) -> int:
        """Memory taken, about."""
        strings = sum(len(text) + 49 for text in self.texts[:1000]) / max(1, min(1000, len(self)))
        return int(len(self) * (strings + 8 + 4 + 100) + self._near.nbytes)


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
