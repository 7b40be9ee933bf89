"""Error rates against slow, obvious references."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.evaluate import (
    ScoreTable,
    equal_error_rate,
    fnmr_at_fmr,
    operating_points,
    rank_one,
)

# Few distinct values, so that ties within and between the sets are common.
scores = st.lists(
    st.one_of(st.integers(0, 6).map(float), st.floats(0, 8, width=32)), min_size=1, max_size=40
)
weights = st.lists(st.integers(0, 3), min_size=40, max_size=40)


def slow_rates(genuine, impostor):
    """(threshold, FMR, FNMR) at each observed score and at infinity, by counting."""
    return [
        (
            threshold,
            sum(score >= threshold for score in impostor) / len(impostor),
            sum(score < threshold for score in genuine) / len(genuine),
        )
        for threshold in [*sorted({*genuine, *impostor}), math.inf]
    ]


def slow_eer(genuine, impostor):
    """The definition of FVC2000, word by word."""
    rates = [(fmr, fnmr) for _, fmr, fnmr in slow_rates(genuine, impostor)]
    fmr1, fnmr1 = [pair for pair in rates if pair[1] <= pair[0]][-1]
    fmr2, fnmr2 = next(pair for pair in rates if pair[1] >= pair[0])
    if fnmr1 + fmr1 <= fmr2 + fnmr2:
        return (fnmr1 + fmr1) / 2
    return (fmr2 + fnmr2) / 2


@given(scores, scores)
def test_operating_points_are_counts(genuine, impostor):
    points = operating_points(genuine, impostor)
    slow = slow_rates(genuine, impostor)
    np.testing.assert_array_equal(points.threshold, [row[0] for row in slow])
    np.testing.assert_allclose(points.fmr, [row[1] for row in slow], rtol=0, atol=1e-15)
    np.testing.assert_allclose(points.fnmr, [row[2] for row in slow], rtol=0, atol=1e-15)


@given(scores, scores)
def test_equal_error_rate_is_the_definition(genuine, impostor):
    assert equal_error_rate(genuine, impostor) == pytest.approx(
        slow_eer(genuine, impostor), abs=1e-14
    )


@given(scores, scores, st.sampled_from([0.0, 1e-4, 1e-3, 0.01, 0.1, 0.5, 1.0]))
def test_fnmr_at_fmr_is_the_lowest_allowed(genuine, impostor, limit):
    allowed = [fnmr for _, fmr, fnmr in slow_rates(genuine, impostor) if fmr <= limit]
    assert fnmr_at_fmr(genuine, impostor, limit) == pytest.approx(min(allowed), abs=1e-14)
    points = operating_points(genuine, impostor)
    threshold = points.threshold_at_fmr(limit)
    assert sum(score >= threshold for score in impostor) / len(impostor) <= limit


@given(scores, scores, weights, weights)
def test_weights_are_repetitions(genuine, impostor, genuine_times, impostor_times):
    genuine_times, impostor_times = genuine_times[: len(genuine)], impostor_times[: len(impostor)]
    genuine_times[0], impostor_times[0] = 1, 1
    weighted = ScoreTable(genuine, impostor).points(
        np.array(genuine_times, float), np.array(impostor_times, float)
    )
    repeated = operating_points(
        np.repeat(genuine, genuine_times), np.repeat(impostor, impostor_times)
    )
    assert weighted.eer == repeated.eer
    for limit in (0.0, 0.01, 0.3):
        assert weighted.fnmr_at_fmr(limit) == repeated.fnmr_at_fmr(limit)


def test_known_rates():
    genuine, impostor = [0.0, 2.0, 3.0, 4.0], [0.0, 0.0, 0.0, 1.0, 2.5]
    assert fnmr_at_fmr(genuine, impostor, 0.0) == 0.5
    assert fnmr_at_fmr(genuine, impostor, 0.2) == 0.25
    assert equal_error_rate(genuine, impostor) == pytest.approx((0.2 + 0.25) / 2)
    assert equal_error_rate([5, 6], [1, 2]) == 0.0
    assert equal_error_rate([1, 2], [5, 6]) == 1.0


def test_all_scores_zero_is_never_a_success():
    points = operating_points([0.0, 0.0], [0.0, 0.0])
    assert points.eer == 0.5
    assert points.fnmr_at_fmr(0.001) == 1.0


@pytest.mark.parametrize(("genuine", "impostor"), [([], [1.0]), ([1.0], []), ([math.nan], [1.0])])
def test_empty_or_nan_scores_are_refused(genuine, impostor):
    with pytest.raises(ValueError, match="scores must not be empty or NaN"):
        operating_points(genuine, impostor)


def test_rank_one_counts_ties_as_misses():
    scores = np.array([[2.0, 1.0], [1.0, 1.0], [0.0, 3.0], [0.0, 0.0]])
    assert rank_one(scores, np.array([0, 0, 1, 1])) == 0.5
