"""Stores of every format are opened for ever; tests/store/samples holds one of each.

``v1.tenprint`` was written by the program's version 0.1.0: prints of fictitious people, extracted
from `tenprint.synth`; ``v1.json`` says what is in it, in the order of rows: the person's place,
encounter, finger, number of minutiae, SHA-256 of the packed template.
"""

import contextlib
import hashlib
import json
import shutil
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import event
from tests.store.people import new_person, template

from tenprint.formats import pack, read_templates
from tenprint.model import StoreError, StoreFormatError
from tenprint.store import TruthStore
from tenprint.store._sqlite import APPLICATION_ID
from tenprint.store._sqlite_database import SqliteDatabase

SAMPLES = Path(__file__).parent / "samples"
EXPECTED = json.loads((SAMPLES / "v1.json").read_text(encoding="utf-8"))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return Path(shutil.copy(SAMPLES / "v1.tenprint", tmp_path))


def contents(store: TruthStore) -> list[list[object]]:
    """Every template as in v1.json, by person and encounter."""
    return [
        [each.id, each.encounter, int(one.finger), len(one), hashlib.sha256(pack(one)).hexdigest()]
        for each in store.encounters_of(range(1, 100), active_only=False)
        for one in read_templates(each.packed)
    ]


def sql(path: Path, statement: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(statement, values).fetchall()


def write_old(path: Path, people: Iterable[tuple[str, Sequence[int]]] = ()) -> Path:
    """A file of format 1, its tables made as the sample's are; of each person template seeds."""
    tables = sql(SAMPLES / "v1.tenprint", "SELECT sql FROM sqlite_schema WHERE sql NOT NULL")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 1")
        connection.execute("BEGIN")
        for (statement,) in tables:
            if "sqlite_sequence" not in str(statement):
                connection.execute(str(statement))
        connection.execute("INSERT INTO meta VALUES ('format', '1'), ('change', '1')")
        for key, (person, seeds) in enumerate(people, 1):
            connection.execute("INSERT INTO people VALUES (?, ?, '2026-01-01')", (key, person))
            rows = [(key, view, pack(template(seed))) for view, seed in enumerate(seeds)]
            connection.executemany(
                "INSERT INTO templates (person_id, encounter, finger, view, packed)"
                " VALUES (?, 1, 2, ?, ?)",
                rows,
            )
        connection.execute("COMMIT")
    return path


def test_a_file_of_format_1_is_migrated(old: Path) -> None:
    times = sql(old, "SELECT enrolled_at FROM people ORDER BY id")
    with TruthStore.open(old, create=False) as store:
        # Of one person and encounter the templates keep their order.
        assert contents(store) == sorted(EXPECTED["templates"], key=lambda row: row[:2])
        assert store.people() == EXPECTED["people"]
        assert store.names_of([1, 2, 3, 4]) == dict(enumerate(EXPECTED["people"], 1))
        assert store.changed_since(0, 9) == [(n, n, 0, 1) for n in (1, 2, 3)]
        assert store.count() == (3, 5)
        meta = store.meta()
        assert (meta["format"], meta["extractor"]) == ("2", EXPECTED["extractor"])
        assert store.add_encounter("A-17", pack(template(1))) == (3, 3)
        assert store.insert_people([new_person(1)]) == [4]
        assert store.change() == 5
    assert sql(old, "SELECT enrolled_at FROM people WHERE id < 4 ORDER BY id") == times
    tables = {name for (name,) in sql(old, "SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert tables - {"sqlite_sequence"} == {"meta", "people", "encounters", "originals"}
    assert sql(old, "PRAGMA integrity_check") == [("ok",)]
    assert sql(old, "PRAGMA foreign_key_check") == []
    with TruthStore.open(old) as store:
        assert store.last_id() == 4


def test_many_people_are_migrated(tmp_path: Path) -> None:
    people = [(f"P{n}", (n, n + 1)) for n in range(2300)]
    path = write_old(tmp_path / "many.tenprint", people)
    with TruthStore.open(path) as migrated:
        found = migrated.encounters_of(range(1, 2301))
        names = migrated.names_of(range(1, 2301))
    for number, each in enumerate(found):
        assert names[each.id] == f"P{number}"
        assert each.packed == pack(template(number)) + pack(template(number + 1))
    assert len(found) == 2300


def test_an_empty_one_is_migrated(tmp_path: Path) -> None:
    path = write_old(tmp_path / "empty.tenprint")
    with TruthStore.open(path) as store:
        assert (store.count(), store.change(), store.last_id()) == ((0, 0), 0, 0)
        assert store.insert_people([new_person(1)]) == [1]


def test_a_damaged_template_stops_the_migration(old: Path) -> None:
    sql(old, "UPDATE templates SET packed = zeroblob(200) WHERE id = 6")
    with pytest.raises(StoreFormatError, match="person A-17, template 6"):
        TruthStore.open(old)
    # and leaves the file as it was
    assert sql(old, "PRAGMA user_version") == [(1,)]
    assert sql(old, "SELECT count(*) FROM people") == [(3,)]
    assert sql(old, "SELECT count(*) FROM templates") == [(9,)]


def test_no_room_for_the_migration_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = write_old(tmp_path / "old.tenprint", [(f"P{n}", (n,)) for n in range(500)])
    rows = "SELECT * FROM templates ORDER BY id"
    before = sql(path, rows)
    database = SqliteDatabase(path, 1)

    @event.listens_for(database.engine, "connect")
    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {path.stat().st_size // 4096 + 20}").close()

    with pytest.raises(StoreError, match="The disk is full"):
        database.prepare(create=True)
    database.engine.dispose()
    assert sql(path, rows) == before
    with TruthStore.open(path) as migrated:
        assert migrated.count() == (500, 500)


def test_two_may_migrate_it_at_once(old: Path) -> None:
    found: list[object] = []

    def work() -> None:
        try:
            with TruthStore.open(old) as store:
                found.append(contents(store))
        except StoreError as error:
            found.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [sorted(EXPECTED["templates"], key=lambda row: row[:2])] * 6


def test_a_file_of_format_2_is_opened(tmp_path: Path) -> None:
    """``v2.json``: names by number, the whole feed, what is inactive, templates as in v1.json."""
    path = Path(shutil.copy(SAMPLES / "v2.tenprint", tmp_path))
    expected = json.loads((SAMPLES / "v2.json").read_text(encoding="utf-8"))
    with TruthStore.open(path, create=False) as store:
        assert store.names_of(range(9)) == {int(k): v for k, v in expected["names"].items()}
        assert [list(row) for row in store.changed_since(0, 99)] == expected["feed"]
        assert contents(store) == expected["templates"]
        stored = store.encounters_of(range(9), active_only=False)
        assert [[e.id, e.encounter] for e in stored if not e.active] == expected["inactive"]
        (original,) = store.originals_of(1, 1)
        assert (original.finger, original.ppi) == (2, 500)
        assert original.image == b"P5 2 2 255\n\0\x40\x80\xff"
        assert store.insert_people([new_person(1)]) == [5]
