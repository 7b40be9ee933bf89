"""From a rate of false identifications to a score, and back."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.gallery.towns import fill, prints

from tenprint import Gallery
from tenprint.gallery import extrapolated_fpir, needed_score, stated_fpir
from tenprint.gallery._threshold import build, calibration
from tenprint.model import InputError

SIZES = st.integers(1, 10**9)
FINGERS = st.integers(1, 10)
RATES = st.floats(1e-6, 0.5)


@given(SIZES, FINGERS, RATES)
def test_a_needed_score_has_the_rate_asked_for(people: int, fingers: int, rate: float) -> None:
    score = needed_score(people, rate, fingers=fingers)
    assert 0 <= score < 30
    found = stated_fpir(score, people, fingers=fingers)
    assert found == pytest.approx(rate, rel=1e-6) if score > 0 else found == 1


@given(SIZES, FINGERS, RATES)
@example(9940, 10, 0.00390625)  # the fitted scale falls
@example(20_000, 10, 1e-6)
def test_more_people_and_lower_rates_need_more(people: int, fingers: int, rate: float) -> None:
    score = needed_score(people, rate, fingers=fingers)
    assert needed_score(people * 2, rate, fingers=fingers) >= score
    assert needed_score(people, rate / 2, fingers=fingers) >= score
    assert stated_fpir(score + 1, people, fingers=fingers) < rate


def test_every_number_of_fingers_has_a_law() -> None:
    for people in (1, 5000, 10**6):
        scores = [needed_score(people, 1e-2, fingers=n) for n in (1, 2, 3, 4, 7, 10, 11)]
        assert scores[5] == pytest.approx(scores[4], abs=1.5)
        assert scores[6] == scores[5]  # more than ten count as ten
        assert min(scores[1], scores[3]) <= scores[2] <= max(scores[1], scores[3])
    assert needed_score(100, 1.0) == 0
    assert needed_score(0, 0.5) == needed_score(1, 0.5)


@pytest.mark.parametrize("rate", [0.0, -1.0, 1.5, math.nan])
def test_rates_that_are_none_are_refused(rate: float) -> None:
    with pytest.raises(InputError):
        needed_score(10, rate)
    with Gallery.open(":memory:") as gallery:
        fill(gallery, 1, 1)
        with pytest.raises(InputError):
            gallery.identify(prints(1), fpir=rate)


def test_what_no_search_has_shown_is_called_extrapolated() -> None:
    assert not extrapolated_fpir(0.1, 1000, fingers=2)
    assert extrapolated_fpir(1e-9, 1000, fingers=2)
    assert extrapolated_fpir(1e-3, 68_000_000, fingers=10)


def test_the_shipped_laws_are_sound() -> None:
    known = calibration()
    assert (known.scale > 0).all()
    assert (known.location[:, 1:] >= known.location[:, :-1]).all()
    with pytest.raises(ValueError, match="version"):
        build({"version": 0})


def test_a_gallery_keeps_the_rate_it_is_asked_for() -> None:
    with Gallery.open(":memory:") as gallery:
        fill(gallery, 0, 200)
        strangers = [prints(10_000 + n) for n in range(60)]
        wanted = 0.25
        kept = gallery.identify_many(strangers, limit=1, fpir=wanted)
        every = gallery.identify_many(strangers, limit=1)
        assert [bool(each) for each in kept] == [each[0].fpir <= wanted for each in every]
        # 15 are expected.
        assert 4 <= sum(map(bool, kept)) <= 30
        for n in (0, 7):
            mate = gallery.identify(prints(n, impression=1), fpir=1e-3)[0]
            assert (mate.person, mate.fpir_extrapolated) == (f"P{n}", True)
            assert mate.fpir < 1e-6
            assert mate.score > gallery.needed_score(1e-3, fingers=3)
