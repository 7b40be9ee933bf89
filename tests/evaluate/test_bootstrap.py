"""Intervals: the drawing of fingers, against a slow reference."""

import numpy as np
import pytest

from tenprint.evaluate import FingerScores, bootstrap
from tenprint.evaluate._bootstrap import draw_fingers
from tenprint.evaluate._metrics import equal_error_rate


def some_scores(seed: int, fingers: int = 6, impressions: int = 3) -> FingerScores:
    rng = np.random.default_rng(seed)
    finger = np.repeat(np.arange(fingers), impressions)
    low, high = np.triu_indices(len(finger), 1)
    same = finger[low] == finger[high]
    return FingerScores(
        rng.normal(3, 1, same.sum()),
        finger[low[same]],
        rng.normal(0, 1, (~same).sum()),
        np.stack([finger[low[~same]], finger[high[~same]]], axis=1),
        fingers,
    )


def slow_replicate(scores: FingerScores, times) -> float:
    """EER of the drawn fingers' pairs, written out one by one."""
    drawn = [finger for finger, count in enumerate(times) for _ in range(count)]
    genuine = [
        score
        for who in drawn
        for score, finger in zip(scores.genuine, scores.genuine_finger, strict=True)
        if finger == who
    ]
    impostor = [
        score
        for k, one in enumerate(drawn)
        for other in drawn[k + 1 :]
        for score, pair in zip(scores.impostor, scores.impostor_fingers, strict=True)
        if set(pair.tolist()) == {one, other}
    ]
    return equal_error_rate(genuine, impostor)


def test_bounds_are_quantiles_of_written_out_replicates():
    scores = some_scores(1)
    (bounds,) = bootstrap([scores], lambda each, _: [each[0].eer], replicates=30, seed=5)
    rng = np.random.default_rng(5)
    slow = [slow_replicate(scores, draw_fingers(6, np.ones(6, bool), rng)) for _ in range(30)]
    assert bounds == pytest.approx(tuple(np.quantile(slow, [0.025, 0.975])), abs=1e-12)


def test_the_same_seed_gives_the_same_bounds_and_steps_are_told():
    databases = [some_scores(2), some_scores(3)]
    steps = []

    def bounds(seed):
        return bootstrap(
            databases,
            lambda each, pooled: [pooled.eer, *(points.eer for points in each)],
            replicates=40,
            seed=seed,
            tick=lambda: steps.append(1),
        )

    assert bounds(0) == bounds(0) != bounds(1)
    assert len(steps) == 120


def test_every_draw_has_genuine_and_impostor_pairs():
    has_mates = np.array([True, False, False])
    rng = np.random.default_rng(0)
    for _ in range(200):
        times = draw_fingers(3, has_mates, rng)
        assert times.sum() == 3
        assert times[0] > 0
        assert (times > 0).sum() > 1
