"""The scan against the slow oracle, at every instruction set and with several threads."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.scan import oracle

from tenprint import _native
from tenprint._native import scan_codes

LEVELS = range(_native.best_level() + 1)
EVERYBODY = 0xFFFFFFFF


@pytest.fixture(autouse=True)
def _restore_level() -> Iterator[None]:
    yield
    _native.set_level(_native.best_level())


def random_codes(random: np.random.Generator, planes: int, rows: int) -> list[Any]:
    return [random.integers(0, 256, (rows, 24)).astype(np.uint8) for _ in range(planes)]


def random_query(
    random: np.random.Generator, planes: int, asked: int, least: int, most: int
) -> tuple[list[int], Any]:
    positions = random.integers(0, planes, asked).tolist()
    return positions, fitting(random.integers(least, most + 1, (asked, 48, 16)))


def fitting(tables: Any) -> Any:
    """The same tables, groups made smaller where their largest values add up to more than 255."""
    groups = tables.max(2).reshape(-1, 6, 4, 2).sum((1, 3))
    shrunk = np.minimum(255, groups) / np.maximum(groups, 1)
    factor = np.tile(np.repeat(shrunk, 2, axis=1), 6)
    return np.floor(tables * factor[:, :, None] + 1e-9).astype(np.uint8)


def run(
    planes: list[Any], queries: list[Any], rows: int, k: int | list[int], *rest: Any
) -> list[list[tuple[int, int]]]:
    most = [k] * len(queries) if isinstance(k, int) else k
    found = scan_codes(planes, queries, rows, most, *rest)
    for rows, scores in found:
        assert (rows.dtype, scores.dtype) == (np.int64, np.uint16)
    return [
        list(zip(rows.tolist(), scores.tolist(), strict=True))  # type: ignore[attr-defined]
        for rows, scores in found
    ]


def check_all(
    codes: list[Any],
    queries: list[Any],
    rows: int,
    k: int | list[int],
    membership: Any = None,
    status: Any = None,
    galleries: int = EVERYBODY,
    statuses: int = EVERYBODY,
    sums: list[list[int]] | None = None,
) -> None:
    planes = [oracle.plane(own) for own in codes]
    if sums is None:
        sums = [oracle.scores(codes, query, rows) for query in queries]
    most = [k] * len(queries) if isinstance(k, int) else k
    expected = [
        oracle.best(s, n, membership, status, galleries, statuses)
        for s, n in zip(sums, most, strict=True)
    ]
    for level in LEVELS:
        _native.set_level(level)
        for threads in (1, 2, 3):
            found = run(planes, queries, rows, k, membership, status, galleries, statuses, threads)
            assert found == expected, (level, threads)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 70),
    st.integers(1, 80),
    st.integers(1, 3),
    st.lists(st.integers(1, 4), max_size=4),
    st.sampled_from([(0, 127), (255, 255), (0, 1), (0, 0), (18, 21)]),
    st.booleans(),
    st.booleans(),
    st.integers(0, EVERYBODY),
    st.integers(0, 15),
)
def test_scores_rows_and_order_are_the_oracles(
    seed: int,
    rows: int,
    k: int,
    planes: int,
    asked: list[int],
    values: tuple[int, int],
    members: bool,
    statuses: bool,
    galleries: int,
    wanted: int,
) -> None:
    random = np.random.default_rng(seed)
    codes = random_codes(random, planes, rows)
    queries = [random_query(random, planes, n, *values) for n in asked]
    membership = random.integers(0, 2**32, rows, np.uint32) if members else None
    if membership is not None:  # mostly one gallery each, so that the mask leaves some out
        membership &= np.uint32(1) << random.integers(0, 32, rows).astype(np.uint32)
    status = random.integers(0, 4, rows).astype(np.uint8) if statuses else None
    most = [1 + (k + 7 * n) % 80 for n in range(len(queries))]
    check_all(codes, queries, rows, most, membership, status, galleries, wanted)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 70),
    st.integers(1, 12),
    st.integers(0, 30),
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=3),
    st.booleans(),
)
def test_some_planes_are_read_of_the_best_only(
    seed: int, rows: int, k: int, more: int, shape: list[tuple[int, int]], members: bool
) -> None:
    """The best by the first planes, then the best of those by all."""
    random = np.random.default_rng(seed)
    codes = random_codes(random, 3, rows)
    planes = [oracle.plane(own) for own in codes]
    queries = [random_query(random, 3, n, 0, 4) for n, _ in shape]
    early = [(min(n, first), k + more) for n, first in shape]
    membership = random.integers(0, 4, rows).astype(np.uint32) if members else None
    expected = []
    for (positions, tables), (first, keep) in zip(queries, early, strict=True):
        everybody = oracle.scores(codes, (positions, tables), rows)
        if first == len(positions):
            expected.append(oracle.best(everybody, k, membership, None, 1))
            continue
        head = oracle.scores(codes, (positions[:first], tables[:first]), rows)
        kept = [row for row, _ in oracle.best(head, keep, membership, None, 1)]
        whole = sorted(((row, everybody[row]) for row in kept), key=lambda e: (-e[1], e[0]))
        expected.append(whole[:k])
    for level in LEVELS:
        _native.set_level(level)
        for threads in (1, 3):
            found = run(planes, queries, rows, k, membership, None, 1, EVERYBODY, threads, early)
            assert found == expected, (level, threads)


@pytest.mark.parametrize("rows", [2047, 2048, 2049, 6001, 2048 * 64 * 2 + 17])
@pytest.mark.parametrize("k", [1, 5, 700])
def test_many_rows(rows: int, k: int) -> None:
    """Several chunks, strips and shrinkings of the best; few values, so that most rows tie."""
    random = np.random.default_rng(rows)
    code = random.integers(0, 256, (4, 24)).astype(np.uint8)
    kind = random.integers(0, 4, rows)
    codes = code[kind]
    query = random_query(random, 1, 2, 0, 40)
    each = oracle.scores([code], query, 4)
    sums = [each[which] for which in kind]
    filled = np.full((-(-rows // 16) * 16, 24), 0xFF, np.uint8)
    filled[:rows] = codes
    plane = np.ascontiguousarray(filled.reshape(-1, 16, 24).swapaxes(1, 2)).reshape(-1)
    membership = (1 << random.integers(0, 3, rows)).astype(np.uint32)
    status = random.integers(0, 3, rows).astype(np.uint8)
    for galleries, statuses in ((EVERYBODY, EVERYBODY), (5, 1), (2, 6), (0, 1), (1, 0)):
        expected = oracle.best(sums, k, membership, status, galleries, statuses)
        for level in LEVELS:
            _native.set_level(level)
            for threads in (1, 3):
                found = run(
                    [plane], [query], rows, k, membership, status, galleries, statuses, threads
                )
                assert found == [expected]


def test_rising_scores_push_out_the_earlier() -> None:
    """Every row is better than the one before: the worst case of keeping the best."""
    rows = 5000
    codes = np.zeros((rows, 24), np.uint8)
    for part in range(4):  # the row's number to the base of 16, in the first four parts
        digit = np.arange(rows) >> 4 * (3 - part) & 15
        codes[:, part // 2] |= (digit << 4 * (part % 2)).astype(np.uint8)
    filled = np.zeros((-(-rows // 16) * 16, 24), np.uint8)
    filled[:rows] = codes
    plane = np.ascontiguousarray(filled.reshape(-1, 16, 24).swapaxes(1, 2)).reshape(-1)
    table = np.zeros((1, 48, 16), np.uint8)
    table[0, 1] = np.arange(16) * 16
    table[0, 2] = np.arange(16)
    sums = (np.arange(rows) >> 8 & 15) * 16 + (np.arange(rows) >> 4 & 15)
    for k in (1, 3, 513, 6000):
        for level in LEVELS:
            _native.set_level(level)
            assert run([plane], [([0], table)], rows, k, None, None, 1, 1, 2) == [
                oracle.best(sums.tolist(), k)
            ]


def test_the_largest_sums_fit() -> None:
    """255 in a group is reached and not passed, by the person in the even and the odd place."""
    table = np.zeros((48, 16), np.uint8)
    for group in range(4):  # byte b's parts are 2 b and 2 b + 1, and it is in group b % 4
        parts = [part for part in range(48) if part // 2 % 4 == group]
        table[parts, 3] = 21
        table[parts[group], 3] += 3
    tables = np.repeat(table[None], 64, 0)
    codes = np.full((33, 24), 0x33, np.uint8)
    codes[1::2] = 0
    planes = [oracle.plane(codes)]
    for level in LEVELS:
        _native.set_level(level)
        for count in (1, 2):  # alone, and sharing the pass
            for rows, scores in scan_codes(planes, [([0] * 64, tables)] * count, 33, [40] * count):
                assert np.asarray(rows).tolist() == [*range(0, 33, 2), *range(1, 33, 2)]
                assert np.asarray(scores).tolist() == [64 * 4 * 255] * 17 + [0] * 16
    with pytest.raises(ValueError, match="65535"):
        scan_codes(planes, [([0] * 65, np.repeat(table[None], 65, 0))], 33, [40])
    table[6, 7] = 25
    with pytest.raises(ValueError, match="255"):
        scan_codes(planes, [([0], table[None])], 33, [40])


def test_nobody_and_nothing_asked() -> None:
    table = np.ones((1, 48, 16), np.uint8)
    empty = np.empty(0, np.uint8)
    for level in LEVELS:
        _native.set_level(level)
        assert run([empty], [([0], table)], 0, 5) == [[]]
        assert run([], [], 0, 5) == []
        assert run([], [], 7, 5) == []
        plane = oracle.plane(np.zeros((3, 24), np.uint8))
        assert run([plane], [([0], table)], 3, 2**62) == [[(0, 48), (1, 48), (2, 48)]]


PLANE = np.zeros(384, np.uint8)
TABLE = np.zeros((1, 48, 16), np.uint8)


@pytest.mark.parametrize(
    ("planes", "queries", "rows", "k", "more"),
    [
        ([PLANE], [([0], TABLE)], 17, 1, {}),
        ([PLANE[:383]], [([0], TABLE)], 1, 1, {}),
        ([PLANE, PLANE[:1]], [([0], TABLE)], 16, 1, {}),
        ([PLANE], [([1], TABLE)], 16, 1, {}),
        ([PLANE], [([-1], TABLE)], 16, 1, {}),
        ([PLANE], [([0, 0], TABLE)], 16, 1, {}),
        ([PLANE], [([], TABLE[:0])], 16, 1, {}),
        ([PLANE], [([0], TABLE + 22)], 16, 1, {}),
        ([PLANE], [([0], TABLE)], 16, [1, 1], {}),
        ([PLANE], [([0], TABLE)], 16, 1, {"early": [(0, 1)]}),
        ([PLANE], [([0], TABLE)], 16, 1, {"early": [(2, 1)]}),
        ([PLANE], [([0], TABLE)], 16, 2, {"early": [(1, 1)]}),
        ([PLANE], [([0], TABLE)], 16, 1, {"early": [(1, 1), (1, 1)]}),
        ([PLANE], [([0], TABLE)], 16, 0, {}),
        ([PLANE], [([0], TABLE)], 16, 1, {"threads": 0}),
        ([PLANE], [([0], TABLE)], 16, 1, {"threads": -1}),
        ([PLANE], [([0], TABLE)], 16, 1, {"membership": np.zeros(15, np.uint32)}),
        ([PLANE], [([0], TABLE)], 16, 1, {"status": np.zeros(15, np.uint8)}),
        # Rows whose bytes would not fit the machine's numbers.
        ([PLANE], [([0], TABLE)], 2**61, 1, {}),
        ([PLANE], [([0], TABLE)], 2**61 + 16, 1, {}),
        ([PLANE], [([0], TABLE)], 2**64 - 1, 1, {}),
    ],
)
def test_bad_arguments_are_refused(
    planes: Any, queries: Any, rows: int, k: int | list[int], more: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        scan_codes(planes, queries, rows, k if isinstance(k, list) else [k], **more)


@pytest.mark.parametrize(
    ("rows", "k", "table"),
    [
        (-1, 1, TABLE),
        (16, -1, TABLE),
        (16, 1, TABLE[:, :47].copy()),
        (16, 1, TABLE[0]),
        (2**64, 1, TABLE),
    ],
)
def test_other_types_are_refused(rows: int, k: int, table: Any) -> None:
    with pytest.raises(TypeError):
        scan_codes([PLANE], [([0], table)], rows, [k])


def test_reading_memory_reads_whole_strips() -> None:
    """The measure of memory adds up what it reads."""
    data = np.arange(2**22 * 2 + 5, dtype=np.uint64).astype(np.uint8)
    words = data[: 2**23].view(np.uint64)
    expected = int(words.sum(dtype=np.uint64))
    for threads in (1, 3):
        assert _native._kernels.read_memory(data, threads) == expected
