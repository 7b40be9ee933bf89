"""WSQ: exact against reference decodes, and safe against hostile bytes."""

import io
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import wsq
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tenprint.formats import decode_wsq, read_image
from tenprint.model import ImageError, ImageFormatError

assert wsq  # the oracle's encoder, a Pillow plug-in


@cache
def stream(height: int, width: int, seed: int = 0) -> tuple[bytes, np.ndarray]:
    """A ridge-like picture of ours, and it as the oracle encodes it."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    waves = np.sin(np.hypot(x - width / 3, y - height / 2) * 0.7) * 90 + 128
    pixels = np.clip(waves + random.normal(0, 8, waves.shape), 0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "WSQ")
    return out.getvalue(), pixels


@pytest.mark.parametrize(
    ("height", "width"), [(64, 64), (65, 67), (101, 98), (300, 256), (257, 511)]
)
def test_the_oracles_streams_decode_as_the_oracle_decodes_them(height: int, width: int) -> None:
    data, pixels = stream(height, width)
    found, _ = decode_wsq(data)
    expected = np.asarray(Image.open(io.BytesIO(data)))
    assert found.shape == expected.shape == (height, width)
    # The oracle adds in another order: a rounding of the last grey level, now and then.
    difference = np.abs(found.astype(int) - expected)
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3
    assert np.abs(found.astype(int) - pixels).mean() < 15


@pytest.mark.parametrize(
    ("name", "reference"),
    [("sample.wsq", "sample.png"), ("wsq-original.wsq", "wsq-converted.png")],
)
def test_reference_images_decode_exactly(shared_data: Path, name: str, reference: str) -> None:
    pixels, ppi = decode_wsq((shared_data / "wsq" / name).read_bytes())
    expected = np.asarray(Image.open(shared_data / "wsq" / reference).convert("L"))
    assert ppi == 500
    assert np.array_equal(pixels, expected)
    assert read_image(shared_data / "wsq" / name).ppi == 500


def test_every_image_of_a_card_decodes_exactly(shared_data: Path) -> None:
    folder = shared_data / "ansi-nist" / "tenprint-card"
    card = (folder / "sample.an2").read_bytes()
    references = {
        np.asarray(Image.open(path).convert("L")).tobytes() for path in folder.glob("fp-*.png")
    }
    found = set()
    for part in card.split(b"\xff\xa0\xff")[1:]:
        data = b"\xff\xa0\xff" + part
        pixels, _ = decode_wsq(data)  # what follows the end marker is ignored
        found.add(pixels.tobytes())
    assert found == references


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damaged_streams_are_told_or_decoded(data: st.DataObject) -> None:
    original = bytearray(stream(96, 80)[0])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(original) - 1))
        original[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(original)))
    for damaged in (bytes(original), bytes(original[:cut])):
        with suppress(ImageFormatError):
            assert decode_wsq(damaged)[0].ndim == 2


@given(st.binary(max_size=200))
def test_garbage_is_refused(garbage: bytes) -> None:
    with pytest.raises(ImageFormatError, match="WSQ"):
        decode_wsq(b"\xff\xa0" + garbage)


def test_a_huge_frame_is_refused_before_it_is_allocated() -> None:
    data = bytearray(stream(96, 80)[0])
    at = data.index(b"\xff\xa2") + 4 + 2
    data[at : at + 4] = b"\xff\xff\xff\xff"
    with pytest.raises(ImageFormatError, match="larger than the limit"):
        decode_wsq(bytes(data))
    with pytest.raises(ImageError):
        read_image(bytes(data))
