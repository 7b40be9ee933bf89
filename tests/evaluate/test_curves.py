"""Calibration, error against reject and histogram, against slow references."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.evaluate import calibrate, reject_curve
from tenprint.evaluate._curves import histogram, threshold_for_fnmr, wilson


def test_calibrated_scores_lie_on_the_diagonal(make_scored):
    curve = calibrate([make_scored("A").by_finger(), make_scored("B", seed=2).by_finger()])
    for stated in (0.1, 0.01):
        observed, (low, high) = curve.at(stated)
        assert observed == pytest.approx(stated, rel=0.3)
        assert low < stated < high
    assert curve.observed[0] == 1.0
    assert (np.diff(curve.observed) <= 0).all()
    assert ((curve.low <= curve.observed) & (curve.observed <= curve.high)).all()


def test_observed_is_the_share_that_reached_the_level(make_scored):
    scores = make_scored("A", fingers=3, impressions=4).by_finger()
    curve = calibrate([scores], replicates=3)
    slow = [np.mean(scores.impostor + 1e-6 >= -np.log10(rate)) for rate in curve.stated]
    np.testing.assert_allclose(curve.observed, slow, atol=1e-12)


def test_what_was_never_seen_keeps_an_upper_bound(make_scored):
    curve = calibrate([make_scored("A").by_finger()])
    observed, (low, high) = curve.at(1e-5)
    assert observed == low == 0
    assert 0.0005 < high < 0.01


def test_wilson_interval_of_known_counts():
    # 0 of 10, 5 of 10: Wilson (1927) by hand, z = 1.96.
    low, high = wilson(np.array([0.0, 0.5]), 10)
    assert low == pytest.approx([0.0, 0.2366], abs=1e-4)
    assert high == pytest.approx([0.2775, 0.7634], abs=1e-4)


pairs = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), min_size=1, max_size=30)


@given(pairs, st.integers(0, 6))
def test_reject_curve_is_what_is_left(rows, threshold):
    genuine = np.array([score for score, _ in rows], float)
    quality = np.array([value for _, value in rows])
    curve = reject_curve(genuine, quality, threshold)
    slow = []
    for least in sorted(set(quality.tolist())):
        left = [score for score, value in rows if value >= least]
        slow.append((1 - len(left) / len(rows), np.mean([score < threshold for score in left])))
    np.testing.assert_allclose(curve.rejected, [row[0] for row in slow], atol=1e-12)
    np.testing.assert_allclose(curve.fnmr, [row[1] for row in slow], atol=1e-12)


def test_a_quality_that_predicts_failure_makes_the_curve_fall(make_scored):
    scored = make_scored("A")
    threshold = threshold_for_fnmr(scored.genuine, 0.1)
    assert np.mean(scored.genuine < threshold) == pytest.approx(0.1, abs=0.005)
    curve = reject_curve(scored.genuine, scored.pair_quality(), threshold)
    assert curve.initial == pytest.approx(0.1, abs=0.005)
    assert curve.fnmr[np.searchsorted(curve.rejected, 0.2)] < curve.initial / 2


def test_histogram_shares_add_up(make_scored):
    scored = make_scored("A")
    edges, mated, unmated = histogram(scored.genuine, scored.impostor)
    assert len(edges) == len(mated) + 1 == len(unmated) + 1
    assert mated.sum() == pytest.approx(1)
    assert unmated.sum() == pytest.approx(1)
    assert histogram(np.zeros(3), np.zeros(2))[1].sum() == 1
