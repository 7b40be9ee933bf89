"""Images and minutiae inside transaction files."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.formats.cards import HEADING, NOON, finger_records

from tenprint.formats import (
    ItlField,
    ItlFile,
    ItlImage,
    ItlRecord,
    Segment,
    check_itl,
    encode_wsq,
    finger_images,
    image_record,
    itl_images,
    itl_templates,
    make_itl,
    read_itl,
    write_itl,
)
from tenprint.model import Finger, ImageError, Impression, RecordError, Template
from tenprint.synth import person


@pytest.fixture(scope="module")
def reference(shared_data: Path) -> Callable[[str], ItlFile]:
    return lambda name: read_itl(shared_data / "ansi-nist" / f"{name}.an2")


def changed(record: ItlRecord, **values: object) -> ItlRecord:
    """A record with other fields: ``f9="0"``; None takes one out."""
    wanted = {int(name[1:]): value for name, value in values.items()}
    kept = [each for each in record.fields if each.number not in wanted]
    made = [ItlField.of(n, v) for n, v in wanted.items() if v is not None]  # type: ignore[arg-type]
    fields = sorted([*kept, *made], key=lambda each: each.number)
    return ItlRecord(record.type, tuple(fields))


def image_of(record: ItlRecord) -> ItlImage:
    """The image of a record, through the file's bytes."""
    return itl_images(read_itl(write_itl(make_itl(HEADING, "CAR", [record]))))[0]


def test_the_card_decodes_as_its_pictures_do(shared_data: Path) -> None:
    folder = shared_data / "ansi-nist/tenprint-card"
    images = finger_images(read_itl(folder / "sample.an2"))
    assert sorted(int(image.finger) for image in images) == list(range(1, 15))
    for image in images:
        picture = np.asarray(Image.open(folder / f"fp-{int(image.finger)}.png").convert("L"))
        found = image.decode()
        assert np.array_equal(found.pixels, picture)
        assert (found.ppi, found.ppi_assumed) == (500, False)
        rolled = image.finger <= Finger.LEFT_LITTLE
        assert image.impression.is_rolled == rolled


def test_what_reference_files_show(reference: Callable[[str], ItlFile]) -> None:
    def table(name: str) -> list[tuple[object, ...]]:
        return [
            (each.type, each.position, each.finger, each.compression, each.ppi)
            for each in itl_images(reference(name))
        ]

    unknown = Finger.UNKNOWN
    assert table("type-15-palms") == [
        (15, 24, unknown, "WSQ20", 500),
        (15, 27, unknown, "JP2L", 1000),
    ]
    assert table("type-13-tip-eji-wsq")[:2] == [
        (13, 19, Finger.LEFT_INDEX, "WSQ20", 500),  # a tip
        (13, 19, unknown, "WSQ20", 500),  # a whole joint
    ]
    assert table("type-3")[0] == (3, 2, Finger.RIGHT_INDEX, "NONE", 250)
    assert table("type-10-sap10") == [(10, -1, unknown, "JPEGB", None)]
    assert [each.finger for each in finger_images(reference("type-14-tip-eji-wsq"))] == [
        Finger.LEFT_INDEX
    ]
    slap = itl_images(reference("type-14-amp-nqm-utf8"))[2]
    assert slap.finger is Finger.PLAIN_LEFT_FOUR
    assert slap.missing == ((Finger.LEFT_RING, "XX"),)
    assert slap.source.endswith("type-14-amp-nqm-utf8.an2")


@pytest.mark.parametrize(
    ("name", "count"),
    [("type-15-palms", 2), ("type-13-14-latent-match", 2), ("type-17-iris", 1), ("type-3", 1)],
)
def test_reference_images_decode(
    reference: Callable[[str], ItlFile], name: str, count: int
) -> None:
    images = itl_images(reference(name))
    assert len(images) == count
    for image in images:
        scale = 1 if image.type == 17 or image.ppi is None else 500 / image.ppi
        assert image.decode().pixels.shape == (image.height * scale, image.width * scale)


@pytest.mark.parametrize("name", ["type-5", "type-6", "type-8-sig-raw"])
def test_black_and_white_is_refused(reference: Callable[[str], ItlFile], name: str) -> None:
    with pytest.raises(ImageError, match="Black and white"):
        itl_images(reference(name))[0].decode()


def test_lossless_jpeg_of_the_shelf(reference: Callable[[str], ItlFile]) -> None:
    """Written by the NIST's software, with tables of the wrong class."""
    images = finger_images(reference("type-10-14-17-piv-index-iris"))
    assert [each.compression for each in images] == ["JPEGL", "JPEGL"]
    for image in images:
        pixels = image.decode().pixels
        assert pixels.shape == (image.height, image.width)
        # A print and no noise: of lossless coding a wrong predictor would leave nothing smooth.
        assert np.abs(np.diff(pixels.astype(int), axis=1)).mean() < 25
        assert pixels.std() > 40


def test_the_record_says_which_resolution() -> None:
    """A WSQ comment may lie; cards are about whose images state 255 ppi."""
    pixels = person(1).fingers[Finger.RIGHT_INDEX].impression(1)
    height, width = pixels.shape
    record = image_record(
        encode_wsq(pixels, 255),
        width=width,
        height=height,
        finger=Finger.RIGHT_INDEX,
        source="ZZTESTPD1",
        captured=NOON.date(),
    )
    assert image_of(record).decode().pixels.shape == pixels.shape
    metric = changed(record, f8="2", f9="197", f10="197")
    assert image_of(metric).ppi == pytest.approx(500, abs=1)
    assert image_of(metric).decode().pixels.shape == pixels.shape
    double = changed(record, f9="1000", f10="500")
    assert image_of(double).decode().pixels.shape == (height, round(width / 2))
    for unusable in (changed(record, f8="0"), changed(record, f9="10"), changed(record, f9="x")):
        with pytest.raises(ImageError, match="resolution"):
            image_of(unusable).decode()
        faults = check_itl(make_itl(HEADING, "CAR", [unusable]))
        assert "resolution" in [fault.code for fault in faults]


def test_native_resolution_of_type_4() -> None:
    record = changed(finger_records([Finger.RIGHT_INDEX], kind=4)[0], f5="1")
    file = make_itl(HEADING, "CAR", [record])
    header = changed(file.header, f11="39.37", f12="39.37")
    assert itl_images(replace(file, records=(header, record)))[0].ppi == pytest.approx(1000, 1e-4)
    header = changed(file.header, f11="00.00", f12="00.00")
    assert itl_images(replace(file, records=(header, record)))[0].ppi == 500


@pytest.mark.parametrize(
    ("compression", "encode"), [("PNG", "PNG"), ("JP2L", "JPEG2000"), ("NONE", None)]
)
def test_every_lossless_compression(compression: str, encode: str | None) -> None:
    pixels = person(2).fingers[Finger.LEFT_THUMB].impression(1)
    data = pixels.tobytes()
    if encode:
        memory = io.BytesIO()
        Image.fromarray(pixels).save(memory, encode)
        data = memory.getvalue()
    for kind in (4, 14):
        record = image_record(
            data,
            width=pixels.shape[1],
            height=pixels.shape[0],
            finger=Finger.LEFT_THUMB,
            compression=compression,
            kind=kind,
            source="ZZTESTPD1",
            captured=NOON.date(),
        )
        image = image_of(record)
        assert image.mismatch() is None
        assert np.array_equal(image.decode().pixels, pixels)


def test_an_image_that_is_not_what_the_record_says() -> None:
    record = finger_records([Finger.RIGHT_INDEX])[0]
    wrong = {
        "size": changed(record, f6="100"),
        "kind": changed(record, f11="JP2"),
        "unknown": changed(record, f11="ZIP"),
        "raw": changed(record, f11="NONE"),
        "garbage": changed(record, f999=b"\xff\xa0" + bytes(90)),
        "empty": changed(record, f999=b""),
        "huge": changed(record, f6="9999", f7="9999", f11="NONE"),
    }
    for name, each in wrong.items():
        image = image_of(each)
        assert image.mismatch(), name
        with pytest.raises(ImageError):
            image.decode()
        faults = check_itl(make_itl(HEADING, "CAR", [each]))
        assert ("image", "record 2, 14.011") in [(f.code, f.field) for f in faults], name


def test_segments_and_missing_fingers() -> None:
    slap = changed(
        finger_records([Finger.RIGHT_INDEX])[0],
        f13="13",
        f18=[["04", "UP"], ["99", "XX"], ["x"]],
        f21=[["2", "10", "200", "30", "300"], ["3", "x", "1", "1", "1"], ["4"]],
    )
    image = image_of(slap)
    assert image.missing == ((Finger.RIGHT_RING, "UP"),)
    box = ((10, 30), (200, 30), (200, 300), (10, 300))
    assert image.segments == (Segment(Finger.RIGHT_INDEX, box),)
    polygon = [["2", "3", "1", "2", "30", "4", "5", "60"], ["3", "3", "1", "2"], ["3", "9", "1"]]
    assert image_of(changed(slap, f25=polygon)).segments == (
        Segment(Finger.RIGHT_INDEX, ((1, 2), (30, 4), (5, 60))),
    )


def test_positions() -> None:
    record = finger_records([Finger.RIGHT_INDEX], kind=4)[0]
    several = changed(record, f4=[["2"], ["3"], *[["255"]] * 4])
    assert (image_of(several).position, image_of(several).finger) == (0, Finger.UNKNOWN)
    assert image_of(changed(record, f4=[["255"]] * 6)).position == -1
    assert image_of(changed(record, f3="20")).impression is Impression.LIVE_SCAN_PLAIN
    nothing = changed(finger_records([Finger.RIGHT_INDEX])[0], f13=None)
    assert image_of(nothing).finger is Finger.UNKNOWN


BLOCKS = ["type-9-14-m1", "type-9-14-std", "type-9-4-iafis"]


def test_three_blocks_of_one_print_agree(reference: Callable[[str], ItlFile]) -> None:
    """NIST gives the same minutiae in three blocks with three coordinate systems."""
    first, *others = (itl_templates(reference(name))[0] for name in BLOCKS)
    assert (first.finger, first.impression) == (Finger.LEFT_MIDDLE, Impression.NONLIVE_ROLLED)
    assert (len(first), first.width, first.height, first.quality) == (48, 800, 768, 90)
    for other in others:
        assert (other.finger, len(other)) == (first.finger, len(first))
        assert other.reason
        for minutia in other.minutiae:
            gap = np.hypot(
                first.minutiae["x"].astype(float) - minutia["x"],
                first.minutiae["y"].astype(float) - minutia["y"],
            )
            turn = first.minutiae["angle"][gap.argmin()] - minutia["angle"]
            assert gap.min() <= 1
            assert abs(np.angle(np.exp(1j * turn))) < np.radians(2)


def test_minutiae_of_every_reference_file(reference: Callable[[str], ItlFile]) -> None:
    assert [len(each) for each in itl_templates(reference("type-9-13-9-14-m1"))] == [48, 48]
    assert [len(each) for each in itl_templates(reference("type-9-10-14"))] == [48]
    assert itl_templates(reference("type-4-tpcard")) == []


def incits(**changes: object) -> list[Template]:
    fields = {
        3: "1",
        4: "U",
        128: "300",
        129: "400",
        130: "2",
        131: "197",
        132: "197",
        134: "2",
        135: [["80", "000F", "1"]],
        137: [["1", "10", "20", "45", "1", "60"], ["2", "299", "399", "179", "2", "255"]],
    }
    record = changed(ItlRecord.of(9, fields, 1), **changes)
    return itl_templates(read_itl(write_itl(make_itl(HEADING, "TPFS", [record]))))


def test_an_incits_block() -> None:
    (template,) = incits()
    assert (template.quality, template.finger) == (80, Finger.RIGHT_INDEX)
    assert template.minutiae["x"].tolist() == [10, 299]
    assert template.minutiae["kind"].tolist() == [1, 2]
    assert template.minutiae["quality"].tolist() == [60, 0]
    assert np.degrees(template.minutiae["angle"][0]) == pytest.approx(90, abs=1)
    (double,) = incits(f131="394", f132="394")
    assert (double.width, double.height) == (150, 200)


@pytest.mark.parametrize(
    "change",
    [
        {"f128": "x"},
        {"f128": "99999"},
        {"f131": "0"},
        {"f134": None},
        {"f137": [["1", "10"]]},
        {"f137": [["1", "300", "20", "45", "1", "60"]]},
        {"f137": [["1", "10", "20", "180", "1", "60"]]},
        {"f137": "\u0661"},
    ],
)
def test_impossible_minutiae_are_refused(change: dict[str, object]) -> None:
    encoded = {
        name: value.encode() if value == "\u0661" and isinstance(value, str) else value
        for name, value in change.items()
    }
    with pytest.raises(RecordError) as caught:
        incits(**encoded)
    assert caught.value.field == "record 2, 9.137"


def test_a_standard_block_without_an_image_is_refused() -> None:
    fields = {3: "1", 4: "S", 6: "02", 12: [["1", "00100020090", "10", "A"]]}
    file = make_itl(HEADING, "TPFS", [ItlRecord.of(9, fields, 1)])
    with pytest.raises(RecordError):
        itl_templates(file)
