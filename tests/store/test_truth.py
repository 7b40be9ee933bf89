"""The store of format 2, the same on SQLite and PostgreSQL."""

import threading
from pathlib import Path

import numpy as np
import pytest
from tests.store.people import new_person, packed_person, template

from tenprint.formats import pack, read_templates
from tenprint.model import (
    ConflictError,
    Finger,
    InputError,
    NotFoundError,
    PersonExistsError,
    PersonNotFoundError,
    StoreError,
)
from tenprint.store import Encounter, NewPerson, Original, PersonStatus, TruthStore


def test_what_went_in_comes_out(where: str) -> None:
    prints = [template(1), template(2, Finger.LEFT_THUMB), template(3)]
    first, second = b"".join(map(pack, prints)), pack(template(4))
    with TruthStore.open(where) as store:
        assert store.insert_people([NewPerson("Åsa Ö. 山田", first), new_person(1)]) == [1, 2]
        assert store.add_encounter("Åsa Ö. 山田", second) == (1, 2)
    with TruthStore.open(where, create=False) as store:
        found = store.encounters_of([1])
        assert found == [Encounter(1, 1, True, first), Encounter(1, 2, True, second)]
        assert all(type(each.active) is bool and type(each.packed) is bytes for each in found)
        assert read_templates(found[0].packed) == prints
        assert store.names_of([2, 1, 7]) == {1: "Åsa Ö. 山田", 2: "P1"}
        assert (store.id_of("P1"), store.id_of("P9")) == (2, None)
        assert store.ids_of(["P1", "nobody", "Åsa Ö. 山田"]) == {"P1": 2, "Åsa Ö. 山田": 1}
        assert store.people() == ["Åsa Ö. 山田", "P1"]
        assert (store.count(), store.last_id(), store.change()) == ((2, 3), 2, 3)
        assert store.meta()["format"] == "2"
        assert store.meta()["extractor"].startswith("tenprint ")


def test_a_batch_is_enrolled_as_a_whole_or_not_at_all(where: str) -> None:
    with TruthStore.open(where) as store:
        store.insert_people([new_person(1)])
        with pytest.raises(PersonExistsError, match="P1: A person is already enrolled"):
            store.insert_people([new_person(2), new_person(1), new_person(3)])
        with pytest.raises(PersonExistsError) as caught:
            store.insert_people([new_person(2), new_person(2)])
        assert caught.value.field == "P2"
        assert (store.people(), store.count(), store.last_id()) == (["P1"], (1, 1), 1)
        assert store.insert_people([new_person(2)]) == [2]
        assert store.insert_people([]) == []


@pytest.mark.parametrize(
    "wrong",
    [
        NewPerson("", b"x"),
        NewPerson("x" * 201, b"x"),
        NewPerson("a\0b", b"x"),
        NewPerson("\ud800", b"x"),
        NewPerson("A", b""),
        NewPerson("A", b"x", galleries=0),
        NewPerson("A", b"x", galleries=2**31),
        NewPerson("A", b"x", status=PersonStatus.DELETED),
        NewPerson("A", b"x", status=-1),
        NewPerson("A", b"x", originals=[Original(Finger.LEFT_THUMB, 50, "image/png", b"x")]),
        NewPerson("A", b"x", originals=[Original(Finger.LEFT_THUMB, 500, "", b"x")]),
        NewPerson("A", b"x", originals=[Original(Finger.LEFT_THUMB, 500, "image/png", b"")]),
    ],
)
def test_what_cannot_be_stored_is_refused(where: str, wrong: NewPerson) -> None:
    with TruthStore.open(where) as store:
        with pytest.raises(InputError):
            store.insert_people([new_person(1), wrong])
        assert store.count() == (0, 0)


def test_extremes_are_stored(where: str) -> None:
    name = "\U0001f600" * 200
    new = NewPerson(name, b"\0\xff" * 100_000, galleries=2**31 - 1, status=PersonStatus.SEALED)
    with TruthStore.open(where) as store:
        store.insert_people([new])
        assert store.names_of([1]) == {1: name}
        assert store.encounters_of([1])[0].packed == new.packed
        assert store.changed_since(0, 9) == [(1, 1, 2, 2**31 - 1)]


def test_the_feed_follows_every_change(where: str) -> None:
    with TruthStore.open(where) as store:
        store.insert_people([new_person(n) for n in range(4)])
        assert [each.id for each in store.changed_since(0, 100)] == [1, 2, 3, 4]
        assert [each.id for each in store.changed_since(1, 2)] == [2, 3]

        def seen(change: int) -> tuple[int, int, int]:
            (only,) = store.changed_since(change, 100)
            assert only.change == store.change() == change + 1
            return only.id, only.status, only.galleries

        store.add_encounter("P0", packed_person(9))
        assert seen(4) == (1, 0, 1)
        store.replace_encounter("P1", 1, packed_person(8))
        assert seen(5) == (2, 0, 1)
        store.set_status("P2", PersonStatus.SEALED)
        assert seen(6) == (3, 2, 1)
        store.set_galleries("P3", 0b110)
        assert seen(7) == (4, 0, 6)
        store.set_active("P0", 1, False)
        assert seen(8) == (1, 0, 1)
        store.delete_encounter("P0", 1)
        assert seen(9) == (1, 0, 1)
        store.delete("P1")
        assert seen(10) == (2, 3, 0)
        store.replace_packed([(4, 1, packed_person(7))])
        assert seen(11) == (4, 0, 6)
        # Once through all of it: each person at the last place.
        assert [each.id for each in store.changed_since(0, 100)] == [3, 1, 2, 4]
        with pytest.raises(InputError):
            store.changed_since(0, 0)


def test_encounters_live_and_die(where: str) -> None:
    with TruthStore.open(where) as store:
        store.insert_people([new_person(1)])
        with pytest.raises(ConflictError, match="last active"):
            store.delete_encounter("P1", 1)
        with pytest.raises(ConflictError, match="last active"):
            store.set_active("P1", 1, False)
        store.add_encounter("P1", packed_person(2))
        store.set_active("P1", 1, False)
        with pytest.raises(ConflictError):
            store.set_active("P1", 2, False)
        assert [each.encounter for each in store.encounters_of([1])] == [2]
        known = store.encounters_of([1], active_only=False)
        assert [(each.encounter, each.active) for each in known] == [(1, False), (2, True)]
        store.set_active("P1", 1, True)
        store.delete_encounter("P1", 2)
        assert store.add_encounter("P1", packed_person(3)) == (1, 3)  # 2 is not given again
        store.replace_encounter("P1", 3, packed_person(4))
        assert store.encounters_of([1])[1].packed == packed_person(4)
        for call in (store.delete_encounter, lambda p, e: store.set_active(p, e, True)):
            with pytest.raises(NotFoundError, match="encounter 2"):
                call("P1", 2)
        with pytest.raises(NotFoundError, match="encounter 9"):
            store.replace_encounter("P1", 9, b"x")
        assert store.count() == (1, 2)


def test_whoever_is_not_there_is_not_found(where: str) -> None:
    with TruthStore.open(where) as store:
        for call in (
            lambda: store.delete("A"),
            lambda: store.set_status("A", 1),
            lambda: store.set_galleries("A", 1),
            lambda: store.add_encounter("A", b"x"),
            lambda: store.replace_encounter("A", 1, b"x"),
            lambda: store.set_active("A\0", 1, False),
            lambda: store.delete_encounter("\udfff", 1),
        ):
            with pytest.raises(PersonNotFoundError):
                call()
        assert (store.id_of("A\0"), store.ids_of(["\ud800"])) == (None, {})
        assert store.change() == 0


def test_a_deleted_person_leaves_a_number_and_nothing_else(where: str) -> None:
    image = Original(Finger.LEFT_THUMB, 500, "image/png", b"pixels")
    with TruthStore.open(where) as store:
        batch = [new_person(1), NewPerson("Zebulon-77", packed_person(2), originals=[image])]
        store.insert_people(batch)
        store.delete("Zebulon-77")
        with pytest.raises(PersonNotFoundError):
            store.delete("Zebulon-77")
        assert store.encounters_of([1, 2], active_only=False) == [
            Encounter(1, 1, True, packed_person(1))
        ]
        assert (store.names_of([2]), store.originals_of(2, 1)) == ({}, [])
        assert (store.people(), store.count(), store.last_id()) == (["P1"], (1, 1), 2)
        assert [each.encounters for each in store.scan(1, 9)] == [[]]
        # The same identifier again is a new person.
        assert store.insert_people([batch[1]]) == [3]


def test_any_number_of_people_is_read_at_once(where: str) -> None:
    with TruthStore.open(where) as store:
        store.insert_people([NewPerson(f"P{n}", b"%d" % n) for n in range(2500)])
        wanted = np.random.default_rng(1).permutation(np.arange(0, 2600))
        found = store.encounters_of([*wanted, 2**31, -5, 2**70])
        assert [each.id for each in found] == list(range(1, 2501))
        assert all(each.packed == b"%d" % (each.id - 1) for each in found)
        assert len(store.names_of(wanted.tolist())) == 2500
        assert len(store.ids_of([f"P{n}" for n in range(5000)])) == 2500
        assert store.encounters_of([]) == []


def test_scanning_meets_everybody_once(where: str) -> None:
    with TruthStore.open(where) as store:
        store.insert_people([new_person(n) for n in range(10)])
        store.add_encounter("P3", packed_person(20))
        store.set_active("P3", 1, False)
        store.add_encounter("P4", packed_person(21))
        store.delete("P5")
        seen = []
        while page := store.scan(seen[-1].id if seen else 0, 3):
            assert len(page) <= 3
            seen += page
        assert [each.id for each in seen] == list(range(1, 11))
        assert {tuple(each[:4]) for each in seen} == set(store.changed_since(0, 99))
        assert [len(each.encounters) for each in seen] == [1, 1, 1, 1, 2, 0, 1, 1, 1, 1]
        together = [encounter for each in seen for encounter in each.encounters]
        assert together == store.encounters_of(range(1, 11))


def test_originals_belong_to_their_encounter(where: str) -> None:
    thumb = Original(Finger.LEFT_THUMB, 500, "image/x-wsq", bytes(range(256)) * 40)
    slap = Original(Finger.PLAIN_RIGHT_FOUR, 1000, "image/png", b"other")
    with TruthStore.open(where) as store:
        store.insert_people([NewPerson("A", packed_person(1), originals=[thumb, slap])])
        store.add_encounter("A", packed_person(2), originals=[slap])
        assert store.originals_of(1, 1) == [thumb, slap]
        assert store.originals_of(1, 2) == [slap]
        store.replace_packed([(1, 1, packed_person(3))])
        assert store.originals_of(1, 1) == [thumb, slap]
        store.replace_encounter("A", 1, packed_person(4), originals=[thumb])
        assert store.originals_of(1, 1) == [thumb]
        store.replace_encounter("A", 1, packed_person(4))
        assert store.originals_of(1, 1) == []
        store.delete_encounter("A", 2)
        assert store.originals_of(1, 2) == []


def test_templates_are_extracted_again_all_or_none(where: str) -> None:
    with TruthStore.open(where) as store:
        store.insert_people([new_person(n) for n in range(3)])
        store.add_encounter("P0", packed_person(5))
        change = store.change()
        with pytest.raises(NotFoundError, match="id 3, encounter 2"):
            store.replace_packed([(1, 1, b"new"), (3, 2, b"new")])
        with pytest.raises(InputError):
            store.replace_packed([(1, 1, b"new"), (1, 1, b"other")])
        assert store.change() == change
        store.replace_packed([(2, 1, b"two"), (1, 1, b"one"), (1, 2, b"one again")])
        assert [each.id for each in store.changed_since(change, 9)] == [1, 2]
        found = store.encounters_of([1, 2, 3])
        assert [each.packed for each in found[:3]] == [b"one", b"one again", b"two"]
        assert found[3].packed == packed_person(2)
        store.replace_packed([])


def test_templates_changed_meanwhile_are_left_alone(where: str) -> None:
    old = [packed_person(n) for n in range(3)]
    with TruthStore.open(where) as store:
        store.insert_people([new_person(n) for n in range(3)])
        store.replace_encounter("P1", 1, b"newer")
        store.delete("P2")
        change = store.change()
        updates = [(key, 1, b"extracted again") for key in (1, 2, 3)]
        assert store.replace_packed(updates, known=old) == [(2, 1), (3, 1)]
        assert [each.id for each in store.changed_since(change, 9)] == [1]
        found = [each.packed for each in store.encounters_of([1, 2, 3])]
        assert found == [b"extracted again", b"newer"]
        assert store.replace_packed(updates, known=old) == [(1, 1), (2, 1), (3, 1)]
        assert store.change() == change + 1
        with pytest.raises(InputError):
            store.replace_packed(updates, known=old[:2])


def test_encounters_with_originals_are_listed(where: str) -> None:
    image = Original(Finger.LEFT_THUMB, 500, "image/x-wsq", b"image")
    with TruthStore.open(where) as store:
        assert store.kept_originals((0, 0), 9) == []
        people = [NewPerson(f"P{n}", packed_person(n), originals=[image] * n) for n in range(4)]
        store.insert_people(people)
        store.add_encounter("P0", packed_person(5))
        store.add_encounter("P1", packed_person(5))
        for _ in range(2):
            store.add_encounter("P1", packed_person(5), [image])
        kept = [(2, 1), (2, 3), (2, 4), (3, 1), (4, 1)]
        assert store.kept_originals((0, 0), 9) == kept
        assert store.kept_originals((0, 0), 2) == kept[:2]
        assert store.kept_originals((2, 3), 2) == kept[2:4]
        assert store.count_originals() == 5
        store.delete("P1")
        assert store.kept_originals((0, 0), 9) == kept[3:]


def test_threads_share_a_store(where: str) -> None:
    """Eight threads write and read at once; nobody is lost, nobody counted twice."""
    with TruthStore.open(where, busy_timeout=60) as store:

        def work(number: int) -> None:
            for n in range(10):
                (key,) = store.insert_people([new_person(100 * number + n)])
                assert store.encounters_of([key])[0].packed == packed_person(100 * number + n)
                assert store.names_of([key]) == {key: f"P{100 * number + n}"}

        _together(*[lambda n=n: work(n) for n in range(8)])
        assert store.count() == (80, 80)
        assert [each.id for each in store.changed_since(0, 100)] == list(range(1, 81))


def test_a_store_in_memory_is_shared_by_threads() -> None:
    with TruthStore.open(":memory:") as store:
        _together(*[lambda n=n: store.insert_people([new_person(n)]) for n in range(8)])
        assert (store.count(), store.source) == ((8, 8), ":memory:")


def test_a_closed_store_says_so(where: str) -> None:
    store = TruthStore.open(where)
    store.close()
    store.close()
    for call in (store.change, lambda: store.delete("A"), lambda: store.scan(0, 1)):
        with pytest.raises(StoreError, match="closed"):
            call()


def test_a_store_is_made_only_if_wanted(where: str) -> None:
    with pytest.raises(NotFoundError):
        TruthStore.open(where, create=False)
    TruthStore.open(where).close()
    TruthStore.open(where, create=False).close()


def test_several_may_make_it_at_once(where: str) -> None:
    def make() -> None:
        with TruthStore.open(where, busy_timeout=30) as store:
            store.insert_people([new_person(threading.get_ident() % 10**9)])

    _together(*[make] * 6)
    with TruthStore.open(where) as store:
        assert store.last_id() == store.count()[0] >= 1


@pytest.mark.parametrize(
    "address",
    ["mysql://root:geheim@host/db", "postgresql+psycopg2://u:geheim@h/d", "http://:geheim@x:y:z"],
)
def test_other_databases_are_refused_without_showing_passwords(address: str) -> None:
    with pytest.raises(InputError) as caught:
        TruthStore.open(address)
    assert "geheim" not in str(caught.value)


def test_addresses_of_sqlite_are_files(tmp_path: Path) -> None:
    with TruthStore.open(f"sqlite:///{tmp_path}/a.tenprint") as store:
        assert store.source == str(tmp_path / "a.tenprint")
    with TruthStore.open("sqlite://") as store:
        assert store.source == ":memory:"


def _together(*works: object) -> None:
    """Run in threads, and raise what one of them raised."""
    failed: list[BaseException] = []

    def run(work: object) -> None:
        try:
            work()  # type: ignore[operator]
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for error in failed:
        raise error


def test_what_follows_a_commit(where: str) -> None:
    said: list[str] = []
    with TruthStore.open(where) as store:
        with store.writing() as change:
            change.insert_people([new_person(1)])
            change.then(lambda: said.append(f"first, of {store.count()[0]}"))
            change.then(lambda: said.append("second"))
        assert said == ["first, of 1", "second"]

        def enrol_twice() -> None:
            with store.writing() as change:
                change.then(lambda: said.append("never"))
                change.insert_people([new_person(1)])

        def fail_afterwards() -> None:
            with store.writing() as change:
                change.then(lambda: [][0])
                change.then(lambda: said.append("third"))

        with pytest.raises(PersonExistsError):
            enrol_twice()
        with pytest.raises(IndexError):
            fail_afterwards()
        assert said[2:] == ["third"]


def test_encounters_change_hands(where: str) -> None:
    image = Original(Finger.LEFT_THUMB, 500, "image/png", b"pixels")
    with TruthStore.open(where) as store:
        store.insert_people([new_person(n) for n in range(3)])
        store.add_encounter("P1", packed_person(7), [image])
        with store.writing() as change:
            assert change.move_encounter("P1", 2, "P0") == 2
            assert change.state("P0") == (1, 0, 1, {1: True, 2: True})
        assert store.originals_of(1, 2) == [image]
        assert store.originals_of(2, 2) == []
        for source, number, target, error in (
            ("P1", 1, "P0", ConflictError),
            ("P0", 1, "P0", ConflictError),
            ("P0", 3, "P1", NotFoundError),
            ("P9", 1, "P0", PersonNotFoundError),
        ):
            with pytest.raises(error), store.writing() as change:
                change.move_encounter(source, number, target)
        before = store.encounters_of([1, 2, 3], active_only=False)
        with store.writing() as change:
            moved = change.absorb("P0", "P2")
            assert moved == {1: 2, 2: 3}
        assert (store.count(), store.id_of("P0")) == ((2, 4), None)
        assert store.originals_of(3, 3) == [image]
        with pytest.raises(ConflictError), store.writing() as change:
            change.release("P2", 2, "P0", {2: 1}, 1)  # P1 was not absorbed
        with pytest.raises(PersonExistsError), store.writing() as change:
            change.release("P2", 1, "P1", {2: 1}, 1)
        with pytest.raises(ConflictError), store.writing() as change:
            change.release("P2", 1, "P0", {1: 3, 2: 1, 3: 2}, 1)  # none would be left
        with store.writing() as change:
            change.release("P2", 1, "P0", {2: 1, 3: 2}, 5)
        assert store.encounters_of([1, 2, 3], active_only=False) == before
        assert store.originals_of(1, 2) == [image]
        assert [tuple(row)[2:] for row in store.changed_since(0, 9) if row.id == 1] == [(0, 5)]
        assert store.add_encounter("P0", packed_person(8)) == (1, 3)
        with store.writing() as change:
            change.absorb("P0", "P2")
            change.forget(1)
        assert store.count() == (2, 5)


def test_the_log_is_copied_while_others_write(tmp_path: Path) -> None:
    """It does not grow for ever though somebody always writes, and the file itself has it all."""
    path = tmp_path / "town.tenprint"
    log = tmp_path / "town.tenprint-wal"
    ends = threading.Event()
    sizes = []
    with TruthStore.open(path) as store:

        def write() -> None:
            number = 0
            while not ends.is_set():
                store.insert_people([new_person(n) for n in range(number, number + 200)])
                number += 200

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(40):
                ends.wait(0.1)
                store.checkpoint()
                sizes.append(log.stat().st_size)
        finally:
            ends.set()
            writer.join()
        store.checkpoint()
        alone = tmp_path / "alone"
        alone.write_bytes(path.read_bytes())
        with TruthStore.open(alone, create=False) as copy:
            assert copy.count() == store.count()
    assert max(sizes) < 16 << 20
