"""The kernels against the plain Python they stand for, bit for bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenprint._native._kernels import NameSums, NameWords, date_likeness, name_likeness, near_dates
from tenprint.model import Biographics
from tenprint.names import NameIndex
from tenprint.names import _dates as dates
from tenprint.names._align import align
from tenprint.names._compare import fold_person
from tenprint.names._fold import ANY, FoldedName, fold_word
from tenprint.names._likeness import packed_word, word_likeness
from tenprint.names._postings import Postings
from tenprint.names._quick import QuickName, QuickPerson
from tenprint.names._vocabulary import LEAST_ALIKE
from tenprint.names._words import FAMILIAR, PARTICLES, TITLES
from tenprint.synth import biographics, vary

KNOWN = [*FAMILIAR, *PARTICLES, *TITLES]
words = st.one_of(
    st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12),
    st.text("abh", min_size=1, max_size=8),
    st.text("ab", min_size=50, max_size=90),
    st.sampled_from(KNOWN),
    st.builds(lambda a, b: a[:3] + b, st.sampled_from(KNOWN), st.text("aeiochz", max_size=4)),
)


@given(words, words)
@settings(max_examples=600, deadline=None)
def test_likeness_of_words(a: str, b: str) -> None:
    one, other = fold_word(a), fold_word(b)
    value, reason = word_likeness(one, other)
    assert name_likeness(packed_word(one), packed_word(other)) == (value, reason == "same")


@given(st.binary(max_size=40))
def test_what_is_not_a_word(packed: bytes) -> None:
    good = packed_word(fold_word("margaret"))
    for wrong in (good[:-1], good + b"x", packed):
        try:
            name_likeness(wrong, good)
        except ValueError:
            continue
        assert wrong is packed


def packed_dates() -> st.SearchStrategy[int]:
    whole = st.dates().map(lambda d: d.year * 10000 + d.month * 100 + d.day)
    few = st.builds(
        lambda y, m, d: y * 10000 + m * 100 + d,
        st.integers(1979, 1982), st.integers(1, 12), st.integers(1, 28),
    )  # fmt: skip
    partly = st.one_of(whole, few).map(lambda d: d // 100 * 100)
    return st.one_of(whole, few, partly, partly.map(lambda d: d // 10000 * 10000))


@given(packed_dates(), packed_dates())
@settings(max_examples=400, deadline=None)
def test_likeness_of_dates(a: int, b: int) -> None:
    assert date_likeness(a, b) == dates.date_likeness(a, b)[0]


@given(packed_dates())
@settings(max_examples=60, deadline=None)
def test_near_dates(day: int) -> None:
    near, likeness = near_dates(day)
    assert day in near
    assert near.tolist() == sorted(set(near.tolist()))
    for other, value in zip(near.tolist(), likeness.tolist(), strict=True):
        assert value == dates.date_likeness(day, other)[0] >= 0.5


shares = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 40)), max_size=120)
choices = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 2), st.integers(1, 64)), max_size=5)


@given(shares, st.lists(choices, max_size=5), st.integers(0, 5), st.sets(st.integers(0, 40)),
       st.integers(1, 12), st.integers(0, 6))  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_sums(
    pairs: list[tuple[int, int]], asked: list[list[tuple[int, int, int]]], names: int,
    dead: set[int], wanted: int, named: int,
) -> None:  # fmt: skip
    postings = Postings(
        np.array([k for k, _ in pairs], np.uint32), np.array([r for _, r in pairs], np.int32)
    )
    alive = np.array([row not in dead for row in range(41)], np.uint8)
    groups = []
    total: dict[int, np.float32] = {}
    chosen: set[int] = set()

    def best(many: int) -> list[int]:
        order = sorted((row for row in total if alive[row]), key=lambda row: (-total[row], row))
        return order[:many]

    for at, group in enumerate(asked):
        low = np.array([k for k, _, _ in group], np.uint32)
        high = np.array([k + more for k, more, _ in group], np.uint32)
        worth = np.array([w / 7 for _, _, w in group], np.float32)
        groups.append((0, low, high, worth))
        if at == names:
            chosen |= set(best(named))
        most: dict[int, np.float32] = {}
        for a, b, w in zip(low, high, worth, strict=True):
            for key, row in pairs:
                if a <= key <= b:
                    most[row] = max(w, most.get(row, np.float32(0)))
        for row, w in most.items():
            total[row] = total.get(row, np.float32(0)) + w
    chosen |= set(best(wanted))
    sums = NameSums()
    for _ in range(2):  # what a search leaves must not be seen by the next
        rows, worths = sums.best([postings.packed], groups, names, alive, wanted, named)
        assert rows.tolist() == sorted(chosen)
        assert worths.tolist() == [total[row] for row in sorted(chosen)]


@given(st.lists(words, min_size=1, max_size=30, unique=True), words, st.integers(1, 20))
@settings(max_examples=100, deadline=None)
def test_words_alike(texts: list[str], asked: str, most: int) -> None:
    known = NameWords()
    for text in texts:
        known.add(packed_word(fold_word(text)))
    everybody = Postings(np.zeros(len(texts), np.uint32), np.arange(len(texts), dtype=np.int32))
    none = np.empty(0, np.uint32)
    numbers, likeness = known.alike(
        packed_word(fold_word(asked)), everybody.packed, np.zeros(1, np.uint32), none,
        [(0, 0.4)], LEAST_ALIKE, 1000, most,
    )  # fmt: skip
    truth = {n: word_likeness(fold_word(asked), fold_word(t))[0] for n, t in enumerate(texts)}
    truth = {n: value for n, value in truth.items() if value >= LEAST_ALIKE}
    truth[0] = max(truth.get(0, 0), 0.4)
    order = sorted(truth.items(), key=lambda each: (-each[1], each[0]))[:most]
    assert list(zip(numbers.tolist(), likeness.tolist(), strict=True)) == order


@pytest.fixture(scope="module")
def town() -> tuple[NameIndex, list[Biographics]]:
    people = [who for _, who in biographics(0, 150)]
    index = NameIndex()
    index.put_many((key, [who]) for key, who in enumerate(people))
    index.settle()
    return index, people


@given(st.integers(0, 149), st.integers(0, 10**6), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_scores(
    town: tuple[NameIndex, list[Biographics]], number: int, seed: int, changes: int
) -> None:
    index, people = town
    query = fold_person(vary(people[number], seed, changes)[0])
    quick = QuickPerson(query)
    (segment,) = index._state.segments
    rows = np.arange(len(people), dtype=np.int32)
    identified = (rows % 5 == 0).astype(np.uint8)
    got = quick.scores(segment, rows, identified, index._vocabulary)
    for row, score in enumerate(got):
        brief = segment.brief(row, index._vocabulary)
        assert score == quick.score(*brief, bool(identified[row]))


def test_frequencies() -> None:
    known = NameWords()
    for text in ("ann", "reed"):
        known.add(packed_word(fold_word(text)))
    known.count(1, 5)
    known.count(1, -2)
    assert known.frequencies(np.array([1, 0], np.uint32)).tolist() == [3, 0]
    assert len(known) == 2
    with pytest.raises(IndexError):
        known.frequencies(np.array([2], np.uint32))


_said = st.lists(
    st.one_of(
        words, st.sampled_from(["jean", "claude", "jc", "anna", "lena", "annalena", "o", "br"])
    ),
    min_size=1, max_size=5, unique=True,
)  # fmt: skip


@given(_said, _said)
@settings(max_examples=300, deadline=None)
def test_a_quick_score_is_that_of_the_long_way(a: list[str], b: list[str]) -> None:
    """Words run together and initials too: what the short way leaves out would join nothing."""
    one, other = (
        FoldedName(tuple(fold_word(text) for text in texts), (ANY,) * len(texts), tuple(texts))
        for texts in (a, b)
    )
    assert QuickName(one).score(other.texts) == pytest.approx(align(one, other)[0], abs=1e-6)
