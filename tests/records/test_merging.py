"""Merging, its undoing, moving and sealing, held against a plain model."""

import contextlib
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.records.people import encounter, event, who

from tenprint.model import ConflictError, Identifier, NotFoundError, PersonNotFoundError
from tenprint.names import NameIndex
from tenprint.records import (
    EventKind,
    PersonRecord,
    Records,
    RecordStatus,
    Vault,
    migrate,
)
from tenprint.store import PersonStatus, TruthStore


def state(records: Records, store: TruthStore, person: str) -> tuple[PersonRecord, list[Any]]:
    with store.reading() as connection:
        record = records.person(connection, person)
    row = [each for each in store.changed_since(0, 99) if each.id == record.number]
    found = store.encounters_of([record.number], active_only=False)
    return record, [row[0].status, row[0].galleries, found]


def test_a_merge_is_undone_exactly(records: Records, store: TruthStore) -> None:
    with store.writing() as change:
        records.new_person(change, "A", encounter(1, "e1", galleries=("criminal",)))
        records.new_person(change, "B", encounter(2, "e1", galleries=("civil",)))
        records.add_encounter(change, "B", encounter(3, "e2"))
        records.add_encounter(change, "B", encounter(4, "e3", active=False))
        records.delete_encounter(change, "B", "e2")
        records.add_event(change.connection, "A", event(1))
        records.add_event(change.connection, "B", event(2, sealed=True))
        records.add_identifier(change, "B", Identifier("fbi", "77"))
        records.subscribe(change.connection, "DMV", "B", [EventKind.ARREST], reference="r")
    before = state(records, store, "A"), state(records, store, "B")
    with store.writing() as change:
        merge = records.merge(change, "A", "B")
    both, _ = state(records, store, "A")
    assert [each.id[:2] for each in both.encounters] == ["e1", "e1", "e3"]
    assert [each.biographics for each in both.encounters] == [who(1), who(2), who(4)]
    assert len(both.events) == 2
    assert store.count() == (1, 3)
    with store.reading() as connection:
        gone = records.person(connection, "B")
        assert (gone.status, gone.merged_into) == (RecordStatus.MERGED, "A")
        assert [records.image(connection, i.file)[:9] for e in both.encounters for i in e.images]
        (subscription,) = records.subscriptions(connection, "DMV")
        assert (subscription.person, subscription.reference) == ("A", "r")
        assert records.merges(connection, "B") == records.merges(connection, "A")
    with store.writing() as change:
        for call in (
            lambda: records.add_encounter(change, "B", encounter(5)),
            lambda: records.merge(change, "A", "B"),
            lambda: records.merge(change, "A", "A"),
            lambda: records.expunge(change, "B", "mistake"),
            lambda: records.add_event(change.connection, "B", event(1)),
        ):
            with pytest.raises(ConflictError):
                call()
    with store.writing() as change:
        assert records.unmerge(change, merge) == "B"
        with pytest.raises(ConflictError, match="undone"):
            records.unmerge(change, merge)
        with pytest.raises(NotFoundError):
            records.unmerge(change, "nothing")
    assert (state(records, store, "A"), state(records, store, "B")) == before
    with store.reading() as connection:
        (subscription,) = records.subscriptions(connection, "DMV")
        assert (subscription.person, subscription.reference) == ("B", "r")
        (kept,) = records.merges(connection, "A")
        assert kept.undone_at is not None


def test_merges_of_merges(records: Records, store: TruthStore) -> None:
    names = "ABCD"
    with store.writing() as change:
        for number, name in enumerate(names):
            records.new_person(change, name, encounter(number, "e1"))
    before = {name: state(records, store, name) for name in names}
    with store.writing() as change:
        (one,) = records.consolidate(change, "B", ["C"])
        two, three = records.consolidate(change, "A", ["B", "D"])
    with store.reading() as connection:
        assert records.person(connection, "C").merged_into == "A"
        assert len(records.person(connection, "A").encounters) == 4
    with store.writing() as change, pytest.raises(ConflictError, match="merged into another"):
        records.unmerge(change, one)
    for merge in (two, one, three):
        with store.writing() as change:
            records.unmerge(change, merge)
    assert {name: state(records, store, name) for name in names} == before


def test_an_encounter_moves(records: Records, store: TruthStore) -> None:
    with store.writing() as change:
        records.new_person(change, "A", encounter(1, "e1"))
        records.new_person(change, "B", encounter(2, "e1"))
        records.add_encounter(change, "A", encounter(3, "e2"))
        records.set_encounter_status(change, "A", "e1", False)
    with store.writing() as change:
        assert records.move_encounter(change, "A", "e2", "B") == "e2"
        for person, name, target in (("A", "e1", "B"), ("B", "e1", "B")):
            with pytest.raises(ConflictError):
                records.move_encounter(change, person, name, target)
        with pytest.raises(NotFoundError):
            records.move_encounter(change, "A", "e2", "B")
        with pytest.raises(PersonNotFoundError):
            records.move_encounter(change, "B", "e2", "C")
    record, (status, _, _) = state(records, store, "A")
    assert [each.id for each in record.encounters] == ["e1"]
    assert status == PersonStatus.INACTIVE  # nothing active is left
    record, (_, _, found) = state(records, store, "B")
    assert [(each.id, each.biographics) for each in record.encounters] == [
        ("e1", who(2)),
        ("e2", who(3)),
    ]
    assert [each.encounter for each in found] == [1, 2]
    with store.reading() as connection:
        assert all(
            records.image(connection, image.file)
            for each in record.encounters
            for image in each.images
        )


def test_who_is_sealed_is_not_merged(records: Records, store: TruthStore) -> None:
    with store.writing() as change:
        records.new_person(change, "A", encounter(1))
        records.new_person(change, "B", encounter(2))
        records.seal(change, "B")
    for target, source in (("A", "B"), ("B", "A")):
        with pytest.raises(ConflictError, match="sealed"), store.writing() as change:
            records.merge(change, target, source)
    assert store.count() == (2, 2)


@contextlib.contextmanager
def opened() -> Iterator[tuple[TruthStore, Records]]:
    with tempfile.TemporaryDirectory() as name, TruthStore.open(":memory:") as store:
        with store.transaction() as connection:
            migrate(connection)
        yield store, Records(store, Vault.open(Path(name)), NameIndex(), Path(name))


class Town(RuleBasedStateMachine):
    """People as sets of encounters and events; the model keeps what a merge took along."""

    def __init__(self) -> None:
        super().__init__()
        self.exit = contextlib.ExitStack()
        self.store, self.records = self.exit.enter_context(opened())
        self.encounters: dict[str, dict[int, bool]] = {}  # person: seed: active
        self.events: dict[str, set[str]] = {}
        self.status: dict[str, str] = {}
        self.into: dict[str, str] = {}
        self.merged: dict[str, tuple[str, str, set[int], set[str], str]] = {}
        self.seed = 0

    def teardown(self) -> None:
        self.exit.close()

    @initialize()
    def begin(self) -> None:
        for _ in range(3):
            self.arrive()

    @rule()
    def arrive(self) -> None:
        self.seed += 1
        person = f"P{self.seed}"
        with self.store.writing() as change:
            self.records.new_person(change, person, self._encounter())
        self.encounters[person] = {self.seed: True}
        self.events[person] = set()
        self.status[person] = "active"

    @rule(data=st.data())
    def add(self, data: st.DataObject) -> None:
        person = self._live(data)
        self.seed += 1
        with self.store.writing() as change:
            self.records.add_encounter(change, person, self._encounter())
        self.encounters[person][self.seed] = True

    @rule(data=st.data(), active=st.booleans())
    def set_active(self, data: st.DataObject, active: bool) -> None:
        person = self._live(data)
        seed = data.draw(st.sampled_from(sorted(self.encounters[person])))
        with self.store.writing() as change:
            self.records.set_encounter_status(change, person, f"e{seed}", active)
        self.encounters[person][seed] = active

    @rule(data=st.data())
    def happen(self, data: st.DataObject) -> None:
        person = self._live(data)
        with self.store.transaction() as connection:
            self.events[person].add(self.records.add_event(connection, person, event(1)).id)

    @rule(data=st.data(), status=st.sampled_from(["active", "inactive", "sealed"]))
    def set_status(self, data: st.DataObject, status: str) -> None:
        person = self._live(data)
        with self.store.writing() as change:
            self.records.set_status(change, person, RecordStatus(status))
        self.status[person] = status

    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        target, source = self._live(data), self._live(data)
        refused = target == source or "sealed" in (self.status[target], self.status[source])
        if refused:
            with pytest.raises(ConflictError), self.store.writing() as change:
                self.records.merge(change, target, source)
            return
        with self.store.writing() as change:
            merge = self.records.merge(change, target, source)
        seeds, events = self.encounters.pop(source), self.events.pop(source)
        status = self.status.pop(source)
        self.merged[merge] = (target, source, set(seeds), events, status)
        self.encounters[target] |= seeds
        self.events[target] |= events
        self.into[source] = target

    @rule(data=st.data())
    def unmerge(self, data: st.DataObject) -> None:
        if not self.merged:
            return
        merge = data.draw(st.sampled_from(sorted(self.merged)))
        target, source, seeds, events, status = self.merged[merge]
        back = seeds & set(self.encounters.get(target, ()))
        possible = target not in self.into and 0 < len(back) < len(self.encounters[target])
        if not possible:
            with pytest.raises(ConflictError), self.store.writing() as change:
                self.records.unmerge(change, merge)
            return
        with self.store.writing() as change:
            assert self.records.unmerge(change, merge) == source
        self.encounters[source] = {seed: self.encounters[target].pop(seed) for seed in back}
        self.events[source] = events & self.events[target]
        self.events[target] -= events
        self.status[source] = status
        del self.into[source], self.merged[merge]

    @rule(data=st.data())
    def move(self, data: st.DataObject) -> None:
        person, target = self._live(data), self._live(data)
        seed = data.draw(st.sampled_from(sorted(self.encounters[person])))
        if person == target or len(self.encounters[person]) == 1:
            with pytest.raises(ConflictError), self.store.writing() as change:
                self.records.move_encounter(change, person, f"e{seed}", target)
            return
        with self.store.writing() as change:
            self.records.move_encounter(change, person, f"e{seed}", target)
        self.encounters[target][seed] = self.encounters[person].pop(seed)

    @invariant()
    def as_the_model(self) -> None:
        rows = {each.id: each for each in self.store.changed_since(0, 999)}
        with self.store.reading() as connection:
            for person, seeds in self.encounters.items():
                record = self.records.person(connection, person)
                assert {
                    int(each.id[1:]): (each.active, each.biographics) for each in record.encounters
                } == {seed: (active, who(seed)) for seed, active in seeds.items()}
                assert {each.id for each in record.events} == self.events[person]
                assert record.status == self.status[person]
                status = self.status[person] if any(seeds.values()) else "inactive"
                status = "sealed" if self.status[person] == "sealed" else status
                assert PersonStatus(rows[record.number].status).name == status.upper()
            for person in self.into:
                last = person
                while last in self.into:
                    last = self.into[last]
                assert self.records.person(connection, person).merged_into == last
        people, encounters = self.store.count()
        assert people == len(self.encounters)
        assert encounters == sum(len(seeds) for seeds in self.encounters.values())

    def _live(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.encounters)))

    def _encounter(self) -> Any:
        return encounter(self.seed, f"e{self.seed}", images=0)


TestTown = Town.TestCase
TestTown.settings = settings(
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_readers_see_a_whole_record(store: TruthStore, records: Records) -> None:
    """While people are merged and parted without pause, nobody reads half of it."""
    with store.writing() as change:
        for name, number in (("A", 1), ("B", 2)):
            records.new_person(change, name, encounter(number, f"e{number}"))
            records.add_event(change.connection, name, event(number))
    stop = threading.Event()
    failed: list[BaseException] = []

    def merge_and_part() -> None:
        try:
            while not stop.is_set():
                with store.writing() as change:
                    merge = records.merge(change, "A", "B")
                with store.writing() as change:
                    records.unmerge(change, merge)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=merge_and_part)
    thread.start()
    try:
        for _ in range(60):
            with store.reading() as connection:
                found = records.person(connection, "A")
                assert len(found.events) == len(found.encounters)
                assert all(each.images for each in found.encounters)
                other = records.person(connection, "B")
                assert other.merged_into == "A" or len(other.events) == 1
    finally:
        stop.set()
        thread.join()
    assert failed == []
