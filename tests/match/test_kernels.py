"""The kernels against the slow oracle, at every instruction set of this processor."""

import json
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.match import oracle

from tenprint import _native
from tenprint._native import PreparedTemplate, match_explain, match_score
from tenprint.match._model import calibration

MODEL = json.loads(files("tenprint.match").joinpath("model.json").read_text())
LEVELS = range(_native.best_level() + 1)


@pytest.fixture(autouse=True)
def _restore_level() -> Iterator[None]:
    yield
    _native.set_level(_native.best_level())


def random_rows(random: np.random.Generator, count: int, extent: int = 300) -> Any:
    return np.ascontiguousarray(
        np.stack(
            [
                random.integers(0, extent, count),
                random.integers(0, extent, count),
                random.integers(0, 256, count),
                random.integers(30, 101, count),
            ],
            axis=1,
        ),
        np.int32,
    )


def moved(random: np.random.Generator, rows: Any, units: int, noise: float, kept: float) -> Any:
    """Another impression of the same minutiae: turned, shifted, jittered, some lost, some new."""
    turn = units * 2 * np.pi / 256
    c, s = np.cos(turn), np.sin(turn)
    out = rows[random.random(len(rows)) < kept].astype(float)
    x, y = out[:, 0] - 150, out[:, 1] - 150
    out[:, 0] = c * x + s * y + 220 + random.normal(0, noise, len(out))
    out[:, 1] = -s * x + c * y + 210 + random.normal(0, noise, len(out))
    out[:, 2] = (out[:, 2] + units + random.normal(0, 3, len(out))) % 256
    out = np.vstack([out, random_rows(random, 5).astype(float)])
    return np.ascontiguousarray(np.clip(np.floor(out), 0, (4095, 4095, 255, 100)), np.int32)


def check(first: Any, second: Any) -> float:
    expected = oracle.features(oracle.prepare(first), oracle.prepare(second))
    a, b = PreparedTemplate(first), PreparedTemplate(second)
    found = []
    for level in LEVELS:
        _native.set_level(level)
        explained: Any = match_explain(a, b, calibration().native)
        found.append((explained, match_score(a, b, calibration().native)))
    for explained, score in found:
        assert explained == found[0][0]
        assert score == found[0][1] == explained[0]
        np.testing.assert_allclose(explained[7], expected, rtol=1e-12, atol=1e-12)
        slow = oracle.score(oracle.prepare(first), oracle.prepare(second), MODEL)
        assert score == pytest.approx(slow, abs=1e-9)
    return float(found[0][1])


@pytest.mark.parametrize("count", [2, 3, 15, 16, 17, 40, 70])
def test_mates_score_high_and_as_the_oracle_says(count: int) -> None:
    random = np.random.default_rng(count)
    first = random_rows(random, count)
    second = moved(random, first, units=20, noise=1.5, kept=0.8)
    score = check(first, second)
    if count >= 16:
        assert score > 4


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 45), st.integers(0, 45))
def test_strangers_score_as_the_oracle_says(seed: int, n: int, m: int) -> None:
    random = np.random.default_rng(seed)
    first, second = random_rows(random, n, 200), random_rows(random, m, 200)
    if n < 2 or m < 2:
        a, b = PreparedTemplate(first), PreparedTemplate(second)
        assert match_score(a, b, calibration().native) == 0
    else:
        check(first, second)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 60),
    st.sampled_from([1, 30, 100, 300, 4096]),
    st.booleans(),
    st.booleans(),
)
def test_descriptors_are_the_oracles_bits(
    seed: int, count: int, extent: int, lattice: bool, upright: bool
) -> None:
    """Also where distances are whole numbers: places on a lattice of cells, quarter turns."""
    rows = random_rows(np.random.default_rng(seed), count, extent)
    if lattice:
        rows[:, :2] -= rows[:, :2] % 35
    if upright:
        rows[:, 2] -= rows[:, 2] % 64
    slow = oracle.prepare(rows)
    for level in LEVELS:
        _native.set_level(level)
        fast = PreparedTemplate(rows).words()
        assert [row[0] for row in fast] == slow.original
        for row, bits in zip(fast, slow.bits, strict=True):
            found = {
                32 * w + b for w, word in enumerate(row[1:]) for b in range(32) if word >> b & 1
            }
            assert found == bits


@pytest.mark.parametrize("count", [200, 255])
def test_crowded_templates_stay_within_bounds(count: int) -> None:
    random = np.random.default_rng(count)
    crowd = random_rows(random, count, 12)
    scores = set()
    for level in LEVELS:
        _native.set_level(level)
        ready = PreparedTemplate(crowd)
        scores.add(match_score(ready, ready, calibration().native))
    assert len(scores) == 1
    same_place = np.ascontiguousarray(np.tile([[7, 7, 9, 50]], (count, 1)), np.int32)
    ready = PreparedTemplate(same_place)
    assert 0 <= match_score(ready, ready, calibration().native) <= MODEL["ceiling"]


@pytest.mark.parametrize(
    "row", [[-1, 0, 0, 0], [4096, 0, 0, 0], [0, 0, 256, 0], [0, 0, 0, 101], [0, -5, 0, 0]]
)
def test_impossible_minutiae_are_refused(row: list[int]) -> None:
    with pytest.raises(ValueError, match="out of range"):
        PreparedTemplate(np.array([row], np.int32))
    with pytest.raises(ValueError, match="255"):
        PreparedTemplate(np.zeros((256, 4), np.int32))
