"""Lossless JPEG: against a slow encoder written from the standard, and against damage."""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from tenprint.formats import read_image
from tenprint.formats._jpeg import with_lossless_tables
from tenprint.model import ImageError, ImageFormatError, ImageSizeError

SAMPLES = Path(__file__).parent / "samples"

#: Predictions from left, above and above left (ITU-T T.81, table H.1).
PREDICTORS = {
    1: lambda a, b, c: a,
    2: lambda a, b, c: b,
    3: lambda a, b, c: c,
    4: lambda a, b, c: a + b - c,
    5: lambda a, b, c: a + ((b - c) >> 1),
    6: lambda a, b, c: b + ((a - c) >> 1),
    7: lambda a, b, c: (a + b) >> 1,
}


def encode(
    pixels: NDArray[np.uint8], predictor: int = 1, *, shift: int = 0, restart: int = 0,
    klass: int = 0, size: tuple[int, int] | None = None,
) -> bytes:  # fmt: skip
    """An 8-bit file by Annex H: every category has a code of five bits.

    `restart` is in rows, `shift` the point transform, `klass` what the tables call themselves.
    """
    height, width = size or pixels.shape
    sides = struct.pack(">HH", height, width)
    head = b"\xff\xd8" + segment(0xFFC3, b"\x08" + sides + b"\x01\x01\x11\x00")
    counts = bytes(17 if length == 5 else 0 for length in range(1, 17))
    head += segment(0xFFC4, bytes([klass << 4]) + counts + bytes(range(17)))
    if restart:
        head += segment(0xFFDD, struct.pack(">H", restart * pixels.shape[1]))
    scan = b"\x01\x01\x00" + bytes([predictor, 0, shift])
    values = (pixels >> shift).astype(int)
    rows = restart or len(values)
    parts = [
        entropy(values[top : top + rows], predictor, 1 << (7 - shift))
        for top in range(0, len(values), rows)
    ]
    body = parts[0]
    for number, part in enumerate(parts[1:]):
        body += bytes([0xFF, 0xD0 + number % 8]) + part
    return head + segment(0xFFDA, scan) + body + b"\xff\xd9"


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">HH", marker, len(content) + 2) + content


def entropy(values: NDArray[np.int_], predictor: int, first: int) -> bytes:
    """One interval: its first row is predicted from the left, other rows begin from above."""
    bits = ""
    for y, row in enumerate(values):
        for x, value in enumerate(row):
            if y == 0:
                guess = first if x == 0 else row[x - 1]
            elif x == 0:
                guess = values[y - 1, 0]
            else:
                above = values[y - 1]
                guess = PREDICTORS[predictor](int(row[x - 1]), int(above[x]), int(above[x - 1]))
            diff = int(value) - int(guess)
            category = abs(diff).bit_length()
            bits += f"{category:05b}"
            if category:
                bits += f"{diff if diff > 0 else diff + (1 << category) - 1:0{category}b}"
    bits += "1" * (-len(bits) % 8)
    data = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))
    return data.replace(b"\xff", b"\xff\x00")


def pixels_of(data: bytes) -> NDArray[np.uint8]:
    return read_image(data, 500.0).pixels


images = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1)).map(
    lambda of: np.random.default_rng(of[2]).integers(0, 256, of[:2], dtype=np.uint8)
)


@settings(deadline=None)
@given(
    pixels=images, predictor=st.sampled_from(sorted(PREDICTORS)), shift=st.integers(0, 3),
    restart=st.integers(0, 4), klass=st.sampled_from([0, 1]),
)  # fmt: skip
def test_whatever_is_encoded_comes_back(
    pixels: NDArray[np.uint8], predictor: int, shift: int, restart: int, klass: int
) -> None:
    data = encode(pixels, predictor, shift=shift, restart=restart, klass=klass)
    assert np.array_equal(pixels_of(data), pixels >> shift << shift)


def test_the_sample_of_another_encoder() -> None:
    """A fictitious print, written by liblj92."""
    data = (SAMPLES / "lossless.jpg").read_bytes()
    with Image.open(SAMPLES / "lossless.png") as kept:
        assert np.array_equal(pixels_of(data), np.asarray(kept))


def test_only_tables_of_lossless_files_are_mended() -> None:
    pixels = np.arange(64, dtype=np.uint8).reshape(8, 8)
    right, wrong = encode(pixels), encode(pixels, klass=1)
    assert with_lossless_tables(right) is right
    assert with_lossless_tables(wrong) == right
    lossy = wrong.replace(b"\xff\xc3", b"\xff\xc0")
    assert with_lossless_tables(lossy) is lossy
    # One that has a table of either class uses the right one.
    tables = right[: right.index(b"\xff\xda")]
    both = tables + wrong[wrong.index(b"\xff\xc4") :]
    assert with_lossless_tables(both) is both


def test_sizes_are_limited_before_decoding() -> None:
    data = encode(np.zeros((4, 4), np.uint8), size=(65535, 65535))
    with pytest.raises(ImageSizeError):
        read_image(data)
    with pytest.raises(ImageFormatError):
        read_image(encode(np.zeros((99, 99), np.uint8))[:-9])


SAMPLE = encode(np.arange(256, dtype=np.uint8).reshape(16, 16), 4, restart=4, klass=1)


@settings(deadline=None, max_examples=300)
@given(
    changes=st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255)), max_size=4),
    end=st.integers(0, len(SAMPLE)),
)
def test_damage_is_an_error_or_a_picture(changes: list[tuple[int, int]], end: int) -> None:
    data = bytearray(SAMPLE)
    for at, byte in changes:
        data[at] = byte
    for damaged in (bytes(data), bytes(data[:end])):
        with_lossless_tables(damaged)
        with contextlib.suppress(ImageError):
            assert read_image(damaged, 500.0, warn=False).pixels.ndim == 2
