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

from tenprint.formats import decode_wsq, encode_wsq, read_image, wsq_shape
from tenprint.model import ImageError, ImageFormatError, ImageSizeError

assert wsq  # the oracle, a Pillow plug-in


def ridges(height: int, width: int, seed: int = 0) -> np.ndarray:
    """A ridge-like picture of ours."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    waves = np.sin(np.hypot(x - width / 3, y - height / 2) * 0.7) * 90 + 128
    return np.clip(waves + random.normal(0, 8, waves.shape), 0, 255).astype(np.uint8)


@cache
def stream(height: int, width: int, seed: int = 0) -> tuple[bytes, np.ndarray]:
    """A ridge-like picture of ours, and it as the oracle encodes it."""
    pixels = ridges(height, width, seed)
    return oracle_encode(pixels), pixels


def oracle_encode(pixels: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "WSQ")
    return out.getvalue()


def oracle_decode(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    error = np.mean((one.astype(float) - other) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else np.inf


def coded_bins(data: bytes) -> np.ndarray:
    """The bin widths in a stream's quantisation table."""
    at = data.index(b"\xff\xa5") + 7
    table = np.frombuffer(data, [("scale", "u1"), ("digits", ">u2")], 128, at)
    return np.asarray(table["digits"] / 10.0 ** table["scale"])[::2]


@pytest.mark.parametrize(
    ("height", "width"), [(64, 64), (65, 67), (101, 98), (300, 256), (257, 511)]
)
def test_the_oracles_streams_decode_as_the_oracle_decodes_them(height: int, width: int) -> None:
    data, pixels = stream(height, width)
    found, _ = decode_wsq(data)
    expected = oracle_decode(data)
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


@pytest.mark.parametrize(("height", "width"), [(81, 81), (101, 98), (300, 256), (257, 511)])
@pytest.mark.parametrize("bitrate", [0.1, 0.75, 2.25, 8.0])
def test_our_streams_read_the_same_here_and_at_the_oracle(
    height: int, width: int, bitrate: float
) -> None:
    data = encode_wsq(ridges(height, width), 1000, bitrate)
    pixels, ppi = decode_wsq(data)
    assert ppi == 1000
    assert pixels.shape == wsq_shape(data) == (height, width)
    difference = np.abs(pixels.astype(int) - oracle_decode(data))
    assert difference.max() <= 1
    assert (difference > 0).mean() < 1e-3


@pytest.mark.parametrize("seed", range(3))
def test_our_encoder_is_as_good_as_the_oracles(seed: int) -> None:
    pixels = ridges(400, 380, seed)
    ours, theirs = encode_wsq(pixels), oracle_encode(pixels)
    assert len(ours) <= len(theirs) * 1.005
    assert psnr(decode_wsq(ours)[0], pixels) >= psnr(oracle_decode(theirs), pixels) - 0.05
    assert np.allclose(coded_bins(ours), coded_bins(theirs), rtol=1e-3, atol=0)


def test_real_prints_encode_as_the_oracle_does(shared_data: Path) -> None:
    for path in sorted((shared_data / "fvc2002").glob("DB?_B/10[18]_5.tif")):
        pixels = np.asarray(Image.open(path).convert("L"))
        ours, theirs = encode_wsq(pixels), oracle_encode(pixels)
        assert len(ours) <= len(theirs) * 1.005
        assert psnr(decode_wsq(ours)[0], pixels) >= psnr(oracle_decode(theirs), pixels) - 0.05
        finer = encode_wsq(pixels, 500, 2.25)
        assert psnr(decode_wsq(finer)[0], pixels) > psnr(decode_wsq(ours)[0], pixels) + 3
        assert np.array_equal(decode_wsq(finer)[0], oracle_decode(finer))


@pytest.mark.parametrize("level", [0, 77, 255])
@pytest.mark.parametrize("bitrate", [0.1, 8.0])
def test_a_plain_image_comes_back_exactly(level: int, bitrate: float) -> None:
    pixels = np.full((90, 120), level, np.uint8)
    data = encode_wsq(pixels, 500, bitrate)
    assert np.array_equal(decode_wsq(data)[0], pixels)
    assert np.array_equal(oracle_decode(data), pixels)


def test_the_rate_is_kept_writable_where_few_subbands_vary() -> None:
    pixels = np.repeat(np.array([[0] * 60 + [255] * 60], np.uint8), 100, 0)
    for bitrate in (2.25, 8.0):
        assert psnr(decode_wsq(encode_wsq(pixels, 500, bitrate))[0], pixels) > 45


@settings(max_examples=60, deadline=None)
@given(
    st.integers(81, 200), st.integers(81, 200), st.floats(0.5, 4), st.integers(0, 99), st.booleans()
)
def test_more_bits_never_harm_much_and_slices_encode(
    height: int, width: int, bitrate: float, seed: int, sliced: bool
) -> None:
    pixels = ridges(height, width, seed)
    if sliced:
        pixels = np.repeat(pixels, 2, 1)[:, ::2]  # not contiguous
    coarse, fine = (decode_wsq(encode_wsq(pixels, 500, rate))[0] for rate in (bitrate, bitrate * 2))
    assert psnr(fine, pixels) > psnr(coarse, pixels) > 10


def test_the_comment_states_what_the_image_is() -> None:
    data = encode_wsq(ridges(100, 120), 499.6)
    assert data.startswith(b"\xff\xa0\xff\xa8")
    assert data.endswith(b"\xff\xa1")
    length = int.from_bytes(data[4:6], "big")
    assert data[6 : 4 + length].decode().splitlines() == [
        "NIST_COM 9",
        "PIX_WIDTH 120",
        "PIX_HEIGHT 100",
        "PIX_DEPTH 8",
        "PPI 500",
        "LOSSY 1",
        "COLORSPACE GRAY",
        "COMPRESSION WSQ",
        "WSQ_BITRATE 0.750000",
    ]


def test_what_cannot_be_encoded_is_refused() -> None:
    good = ridges(100, 100)
    with pytest.raises(ImageSizeError, match="from 81 a side"):
        encode_wsq(good[:80])
    with pytest.raises(ImageSizeError, match="nothing in it"):
        encode_wsq(good[:0])
    with pytest.raises(ImageSizeError, match="at most 16000"):
        encode_wsq(np.zeros((90, 16_001), np.uint8))
    for pixels in (good.astype(np.float32), good[0], np.dstack([good] * 3)):
        with pytest.raises(ImageError, match="8-bit grey"):
            encode_wsq(pixels)
    for bad in (0, -1, np.nan, np.inf):
        with pytest.raises(ImageError, match="ppi"):
            encode_wsq(good, bad)
        with pytest.raises(ImageError, match="bitrate"):
            encode_wsq(good, 500, bad)


def test_the_shape_is_read_without_decoding() -> None:
    data, pixels = stream(300, 256)
    assert wsq_shape(data) == wsq_shape(data[:700]) == pixels.shape
    for damaged in (b"", data[1:], data[:100], b"\xff\xa0" + b"\0" * 50):
        with pytest.raises(ImageFormatError, match="frame header"):
            wsq_shape(damaged)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_our_damaged_streams_are_told_or_decoded(data: st.DataObject) -> None:
    original = bytearray(encode_wsq(ridges(96, 88)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(original) - 1))
        original[at] ^= 1 << data.draw(st.integers(0, 7))
    cut = data.draw(st.integers(0, len(original) - 1))
    with suppress(ImageFormatError):
        assert decode_wsq(bytes(original))[0].ndim == 2
    with pytest.raises(ImageFormatError):
        decode_wsq(encode_wsq(ridges(96, 88))[:cut])
