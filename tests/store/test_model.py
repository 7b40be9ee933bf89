"""Any row of changes leaves the store as a plain dictionary would be; on both databases."""

import contextlib
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.test_postgres import run

from tenprint.model import ConflictError, NotFoundError, PersonExistsError
from tenprint.store import NewPerson, TruthStore

NAMES = st.sampled_from("ABCD")
NUMBERS = st.integers(1, 4)
PACKED = st.binary(min_size=1, max_size=5)

STEPS = st.one_of(
    st.tuples(st.just("insert"), st.lists(st.tuples(NAMES, PACKED), max_size=3)),
    st.tuples(st.just("add"), NAMES, PACKED),
    st.tuples(st.just("replace"), NAMES, NUMBERS, PACKED),
    st.tuples(st.just("active"), NAMES, NUMBERS, st.booleans()),
    st.tuples(st.just("drop"), NAMES, NUMBERS),
    st.tuples(st.just("status"), NAMES, st.integers(0, 2)),
    st.tuples(st.just("galleries"), NAMES, st.integers(1, 2**31 - 1)),
    st.tuples(st.just("delete"), NAMES),
    st.tuples(st.just("again"), st.lists(st.tuples(NUMBERS, NUMBERS, PACKED), max_size=3)),
)


@dataclass
class Row:
    """What the oracle knows of one person."""

    name: str | None
    prints: dict[int, tuple[bool, bytes]]
    change: int
    status: int = 0
    galleries: int = 1
    newest: int = 1


@dataclass
class Oracle:
    """A store made of a list."""

    rows: list[Row] = field(default_factory=list)
    change: int = 0

    def row(self, name: str) -> Row:
        for row in self.rows:
            if row.name == name:
                return row
        raise NotFoundError

    def touch(self, row: Row) -> None:
        self.change += 1
        row.change = self.change

    def insert(self, batch: list[tuple[str, bytes]]) -> None:
        names = [name for name, _ in batch]
        if len(set(names)) < len(names) or {row.name for row in self.rows} & set(names):
            raise PersonExistsError
        for name, packed in batch:
            self.rows.append(Row(name, {1: (True, packed)}, 0))
            self.touch(self.rows[-1])

    def change_print(self, name: str, number: int, new: tuple[bool, bytes] | None) -> None:
        row = self.row(name)
        prints = dict(row.prints)
        prints[number] = new or (False, b"")
        if new is None:
            del prints[number]
        if not any(active for active, _ in prints.values()):
            raise ConflictError
        row.prints = prints
        self.touch(row)

    def apply(self, step: tuple) -> None:  # type: ignore[type-arg]
        match step:
            case "insert", batch:
                self.insert(batch)
            case "add", name, packed:
                row = self.row(name)
                row.newest += 1
                self.change_print(name, row.newest, (True, packed))
            case "replace", name, number, packed:
                self.change_print(name, number, (self.known(name, number)[0], packed))
            case "active", name, number, active:
                self.change_print(name, number, (active, self.known(name, number)[1]))
            case "drop", name, number:
                self.known(name, number)
                self.change_print(name, number, None)
            case "status", name, status:
                self.row(name).status = status
                self.touch(self.row(name))
            case "galleries", name, mask:
                self.row(name).galleries = mask
                self.touch(self.row(name))
            case "delete", name:
                row = self.row(name)
                row.name, row.prints, row.status, row.galleries = None, {}, 3, 0
                self.touch(row)
            case "again", updates:
                self.again({(key, number): packed for key, number, packed in updates})

    def known(self, name: str, number: int) -> tuple[bool, bytes]:
        found = self.row(name).prints.get(number)
        if found is None:
            raise NotFoundError
        return found

    def again(self, updates: dict[tuple[int, int], bytes]) -> None:
        for key, number in updates:
            if key > len(self.rows) or number not in self.rows[key - 1].prints:
                raise NotFoundError
        for (key, number), packed in updates.items():
            prints = self.rows[key - 1].prints
            prints[number] = (prints[number][0], packed)
        for key in sorted({key for key, _ in updates}):
            self.touch(self.rows[key - 1])


def apply(store: TruthStore, step: tuple) -> None:  # type: ignore[type-arg]
    match step:
        case "insert", batch:
            store.insert_people([NewPerson(name, packed) for name, packed in batch])
        case "add", name, packed:
            store.add_encounter(name, packed)
        case "replace", *rest:
            store.replace_encounter(*rest)
        case "active", *rest:
            store.set_active(*rest)
        case "drop", *rest:
            store.delete_encounter(*rest)
        case "status", *rest:
            store.set_status(*rest)
        case "galleries", *rest:
            store.set_galleries(*rest)
        case "delete", name:
            store.delete(name)
        case "again", updates:
            unique = {(key, number): packed for key, number, packed in updates}
            store.replace_packed([(*place, packed) for place, packed in unique.items()])


def outcome(change: object) -> str:
    """What a change said: nothing, or the kind of its error."""
    with contextlib.suppress(ConflictError, NotFoundError):
        change()  # type: ignore[operator]
        return "done"
    return "refused"


def compare(store: TruthStore, oracle: Oracle) -> None:
    rows = dict(enumerate(oracle.rows, 1))
    assert (store.change(), store.last_id()) == (oracle.change, len(rows))
    feed = sorted((row.change, key, row.status, row.galleries) for key, row in rows.items())
    assert [(c, key, s, g) for key, c, s, g in store.changed_since(0, 1000)] == feed
    assert store.names_of(list(rows)) == {k: row.name for k, row in rows.items() if row.name}
    prints = [
        (key, number, *row.prints[number])
        for key, row in rows.items()
        for number in sorted(row.prints)
    ]
    assert store.encounters_of(list(rows), active_only=False) == prints
    active = [each for each in prints if each[2]]
    assert store.encounters_of(list(rows)) == active
    assert [one for each in store.scan(0, 1000) for one in each.encounters] == active
    living = [row.name for row in oracle.rows if row.name]
    assert (store.people(), store.count()) == (living, (len(living), len(prints)))


def follow(store: TruthStore, steps: list[tuple]) -> None:  # type: ignore[type-arg]
    oracle = Oracle()
    begin = ("insert", [("A", b"a"), ("B", b"b"), ("C", b"c")]), ("add", "A", b"d")
    for step in (*begin, *steps):
        expected = outcome(lambda step=step: oracle.apply(step))
        assert outcome(lambda step=step: apply(store, step)) == expected
        compare(store, oracle)


@settings(max_examples=150, deadline=None)
@given(st.lists(STEPS, min_size=3, max_size=14))
def test_any_row_of_changes(steps: list[tuple]) -> None:  # type: ignore[type-arg]
    with TruthStore.open(":memory:") as store:
        follow(store, steps)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(STEPS, min_size=4, max_size=14))
def test_any_row_of_changes_on_postgresql(postgres_url: str, steps: list[tuple]) -> None:  # type: ignore[type-arg]
    with TruthStore.open(postgres_url) as store:
        run(postgres_url, "TRUNCATE people, encounters, originals")
        counters = "'change', 'last_id', 'people', 'encounters'"
        run(postgres_url, f"UPDATE meta SET value = '0' WHERE key IN ({counters})")  # noqa: S608
        follow(store, steps)
