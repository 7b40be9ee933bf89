"""The kernels against slow oracles, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import BSpline

from tenprint._native import _kernels

PEAK = 1023


def random_growth(seed: int, lanes: int, height: int, width: int):
    rng = np.random.default_rng(seed)
    rows = lanes - 1 - 2 * int(rng.integers(0, 3))
    bank = np.zeros((4, 3, rows, lanes), np.int16)
    bank[..., :rows] = rng.integers(-300, 300, (4, 3, rows, rows))
    return {
        "ridges": rng.integers(-PEAK, PEAK + 1, (height, width)).astype(np.int16),
        "direction": rng.integers(0, 4, (height, width)).astype(np.uint8),
        "period": rng.integers(0, 3, (height, width)).astype(np.uint8),
        "inside": (rng.random((height, width)) < 0.8).astype(np.uint8),
        "bank": bank,
    }


def slow_growth(ridges, direction, period, inside, bank, rounds, shift):
    rows = bank.shape[2]
    reach = rows // 2
    now = ridges.astype(np.int64)
    for _ in range(rounds):
        padded = np.pad(now, reach)
        following = now.copy()
        for y, x in np.argwhere(inside):
            taps = bank[direction[y, x], period[y, x], :, :rows].astype(np.int64)
            total = int((padded[y : y + rows, x : x + rows] * taps).sum())
            following[y, x] = np.clip((total + (1 << (shift - 1))) >> shift, -PEAK, PEAK)
        now = following
    return now


@settings(max_examples=15, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([16, 32]),
    st.integers(1, 14),
    st.integers(1, 14),
    st.integers(0, 3),
)
def test_growth_equals_the_slow_oracle(seed, lanes, height, width, rounds):
    given_growth = random_growth(seed, lanes, height, width)
    fast = _kernels.synth_grow(**given_growth, rounds=rounds, shift=11)
    slow = slow_growth(**given_growth, rounds=rounds, shift=11)
    assert fast.dtype == np.int16
    assert np.array_equal(fast, slow)


def test_growth_refuses_what_does_not_fit():
    good = random_growth(1, 16, 8, 8)
    for change, error in (
        ({"direction": good["direction"] + np.uint8(4)}, IndexError),
        ({"inside": np.ones((8, 9), np.uint8)}, ValueError),
        ({"bank": np.zeros((4, 3, 14, 16), np.int16)}, ValueError),
        ({"bank": np.zeros((4, 3, 15, 24), np.int16)}, ValueError),
        ({"bank": np.full((4, 3, 15, 16), 32767, np.int16)}, ValueError),
        ({"rounds": -1}, ValueError),
        ({"rounds": 10**6}, ValueError),
        ({"shift": 0}, ValueError),
    ):
        with pytest.raises(error):
            _kernels.synth_grow(**({**good, "rounds": 1, "shift": 11} | change))


def test_growth_limits_heights_from_outside_the_range():
    wild = random_growth(2, 16, 6, 6) | {"ridges": np.full((6, 6), 32767, np.int16)}
    grown = _kernels.synth_grow(**wild, rounds=0, shift=11)
    assert (grown == PEAK).all()


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 30),
    st.integers(1, 30),
    st.floats(1.0, 12.0, width=32),
)
def test_spline_equals_scipy(seed, height, width, step):
    rows, columns = int((height - 1) / step) + 4, int((width - 1) / step) + 4
    coefficients = np.random.default_rng(seed).random((rows, columns), np.float32)
    fast = _kernels.synth_spline(coefficients, step, height, width)

    def basis(count: int, extent: int) -> np.ndarray:
        knots = np.arange(-3, count + 1, dtype=float)
        at = np.minimum(np.arange(extent) / step, count - 3 - 1e-9)
        return np.stack([BSpline(knots, e, 3)(at) for e in np.eye(count)], 1)

    slow = basis(rows, height) @ coefficients @ basis(columns, width).T
    assert fast == pytest.approx(slow, abs=2e-4)


def test_spline_refuses_too_few_coefficients():
    for step, shape in ((4.0, (3, 8)), (4.0, (8, 3)), (float("nan"), (8, 8)), (0.5, (8, 8))):
        with pytest.raises(ValueError, match="coefficients"):
            _kernels.synth_spline(np.zeros(shape, np.float32), step, 12, 12)
    with pytest.raises(ValueError, match="8192"):
        _kernels.synth_spline(np.zeros((8, 8), np.float32), 4.0, 0, 12)


def test_warp_by_whole_pixels_copies():
    image = np.random.default_rng(3).integers(-1000, 1000, (40, 50)).astype(np.int16)
    x = np.arange(8, dtype=np.float32)[None, :] * 4 + np.zeros((6, 1), np.float32) + 5
    y = np.arange(6, dtype=np.float32)[:, None] * 4 + np.zeros((1, 8), np.float32) + 7
    moved = _kernels.synth_warp(image, x, y, 4, -1.0, 20, 24)
    assert np.array_equal(moved, image[7:27, 5:29])


def test_warp_interpolates_a_slope_exactly():
    image = (np.arange(40, dtype=np.int16) * 8)[None, :].repeat(30, 0)
    x = np.arange(8, dtype=np.float32)[None, :] * 3.25 + np.zeros((6, 1), np.float32) + 3.5
    y = np.full((6, 8), 10.25, np.float32)
    seen = _kernels.synth_warp(np.ascontiguousarray(image), x, y, 4, -1.0, 20, 28)
    expected = (3.5 + np.arange(28) * 3.25 / 4) * 8
    assert seen == pytest.approx(np.broadcast_to(expected, (20, 28)), abs=1e-3)


@pytest.mark.parametrize("place", [float("nan"), float("inf"), -1e30, 1e30, -1.0, 39.5])
def test_warp_from_nowhere_gives_the_outside(place):
    grid = np.full((6, 6), place, np.float32)
    seen = _kernels.synth_warp(np.ones((40, 40), np.int16), grid, grid, 4, 7.0, 20, 20)
    assert (seen == 7.0).all()


def test_warp_refuses_too_few_knots():
    image = np.ones((40, 40), np.int16)
    for shape, step in (((5, 6), 4), ((6, 5), 4), ((6, 6), 0)):
        grid = np.ones(shape, np.float32)
        with pytest.raises(ValueError, match="knots"):
            _kernels.synth_warp(image, grid, grid, step, 0.0, 20, 20)
    with pytest.raises(ValueError, match="one shape"):
        _kernels.synth_warp(
            image, np.ones((6, 6), np.float32), np.ones((6, 7), np.float32), 4, 0.0, 20, 20
        )
