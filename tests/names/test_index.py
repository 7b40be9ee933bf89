"""The index: against comparing with everybody, through changes, seals and merges."""

import io
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.names.people import someone

from tenprint.model import (
    Biographics,
    InputError,
    PersonName,
    StoreFormatError,
    StoreVersionError,
)
from tenprint.names import NameIndex, _index, compare_people
from tenprint.names._frozen import Frozen
from tenprint.names._postings import Postings, merged
from tenprint.synth import VARIATIONS, biographics, vary, vary_as

PEOPLE = dict(biographics(0, 200))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of a few people, so that many are sealed and merged."""
    monkeypatch.setattr(_index, "_SEAL", 64)
    monkeypatch.setattr(_index, "_BULK", 50)


@pytest.fixture(scope="module")
def town() -> NameIndex:
    index = NameIndex()
    index.put_many((key, [who]) for key, who in PEOPLE.items())
    return index


def keys(index: NameIndex, query: Biographics, limit: int = 10) -> list[int]:
    return [each.key for each in index.search(query, limit)]


@pytest.mark.parametrize("change", VARIATIONS)
def test_variants_are_found(town: NameIndex, change: str) -> None:
    for number, who in list(PEOPLE.items())[:25]:
        query = vary_as(who, change, number)
        if query is not None:
            assert number in keys(town, query)


@given(st.integers(0, 199), st.integers(0, 10**6), st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_as_comparing_with_everybody(town: NameIndex, number: int, seed: int, changes: int) -> None:
    query, _ = vary(PEOPLE[number], seed, changes)
    found = {each.key: each for each in town.search(query, 200, least=0.7)}
    for key, who in PEOPLE.items():
        score = compare_people(query, who).score
        if key in found:
            assert found[key].score == pytest.approx(score, abs=1e-12)
        else:
            assert score < 0.75  # who shares so little may be left out
    scores = [each.score for each in found.values()]
    assert scores == sorted(scores, reverse=True)


operations = st.lists(
    st.tuples(st.sampled_from(["put", "remove", "many"]), st.integers(0, 11), st.integers(0, 199)),
    max_size=60,
)


@given(operations)
@settings(max_examples=25, deadline=None)
def test_changes_as_in_a_dictionary(steps: list[tuple[str, int, int]]) -> None:
    seal, _index._SEAL = _index._SEAL, 5
    try:
        index, truth = NameIndex(), dict[int, int]()
        for step, key, who in steps:
            if step == "put":
                index.put(key, [PEOPLE[who]])
                truth[key] = who
            elif step == "many":
                some = {key: who, key + 1: (who + 1) % 200}
                index.put_many((k, [PEOPLE[w]]) for k, w in some.items())
                truth |= some
            else:
                index.remove(key)
                truth.pop(key, None)
        index.settle()
        assert len(index) == len(truth)
        for key, who in truth.items():
            assert index.search(PEOPLE[who])[0].score == 1
            assert key in keys(index, PEOPLE[who])
            for each in PEOPLE[who].identifiers:
                assert key in index.by_identifier(each.kind, each.value)
        for who in {who for _, _, who in steps} - set(truth.values()):
            assert all(each.score < 1 for each in index.search(PEOPLE[who]))
            for each in PEOPLE[who].identifiers:
                assert index.by_identifier(None, each.value) == []
    finally:
        _index._SEAL = seal


@pytest.mark.usefixtures("small")
def test_searches_while_others_write() -> None:
    index = NameIndex()
    staying, coming = list(range(40)), list(range(100, 130))
    index.put_many((key, [PEOPLE[key]]) for key in staying)
    stop = threading.Event()
    faults: list[str] = []
    gone: set[int] = set()

    def write() -> None:
        while not stop.is_set():
            for key in coming:
                index.put(key, [PEOPLE[key]])
            for key in staying:  # the same again: it must be findable all the time
                index.put(key, [PEOPLE[key]])
            for key in coming:
                index.remove(key)
                gone.add(key)
            index.put_many((key, [PEOPLE[key]]) for key in staying)
            gone.clear()

    def search() -> None:
        for round_ in range(2):
            for key in staying:
                if key not in keys(index, PEOPLE[key]):
                    faults.append(f"{key} not found in round {round_}")

    writer = threading.Thread(target=write)
    readers = [threading.Thread(target=search) for _ in range(2)]
    for thread in (writer, *readers):
        thread.start()
    for thread in readers:
        thread.join()
    stop.set()
    writer.join()
    index.settle()
    assert faults == []
    assert len(index) == len(staying)
    for key in coming:
        assert key not in keys(index, PEOPLE[key])


def test_identifiers() -> None:
    index = NameIndex()
    index.put(7, [someone("Ann", "Reed", passport="ab-123"), someone(visa="V 9")])
    index.put_many([(8, [someone("Bo", "Larch", passport="AB124")])])
    assert index.by_identifier("PASSPORT", "AB 123") == [7]
    assert index.by_identifier(None, "ab123") == [7]
    assert index.by_identifier("visa", "ab123") == []
    assert index.by_identifier("visa", "v9") == [7]
    assert index.by_identifier("passport", "ab124") == [8]
    found = index.search(someone("Quentin", "Nobody", passport="ab/124", visa="1"), least=0)
    assert [each.key for each in found] == [8]
    assert [p.a for p in found[0].parts if p.kind == "identifier"] == ["PASSPORT AB124"]
    index.put(8, [someone("Bo", "Larch", passport="AB125")])
    assert index.by_identifier("passport", "ab124") == []
    index.remove(7)
    assert index.by_identifier(None, "ab123") == []


def test_what_only_a_date_is_known_of() -> None:
    index = NameIndex()
    index.put(1, [someone("Ann", "Reed", "1980-03-04")])
    index.put(2, [someone("", "", "1980-03-04")])
    found = index.search(someone("", "", "1980-04-03"))
    assert [each.key for each in found] == [1, 2]
    assert index.search(Biographics()) == []


def test_aliases_lead_to_one_person() -> None:
    index = NameIndex()
    index.put_many([(3, [someone("Ann", "Reed"), someone("Anna", "Quarry", "1980")])])
    assert keys(index, someone("Ann", "Reed")) == [3]
    assert keys(index, someone("Quarry Anna")) == [3]


def test_many_of_one_name() -> None:
    index = NameIndex()
    index.put_many((key, [someone("Maria", "Garcia", f"19{key % 100:02}")]) for key in range(1000))
    found = index.search(someone("Maria", "Garcia", "1942"), 5)
    assert [each.key for each in found] == [42, 142, 242, 342, 442]


@pytest.mark.parametrize("limit", [0, -1, 1001])
def test_limits(limit: int) -> None:
    with pytest.raises(InputError):
        NameIndex().search(someone("Ann", "Reed"), limit)


@pytest.mark.parametrize("key", [-1, 2**63])
def test_keys_out_of_range(key: int) -> None:
    with pytest.raises(InputError):
        NameIndex().put(key, [])


pairs = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30)), max_size=80)


@given(pairs, pairs, st.sets(st.integers(0, 30)))
def test_postings_are_a_dictionary_of_sets(
    some: list[tuple[int, int]], others: list[tuple[int, int]], dropped: set[int]
) -> None:
    def made(given_pairs: list[tuple[int, int]]) -> Postings:
        return Postings(
            np.array([key for key, _ in given_pairs], np.uint32),
            np.array([row for _, row in given_pairs], np.int32),
        )

    kept = np.array([-1 if row in dropped else row for row in range(31)], np.int32)
    shifted = np.arange(100, 131, dtype=np.int32)
    both = merged([(made(some), kept), (made(others), shifted)], np.uint32)
    truth = {(k, r) for k, r in some if r not in dropped} | {(k, r + 100) for k, r in others}
    for key in range(11):
        assert both.of(key).tolist() == sorted(r for k, r in truth if k == key)
    assert sorted(both.between(3, 6).tolist()) == sorted(r for k, r in truth if 3 <= k <= 6)


def again(index: NameIndex) -> NameIndex:
    """Through the bytes and back."""
    written = io.BytesIO()
    index.frozen().write(written.write)
    written.seek(0)
    other = NameIndex()
    other.thaw(Frozen.read(written.read))
    return other


@given(operations)
@settings(max_examples=25, deadline=None)
def test_written_and_read_it_finds_the_same(steps: list[tuple[str, int, int]]) -> None:
    index = NameIndex()
    for what, key, who in steps:
        if what == "put":
            index.put(key, [PEOPLE[who]])
        elif what == "many":
            index.put_many([(key, [PEOPLE[who]]), (key + 1, [PEOPLE[(who + 1) % 200]])])
        else:
            index.remove(key)
    other = again(index)
    assert len(other) == len(index)
    for who in range(0, 200, 9):
        assert other.search(PEOPLE[who], 50) == index.search(PEOPLE[who], 50)
        for stated in PEOPLE[who].identifiers:
            kind, value = stated.kind, stated.value
            assert other.by_identifier(kind, value) == index.by_identifier(kind, value)
    # It can be changed as any other.
    for one in (index, other):
        one.put(1, [PEOPLE[7]])
        one.remove(2)
    assert other.search(PEOPLE[7], 50) == index.search(PEOPLE[7], 50)


@pytest.mark.usefixtures("small")
def test_large_ones_are_written_while_they_are_tidied() -> None:
    index = NameIndex()
    index.put_many((key, [who]) for key, who in PEOPLE.items())
    for key in range(0, 200, 3):
        index.put(key, [PEOPLE[(key + 1) % 200]])
    other = again(index)
    index.settle()
    for who in range(0, 200, 7):
        assert other.search(PEOPLE[who], 50) == index.search(PEOPLE[who], 50)


def test_nothing_of_the_removed_is_written(small: None) -> None:
    for late in (False, True):
        index = NameIndex()
        index.put_many((key, [who]) for key, who in PEOPLE.items())
        odd = Biographics(
            names=(PersonName("Zzyzxwv", "Qwghlmblatt"),), birth_dates=("1911-11-11",)
        )
        if late:
            index.put(999, [odd])
        else:
            index.put_many([(999, [odd])])
        assert keys(index, odd) == [999]
        index.remove(999)
        written = io.BytesIO()
        index.frozen().write(written.write)
        assert b"zyzx" not in written.getvalue().lower()
        assert b"qwghlm" not in written.getvalue().lower()
        assert keys(again(index), odd) == []


def test_what_is_cut_off_or_of_other_code_is_refused(town: NameIndex) -> None:
    written = io.BytesIO()
    town.frozen().write(written.write)
    data = written.getvalue()
    for size in (0, 3, 4, 50, len(data) // 2, len(data) - 1):
        with pytest.raises(StoreFormatError):
            Frozen.read(io.BytesIO(data[:size]).read)
    other = data.replace(b'"by": "', b'"by": "0', 1)
    other = (int.from_bytes(data[:4], "big") + 1).to_bytes(4, "big") + other[4:]
    with pytest.raises(StoreVersionError):
        Frozen.read(io.BytesIO(other).read)
