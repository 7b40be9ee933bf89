"""The compact stored form: lossless, small, and never silently wrong."""

import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenprint.formats import (
    TemplateFormat,
    pack,
    read_templates,
    unpack,
    unpack_many,
    write_templates,
)
from tenprint.model import (
    MINUTIA_DTYPE,
    Finger,
    Impression,
    Template,
    TemplateError,
    TemplateFormatError,
    TemplateRangeError,
    make_minutiae,
)

SAMPLES = Path(__file__).parent / "samples"


def some_template(count: int = 90, seed: int = 0, reason: str = "") -> Template:
    rng = np.random.default_rng(seed)
    return Template(
        make_minutiae(
            rng.integers(0, 388, count),
            rng.integers(0, 374, count),
            rng.uniform(0, 2 * np.pi, count),
            rng.integers(0, 3, count),
            rng.integers(0, 101, count),
        ),
        388,
        374,
        71,
        Finger.LEFT_RING,
        Impression.LIVE_SCAN_ROLLED,
        reason,
    )


@st.composite
def templates(draw: st.DrawFn) -> Template:
    width, height = draw(st.integers(1, 4095)), draw(st.integers(1, 4095))
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(0, width - 1),
                st.integers(0, height - 1),
                st.integers(0, 255),
                st.integers(0, 2),
                st.integers(0, 100),
            ),
            max_size=255,
        )
    )
    columns = np.array(rows, np.int64).reshape(-1, 5).T
    return Template(
        make_minutiae(
            columns[0], columns[1], columns[2] * (2 * np.pi / 256), columns[3], columns[4]
        ),
        width,
        height,
        draw(st.integers(0, 100)),
        draw(st.sampled_from(Finger)),
        draw(st.sampled_from(Impression)),
        draw(st.text(max_size=50)),
    )


@given(templates())
def test_unpacks_to_what_was_packed(template: Template) -> None:
    assert unpack(pack(template)) == template


@given(st.lists(templates(), max_size=6))
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_many_at_once_are_the_same(several: list[Template]) -> None:
    back = unpack_many([pack(template) for template in several])
    assert back == several
    assert all(not template.minutiae.flags.writeable for template in back)


def resealed(template: Template, at: int, value: int) -> bytes:
    """A packed template with one byte changed and the checksum made right again."""
    body = bytearray(pack(template)[:-4])
    body[at] = value
    return bytes(body) + zlib.crc32(body).to_bytes(4, "little")


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (4, 1),
        (5, 0xFF),
        (6, 0),
        (8, 101),
        (9, 99),
        (10, 99),
        (14, 255),
        (18, 127),
        (-1, 0xFF),
    ],
)
def test_sealed_but_impossible(at: int, value: int) -> None:
    template = Template(make_minutiae([3], [3], [0], 2, 0), 5, 255, 50, Finger.UNKNOWN, reason="no")
    data = resealed(template, at, value)
    for read in (unpack, lambda data: unpack_many([pack(template), data])):
        with pytest.raises(TemplateError, match="tenprint template"):
            read(data)
    kind_3 = resealed(template, 18, 0x80)
    for read in (unpack, lambda data: unpack_many([data])):
        with pytest.raises(TemplateRangeError, match="kind"):
            read(kind_3)


@pytest.mark.parametrize(("count", "limit"), [(90, 600), (190, 1200)])
def test_size(count: int, limit: int) -> None:
    assert len(pack(some_template(count))) <= limit


def test_several_in_one_file() -> None:
    several = [some_template(count, count) for count in (0, 1, 7, 255)]
    assert read_templates(write_templates(several, TemplateFormat.TENPRINT)) == several


def test_every_bit_counts() -> None:
    data = pack(some_template(9, reason="too dry"))
    for bit in range(8 * len(data)):
        broken = bytearray(data)
        broken[bit // 8] ^= 1 << bit % 8
        with pytest.raises(TemplateFormatError):
            unpack(bytes(broken))


def test_every_cut_is_noticed() -> None:
    data = pack(some_template(9))
    for size in range(len(data)):
        with pytest.raises(TemplateFormatError):
            unpack(data[:size])
    with pytest.raises(TemplateFormatError, match="follow"):
        unpack(data + b"\0")


def test_newer_version_says_so() -> None:
    data = bytearray(pack(some_template(3)))
    data[3] = 2
    with pytest.raises(TemplateFormatError, match=r"version 2.*newer tenprint"):
        unpack(bytes(data))


@given(st.binary(max_size=200), st.integers(0, 1))
def test_hostile_bytes(data: bytes, magic: int) -> None:
    with pytest.raises(TemplateError):
        unpack(b"TPM\1" * magic + data)


def test_impossible_kind_is_refused() -> None:
    minutiae = np.zeros(1, MINUTIA_DTYPE)
    minutiae["kind"] = 7
    with pytest.raises(TemplateRangeError, match="kind"):
        pack(Template(minutiae, 10, 10))


def test_stored_sample_stays_readable() -> None:
    data = (SAMPLES / "v1.tpm").read_bytes()
    expected = Template(
        make_minutiae(
            [1, 200, 4094],
            [2, 100, 4094],
            np.array([0, 64, 255]) * (2 * np.pi / 256),
            np.array([1, 2, 0]),
            np.array([100, 50, 0]),
        ),
        4095,
        4095,
        83,
        Finger.RIGHT_THUMB,
        Impression.NONLIVE_ROLLED,
        "smudged",
    )
    assert unpack(data) == expected
    assert pack(expected) == data
