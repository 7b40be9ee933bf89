"""Packed records compared where they lie: the same scores, and no byte taken on trust."""

import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenprint import _native
from tenprint.formats import pack, unpack
from tenprint.match import TemplateSet, compare_packed, packed_directory
from tenprint.model import (
    Finger,
    Impression,
    Template,
    TemplateError,
    TemplateFormatError,
    TemplateRangeError,
    make_minutiae,
)

LEVELS = range(_native.best_level() + 1)


@pytest.fixture(autouse=True)
def _restore_level() -> Iterator[None]:
    yield
    _native.set_level(_native.best_level())


def some_template(random: np.random.Generator, count: int, extent: int = 300) -> Template:
    return Template(
        make_minutiae(
            random.integers(0, extent, count),
            random.integers(0, extent, count),
            random.uniform(0, 2 * np.pi, count),
            random.integers(0, 3, count),
            random.integers(0, 101, count),
        ),
        extent,
        extent,
        int(random.integers(0, 101)),
        Finger(int(random.integers(0, 16))),
        Impression.NONLIVE_ROLLED,
        "wenig Fläche" if count % 3 == 0 else "",
    )


def joined(templates: Sequence[Template], gap: bytes = b"") -> tuple[bytes, Any]:
    """Packed records with something between them, and the start and stop of each."""
    data, spans = b"", []
    for template in templates:
        record = pack(template)
        spans.append((len(data), len(data) + len(record)))
        data += record + gap
    return data, np.array(spans, np.int64).reshape(-1, 2)


def expected(probes: Sequence[Template], templates: Sequence[Template], of: Any) -> list[float]:
    many = TemplateSet(templates)
    scores = np.array([many.compare(probe) for probe in probes])
    return [float(scores[probe, k]) for k, probe in enumerate(of)]


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.integers(0, 255), max_size=40),
    st.sampled_from([1, 30, 300, 4095]),
    st.integers(1, 4),
)
def test_scores_are_those_of_the_unpacked_templates(
    seed: int, counts: list[int], extent: int, threads: int
) -> None:
    random = np.random.default_rng(seed)
    templates = [some_template(random, count, extent) for count in counts]
    probes = [*templates[:2], some_template(random, 40, extent)]
    of = random.integers(0, len(probes), len(templates)).astype(np.int32)
    data, spans = joined(templates)
    ends = np.append(spans[:, 0], len(data))
    for level in LEVELS:
        _native.set_level(level)
        wanted = expected(probes, templates, of)
        assert compare_packed(probes, data, ends, of).tolist() == wanted
        assert compare_packed(probes, data, spans, of, threads=threads).tolist() == wanted
    assert compare_packed(probes, data, ends, of).dtype == np.float32


def test_records_may_lie_anywhere_in_any_kind_of_buffer() -> None:
    random = np.random.default_rng(1)
    templates = [some_template(random, 20) for _ in range(100)]
    data, spans = joined(templates, gap=b"between")
    order = random.permutation(100)
    of = np.zeros(100, np.int32)
    wanted = expected(templates[:1], [templates[k] for k in order], of)
    for buffer in (data, bytearray(data), memoryview(data), np.frombuffer(data, np.uint8)):
        found = compare_packed(templates[:1], buffer, spans[order], of, threads=3)
        assert found.tolist() == wanted
    assert len(compare_packed([], b"", np.zeros(1, np.int64), np.zeros(0, np.int32))) == 0


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 30), st.data())
def test_a_changed_byte_is_an_error_that_names_the_record(
    seed: int, count: int, choose: st.DataObject
) -> None:
    templates = [some_template(np.random.default_rng(seed), count) for _ in range(5)]
    data, spans = joined(templates)
    changed = bytearray(data)
    place = choose.draw(st.integers(0, len(data) - 1))
    changed[place] ^= choose.draw(st.integers(1, 255))
    record = int(np.searchsorted(spans[:, 1], place, side="right"))
    of = np.zeros(5, np.int32)
    with pytest.raises(TemplateFormatError) as caught:
        compare_packed(templates[:1], changed, spans, of, threads=2)
    assert caught.value.source == f"record {record}"
    with pytest.raises(TemplateFormatError) as caught:
        unpack(bytes(changed[slice(*spans[record])]))
    with pytest.raises(TemplateFormatError, match=f"record {record}") as listed:
        packed_directory(changed, spans[:, 0], spans[:, 1])
    assert listed.value.message == caught.value.message
    # As one run, the walk stops at the same record.
    with pytest.raises(TemplateFormatError, match="record 0"):
        packed_directory(changed, spans[:1, 0], spans[-1:, 1])


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 30), st.data())
def test_bytes_cut_off_are_an_error_that_names_the_record(
    count: int, choose: st.DataObject
) -> None:
    templates = [some_template(np.random.default_rng(count), count) for _ in range(3)]
    data, spans = joined(templates)
    kept = choose.draw(st.integers(0, len(data) - 1))
    record = int(np.searchsorted(spans[:, 1], kept, side="right"))
    with pytest.raises(TemplateFormatError, match=f"record {record}: .*cut off"):
        compare_packed(templates[:1], data[:kept], spans, np.zeros(3, np.int32))
    short = spans.copy()
    short[1, 1] = choose.draw(st.integers(int(short[1, 0]), int(short[1, 1]) - 1))
    with pytest.raises(TemplateFormatError, match="record 1"):
        compare_packed(templates[:1], data, short, np.zeros(3, np.int32))
    short[1, 1] = spans[1, 1] + 1
    with pytest.raises(TemplateFormatError, match=r"record 1.* follow the record"):
        compare_packed(templates[:1], data, short, np.zeros(3, np.int32))


@settings(max_examples=300, deadline=None)
@given(st.integers(3, 60), st.integers(0, 255), st.integers(0, 9))
def test_what_a_whole_record_may_say_is_what_unpack_lets_it(
    place: int, value: int, count: int
) -> None:
    """A byte other than another, with the right checksum: impossible values are told apart."""
    record = bytearray(pack(some_template(np.random.default_rng(count), count, 4000)))[:-4]
    record[min(place, len(record) - 1)] = value
    record += zlib.crc32(record).to_bytes(4, "little")
    known = some_template(np.random.default_rng(1), 9)
    spans, of = np.array([[0, len(record)]]), np.zeros(1, np.int32)
    try:
        template = unpack(bytes(record))
    except TemplateError as error:
        refusal: TemplateError | None = error
    else:
        refusal = None
    if refusal is None:
        wanted = TemplateSet([template]).compare(known)
        assert compare_packed([known], record, spans, of).tolist() == wanted.tolist()
    elif "utf-8" not in refusal.message:  # the reason is not looked at
        with pytest.raises(type(refusal)) as caught:
            compare_packed([known], record, spans, of)
        assert caught.value.message == refusal.message


@pytest.mark.parametrize("field", ["finger", "impression", "quality"])
def test_every_code_is_known_here_if_it_is_known_there(field: str) -> None:
    at = {"quality": 8, "finger": 9, "impression": 10}[field]
    sound = bytearray(pack(some_template(np.random.default_rng(1), 5)))[:-4]
    for code in range(256):
        sound[at] = code
        record = bytes(sound) + zlib.crc32(sound).to_bytes(4, "little")
        try:
            unpack(record)
        except TemplateError as error:
            with pytest.raises(type(error), match="record 0"):
                packed_directory(record, np.array([0]), np.array([len(record)]))
        else:
            found = packed_directory(record, np.array([0]), np.array([len(record)]))
            assert len(found.finger) == 1


def test_the_first_of_several_faults_is_named_whatever_the_threads() -> None:
    templates = [some_template(np.random.default_rng(k), 12) for k in range(300)]
    data, spans = joined(templates)
    spans[[70, 71, 250], 1] -= 1
    for threads in (1, 2, 7):
        with pytest.raises(TemplateFormatError, match="record 70, "):
            compare_packed(templates[:1], data, spans, np.zeros(300, np.int32), threads=threads)


def test_a_directory_lists_what_each_run_holds() -> None:
    random = np.random.default_rng(2)
    runs = [
        [some_template(random, int(random.integers(0, 99))) for _ in range(n)] for n in (10, 0, 3)
    ]
    blocks = [b"".join(map(pack, run)) for run in runs]
    stops = np.cumsum([len(block) for block in blocks])
    starts = stops - [len(block) for block in blocks]
    # The middle one is empty; the first is asked for twice.
    found = packed_directory(b"".join(blocks), starts[[2, 1, 0, 0]], stops[[2, 1, 0, 0]])
    assert found.record_of.tolist() == [0] * 3 + [2] * 10 + [3] * 10
    listed = runs[2] + runs[0] + runs[0]
    data = b"".join(blocks)
    for template, start, stop in zip(listed, found.starts, found.stops, strict=True):
        assert unpack(data[start:stop]) == template
    assert found.finger.tolist() == [t.finger for t in listed]
    assert found.quality.tolist() == [t.quality for t in listed]


def test_what_does_not_fit_together_is_refused() -> None:
    template = some_template(np.random.default_rng(3), 10)
    data, spans = joined([template])
    zero = np.zeros(1, np.int32)
    for of in (np.array([1]), np.array([-1])):
        with pytest.raises(IndexError, match="no such probe"):
            compare_packed([template], data, spans, of)
    with pytest.raises(ValueError, match="length"):
        compare_packed([template], data, spans, np.zeros(2, np.int32))
    with pytest.raises(ValueError, match="threads"):
        compare_packed([template], data, spans, zero, threads=0)
    with pytest.raises(ValueError, match="shape"):
        compare_packed([template], data, np.zeros((1, 3), np.int64), zero)
    with pytest.raises(ValueError, match="Integers"):
        compare_packed([template], data, spans + 0.5, zero)
    with pytest.raises(ValueError, match="beyond"):
        compare_packed([template], data, spans, np.array([2**40]))
    with pytest.raises(ValueError, match="not bytes"):
        compare_packed([template], np.zeros(9, np.int64), spans, zero)  # type: ignore[arg-type]
    for span in ([-1, len(data)], [5, 2], [0, len(data) + 1], [2**62, 2**63 - 1]):
        with pytest.raises(TemplateFormatError, match="record 0"):
            compare_packed([template], data, np.array([span]), zero)
        with pytest.raises(TemplateFormatError, match="record 0"):
            packed_directory(data, np.array(span[:1]), np.array(span[1:]))


def test_an_impossible_minutia_is_a_range_error() -> None:
    record = bytearray(pack(some_template(np.random.default_rng(4), 10)))[:-4]
    record[14] = record[15] = 255  # x is 4095
    record += zlib.crc32(record).to_bytes(4, "little")
    with pytest.raises(TemplateRangeError, match=r"record 0, x: .*4095"):
        compare_packed(
            [some_template(np.random.default_rng(5), 10)],
            record,
            np.array([0, len(record)]),
            np.zeros(1, np.int32),
        )
