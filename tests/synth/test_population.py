"""Templates of fictitious people: the same everywhere, in order, and like real ones."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenprint._native import _kernels
from tenprint.extract._quality import template_quality
from tenprint.formats import pack, unpack
from tenprint.match import compare, fuse
from tenprint.model import TEN_FINGERS, Finger, Impression, InputError, Template
from tenprint.synth import PackedTemplates, PopulationStyle, population, population_person
from tenprint.synth import _population as room

PEOPLE = 60


@pytest.fixture(scope="module")
def enrolled() -> list[Template]:
    return [unpack(record) for record in population(0, PEOPLE)]


@pytest.fixture(scope="module")
def later() -> list[Template]:
    return [unpack(record) for record in population(0, PEOPLE, impression=1)]


def joined(parts: list[PackedTemplates]) -> bytes:
    return b"".join(part.data.tobytes() for part in parts)


@settings(max_examples=15, deadline=None)
@given(
    first=st.one_of(st.integers(0, 10**6), st.integers(2**63 - 40, 2**63 - 31)),
    count=st.integers(0, 30),
    cut=st.integers(0, 30),
    seed=st.integers(0, 2**64 - 1),
    impression=st.integers(0, 2**64 - 1),
    threads=st.integers(1, 5),
)
def test_any_division_gives_the_same(first, count, cut, seed, impression, threads):
    given_population = {"seed": seed, "impression": impression}
    cut = min(cut, count)
    whole = population(first, count, **given_population)
    assert len(whole) == 10 * count
    assert whole.offsets[-1] == len(whole.data)
    parts = [
        population(first, cut, **given_population),
        population(first + cut, count - cut, threads=threads, **given_population),
    ]
    assert joined(parts) == joined([whole])


def test_threads_and_chunks_do_not_matter(monkeypatch):
    one = population(5, 40)
    monkeypatch.setattr(room, "_CHUNK", 30)
    many = population(5, 40, threads=3)
    assert np.array_equal(one.data, many.data)
    assert np.array_equal(one.offsets, many.offsets)


def test_a_finger_does_not_depend_on_its_company():
    alone = population(7, 1, fingers=[Finger.LEFT_RING])
    assert list(alone) == [population(7, 1)[8]]
    two = population(7, 2, fingers=[Finger.LEFT_RING, Finger.RIGHT_THUMB])
    assert [unpack(r).finger for r in two] == [Finger.LEFT_RING, Finger.RIGHT_THUMB] * 2


@pytest.mark.parametrize("style", [PopulationStyle.plain(), PopulationStyle.rolled()])
def test_records_are_what_the_formats_room_writes(style):
    packed = population(100, 20, style=style)
    for index, record in enumerate(packed):
        template = unpack(record)
        assert pack(template) == record
        assert template.finger == TEN_FINGERS[index % 10]
        assert template.impression == style.impression
        assert (template.width, template.height) == (style.width, style.height)


def test_quality_follows_the_extractors_rule():
    faint = PopulationStyle.plain(clarity=-1.5, clarity_person=3.0, spurious=0.0)
    seen = set()
    for style in (PopulationStyle.plain(), faint):
        for record in population(0, 60, style=style):
            template = unpack(record)
            expected = template_quality(template.minutiae, 1)
            assert (template.quality, template.reason) == expected
            seen.add(template.reason.translate({ord(c): None for c in "0123456789"}))
    assert {"", "few minutiae", "only  sure minutiae found", "no minutiae found"} <= seen


def test_seeds_people_and_impressions_differ():
    records = {population(n, 1, seed=s, impression=i).data.tobytes()
               for n in (0, 1, 2**62) for s in (0, 1, 2**63) for i in (0, 1, 2**63)}  # fmt: skip
    assert len(records) == 27


def test_counts_and_qualities_are_those_of_prints(enrolled):
    counts = np.array([len(t) for t in enrolled])
    quality = np.array([t.quality for t in enrolled])
    assert 30 < np.median(counts) < 42
    assert 0.3 < np.log(counts + 1).std() < 0.55
    assert 70 < np.median(quality) < 85
    rolled = [len(unpack(r)) for r in population(0, 30, style=PopulationStyle.rolled())]
    assert 80 < np.median(rolled) < 140
    assert all(unpack(r).impression is Impression.LIVE_SCAN_ROLLED
               for r in population(0, 1, style=PopulationStyle.rolled()))  # fmt: skip


def test_quality_goes_along_within_a_person(enrolled):
    quality = np.array([t.quality for t in enrolled], float).reshape(PEOPLE, 10)
    between = np.corrcoef(quality.T)[~np.eye(10, dtype=bool)].mean()
    assert 0.3 < between < 0.8


def test_the_same_finger_matches_and_strangers_do_not(enrolled, later):
    mated = np.array([compare(a, b) for a, b in zip(enrolled, later, strict=True)])
    assert np.median(mated) > 6.5
    assert np.mean(mated < 3) < 0.03
    strangers = np.array([compare(a, b) for a, b in zip(enrolled, later[10:], strict=False)])
    assert np.mean(strangers > 2) < 0.03
    assert np.mean(strangers > 1) < 0.2
    fused = [fuse(list(strangers[k : k + 10])) for k in range(0, len(strangers), 10)]
    assert max(fused) < 4


def test_classes_fall_as_in_the_image_makers_table():
    thresholds = room._THRESHOLDS
    assert thresholds.shape == (10, 4)
    assert (np.diff(thresholds, axis=1) > 0).all()


def test_one_person_as_templates(enrolled):
    somebody = population_person(3)
    assert list(somebody) == list(TEN_FINGERS)
    assert list(somebody.values()) == enrolled[30:40]


@pytest.mark.parametrize(
    "change",
    [
        {"first": -1},
        {"first": 2**63},
        {"first": 1.0},
        {"first": True},
        {"count": -1},
        {"count": 10**9},
        {"count": "3"},
        {"seed": 2**64},
        {"seed": -1},
        {"seed": None},
        {"impression": -1},
        {"impression": 0.5},
        {"style": "plain"},
        {"style": None},
        {"fingers": [0]},
        {"fingers": [Finger.RIGHT_THUMB] * 2},
        {"fingers": [Finger.PLAIN_RIGHT_FOUR]},
        {"fingers": 3},
        {"fingers": ["thumb"]},
        {"threads": 0},
        {"threads": 10**6},
        {"threads": 1.5},
    ],
)
def test_impossible_arguments_are_refused(change):
    call = {"first": 0, "count": 1} | change
    with pytest.raises(InputError) as caught:
        population(call.pop("first"), call.pop("count"), **call)
    assert caught.value.field == next(iter(change))


@pytest.mark.parametrize(
    "change",
    [
        {"height": 63}, {"width": 5000}, {"width": 100.0}, {"rotation": -0.1}, {"clarity": np.nan},
        {"jitter": True}, {"spurious": 1e9}, {"impression": 0}, {"nothing": 1},
    ],
)  # fmt: skip
def test_impossible_styles_are_refused(change):
    with pytest.raises(InputError) as caught:
        PopulationStyle.plain(**change)
    assert caught.value.field == next(iter(change))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_allowed_style_gives_valid_templates(data):
    changes = {}
    for name, (low, high) in data.draw(
        st.lists(st.sampled_from(sorted(room_ranges().items())), max_size=8, unique=True)
    ):
        whole = name in ("height", "width")
        changes[name] = data.draw(st.integers(low, high) if whole else st.floats(low, high))
    for record in population(
        data.draw(st.integers(0, 2**40)), 2, style=PopulationStyle.plain(**changes)
    ):
        assert pack(unpack(record)) == record


def room_ranges() -> dict:
    from tenprint.synth._population_style import _RANGES

    return _RANGES


def test_no_records():
    for nothing in (population(3, 0), population(3, 5, fingers=[])):
        assert len(nothing) == 0
        assert nothing.offsets.tolist() == [0]
        assert list(nothing) == []
        with pytest.raises(IndexError):
            nothing[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count": -1}, "count"),
        ({"fingers": np.array([11], np.uint8)}, "fingers"),
        ({"classes": np.zeros((4, 10))}, "shape"),
        ({"anatomy": np.ones(3)}, "anatomy"),
        ({"touch": np.full(25, np.nan)}, "style"),
        ({"touch": np.zeros(len(room._numbers(PopulationStyle.plain())))}, "extent"),
    ],
)
def test_the_kernel_refuses_what_does_not_fit(change, message):
    good = {
        "seed": 0,
        "first": 0,
        "count": 1,
        "impression": 0,
        "fingers": np.array([1], np.uint8),
        "classes": room._THRESHOLDS,
        "anatomy": room._numbers(room.ANATOMY),
        "touch": room._numbers(PopulationStyle.plain()),
    }
    with pytest.raises(ValueError, match=message):
        _kernels.synth_population(**(good | change))


def test_frozen_population():
    """These bytes are the same on every machine; a change of them changes every population."""
    digest = hashlib.sha256()
    for style in (PopulationStyle.plain(), PopulationStyle.rolled()):
        for impression in (0, 1):
            made = population(1, 25, seed=2026, impression=impression, style=style)
            digest.update(made.data.tobytes() + made.offsets.astype("<i8").tobytes())
    assert digest.hexdigest()[:16] == "f5d85113b33c0b0c"
