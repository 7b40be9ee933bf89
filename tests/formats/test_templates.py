"""Templates in the standard formats, both ways, and hostile ones."""

import json
import math
import struct
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenprint.formats import (
    ResolutionWarning,
    TemplateFormat,
    TemplateWarning,
    read_templates,
    write_templates,
)
from tenprint.model import (
    Finger,
    Impression,
    InputError,
    Template,
    TemplateError,
    TemplateFormatError,
    TemplateRangeError,
    make_minutiae,
)

SAMPLES = Path(__file__).parent / "samples"
STANDARD = [form for form in TemplateFormat if form is not TemplateFormat.TENPRINT]
ISO = [TemplateFormat.ISO_2005, TemplateFormat.ISO_2011]
ANSI = [TemplateFormat.ANSI_2004, TemplateFormat.ANSI_2009]


def person() -> list[Template]:
    """Two views of one finger and one of another, all of one size."""
    rng = np.random.default_rng(7)
    return [
        Template(
            make_minutiae(
                rng.integers(0, 300, count),
                rng.integers(0, 400, count),
                rng.uniform(0, 2 * np.pi, count),
                rng.integers(0, 3, count),
                rng.integers(0, 101, count),
            ),
            300,
            400,
            quality,
            finger,
            impression,
        )
        for count, quality, finger, impression in (
            (40, 90, Finger.RIGHT_INDEX, Impression.LIVE_SCAN_PLAIN),
            (0, 0, Finger.RIGHT_INDEX, Impression.LIVE_SCAN_ROLLED),
            (255, 100, Finger.UNKNOWN, Impression.LIVE_SCAN_CONTACTLESS_PLAIN),
        )
    ]


def golden() -> list[Template]:
    """What the stored sample files hold."""
    minutiae = make_minutiae(
        [1, 250, 17], [2, 399, 300], np.deg2rad([0, 90, 225]), np.array([1, 2, 0]), 60
    )
    first = Template(minutiae, 300, 400, 77, Finger.LEFT_THUMB, Impression.NONLIVE_ROLLED)
    return [first, replace(first, minutiae=minutiae[:1], finger=Finger.RIGHT_LITTLE, quality=5)]


@pytest.mark.parametrize("form", ISO)
def test_iso_round_trip_is_exact(form: TemplateFormat) -> None:
    assert read_templates(write_templates(person(), form)) == person()


@pytest.mark.parametrize("form", ANSI)
def test_ansi_round_trip_is_exact_but_for_the_angle(form: TemplateFormat) -> None:
    for back, template in zip(
        read_templates(write_templates(person(), form)), person(), strict=True
    ):
        turn = np.abs(back.minutiae["angle"] - template.minutiae["angle"])
        turn = np.minimum(turn, 2 * np.pi - turn)
        assert len(turn) == 0 or turn.max() < math.radians(1.5)
        same = back.minutiae.copy()
        same["angle"] = template.minutiae["angle"]
        assert replace(back, minutiae=same) == template


@pytest.mark.parametrize("form", STANDARD)
def test_stored_sample_stays_readable(form: TemplateFormat) -> None:
    data = (SAMPLES / f"{form.value}.fmr").read_bytes()
    assert write_templates(golden(), form) == data
    assert read_templates(data)[0].finger is Finger.LEFT_THUMB
    if form in ISO:
        assert read_templates(data) == golden()


def test_sample_bytes_by_hand() -> None:
    """One minutia, field by field as ISO/IEC 19794-2:2005 has it."""
    template = Template(
        make_minutiae([258], [3], [np.pi / 2], 2, 50), 300, 400, 77, Finger.LEFT_THUMB
    )
    assert write_templates([template], TemplateFormat.ISO_2005).hex(" ") == (
        "46 4d 52 00 20 32 30 00 00 00 00 24 00 00 01 2c 01 90 00 c5 00 c5 01 00 "
        "06 00 4d 01 81 02 00 03 40 32 00 00"
    )


@pytest.mark.parametrize(
    "stem",
    [
        "ansi378v2004",
        "ansi378v2009",
        "ansi378v2009am1",
        "iso19794p2v2005",
        "iso19794p2v2011",
    ],
)
def test_reference_files(shared_data: Path, stem: str) -> None:
    path = shared_data / "iso-templates" / f"{stem}-sample.dat"
    expected = json.loads(path.with_suffix(".json").read_text())
    with warnings.catch_warnings():
        if stem == "ansi378v2004":  # its angles are those of the ISO file
            warnings.simplefilter("ignore", TemplateWarning)
        templates = read_templates(path)
    degrees = 2 if stem.startswith("ansi378v2009") else 360 / 256
    kinds = {"ENDING": 1, "BIFURCATION": 2, "OTHER": 0, "EITHER": 0}
    for template, view in zip(templates, expected["fingerprints"], strict=True):
        assert template.finger.name == view["position"]
        assert (template.width, template.height) == (512, 512)
        stated = view["qrecords"][0] if "qrecords" in view else view
        if "quality" in stated:
            assert template.quality == stated["quality"]
        wanted = make_minutiae(
            *([minutia[key] for minutia in view["minutiae"]] for key in ("positionX", "positionY")),
            np.deg2rad([minutia["angle"] * degrees for minutia in view["minutiae"]]),
            np.array([kinds[minutia["type"]] for minutia in view["minutiae"]]),
            np.array([minutia["quality"] for minutia in view["minutiae"]]),
        )
        assert template.minutiae.tolist() == wanted.tolist()


def test_ansi_2004_with_iso_angles_warns(shared_data: Path) -> None:
    with pytest.warns(TemplateWarning, match="above 179"):
        read_templates(shared_data / "iso-templates" / "ansi378v2004-sample.dat")


def test_hundred_sfinge_templates(shared_data: Path) -> None:
    paths = sorted((shared_data / "sfinge").glob("*.ist"))
    assert len(paths) == 100
    for path in paths:
        (template,) = read_templates(path, ppi=500)
        assert (template.width, template.height) == (416, 560)
        assert len(template) > 10


def with_resolution(across: int, down: int) -> bytes:
    data = bytearray(write_templates(golden(), TemplateFormat.ISO_2005))
    struct.pack_into(">HH", data, 18, across, down)
    return bytes(data)


def test_coordinates_come_to_500_ppi() -> None:
    template = read_templates(with_resolution(394, 197))[0]
    assert (template.width, template.height) == (150, 400)
    assert template.minutiae["x"].tolist() == [0, 125, 8]
    assert template.minutiae["y"].tolist() == [2, 399, 300]


def test_no_resolution_warns_and_given_one_wins() -> None:
    with pytest.warns(ResolutionWarning, match="bytes"):
        assert read_templates(with_resolution(0, 0)) == golden()
    assert read_templates(with_resolution(0, 0), ppi=1000)[0].width == 150
    with pytest.raises(InputError, match="ppi"):
        read_templates(with_resolution(0, 0), ppi=5)


@pytest.mark.parametrize("form", STANDARD)
def test_extended_data_is_passed_over(form: TemplateFormat) -> None:
    plain = write_templates(golden()[:1], form)
    extra = plain[:-2] + b"\0\x0a\x02\x21\0\x0a123456"
    at, size = (8, 2) if form is TemplateFormat.ANSI_2004 else (8, 4)
    data = bytearray(extra)
    data[at : at + size] = len(data).to_bytes(size, "big")
    if form is TemplateFormat.ISO_2011:
        data[15:19] = (len(data) - 15).to_bytes(4, "big")
    assert read_templates(bytes(data)) == read_templates(plain)
    with pytest.raises(TemplateFormatError, match="byte"):
        read_templates(bytes(data[:-1]))


def test_unreported_quality_has_a_reason() -> None:
    data = bytearray(write_templates(golden()[:1], TemplateFormat.ISO_2011))
    assert data[0x22] == 77
    data[0x22] = 254
    (template,) = read_templates(bytes(data))
    assert template.quality == 0
    assert "no quality" in template.reason


def test_coordinate_outside_the_image() -> None:
    data = bytearray(write_templates(golden(), TemplateFormat.ISO_2005))
    struct.pack_into(">H", data, 14, 20)  # a narrower image
    with pytest.raises(TemplateRangeError, match=r"x is 250, outside the image of 20x400"):
        read_templates(bytes(data))


def test_not_expressible() -> None:
    slap = replace(golden()[0], finger=Finger.PLAIN_LEFT_FOUR)
    other = replace(golden()[0], impression=Impression.OTHER)
    with pytest.raises(TemplateRangeError, match="no one finger"):
        write_templates([slap], TemplateFormat.ISO_2011)
    with pytest.raises(TemplateRangeError, match="OTHER"):
        write_templates([other], TemplateFormat.ISO_2005)
    with pytest.raises(TemplateRangeError, match="0 templates"):
        write_templates([], TemplateFormat.ANSI_2009)
    with pytest.raises(TemplateRangeError, match="views of one finger"):
        write_templates(golden()[:1] * 17, TemplateFormat.ANSI_2004)


@pytest.mark.parametrize("form", TemplateFormat)
def test_every_cut_is_an_error(form: TemplateFormat) -> None:
    data = write_templates(golden()[:1], form)
    for size in range(len(data)):
        with pytest.raises(TemplateFormatError):
            read_templates(data[:size])


@given(
    st.sampled_from(TemplateFormat),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=8),
    st.integers(0, 200),
)
def test_hostile_changes(form: TemplateFormat, changes: list[tuple[int, int]], cut: int) -> None:
    """Whatever the bytes, there are templates or one of our errors."""
    data = bytearray(write_templates(golden(), form))
    for at, value in changes:
        data[at % len(data)] = value
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResolutionWarning)
        warnings.simplefilter("ignore", TemplateWarning)
        try:
            templates = read_templates(bytes(data[: len(data) - cut % len(data)]))
        except TemplateError:
            return
    assert all(isinstance(template, Template) for template in templates)


@pytest.mark.parametrize("source", [b"", b"FMR", b"FMR\x00099\0", b"nothing", "missing.fmr", 3])
def test_no_template(source: object) -> None:
    with pytest.raises(TemplateFormatError):
        read_templates(source)  # type: ignore[arg-type]
