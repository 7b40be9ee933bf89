"""Transaction files: read, written, broken on purpose."""

import re
import string
import warnings
from collections.abc import Callable
from pathlib import Path

import nistitl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.formats.cards import HEADING, card, finger_records

from tenprint.formats import (
    Heading,
    ItlField,
    ItlFile,
    ItlRecord,
    arrest_of,
    biographics_of,
    check_ebts,
    check_itl,
    itl_images,
    itl_templates,
    make_itl,
    read_itl,
    scan_itl,
    write_itl,
)
from tenprint.formats.itl._model import MAX_FAULTS
from tenprint.formats.itl._parse import MAX_FIELDS, MAX_ITEMS, MAX_RECORDS, MAX_TEXT
from tenprint.model import Finger, RecordError, RecordFormatError, TenprintError

SAMPLES = Path(__file__).parent / "samples"
FS, GS, RS, US = "\x1c", "\x1d", "\x1e", "\x1f"


@pytest.fixture(scope="module")
def references(shared_data: Path) -> dict[str, bytes]:
    """NIST's reference files by name."""
    folder = shared_data / "ansi-nist"
    return {
        path.name: path.read_bytes()
        for path in sorted([*folder.glob("*.an2"), *folder.glob("*.eft"), *folder.glob("*/*.an2")])
    }


def small() -> bytes:
    """A card of two small images, one of each kind of record."""
    return write_itl(
        card([*finger_records([Finger.RIGHT_INDEX]), *finger_records([Finger.LEFT_THUMB], kind=4)])
    )


def text_file(*records: str, content: str | None = None, head: str = "") -> bytes:
    """A file of tagged records given as text after their LEN; lengths are right."""
    kinds = [int(record.partition(".")[0]) for record in records]
    listed = RS.join([f"1{US}{len(kinds)}", *(f"{kind}{US}00" for kind in kinds)])
    first = f"1.002:0400{GS}1.003:{content or listed}{GS}1.004:CAR{head}"
    return b"".join(
        with_length(kind, text.encode("utf-8"))
        for kind, text in zip([1, *kinds], [first, *records], strict=True)
    )


def with_length(kind: int, rest: bytes) -> bytes:
    size = len(rest)
    while True:
        made = b"%d.001:%d\x1d%s\x1c" % (kind, size, rest)
        if len(made) == size:
            return made
        size += 1


def test_reference_files_round_trip_byte_for_byte(references: dict[str, bytes]) -> None:
    assert len(references) == 33
    for name, data in references.items():
        assert write_itl(read_itl(data)) == data, name


def test_reference_files_have_no_fault(references: dict[str, bytes]) -> None:
    """But one, whose version, transaction and image sizes are made up."""
    for name, data in references.items():
        codes = [fault.code for fault in check_itl(data)]
        assert codes == (["version", "image"] if name.startswith("rec01") else []), name


def test_the_oracle_reads_the_same(references: dict[str, bytes]) -> None:
    for name, data in references.items():
        file, oracle = read_itl(data), nistitl.Message()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            oracle.parse(data)
        assert file.type_of_transaction == oracle.TOT, name
        theirs = list(oracle)
        assert [record.type for record in file.records] == [each.type for each in theirs], name
        for ours, other in zip(file.records, theirs, strict=True):
            if ours.binary:
                assert other.NIST.endswith(ours.image or b"?")
                continue
            for number, raw in ((each.tag, each.NIST) for each in other._fields):
                field = ours.get(number)
                assert field is not None, (name, number)
                if number > 3:  # the oracle writes the first three anew
                    tag = f"{ours.name(number)}:".encode()
                    assert raw.rstrip(b"\x1d") == tag + field.raw, (name, ours.name(number))


def test_alternate_characters_are_read(references: dict[str, bytes]) -> None:
    record = read_itl(references["type-14-amp-nqm-utf8.an2"]).descriptive
    assert record is not None
    assert record.text(3).endswith("\u83ef\u88d4")


def test_marked_passages_of_old_editions() -> None:
    file = read_itl(
        text_file(f"2.002:00{GS}2.018:DOE,\x02001(JOS\u00c9\x03".replace("\u00c9", "E"))
    )
    assert file.records[1].text(18) == "DOE,JOSE"
    field = ItlField(18, b"A\x02003(\xc3\xa9)\x03B\x02001(\xe9)\x03")
    assert field.text == "A\u00e9B\u00e9"


def test_unknown_types_and_fields_are_kept() -> None:
    data = text_file(f"98.002:00{GS}98.900:a{US}b{RS}c{GS}98.0905:odd tag")
    file = read_itl(data)
    record = file.records[1]
    assert (record.type, record.items(900)) == (98, (("a", "b"), ("c",)))
    assert record.text(905) == "odd tag"
    assert write_itl(file) == data


def test_a_length_with_zeros_is_kept() -> None:
    rest = b"2.002:00\x1d2.018:DOE,JANE"
    odd = b"2.001:%05d\x1d%s\x1c" % (len(rest) + 13, rest)
    data = text_file("2.002:00")[: -len(with_length(2, b"2.002:00"))] + odd
    assert write_itl(read_itl(data)) == data


items = st.text(string.ascii_letters + string.digits + " .,-/:()\u00e9\u83ef", max_size=8)
values = st.lists(st.lists(items, min_size=1, max_size=4), min_size=1, max_size=4)
tagged = st.builds(
    lambda kind, fields, idc: ItlRecord.of(kind, fields, idc, "utf-8"),
    st.sampled_from([2, 9, 10, 13, 14, 15, 17, 99]),
    st.dictionaries(st.integers(3, 998), values, max_size=6)
    .map(lambda d: dict(sorted(d.items())))
    .flatmap(lambda d: st.binary(max_size=40).map(lambda image: {**d, 999: image})),
    st.integers(0, 99),
)
binary = st.builds(
    lambda kind, numbers, positions, image: ItlRecord(
        kind,
        tuple(
            ItlField.of(number, value)
            for number, value in {
                2: numbers[0],
                3: numbers[1],
                4: [[str(each)] for each in positions] if kind != 8 else numbers[0],
                5: numbers[2],
                6: numbers[3],
                7: numbers[4],
                **({8: image} if kind == 8 else {8: numbers[5], 9: image}),
            }.items()
        ),
    ),
    st.integers(3, 8),
    st.tuples(*[st.integers(0, 255)] * 3, *[st.integers(0, 65535)] * 2, st.integers(0, 255)),
    st.lists(st.integers(0, 255), min_size=6, max_size=6),
    st.binary(max_size=40),
)


def same(a: ItlRecord, b: ItlRecord) -> bool:
    """Equal but for the length, which is computed."""
    rest = [[field for field in each.fields if field.number != 1] for each in (a, b)]
    return a.type == b.type and rest[0] == rest[1]


@given(st.lists(st.one_of(tagged, binary), max_size=5))
def test_what_is_written_is_read(records: list[ItlRecord]) -> None:
    made = make_itl(HEADING, "CAR", records)
    header = ItlRecord(1, (*made.header.fields, ItlField.of(15, ["003", "UTF-8"])))
    file = ItlFile((header, *records))
    data = write_itl(file)
    again = read_itl(data)
    assert write_itl(again) == data
    assert all(same(a, b) for a, b in zip(file.records, again.records, strict=True))
    for record in again.records[1:]:
        for field in record.fields:
            if not record.binary and 2 < field.number < 999:
                assert "\ufffd" not in field.text


def examine(data: bytes) -> None:
    """Everything that is done with a file; only errors of the one tree may come out."""
    file, faults = scan_itl(data)
    check_itl(data)
    refused = error_of(lambda: read_itl(data), RecordFormatError)
    if refused:
        assert refused.field
        assert refused.source
        assert any(not fault.warning for fault in faults)
    else:
        assert file is not None
        assert write_itl(file) == data
    if file is None:
        return
    check_ebts(file)
    biographics_of(file)
    arrest_of(file)
    for image in itl_images(file):
        image.mismatch()
        if len(image.data) < 20_000:
            wrong = error_of(image.decode, TenprintError)
            assert wrong is None or wrong.source
    broken = error_of(lambda: itl_templates(file), RecordError)
    assert broken is None or broken.field


def error_of(call: Callable[[], object], kind: type[TenprintError]) -> TenprintError | None:
    """The error of a call, where it has one of that kind."""
    try:
        call()
    except kind as error:
        return error
    return None


class Shelf(list[bytes]):
    """Files that a failing test does not print."""

    def __repr__(self) -> str:
        return f"{len(self)} files"


@pytest.fixture(scope="module")
def stubs(references: dict[str, bytes]) -> Shelf:
    """The reference files with their images cut to a few bytes, so that mutants hit the rest."""
    made = Shelf([small()])
    for data in references.values():
        file = read_itl(data)
        records = []
        for record in file.records:
            last = record.fields[-1]
            if record.image is not None:
                last = ItlField(last.number, last.raw[:60], last.tag)
            records.append(ItlRecord(record.type, (*record.fields[:-1], last)))
        made.append(write_itl(ItlFile(tuple(records))))
    return made


mutations = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "insert", "delete", "repeat"]),
        st.integers(0, 2**32),
        st.one_of(st.integers(0, 255), st.sampled_from([0x1C, 0x1D, 0x1E, 0x1F, 0x30, 0x39])),
        st.integers(1, 40),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=250, deadline=None)
@given(which=st.integers(0, 2**16), changes=mutations)
def test_any_mutant_is_a_file_or_one_of_our_errors(
    stubs: Shelf, which: int, changes: list[tuple[str, int, int, int]]
) -> None:
    data = bytearray(stubs[which % len(stubs)])
    for kind, place, byte, count in changes:
        at = place % max(1, len(data))
        if kind == "flip" and data:
            data[at] = byte
        elif kind == "cut":
            del data[at + 1 :]
        elif kind == "insert":
            data[at:at] = bytes([byte]) * (count if byte % 2 else 1)
        elif kind == "delete":
            del data[at : at + count]
        else:
            data[at:at] = data[at : at + count]
    if data:
        examine(bytes(data))


@given(st.binary(max_size=200).map(lambda rest: b"1.001:" + rest))
def test_any_bytes_are_a_file_or_one_of_our_errors(data: bytes) -> None:
    examine(data)


def test_every_truncation_is_refused() -> None:
    data = small()
    for end in [*range(1, 900), *range(900, len(data), 97), len(data) - 1]:
        with pytest.raises(RecordFormatError):
            read_itl(data[:end])


@pytest.mark.parametrize(
    ("data", "field", "code"),
    [
        (b"PK\x03\x04", "record 1", "not-itl"),
        (b"1.001:x\x1d1.002:0400\x1c", "record 1, 1.001", "record-length"),
        (b"1.001:99999\x1d1.002:0400\x1c", "record 1, 1.001", "record-length"),
        (b"1.001:9999999999999999\x1d\x1c", "record 1, 1.001", "record-length"),
        (with_length(1, b"1.002:0400"), "record 1, 1.003", "content"),
        (with_length(1, b"1.003:1\x1fx"), "record 1, 1.003", "content"),
        (with_length(1, b"1.003:1\x1f1\x1e2\x1f00"), "record 2", "missing-record"),
        (text_file(content=f"1{US}3"), "record 1, 1.003", "content"),
        (text_file("2.002:00", content=f"1{US}1{RS}14{US}00"), "record 2", "content"),
        (text_file("2.002:00", content=f"1{US}1{RS}4{US}00"), "record 2", "content"),
        (text_file("2.002:07"), "record 2, 2.002", "idc-mismatch"),
        (text_file("4.002:x", content=f"1{US}1{RS}14{US}00"), "record 2", "content"),
        (text_file("2.003:x"), "record 2, 2.002", "idc-mismatch"),
        (text_file(f"2.002:00{GS}2.018:A{GS}2.018:B"), "record 2, 2.018", "field-twice"),
        (text_file(f"2.002:00{GS}9.018:A"), "record 2, 2.018", "field-tag"),
        (text_file(f"2.002:00{GS}hello"), "record 2, 2.002", "field-tag"),
        (text_file(f"2.002:00{GS}2.018:A{FS}B"), "record 2, 2.018", "separator"),
        (text_file("2.002:00") + b"\n", "record 2", "trailing-data"),
        (
            text_file(content=f"1{US}1{RS}4{US}00") + b"\0\0\0\x05\0",
            "record 2, 4.001",
            "record-length",
        ),
        (
            text_file(content=f"1{US}1{RS}4{US}00") + b"\xff\xff\xff\xff\0",
            "record 2, 4.001",
            "record-length",
        ),
        (text_file(content=RS.join([f"1{US}9"] * (MAX_RECORDS + 2))), "record 1, 1.003", "limit"),
        (text_file(f"2.002:00{GS}2.018:{'x' * (MAX_TEXT + 1)}"), "record 2, 2.018", "limit"),
        (text_file(f"2.002:00{GS}2.018:{US * MAX_ITEMS}"), "record 2, 2.018", "limit"),
        (
            text_file(GS.join(["2.002:00", *(f"2.{n}:x" for n in range(1000, MAX_FIELDS + 1000))])),
            f"record 2, 2.{MAX_FIELDS + 998}",
            "limit",
        ),
    ],
)
def test_each_fault_is_named(data: bytes, field: str, code: str) -> None:
    _, faults = scan_itl(data)
    assert (code, field) in [(fault.code, fault.field) for fault in faults]
    with pytest.raises(RecordFormatError) as caught:
        read_itl(data)
    assert caught.value.field == faults[0].field


def test_all_faults_are_named_at_once() -> None:
    wrong = text_file(f"2.002:03{GS}2.018:A{GS}2.018:B{GS}14.9:x", f"9.002:00{GS}junk") + b"more"
    file, faults = scan_itl(wrong)
    assert file is not None
    assert [fault.code for fault in faults] == [
        "field-twice",
        "field-tag",
        "idc-mismatch",
        "field-tag",
        "trailing-data",
    ]
    with pytest.raises(RecordFormatError, match="4 more faults"):
        read_itl(wrong)


def test_faults_without_end_are_not_all_named() -> None:
    many = GS.join(["2.002:00", *(f"9.{n}:" for n in range(1000, 2900))])
    file, faults = scan_itl(text_file(many, many))
    assert len(faults) == MAX_FAULTS
    assert file is not None
    empty = GS.join(["2.002:00", *(f"2.{n}:" for n in range(1000, 2900))])
    assert len(check_itl(text_file(empty, empty))) == MAX_FAULTS
    assert len(check_ebts(read_itl(text_file(empty, empty)))) <= 2 * MAX_FAULTS


def test_values_are_checked() -> None:
    head = f"{GS}1.005:20261301{GS}1.011:19.7{GS}1.014:yesterday"
    codes = {(f.code, f.field) for f in check_itl(text_file(f"2.002:00{GS}2.018:\x07", head=head))}
    assert codes >= {
        ("date", "record 1, 1.005"),
        ("pattern", "record 1, 1.011"),
        ("date", "record 1, 1.014"),
        ("missing-field", "record 1, 1.008"),
        ("characters", "record 2, 2.018"),
    }
    accent = text_file(f"2.002:00{GS}2.018:\u00e9")
    assert "characters" in [fault.code for fault in check_itl(accent)]
    declared = text_file(f"2.002:00{GS}2.018:\u00e9", head=f"{GS}1.015:003{US}UTF-8")
    assert "characters" not in [fault.code for fault in check_itl(declared)]


def test_messages_hold_no_values() -> None:
    data = text_file(f"2.002:00{GS}2.018:SECRET7NAME{GS}2.022:19SECRET{GS}2.900:SECRET")
    file = read_itl(data)
    assert not re.search("SECRET", str([*check_itl(file), *check_ebts(file)]))


def test_the_writer_refuses_what_cannot_be_read() -> None:
    file = card(finger_records([Finger.RIGHT_THUMB]))
    with pytest.raises(RecordError, match="content"):
        write_itl(ItlFile(file.records[:-1]))
    with pytest.raises(RecordError, match="separator"):
        ItlField.of(18, f"A{GS}B")
    with pytest.raises(RecordError, match="ascii"):
        ItlField.of(18, "\u00e9")
    with pytest.raises(RecordError, match="time zone"):
        make_itl(Heading("X" * 10, "A" * 9, "B" * 9, HEADING.when.replace(tzinfo=None)), "CAR", [])
    wide = ItlRecord(4, (ItlField.of(2, "256"),))
    with pytest.raises(RecordError) as caught:
        write_itl(ItlFile((make_itl(HEADING, "CAR", [wide]).header, wide)))
    assert caught.value.field == "4.002"


def test_unreadable_sources_are_refused(tmp_path: Path) -> None:
    for source in (b"", tmp_path / "none.eft", tmp_path):
        with pytest.raises(RecordFormatError):
            read_itl(source)


def test_the_stored_sample_stays_readable() -> None:
    data = (SAMPLES / "card.eft").read_bytes()
    file = read_itl(data)
    assert write_itl(file) == data
    assert [record.type for record in file.records] == [1, 2, 14, 14, 4, 4, 14]
    assert check_ebts(file) == []
    shapes = [image.decode().pixels.shape for image in itl_images(file)]
    assert shapes == [(image.height, image.width) for image in itl_images(file)]
