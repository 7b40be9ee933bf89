"""The score of many people against one query, without reasons.

The same sums as `align`, with what depends on the query alone kept between people. Words run
together, words said twice and weak likenesses go the long way. Which part of a name a word stands
in is left out: what is best here is compared in full afterwards.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA

from tenprint.model import Sex
from tenprint.names._align import JOINED_LETTERS, WEIGHTS, align, weight_of, worth_of
from tenprint.names._compare import FoldedPerson, combine
from tenprint.names._dates import date_likeness
from tenprint.names._fold import ANY, FoldedName, Word, fold_word
from tenprint.names._likeness import packed_word, word_likeness
from tenprint.names._segment import SEX_NUMBERS, Segment
from tenprint.names._vocabulary import Vocabulary

#: Of one word of a person: its weight, and its links: minus likeness, word of the query, weight,
#: what it adds.
_Entry = tuple[float, list[tuple[float, int, float, float]]]


class QuickName:
    """One name of the query."""

    def __init__(self, name: FoldedName) -> None:
        self._name = name
        self._weights = [weight_of(word) for word in name.words]
        self._total = sum(self._weights)
        # Names of particles alone and words said twice have weights of their own.
        self._plain = max(self._weights) >= WEIGHTS.initial and _differ(name.texts)
        self._entries: dict[str, _Entry] = {}
        self._scores: dict[tuple[str, ...], float] = {}

    def score(self, texts: tuple[str, ...]) -> float:
        """Likeness of a name of these words."""
        score = self._scores.get(texts)
        if score is None:
            score = self._short(texts) if self._plain and _differ(texts) else None
            if score is None:
                score = self._long(texts)
            self._scores[texts] = score
        return score

    def _entry(self, text: str) -> _Entry:
        word = fold_word(text)
        weight = weight_of(word)
        links = []
        for at, own in enumerate(self._name.words):
            likeness, reason = word_likeness(own, word)
            if likeness > WEIGHTS.floor:
                both = min(weight, self._weights[at])
                if reason == "same":
                    both = (weight + self._weights[at]) / 2
                worth = float(np.float32(worth_of(likeness)))  # as the kernel rounds
                links.append((-likeness, at, both, both * worth))
        self._entries[text] = weight, links
        return weight, links

    def _short(self, texts: tuple[str, ...]) -> float | None:
        entries = self._entries
        links = []
        other_total = 0.0
        weights = []
        for j, text in enumerate(texts):
            weight, some = entries.get(text) or self._entry(text)
            other_total += weight
            weights.append(weight)
            for likeness, at, both, adds in some:
                links.append((likeness, -both, abs(at - j), at, j, adds))
        links.sort()
        used_a = used_b = 0
        matched = good = 0.0
        left_a, left_b = self._total, other_total
        count = solid = 0
        weak = False
        order: list[tuple[int, int]] = []
        for likeness, both, _, at, j, adds in links:
            if used_a >> at & 1 or used_b >> j & 1:
                continue
            used_a |= 1 << at
            used_b |= 1 << j
            matched -= both
            good += adds
            left_a -= self._weights[at]
            left_b -= weights[j]
            count += 1
            weak |= likeness > -0.8
            solid += both <= -0.75
            if both <= -0.5:
                order.append((at, j))
        over_a, over_b = len(self._weights) - count, len(texts) - count
        if (weak or (over_a and over_b)) and (
            _joinable(self._name.texts, texts) or _joinable(texts, self._name.texts)
        ):
            return None
        if not matched:
            return 0.0
        left_a, left_b = max(0.0, left_a), max(0.0, left_b)
        both_left = min(left_a, left_b)
        one_left = max(left_a, left_b) - both_left
        score = good / (matched + WEIGHTS.different * 2 * both_left + WEIGHTS.missing * one_left)
        if solid < 2 and one_left + both_left > 0.75:
            score *= WEIGHTS.lone
        order.sort()
        last = -1
        for _, j in order:
            if j < last:
                return score * WEIGHTS.order
            last = j
        return min(1.0, score)

    def _long(self, texts: tuple[str, ...]) -> float:
        words: tuple[Word, ...] = tuple([fold_word(text) for text in texts])
        return align(self._name, FoldedName(words, (ANY,) * len(words), texts))[0]


class QuickPerson:
    """The query."""

    def __init__(self, query: FoldedPerson) -> None:
        self._names = [QuickName(name) for name in query.names]
        self._query = query
        self._packed = [[packed_word(word) for word in name.words] for name in query.names]

    def scores(
        self, segment: Segment, rows: NDArray[np.int32], identified: NDArray[np.uint8],
        vocabulary: Vocabulary,
    ) -> list[float]:  # fmt: skip
        """The same as `score` for people of a segment, by the kernel where it can."""
        scores: list[float] = vocabulary.packed.score(
            self._packed, self._query.dates, SEX_NUMBERS[self._query.sex], segment.packed, rows,
            identified,
        ).tolist()  # fmt: skip
        for at, score in enumerate(scores):
            if score < 0:
                brief = segment.brief(int(rows[at]), vocabulary)
                scores[at] = self.score(*brief, bool(identified[at]))
        return scores

    def score(
        self, names: list[tuple[str, ...]], dates: list[int], sex: Sex, identified: bool
    ) -> float:
        """About what `compare_folded_people` says."""
        name = None
        if self._names and names:
            name = max([quick.score(texts) for quick in self._names for texts in names])
        date = None
        if self._query.dates and dates:
            date = max([date_likeness(a, b)[0] for a in self._query.dates for b in dates])
        return combine(
            name, date, bool(self._query.dates or dates), self._query.sex, sex, identified
        )


def _joinable(many: tuple[str, ...], single: tuple[str, ...]) -> bool:
    """Whether words of one name run together may be a word of the other.

    By length, ends and letters: what `align` would not join is told apart here.
    """
    for word in single:
        size = len(word)
        if size < 2:
            continue
        if size < 4 and _initials(many, word):
            return True
        for start in range(len(many) - 1):
            text = many[start]
            for end in range(start + 1, min(start + 4, len(many))):
                text += many[end]
                if len(text) > size + 2:
                    break
                if (
                    len(text) >= size - 2
                    and (text[0] == word[0] or text[-1] == word[-1])
                    and OSA.normalized_similarity(text, word) >= JOINED_LETTERS
                ):
                    return True
    return False


def _initials(many: tuple[str, ...], word: str) -> bool:
    if set("aeiouy") & set(word):
        return False
    size = len(word)
    return any(
        all(many[start + at][0] == word[at] for at in range(size))
        for start in range(len(many) - size + 1)
    )


def _differ(texts: tuple[str, ...]) -> bool:
    return len(set(texts)) == len(texts)
