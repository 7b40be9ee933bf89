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
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import event
from tests.store.people import new_person, template

from tenprint.formats import pack, read_templates
from tenprint.model import StoreError, StoreFormatError, StoreVersionError
from tenprint.store import PeopleStore, TruthStore
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
    with pytest.raises(StoreVersionError, match="format 2"):
        PeopleStore.open(old)


def test_many_people_are_migrated(tmp_path: Path) -> None:
    path = tmp_path / "many.tenprint"
    with PeopleStore.open(path) as store:
        store.insert_people([(f"P{n}", [template(n), template(n + 1)]) for n in range(2300)])
    with TruthStore.open(path) as migrated:
        found = migrated.encounters_of(range(1, 2301))
        names = migrated.names_of(range(1, 2301))
    for number, each in enumerate(found):
        assert names[each.id] == f"P{number}"
        assert each.packed == pack(template(number)) + pack(template(number + 1))
    assert len(found) == 2300


def test_an_empty_one_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "empty.tenprint"
    PeopleStore.open(path).close()
    with TruthStore.open(path) as store:
        assert (store.count(), store.change(), store.last_id()) == ((0, 0), 0, 0)
        assert store.insert_people([new_person(1)]) == [1]


def test_a_damaged_template_stops_the_migration(old: Path) -> None:
    sql(old, "UPDATE templates SET packed = zeroblob(200) WHERE id = 6")
    with pytest.raises(StoreFormatError, match="person A-17, template 6"):
        TruthStore.open(old)
    with PeopleStore.open(old) as store:  # and leaves the file as it was
        assert store.count() == (3, 9)


def test_no_room_for_the_migration_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "old.tenprint"
    with PeopleStore.open(path) as store:
        store.insert_people([(f"P{n}", [template(n)]) for n in range(500)])
        before = [each.template for each in store.read()]
    database = SqliteDatabase(path, 1)

    @event.listens_for(database.engine, "connect")
    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {path.stat().st_size // 4096 + 20}").close()

    with pytest.raises(StoreError, match="The disk is full"):
        database.prepare(create=True)
    database.engine.dispose()
    with PeopleStore.open(path) as store:
        assert [each.template for each in store.read()] == before
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
