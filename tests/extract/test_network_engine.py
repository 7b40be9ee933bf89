"""The native network against the slow ONNX graph, at every instruction set."""

from contextlib import contextmanager

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tenprint import _native
from tenprint.evaluate._leader_onnx import OnnxNetwork
from tenprint.extract._merge import merge
from tenprint.extract._weights import load_weights

CELL = 32
LEVELS = range(_native.best_level() + 1)


@pytest.fixture(scope="module")
def oracle():
    return OnnxNetwork()


@pytest.fixture(scope="module")
def tensors():
    return merge(load_weights())


@pytest.fixture(scope="module")
def network(tensors):
    return _native.LeaderNetwork(tensors, False)


@contextmanager
def at(level):
    _native.set_level(level)
    try:
        yield
    finally:
        _native.set_level(_native.best_level())


def everywhere(pixels):
    return np.ones((pixels.shape[0] // CELL, pixels.shape[1] // CELL), np.uint8)


def run(network, pixels, cells=None, threads=1, most=255):
    position = np.zeros(pixels.shape, np.float32)
    cells = everywhere(pixels) if cells is None else cells
    return network.run(pixels, cells, 0.3, most, threads, position), position


def slow_peaks(position):
    """Rows, columns and values of the peaks of the blurred map, the obvious way."""
    taps = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
    padded = np.pad(position, 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (5, 5))
    smooth = np.pad((windows * taps).sum(axis=(2, 3)), 3)
    highest = np.lib.stride_tricks.sliding_window_view(smooth, (7, 7)).max(axis=(2, 3))
    smooth = smooth[3:-3, 3:-3]
    return {
        (int(y), int(x)): float(smooth[y, x])
        for y, x in zip(*np.nonzero((smooth == highest) & (smooth >= 0.3)), strict=True)
    }


def compare(network, oracle, pixels, tolerance):
    peaks, position = run(network, pixels)
    expected, direction, kind = oracle.run(pixels)
    assert np.abs(position - expected).max() < tolerance
    wanted = slow_peaks(expected)
    found = {(int(row), int(column)) for row, column in peaks[:, :2]}
    # A value within the tolerance of the threshold, or of its neighbour, may fall on either side.
    assert len(found ^ set(wanted)) <= 0.02 * len(wanted) + (tolerance > 1e-3)
    for row, column, probability, cosine, sine, ending in peaks:
        pixel = int(row), int(column)
        if pixel not in wanted:
            continue
        assert abs(probability - wanted[pixel]) < tolerance
        turn = np.exp(1j * (np.arctan2(sine, cosine) - np.arctan2(*direction[pixel][::-1])))
        assert abs(np.angle(turn)) < 10 * tolerance
        assert abs(ending - kind[pixel]) < 10 * tolerance


def stripes(seed, height, width):
    """Wavy ridges with noise: enough like a print that the network finds minutiae."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    angle, period = random.uniform(0, np.pi), random.uniform(7, 11)
    bend = random.uniform(2, 9) * np.sin(x / random.uniform(9, 30) + y / random.uniform(9, 30))
    wave = np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle) + bend) / period)
    noise = random.normal(0, random.uniform(5, 60), (height, width))
    return np.clip(128 + 90 * wave + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("level", LEVELS)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32), rows=st.integers(1, 4), columns=st.integers(1, 5))
def test_any_picture_as_in_the_published_graph(level, network, oracle, seed, rows, columns):
    with at(level):
        compare(network, oracle, stripes(seed, CELL * rows, CELL * columns), 2e-4)


@pytest.mark.parametrize("level", LEVELS)
def test_real_print_as_in_the_published_graph(level, network, oracle, shared_data):
    picture = Image.open(shared_data / "fvc2002/DB3_B/101_1.tif").convert("L")
    with at(level):
        compare(network, oracle, np.asarray(picture)[:288, :288].copy(), 5e-5)


@pytest.mark.skipif(not _native.has_avx512_bf16(), reason="no bfloat16 products here")
def test_bfloat16_stays_close(tensors, oracle, shared_data):
    picture = Image.open(shared_data / "fvc2002/DB3_B/101_1.tif").convert("L")
    coarse = _native.LeaderNetwork(tensors, True)
    compare(coarse, oracle, np.asarray(picture)[:288, :288].copy(), 0.02)


@pytest.mark.skipif(_native.best_level() < 2, reason="needs both AVX2 and AVX-512")
def test_avx2_and_avx512_agree_to_the_last_bit(network):
    pixels = stripes(5, 96, 128)
    results = []
    for level in (1, 2):
        with at(level):
            results.append(run(network, pixels))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])


@pytest.mark.parametrize("level", LEVELS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_cells_left_out_stay_empty_and_threads_change_nothing(level, network, data):
    rows, columns = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    bits = data.draw(st.lists(st.integers(0, 1), min_size=rows * columns, max_size=rows * columns))
    cells = np.array(bits, np.uint8).reshape(rows, columns)
    pixels = stripes(7, CELL * rows, CELL * columns)
    with at(level):
        peaks, position = run(network, pixels, cells)
        again, position_again = run(network, pixels, cells, threads=3)
    skipped = np.kron(1 - cells, np.ones((CELL, CELL), np.uint8)).astype(bool)
    assert not position[skipped].any()
    np.testing.assert_array_equal(peaks, again)
    np.testing.assert_array_equal(position, position_again)


def test_only_the_best_are_kept(network):
    pixels = stripes(11, 128, 160)
    peaks, _ = run(network, pixels)
    few, _ = run(network, pixels, most=3)
    np.testing.assert_array_equal(few, peaks[:3])


@pytest.mark.parametrize("shape", [(0, 32), (33, 32), (32, 8224)])
def test_impossible_image_is_an_error(network, shape):
    with pytest.raises(ValueError, match="multiples of 32"):
        network.run(np.zeros(shape, np.uint8), np.zeros((1, 1), np.uint8), 0.3, 255)


def test_wrong_cells_and_maps_are_errors(network):
    pixels = np.zeros((64, 64), np.uint8)
    with pytest.raises(ValueError, match="cell"):
        network.run(pixels, np.ones((1, 2), np.uint8), 0.3, 255)
    with pytest.raises(ValueError, match="position"):
        network.run(pixels, everywhere(pixels), 0.3, 255, 1, np.zeros((3, 3), np.float32))
    with pytest.raises(ValueError, match="positive"):
        network.run(pixels, everywhere(pixels), 0.3, 255, 0)


def test_missing_or_misshapen_tensors_are_errors(tensors):
    with pytest.raises(ValueError, match="missing"):
        _native.LeaderNetwork({}, False)
    bent = {**tensors, "enc1_0.expand": np.zeros(3, np.float32)}
    with pytest.raises(ValueError, match=r"enc1_0\.expand"):
        _native.LeaderNetwork(bent, False)
