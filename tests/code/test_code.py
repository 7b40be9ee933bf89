"""Fingers' codes against the slow oracle, at every instruction set and with several threads."""

import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.code import oracle

from tenprint import _native
from tenprint.formats import pack, unpack
from tenprint.gallery import load_parameters, with_quantiser
from tenprint.match._match import native_rows
from tenprint.model import Template, TemplateFormatError, make_minutiae
from tenprint.synth import population

LEVELS = range(_native.best_level() + 1)
KNOWN = load_parameters()


@pytest.fixture(autouse=True)
def _restore_level() -> Iterator[None]:
    yield
    _native.set_level(_native.best_level())


def joined(blobs: Sequence[bytes]) -> tuple[Any, Any, Any]:
    stops = np.cumsum([len(blob) for blob in blobs], dtype=np.int64)
    starts = stops - np.array([len(blob) for blob in blobs], np.int64)
    return np.frombuffer(b"".join(blobs), np.uint8), starts, stops


def template(seed: int, count: int, extent: int = 300, least: int = 0, most: int = 100) -> Template:
    random = np.random.default_rng(seed)
    x, y = random.integers(0, extent, (2, count))
    confidence = random.integers(least, most + 1, count)
    rows = make_minutiae(x, y, random.uniform(0, 6.28, count), 1, confidence)
    return Template(rows, extent, extent, 60)


def check(blobs: Sequence[bytes]) -> None:
    data, starts, stops = joined(blobs)
    found, aggregated = [], []
    for level in LEVELS:
        _native.set_level(level)
        for threads in (1, 2, 3):
            vectors = KNOWN.vectors(data, starts, stops, threads=threads)
            codes = KNOWN.encode(data, starts, stops, threads=threads)
            found.append((vectors.tobytes(), codes.tobytes()))
        aggregated.append(np.asarray(KNOWN.native.fisher(data, starts, stops)[1]).tobytes())
    assert len(set(found)) == len(set(aggregated)) == 1, "levels or threads differ"
    for blob, vector, own in zip(blobs, vectors, codes, strict=True):
        rows = native_rows(unpack(blob))
        expected = oracle.vector(rows, KNOWN)
        np.testing.assert_allclose(vector, expected, atol=1e-4)
        if not expected.any():
            assert not vector.any()
            assert own.tolist() == [0xFF] * 24
            continue
        # Nearly as near is near enough: the oracle rounds otherwise.
        allowed = oracle.code(expected, KNOWN, 1e-4)
        for number, able in zip(oracle.parts(own), allowed, strict=True):
            assert number in able


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**32 - 1),
            st.integers(0, 60),
            st.sampled_from([1, 40, 300, 4095]),
            st.sampled_from([(0, 100), (100, 100), (0, 1)]),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_codes_are_the_oracles(wanted: list[tuple[int, int, int, tuple[int, int]]]) -> None:
    check([pack(template(seed, n, extent, *w)) for seed, n, extent, w in wanted])


def test_codes_of_fictitious_people_are_the_oracles() -> None:
    check(list(population(11, 2, seed=3)) + list(population(11, 1, seed=3, impression=1)))


@pytest.mark.parametrize("count", [1, 2, 16, 17, 255])
def test_any_number_of_minutiae(count: int) -> None:
    check([pack(template(count, count, 400))])


@pytest.mark.parametrize("n", [0, 1, 7, 8, 9, 63, 64, 65, 200])
def test_batches_and_threads_do_not_mix_prints_up(n: int) -> None:
    """Each code is that of the template alone, whatever shares its batch."""
    some = [pack(template(k, 5 + k, 200)) for k in range(5)] + [pack(template(0, 0))]
    alone = [KNOWN.encode(*joined([blob]))[0].tobytes() for blob in some]
    assert len(set(alone)) == 6
    for level in LEVELS:
        _native.set_level(level)
        for threads in (1, 3, 50):
            blobs = [some[k * 7 % 6] for k in range(n)]
            data, starts, stops = (
                joined(blobs) if n else (np.empty(0, np.uint8), *[np.empty(0, np.int64)] * 2)
            )
            codes = KNOWN.encode(data, starts, stops, threads=threads)
            assert [c.tobytes() for c in codes] == [alone[k * 7 % 6] for k in range(n)]


def test_records_may_lie_anywhere() -> None:
    """In any order, with anything between, and twice."""
    one, two = pack(template(1, 30)), pack(template(2, 31))
    data = np.frombuffer(b"junk" + one + b"???" + two, np.uint8)
    first, second = 4, 4 + len(one) + 3
    starts = np.array([second, first, second], np.int64)
    stops = np.array([len(data), first + len(one), len(data)], np.int64)
    expected = KNOWN.encode(*joined([two, one, two]))
    assert KNOWN.encode(data, starts, stops).tolist() == expected.tolist()


def test_a_print_without_minutiae_has_the_absent_code() -> None:
    empty, weightless = template(1, 0), template(1, 20, most=0)
    data, starts, stops = joined([pack(empty), pack(weightless)])
    for level in LEVELS:
        _native.set_level(level)
        assert (KNOWN.encode(data, starts, stops) == 0xFF).all()
        assert not KNOWN.vectors(data, starts, stops).any()
    assert not KNOWN.decode(np.full((1, 24), 0xFF, np.uint8)).any()


@pytest.mark.parametrize("where", [0, 3, 8, 63, 64, 130])
@pytest.mark.parametrize("change", ["flip", "cut", "long", "value"])
def test_a_damaged_record_is_named(where: int, change: str) -> None:
    blobs = [pack(template(k, 12)) for k in range(131)]
    if change == "flip":
        blobs[where] = blobs[where][:30] + bytes([blobs[where][30] ^ 4]) + blobs[where][31:]
    elif change == "cut":
        blobs[where] = blobs[where][:-1]
    elif change == "long":
        blobs[where] += b"\0"
    else:  # right checksum, a minutia outside the image
        body = blobs[where][:4] + b"\1\0\1\0" + blobs[where][8:-4]
        blobs[where] = body + zlib.crc32(body).to_bytes(4, "little")
    if where < 130:
        blobs[130] = blobs[130][:-1]  # the first is named, whichever thread finds which
    data, starts, stops = joined(blobs)
    for threads in (1, 2, 3):
        for run in (KNOWN.encode, KNOWN.vectors):
            with pytest.raises(TemplateFormatError) as caught:
                run(data, starts, stops, threads=threads)
            assert caught.value.field == f"record {where}"


@pytest.mark.parametrize(
    ("starts", "stops"),
    [([0], []), ([-1], [5]), ([5], [4]), ([0], [10**6]), ([2**62], [2**62 + 1])],
)
def test_spans_outside_are_refused(starts: list[int], stops: list[int]) -> None:
    data = np.frombuffer(pack(template(1, 9)), np.uint8)
    ends = np.array(starts, np.int64), np.array(stops, np.int64)
    with pytest.raises(ValueError, match=r"record|starts"):
        KNOWN.encode(data, *ends)
    with pytest.raises(ValueError, match=r"record|starts"):
        KNOWN.native.fisher(data, *ends)
    with pytest.raises(ValueError, match="threads"):
        KNOWN.encode(*joined([pack(template(1, 9))]), threads=0)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 40))
def test_quantised_is_the_nearest(seed: int, n: int) -> None:
    vectors = np.random.default_rng(seed).normal(0, 0.1, (n, 192)).astype(np.float32)
    codes = np.asarray(KNOWN.native.quantise(vectors))
    decoded = KNOWN.decode(codes)
    for vector, own, back in zip(vectors, codes, decoded, strict=True):
        for part, able in enumerate(oracle.code(vector, KNOWN, 1e-7)):
            number = oracle.parts(own)[part]
            assert number in able
            assert number < 15
            assert back[4 * part : 4 * part + 4].tolist() == KNOWN.centroids[part, number].tolist()
    # What a code stands for has the same code.
    assert np.asarray(KNOWN.native.quantise(decoded)).tolist() == codes.tolist()


def test_ties_go_to_the_lower_number() -> None:
    from dataclasses import replace

    twins = KNOWN.centroids.copy()
    twins[:, 9] = twins[:, 4]
    known = replace(KNOWN, centroids=twins)
    vectors = np.ascontiguousarray(twins[:, 9].reshape(1, 192))
    assert oracle.parts(np.asarray(known.native.quantise(vectors))[0]) == [4] * 48


def look_up(table: Any, codes: Any) -> Any:
    numbers = np.array([oracle.parts(code) for code in codes])
    return table[np.arange(48), numbers].sum(1)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 12))
def test_tables_say_what_vectors_have_in_common(seed: int, fingers: int) -> None:
    """Up to rounding: half a step a part, and where each part begins, which is the same for all."""
    probes = list(population(seed, 2, seed=9))[:fingers]
    fingers = len(probes)
    vectors = KNOWN.vectors(*joined(probes))
    quality = np.array([blob[8] for blob in probes])
    tables = KNOWN.tables(vectors, quality)
    assert tables.shape == (fingers, 48, 16)
    assert tables.max() <= 126
    assert tables.max(2).astype(int).sum() <= 65_000
    # Every value alone: rounded, counted from the smallest of its part, all in one scale.
    parts = vectors.reshape(-1, 48, 1, 4).astype(np.float64)
    weight = np.interp(quality, *KNOWN.weight) / np.sqrt(
        np.einsum("fi,ij,fj->f", vectors, KNOWN.scatter, vectors)
    )
    values = (parts * (KNOWN.centroids - KNOWN.middle.reshape(48, 1, 4))).sum(3)
    values = np.pad(values * weight[:, None, None], ((0, 0), (0, 0), (0, 1)))
    values -= values.min(2, keepdims=True)
    scale = (tables * values).sum() / (values * values).sum()
    np.testing.assert_allclose(tables, values * scale, atol=0.6)
    codes = KNOWN.encode(*joined(list(population(seed + 10, 5, seed=9))))
    codes = np.concatenate([codes, np.full((1, 24), 0xFF, np.uint8)])
    decoded = KNOWN.decode(codes).astype(np.float64)
    spread = np.sqrt(np.einsum("fi,ij,fj->f", vectors, KNOWN.scatter, vectors))
    exact = vectors @ decoded.T - (vectors @ KNOWN.middle)[:, None]
    exact[:, -1] = 0  # an absent finger adds what a stranger adds on average
    exact *= (np.interp(quality, *KNOWN.weight) / spread)[:, None]
    found = np.array([look_up(table.astype(int), codes) for table in tables], float)
    found -= found[:, -1:]
    step = np.abs(exact).max() and (found * exact).sum() / (exact * exact).sum()
    assert step > 0
    np.testing.assert_allclose(found, exact * step, atol=48 + 1)  # one scale for all fingers


def test_an_absent_finger_adds_what_an_average_stranger_adds() -> None:
    """Over many strangers: within a few hundredths of their spread, plus rounding."""
    strangers = list(population(0, 400, seed=5))
    codes = KNOWN.encode(*joined(strangers))
    decoded = KNOWN.decode(codes)
    known = KNOWN
    probe = list(population(5000, 1, seed=5))[:1]
    vector = known.vectors(*joined(probe))
    own = with_quantiser_background(decoded)
    table = own.tables(vector, np.array([60]))[0].astype(int)
    scores = look_up(table, codes)
    absent = look_up(table, np.full((1, 24), 0xFF, np.uint8))[0]
    assert abs(scores.mean() - absent) <= 0.5 * 48**0.5 * 3 + 0.01 * scores.std()


def with_quantiser_background(decoded: Any) -> Any:
    """The shipped parameters with the strangers taken from these codes."""
    from dataclasses import replace

    scatter = np.cov(decoded.T).astype(np.float32)
    return replace(KNOWN, middle=decoded.mean(0).astype(np.float32), scatter=scatter)


def test_a_refitted_quantiser_is_finer_for_what_it_was_fitted_to() -> None:
    blobs = list(population(0, 60, seed=8))
    vectors = KNOWN.vectors(*joined(blobs))
    fitted = with_quantiser(KNOWN, vectors, seed=1)
    np.testing.assert_allclose(fitted.rotation @ fitted.rotation.T, np.eye(192), atol=1e-4)
    assert fitted.name != KNOWN.name

    def loss(known: Any) -> float:
        own = known.vectors(*joined(blobs))
        return float(((own - known.decode(known.encode(*joined(blobs)))) ** 2).sum())

    assert loss(fitted) < 0.9 * loss(KNOWN)


def test_frozen_codes() -> None:
    """A change of any code is a decision: every stored index would have to be derived again."""
    blobs = list(population(1, 20, seed=2026))
    codes = KNOWN.encode(*joined(blobs))
    assert [f"{zlib.crc32(codes.tobytes()):08x}", codes[0].tobytes().hex()] == FROZEN
    assert f"{KNOWN.name:08x}" == NAME


FROZEN = ["ac049fb3", "1093ec812336377a351b32a323db4b736d86c262d2be5573"]
NAME = "84f28b19"
