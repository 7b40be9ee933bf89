"""Laying the words of one name against those of another."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import OSA

from tenprint.names._fold import (
    FAMILY,
    GIVEN,
    FoldedName,
    Kind,
    Word,
    fold_word,
    skeleton,
    sound_of,
)
from tenprint.names._likeness import word_likeness
from tenprint.names._score import ScorePart


@dataclass(frozen=True)
class Weights:
    """How much each thing counts; chosen on one half of the labelled pairs (docs/names.md)."""

    particle: float = 0.15
    title: float = 0.08
    initial: float = 0.5
    patronymic: float = 0.7
    #: Likenesses below this count as different.
    floor: float = 0.66
    #: How steeply a likeness between `floor` and 1 counts.
    power: float = 1.3
    #: Cost of words that only one side has, and of words in which both sides differ.
    missing: float = 0.2
    different: float = 1.15
    #: Factor where words stand in another order, and where given and family name are exchanged.
    order: float = 0.96
    exchanged: float = 0.97
    #: Factor where only one word of a name agrees and the other name has more.
    lone: float = 0.8


WEIGHTS = Weights()

#: Up to this many words in a row may be one word of the other name.
_JOIN = 4
#: A joined word counts only when at least this alike.
_JOINED = 0.86
#: And when its letters are, whatever it sounds like.
JOINED_LETTERS = 0.8


@dataclass(slots=True)
class _Link:
    likeness: float
    reason: str
    first: tuple[int, int]  # from, to of the words in a
    second: tuple[int, int]
    weight: float


def weight_of(word: Word, weights: Weights = WEIGHTS) -> float:
    """What a word counts in a name."""
    kind = word.kind
    if kind is Kind.NAME:
        return 1.0
    if kind is Kind.PARTICLE:
        return weights.particle
    if kind is Kind.TITLE:
        return weights.title
    return weights.initial if kind is Kind.INITIAL else weights.patronymic


def worth_of(likeness: float, weights: Weights = WEIGHTS) -> float:
    """What a likeness counts, 0 at the floor and 1 at 1."""
    return float(((likeness - weights.floor) / (1 - weights.floor)) ** (1 / weights.power))


def align(a: FoldedName, b: FoldedName, weights: Weights = WEIGHTS) -> tuple[float, list[_Link]]:
    """The likeness of two names, and which words of them belong together. Not symmetric in ties:
    call with the lesser name first."""
    weigh_a = _weights(a, weights)
    weigh_b = _weights(b, weights)
    single = _possible(a, b, weigh_a, weigh_b, weights)
    links = _choose(single, len(a.words), len(b.words))
    if _unsettled(links, len(a.words), len(b.words)):
        joins = []
        if len(a.words) > 1:
            joins += _joins(a.words, b.words, weigh_a, weights, turned=False)
        if len(b.words) > 1:
            joins += _joins(b.words, a.words, weigh_b, weights, turned=True)
        if joins:
            links = _choose(single + joins, len(a.words), len(b.words))
    used_a = {n for link in links for n in range(*link.first)}
    used_b = {n for link in links for n in range(*link.second)}
    left_a = sum(w for n, w in enumerate(weigh_a) if n not in used_a)
    left_b = sum(w for n, w in enumerate(weigh_b) if n not in used_b)
    matched = good = 0.0
    for link in links:
        matched += link.weight
        good += link.weight * worth_of(link.likeness, weights)
    both = min(left_a, left_b)
    one = max(left_a, left_b) - both
    if not matched:
        return 0.0, links
    # What only one side has weighs less the more the two have in common.
    score = good / (matched + weights.different * 2 * both + weights.missing * one)
    solid = sum(1 for link in links if link.weight >= 0.75)
    if solid < 2 and one + both > 0.75:
        score *= weights.lone
    if _out_of_order(links):
        score *= weights.order
    if _exchanged(links, a, b):
        score *= weights.exchanged
    return min(1.0, score), links


def _weights(name: FoldedName, weights: Weights) -> list[float]:
    found = [weight_of(word, weights) for word in name.words]
    if found and max(found) < weights.initial:  # a name of particles only, such as "Van Den"
        return [1.0] * len(found)
    seen: set[str] = set()
    for n, word in enumerate(name.words):  # a word said twice counts little the second time
        if word.text in seen:
            found[n] = min(found[n], 0.15)
        seen.add(word.text)
    return found


def _possible(
    a: FoldedName, b: FoldedName, weigh_a: list[float], weigh_b: list[float], weights: Weights
) -> list[_Link]:
    found: list[_Link] = []
    for i, one in enumerate(a.words):
        for j, other in enumerate(b.words):
            likeness, reason = word_likeness(one, other)
            if likeness > weights.floor:
                weight = (
                    min(weigh_a[i], weigh_b[j])
                    if reason != "same"
                    else (weigh_a[i] + weigh_b[j]) / 2
                )
                found.append(_Link(likeness, reason, (i, i + 1), (j, j + 1), weight))
    return found


def _unsettled(links: list[_Link], size_a: int, size_b: int) -> bool:
    """Whether words run together could say more: both sides have words left, or a link is weak."""
    if any(link.likeness < 0.8 for link in links):
        return True
    return len(links) < size_a and len(links) < size_b


def _ends_meet(text: str, target: str) -> bool:
    return text[0] == target[0] or text[-1] == target[-1]


@lru_cache(maxsize=16_384)
def _joined_likeness(text: str, target: str) -> float:
    if OSA.normalized_similarity(text, target) < JOINED_LETTERS:
        return 0.0
    sound = sound_of(text)
    return word_likeness(Word(text, sound, skeleton(sound), Kind.NAME), fold_word(target))[0]


def _joins(
    many: tuple[Word, ...], single: tuple[Word, ...], weigh: list[float], weights: Weights,
    turned: bool,
) -> list[_Link]:  # fmt: skip
    found = []
    for j, target in enumerate(single):
        size = len(target.text)
        if target.kind is Kind.INITIAL or size < 2:
            continue
        if size <= 3 and not set("aeiouy") & set(target.text):
            found += _initials(many, j, target, turned, weights)
        for i in range(len(many) - 1):
            text = many[i].text
            for end in range(i + 1, min(i + _JOIN, len(many))):
                text += many[end].text
                if len(text) > size + 2:
                    break
                if len(text) < size - 2 or not _ends_meet(text, target.text):
                    continue
                likeness = _joined_likeness(text, target.text)
                if likeness >= _JOINED:
                    spans = (i, end + 1), (j, j + 1)
                    weight = max(1.0, sum(weigh[i : end + 1]))
                    first, second = spans[::-1] if turned else spans
                    found.append(_Link(likeness * 0.995, "joined", first, second, weight))
    return found


def _initials(
    many: tuple[Word, ...], j: int, target: Word, turned: bool, weights: Weights
) -> list[_Link]:
    """``JC`` against ``Jean Claude``."""
    found = []
    size = len(target.text)
    for i in range(len(many) - size + 1):
        run = many[i : i + size]
        if "".join(word.text[0] for word in run) == target.text:
            spans = (i, i + size), (j, j + 1)
            first, second = spans[::-1] if turned else spans
            found.append(_Link(0.85, "initials", first, second, weights.initial * size))
    return found


def _choose(links: list[_Link], size_a: int, size_b: int) -> list[_Link]:
    """The best links that share no word, taken one after the other."""
    links.sort(
        key=lambda link: (
            -link.likeness, -link.weight, abs(link.first[0] - link.second[0]), link.first,
            link.second,
        )
    )  # fmt: skip
    free_a = [True] * size_a
    free_b = [True] * size_b
    chosen = []
    for link in links:
        if all(free_a[slice(*link.first)]) and all(free_b[slice(*link.second)]):
            free_a[slice(*link.first)] = [False] * (link.first[1] - link.first[0])
            free_b[slice(*link.second)] = [False] * (link.second[1] - link.second[0])
            chosen.append(link)
    return sorted(chosen, key=lambda link: (link.first, link.second))


def _out_of_order(links: list[_Link]) -> bool:
    solid = [link for link in links if link.weight >= 0.5]
    return any(x.second > y.second for x, y in pairwise(solid))


def _exchanged(links: list[_Link], a: FoldedName, b: FoldedName) -> bool:
    for link in links:
        roles = {a.roles[link.first[0]], b.roles[link.second[0]]}
        if link.weight >= 0.5 and roles == {GIVEN, FAMILY}:
            return True
    return False


def explain(a: FoldedName, b: FoldedName, links: list[_Link]) -> list[ScorePart]:
    """The words of two names, linked and left over, as parts of a score."""

    def text(name: FoldedName, span: tuple[int, int]) -> str:
        return " ".join(word.text for word in name.words[slice(*span)])

    parts = [
        ScorePart("word", text(a, x.first), text(b, x.second), min(1.0, x.likeness), x.reason)
        for x in links
    ]
    used_a = {n for link in links for n in range(*link.first)}
    used_b = {n for link in links for n in range(*link.second)}
    only_a = [word.text for n, word in enumerate(a.words) if n not in used_a]
    only_b = [word.text for n, word in enumerate(b.words) if n not in used_b]
    if only_a and only_b:
        parts.append(ScorePart("word", " ".join(only_a), " ".join(only_b), 0.0, "different"))
    elif only_a or only_b:
        parts.append(ScorePart("word", " ".join(only_a), " ".join(only_b), 0.0, "missing"))
    return parts
