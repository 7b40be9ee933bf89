"""The people store: durable, versioned, and clear about what it is given."""

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from tenprint.model import (
    Finger,
    NotFoundError,
    PersonExistsError,
    PersonNotFoundError,
    StoreBusyError,
    StoreError,
    StoreFormatError,
    StoreVersionError,
    Template,
    TenprintError,
    make_minutiae,
)
from tenprint.store import FORMAT_VERSION, PeopleStore


def template(seed: int, finger: Finger = Finger.RIGHT_INDEX, minutiae: int = 40) -> Template:
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 300, (2, minutiae))
    rows = make_minutiae(x, y, rng.uniform(0, 6.2, minutiae), 1, 90)
    return Template(rows, 300, 300, 80, finger)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "town of 100% #1?.tenprint"


def filled(path: Path, people: int = 50) -> Path:
    prints = [(f"P{n}", [template(n), template(n, Finger(1))]) for n in range(people)]
    with PeopleStore.open(path) as store:
        store.insert_people(prints)
    return path


def alter(path: Path, statement: str, *values: object) -> None:
    """Change a file behind the store's back."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement, values)


def test_what_went_in_comes_out(path: Path) -> None:
    prints = [template(1), template(2, Finger.LEFT_THUMB), template(3)]
    with PeopleStore.open(path) as store:
        rows = store.insert_people([("Åsa Ö. 山田", prints)])
        assert store.add_encounter("Åsa Ö. 山田", [template(4)]) == (2, [4])
    with PeopleStore.open(path, create=False) as store:
        stored = list(store.read())
        assert [each.row for each in stored] == [*rows, 4]
        assert [each.template for each in stored] == [*prints, template(4)]
        assert [(each.encounter, each.view) for each in stored] == [(1, 0), (1, 0), (1, 1), (2, 0)]
        assert store.count() == (1, 4)
        assert store.meta()["format"] == str(FORMAT_VERSION)


def test_a_batch_is_enrolled_as_a_whole_or_not_at_all(path: Path) -> None:
    with PeopleStore.open(path) as store:
        store.insert_people([("A", [template(1)])])
        with pytest.raises(PersonExistsError, match="A person is already enrolled"):
            store.insert_people([("B", [template(2)]), ("A", [template(3)])])
        assert store.people() == ["A"]


def test_a_deleted_person_leaves_no_bytes(path: Path) -> None:
    with PeopleStore.open(path) as store:
        store.insert_people([("A", [template(1)]), ("Zebulon-77", [template(2, minutiae=200)])])
        store.delete("Zebulon-77")
        with pytest.raises(PersonNotFoundError):
            store.delete("Zebulon-77")
        assert len(list(store.read())) == 1
    assert b"Zebulon-77" not in path.read_bytes()


def test_rows_are_never_used_again(path: Path) -> None:
    with PeopleStore.open(path) as store:
        first = store.insert_people([("A", [template(1)])])
        store.delete("A")
        assert store.insert_people([("A", [template(1)])])[0] > first[0]


def test_every_change_has_a_number(path: Path) -> None:
    with PeopleStore.open(path) as store, PeopleStore.open(path) as other:
        before = other.changes()
        store.insert_people([("A", [template(1)])])
        assert other.changes() == before + 1
        store.delete("A")
        assert other.changes() == before + 2


@pytest.mark.parametrize("version", [0, 2, 99])
def test_another_version_is_refused(path: Path, version: int) -> None:
    alter(filled(path), f"PRAGMA user_version = {version}")
    with pytest.raises(StoreVersionError, match=f"format {version}; this tenprint reads format 1"):
        PeopleStore.open(path)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.002])
def test_a_file_cut_off_is_refused(path: Path, share: float) -> None:
    content = filled(path).read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(StoreFormatError, match=r"cut off|not a gallery"):
        PeopleStore.open(path)


@pytest.mark.parametrize(
    "content", [b"x", b"SQLite format 3\0", b"\0" * 5000, b"%PDF-1.7" + bytes(range(256)) * 20]
)
def test_garbage_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreFormatError, match="not a gallery"):
        PeopleStore.open(path)
    assert path.read_bytes() == content


def test_damage_is_an_error_or_harmless(path: Path, tmp_path: Path) -> None:
    """One page at a time is overwritten: the store says so, or gives what it was given."""
    content = filled(path).read_bytes()
    with PeopleStore.open(path) as store:
        expected = list(store.read())
    for page in range(len(content) // 4096):
        broken = tmp_path / f"{page}.tenprint"
        wrong = bytearray(content)
        wrong[page * 4096 + 110 : page * 4096 + 3000] = b"\xa5" * 2890
        broken.write_bytes(wrong)
        with contextlib.suppress(StoreError), PeopleStore.open(broken) as store:
            assert list(store.read()) == expected


def test_a_damaged_template_is_named(path: Path) -> None:
    filled(path, 3)
    alter(path, "UPDATE templates SET packed = zeroblob(200) WHERE id = 3")
    with (
        PeopleStore.open(path) as store,
        pytest.raises(StoreFormatError, match="person P1, template 3"),
    ):
        list(store.read())


def test_databases_of_other_programs_are_left_alone(path: Path) -> None:
    alter(path, "CREATE TABLE songs (name TEXT)")
    with pytest.raises(StoreFormatError, match="another program"):
        PeopleStore.open(path)


def test_paths_that_cannot_be_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="folder, not a gallery"):
        PeopleStore.open(tmp_path)
    with pytest.raises(StoreError, match="does not exist"):
        PeopleStore.open(tmp_path / "no" / "such.tenprint")
    with pytest.raises(NotFoundError, match="no such gallery"):
        PeopleStore.open(tmp_path / "none.tenprint", create=False)
    with pytest.raises(StoreError, match="not an ordinary file"):
        PeopleStore.open("/dev/null")


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.touch()
    with pytest.raises(StoreFormatError, match="empty"):
        PeopleStore.open(path, create=False)
    with PeopleStore.open(path) as store:
        assert store.people() == []


def test_a_second_writer_waits_then_gives_up(path: Path) -> None:
    with (
        PeopleStore.open(path) as store,
        PeopleStore.open(path, busy_timeout=0.1) as hasty,
        contextlib.closing(
            sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        ) as blocker,
    ):
        blocker.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError) as caught:
            hasty.insert_people([("A", [template(1)])])
        assert caught.value.retryable
        assert hasty.people() == []  # reading goes on meanwhile
        timer = threading.Timer(0.2, blocker.execute, ["COMMIT"])
        timer.start()
        store.insert_people([("B", [template(2)])])
        timer.join()
        assert hasty.people() == ["B"]


def test_a_closed_store_says_so(path: Path) -> None:
    store = PeopleStore.open(path)
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.people()


_ENROL = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_store import template
from tenprint.store import PeopleStore
with PeopleStore.open(Path(sys.argv[1])) as store:
    for n in range(100000):
        store.insert_people([(f"P{n}", [template(n)])])
        print(n, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill(path: Path) -> None:
    """A process is killed while it enrols; its file is opened, and a copy of it as it lay."""
    command = [sys.executable, "-c", _ENROL, str(path), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen = [int(line) for line in islice(process.stdout, 40)]
        os.kill(process.pid, signal.SIGKILL)
        seen += [int(line) for line in process.stdout]
    folder = path.parent / "copy"
    folder.mkdir()
    for file in [each for each in path.parent.iterdir() if each.is_file()]:
        shutil.copy(file, folder / file.name)
    for place in (path, folder / path.name):
        with PeopleStore.open(place) as store:
            found = {each.person: each.template for each in store.read()}
        # The last one may have been written and not yet acknowledged.
        assert len(found) - len(seen) in (0, 1)
        assert all(found[f"P{n}"] == template(n) for n in seen)


def test_every_error_is_one_of_ours(path: Path) -> None:
    """Whatever bytes a file holds, opening it gives a store or a `TenprintError`."""
    content = filled(path, 3).read_bytes()
    rng = np.random.default_rng(5)
    for _ in range(60):
        wrong = bytearray(content)
        for place in rng.integers(0, 200, 3):
            wrong[place] = rng.integers(0, 256)
        path.write_bytes(wrong)
        with contextlib.suppress(TenprintError), PeopleStore.open(path) as store:
            list(store.read())
