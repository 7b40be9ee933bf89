"""SQLite files that are damaged, foreign, full or cut off by a power failure."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import event
from tests.store.people import new_person, packed_person

from tenprint.model import (
    NotFoundError,
    StoreBusyError,
    StoreError,
    StoreFormatError,
    StoreVersionError,
    TenprintError,
)
from tenprint.store import TruthStore

PAGE = 4096
FRAME = 24 + PAGE  # of the write-ahead log (SQLite file format, section 4)
LOG_HEADER = 32


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "town.tenprint"


def filled(path: Path, people: int = 50) -> Path:
    with TruthStore.open(path) as store:
        store.insert_people([new_person(n) for n in range(people)])
    return path


def alter(path: Path, statement: str, *values: object) -> None:
    """Change a file behind the store's back."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(statement, values)


def everything(store: TruthStore) -> list[object]:
    people = store.scan(0, 10_000)
    return [people, store.names_of([each.id for each in people]), store.count(), store.change()]


@pytest.mark.parametrize("version", [0, 3, 99])
def test_another_version_is_refused(path: Path, version: int) -> None:
    alter(filled(path), f"PRAGMA user_version = {version}")
    with pytest.raises(StoreVersionError, match=f"format {version}; this tenprint reads"):
        TruthStore.open(path)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.002])
def test_a_file_cut_off_is_refused(path: Path, share: float) -> None:
    content = filled(path).read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(StoreFormatError, match=r"cut off|not a gallery"):
        TruthStore.open(path)


def test_garbage_and_other_programs_databases_are_left_alone(path: Path, tmp_path: Path) -> None:
    for content in (b"x", b"SQLite format 3\0", b"\0" * 5000, b"%PDF-1.7" + bytes(5000)):
        path.write_bytes(content)
        with pytest.raises(StoreFormatError, match="not a gallery"):
            TruthStore.open(path)
        assert path.read_bytes() == content
    other = tmp_path / "songs.db"
    alter(other, "CREATE TABLE songs (name TEXT)")
    content = other.read_bytes()
    with pytest.raises(StoreFormatError, match="another program"):
        TruthStore.open(other)
    assert other.read_bytes()[100:] == content[100:]


def test_paths_that_cannot_be_a_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="folder, not a gallery"):
        TruthStore.open(tmp_path)
    with pytest.raises(StoreError, match="does not exist"):
        TruthStore.open(tmp_path / "no" / "such.tenprint")
    with pytest.raises(NotFoundError, match="no such gallery"):
        TruthStore.open(tmp_path / "none.tenprint", create=False)
    with pytest.raises(StoreError, match="not an ordinary file"):
        TruthStore.open("/dev/null")


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.touch()
    with pytest.raises(StoreFormatError, match="empty"):
        TruthStore.open(path, create=False)
    with TruthStore.open(path) as store:
        assert store.people() == []


def test_a_second_writer_waits_then_gives_up(path: Path) -> None:
    with (
        TruthStore.open(path) as store,
        TruthStore.open(path, busy_timeout=0.1) as hasty,
        contextlib.closing(
            sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        ) as blocker,
    ):
        blocker.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError) as caught:
            hasty.insert_people([new_person(1)])
        assert caught.value.retryable
        assert hasty.people() == []  # reading goes on meanwhile
        timer = threading.Timer(0.2, blocker.execute, ["COMMIT"])
        timer.start()
        store.insert_people([new_person(2)])
        timer.join()
        assert hasty.people() == ["P2"]


def test_damage_is_an_error_or_harmless(path: Path, tmp_path: Path) -> None:
    """One page at a time is overwritten: the store says so, or gives what it was given."""
    content = filled(path).read_bytes()
    with TruthStore.open(path) as store:
        expected = everything(store)
    refused = 0
    for page in range(len(content) // PAGE):
        broken = tmp_path / f"{page}.tenprint"
        wrong = bytearray(content)
        wrong[page * PAGE + 110 : page * PAGE + 3000] = b"\xa5" * 2890
        broken.write_bytes(wrong)
        try:
            with TruthStore.open(broken) as store:
                changed = [each.packed for each in store.encounters_of(range(1, 51))]
                # Inside a template only the template's own checksum can tell.
                if b"\xa5" * 200 not in b"".join(changed):
                    assert everything(store) == expected
        except StoreError:
            refused += 1
    assert refused > 3


@pytest.mark.parametrize("statement", ["DELETE FROM meta", "UPDATE meta SET value = 'x'"])
def test_damaged_counters_are_an_error(path: Path, statement: str) -> None:
    alter(filled(path), statement)
    with TruthStore.open(path) as store:
        for call in (store.change, store.count, lambda: store.insert_people([new_person(99)])):
            with pytest.raises(StoreFormatError, match="damaged"):
                call()


def test_every_error_is_one_of_ours(path: Path) -> None:
    """Whatever bytes a file holds, opening and using it works or gives a `TenprintError`."""
    content = filled(path, 3).read_bytes()
    rng = np.random.default_rng(5)
    for round_ in range(80):
        wrong = bytearray(content)
        for place in rng.integers(0, 200 if round_ % 2 else len(content), 3):
            wrong[place] = rng.integers(0, 256)
        path.write_bytes(wrong)
        with contextlib.suppress(TenprintError), TruthStore.open(path) as store:
            everything(store)
            store.insert_people([new_person(7)])
        for rest in (f"{path}-wal", f"{path}-shm"):
            Path(rest).unlink(missing_ok=True)


def test_a_deleted_person_leaves_no_bytes(path: Path) -> None:
    """Not in the file, not in its log, even while the store stays open."""
    prints = packed_person(77)
    with TruthStore.open(path) as store:
        store.insert_people([new_person(1), new_person(77777), new_person(77)])
        store.add_encounter("P77777", prints + packed_person(78))
        store.delete("P77777")
        store.delete("P77")
        left = b"".join(file.read_bytes() for file in path.parent.iterdir())
        for secret in (b"P77777", prints[14:200], packed_person(78)[14:200]):
            assert secret not in left
        assert packed_person(1)[14:200] in left


def limited(store: TruthStore, pages: int) -> None:
    """No more than so many pages from now on."""
    engine = store._database.engine
    engine.dispose()

    @event.listens_for(engine, "connect")
    def limit(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}").close()


def fill_up(store: TruthStore) -> int:
    """Enrol batches until the disk is full; how many people were acknowledged."""
    number = store.count()[0]

    def enrol() -> None:
        nonlocal number
        while number < 100_000:
            store.insert_people([new_person(n) for n in range(number, number + 20)])
            number += 20

    with pytest.raises(StoreError, match="The disk is full") as caught:
        enrol()
    assert not caught.value.retryable
    return number


def whole(store: TruthStore, people: int) -> None:
    assert store.people() == [f"P{n}" for n in range(people)]
    found = store.encounters_of(range(1, people + 1))
    assert [each.packed for each in found] == [packed_person(n) for n in range(people)]
    assert store.count() == (people, people)
    assert [each.change for each in store.changed_since(0, 9999)] == list(range(1, people + 1))


def test_a_full_file_loses_nothing(path: Path) -> None:
    with TruthStore.open(path) as store:
        limited(store, 100)
        number = fill_up(store)
        whole(store, number)
    with TruthStore.open(path) as store:
        whole(store, number)
        store.insert_people([new_person(number)])
        whole(store, number + 1)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of three megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = os.geteuid() == 0 and shutil.which("mount")
    options = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if not mounted or subprocess.run(options, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here (it takes root)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_loses_nothing(small_disk: Path) -> None:
    path, ballast = small_disk / "town.tenprint", small_disk / "ballast"
    with TruthStore.open(path) as store:
        store.insert_people([new_person(n) for n in range(20)])
        ballast.write_bytes(bytes(1 << 20))
        number = fill_up(store)
        whole(store, number)
        ballast.unlink()
        store.insert_people([new_person(number)])  # there is room again
        whole(store, number + 1)
        number = fill_up(store)
    with TruthStore.open(path) as store:
        whole(store, number)


def test_power_may_fail_at_any_moment(path: Path, tmp_path: Path) -> None:
    """The log is cut at every frame and inside each: what is left is a prefix of transactions.

    What a disk that honours a sync can lose is the end of the log. Every transaction here changes
    several pages, so most cuts lie inside one.
    """
    states = [[]]
    with TruthStore.open(path) as store:
        for number in range(8):
            store.insert_people([new_person(2 * number), new_person(2 * number + 1)])
            states.append(everything(store))
        store.add_encounter("P3", packed_person(50))
        states.append(everything(store))
        store.set_status("P4", 2)
        states.append(everything(store))
        main, log = path.read_bytes(), Path(f"{path}-wal").read_bytes()
    frames = (len(log) - LOG_HEADER) // FRAME
    assert frames > 40
    reached = []
    for size in cuts(frames):
        # The cut end is missing, or holds something else.
        rest = b"\xee" * 3000 if size % 2 else b""
        found = opened(tmp_path / "cut.tenprint", main, log[:size] + rest)
        reached.append(states.index(found))
    assert reached == sorted(reached)
    assert set(reached) == set(range(len(states)))


def cuts(frames: int) -> Iterator[int]:
    yield from (0, 10)
    for frame in range(frames):
        start = LOG_HEADER + frame * FRAME
        yield from (start, start + 23, start + FRAME // 2, start + FRAME - 1)
    yield LOG_HEADER + frames * FRAME


def opened(path: Path, main: bytes, log: bytes) -> list[object]:
    """Everything in a store with this file and this log; empty if it was never made."""
    path.write_bytes(main)
    Path(f"{path}-wal").write_bytes(log)
    Path(f"{path}-shm").unlink(missing_ok=True)
    with TruthStore.open(path) as store:
        found = everything(store)
    return found if found[-1] else []


def test_power_may_fail_while_the_log_is_carried_over(path: Path, tmp_path: Path) -> None:
    """Some pages of the file are new, one is torn, others old: the log still has them all."""
    with TruthStore.open(path) as store:
        store.insert_people([new_person(n) for n in range(30)])
    before = path.read_bytes()
    with TruthStore.open(path) as store:
        store.insert_people([new_person(n) for n in range(30, 60)])
        store.insert_people([new_person(n) for n in range(60, 70)])
        expected, log = everything(store), Path(f"{path}-wal").read_bytes()
    after = path.read_bytes()
    assert len(log) > FRAME
    rng = np.random.default_rng(3)
    for _ in range(40):
        mixed = bytearray(after if rng.random() < 0.7 else before)
        for page in range(len(before) // PAGE):
            start = page * PAGE
            source = after if rng.random() < 0.5 else before
            torn = start + int(rng.integers(0, 9)) * 512
            mixed[start:torn] = source[start:torn]
        assert opened(tmp_path / "mixed.tenprint", bytes(mixed), log) == expected
