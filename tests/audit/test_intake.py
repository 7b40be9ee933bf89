"""Leaves in files before they are in the database."""

import errno
import os
import time
import zlib
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from tests.audit.events import check, events

from tenprint.audit import Event, EventKind, Intake, Sequencer, _intake, read_entries
from tenprint.model import AuditError, StoreBusyError, StoreError
from tenprint.store import TruthStore

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def nobody(_connection: Connection, _subjects: set[str]) -> Mapping[str, datetime]:
    return {}


def opened(folder: Path) -> Intake:
    return Intake(folder / "intake", nobody)


def put(intake: Intake, count: int, first: int = 0) -> list[str]:
    return intake.put(list(events(count, first)), [NOW] * count)


def sequencer_of(store: TruthStore, folder: Path, intake: Intake) -> Sequencer:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    return Sequencer(store, key, folder / "checkpoints", intake=intake)


def refusing(*_arguments: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


def left(folder: Path) -> list[list[str]]:
    """What another process would find in each file."""
    return [[leaf["id"].hex() for leaf in each.leaves] for each in opened(folder)._cut()]


def everything_left(folder: Path) -> list[str]:
    return [name for each in left(folder) for name in each]


def logged(store: TruthStore) -> list[str]:
    with store.reading() as connection:
        return sorted(each.id for each in read_entries(connection, limit=1000))


def files(folder: Path) -> list[Path]:
    return sorted((folder / "intake").iterdir())


def test_what_was_put_gets_into_the_tree_as_it_was(store: TruthStore, tmp_path: Path) -> None:
    intake = opened(tmp_path)
    ids = put(intake, 30) + put(intake, 1, first=30)
    assert logged(store) == []
    sequencer = sequencer_of(store, tmp_path, intake)
    sequencer.bring()
    assert logged(store) == sorted(ids)
    assert files(tmp_path) == []
    with store.reading() as connection:
        found = {each.id: each for each in read_entries(connection, limit=1000)}
    for name, event in zip(ids, events(31), strict=True):
        entry = found[name]
        assert entry.time == NOW
        for field in ("kind", "agency", "actor", "purpose", "klass", "transaction", "subject"):
            assert getattr(entry, field) == getattr(event, field)
        assert entry.detail == event.detail
    report = check(store, sequencer.checkpoint().text, sequencer.public_key())
    assert report.ok, report.problems


def test_what_a_crash_left_is_moved_once(
    store: TruthStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = opened(tmp_path)
    ids = put(first, 5)
    with monkeypatch.context() as patched:
        patched.setattr(_intake, "erase_files", refusing)
        patched.setattr(os, "pwrite", refusing)
        patched.setattr(_intake, "PATIENCE", 0.0)
        with pytest.raises(StoreError, match="cannot be erased"):
            first.move(store)  # it is committed, though
        ids += put(first, 5, first=5)
    second = opened(tmp_path)
    assert len(files(tmp_path)) == 2
    ids += put(second, 5, first=10)
    sequencer = sequencer_of(store, tmp_path, second)
    sequencer.bring()
    assert logged(store) == sorted(ids)
    assert files(tmp_path) == []
    assert check(store, sequencer.checkpoint().text, sequencer.public_key()).ok


def test_wherever_it_was_cut_off_what_came_before_is_there(
    store: TruthStore, tmp_path: Path
) -> None:
    intake = opened(tmp_path)
    first = put(intake, 3)
    (path,) = files(tmp_path)
    safe = path.stat().st_size
    put(intake, 2, first=3)
    whole = path.read_bytes()
    for end in (0, 5, safe, safe + 1, safe + 12, len(whole) - 2):
        for rest in (
            b"",
            bytes(len(whole) - end),
        ):  # a file may have been longer before it was full
            path.write_bytes(whole[:end] + rest)
            assert left(tmp_path) == [first if end >= safe else []]


def test_a_file_whose_erasing_was_cut_off_is_no_longer_needed(
    store: TruthStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = opened(tmp_path)
    ids = put(intake, 30)
    (path,) = files(tmp_path)
    size = path.stat().st_size
    with monkeypatch.context() as patched:
        patched.setattr(_intake, "erase_files", refusing)
        with pytest.raises(StoreError, match="cannot be erased"):
            intake.move(store)
    # Zeros may reach the disk in any order, but those of the head were there first.
    data = path.read_bytes()
    assert len(data) == size
    path.write_bytes(data[:512] + bytes(1024) + data[1536:])
    assert left(tmp_path) == [[]]
    opened(tmp_path).move(store)
    assert files(tmp_path) == []
    assert logged(store) == sorted(ids)


@pytest.mark.parametrize("where", [3, 40, 400, -40])
def test_damage_is_told(tmp_path: Path, where: int) -> None:
    intake = opened(tmp_path)
    put(intake, 2)
    put(intake, 2, first=2)
    (path,) = files(tmp_path)
    data = bytearray(path.read_bytes())
    data[where] ^= 1
    path.write_bytes(data)
    with pytest.raises(AuditError, match="damaged") as told:
        opened(tmp_path)
    assert told.value.source == str(path)
    assert told.value.field == f"line {data[:where].count(10) + 1}"


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_of_a_changed_file_only_what_was_put_is_taken(tmp_path: Path, data: st.DataObject) -> None:
    folder = tmp_path / "intake"
    if not folder.exists():
        for first in (0, 2, 4):
            put(opened(tmp_path), 2, first)
    paths = files(tmp_path)
    whole = [path.read_bytes() for path in paths]
    path = data.draw(st.sampled_from(paths))
    found = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        found[data.draw(st.integers(0, len(found) - 1))] = data.draw(st.integers(0, 255))
    known = everything_left(tmp_path)
    path.write_bytes(found[: data.draw(st.integers(0, len(found)))])
    with suppress(AuditError):
        assert set(everything_left(tmp_path)) <= set(known)
    for each, content in zip(paths, whole, strict=True):
        each.write_bytes(content)


@pytest.mark.parametrize("body", [b"{}", b"[1]", b"[{}]", b"nothing", b'[{"id": 3}]'])
def test_what_is_no_leaf_is_damage(tmp_path: Path, body: bytes) -> None:
    put(opened(tmp_path), 1)
    (path,) = files(tmp_path)
    path.write_bytes(path.read_bytes() + b"%08x %s\n" % (zlib.crc32(body), body))
    if body == b"{}":
        assert [len(each) for each in left(tmp_path)] == [1]
        return
    with pytest.raises(AuditError, match="line 3"):
        opened(tmp_path)


def test_after_a_disk_refused_another_file_is_begun(
    store: TruthStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = opened(tmp_path)
    ids = put(intake, 2)

    def full(_handle: int, data: bytes) -> int:
        if len(data) < 100:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(_handle, data[: len(data) // 2])

    write = os.write
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(StoreError, match="No space left"):
            put(intake, 2, first=2)
    ids += put(intake, 2, first=4)
    assert len(files(tmp_path)) == 2
    assert everything_left(tmp_path) == ids
    sequencer_of(store, tmp_path, intake).bring()
    assert logged(store) == sorted(ids)


def test_what_a_disk_may_have_or_not_is_not_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is whole in memory when the synchronisation fails: whoever asked was refused."""
    intake = opened(tmp_path)
    ids = put(intake, 2)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", refusing)
        with pytest.raises(StoreError, match="Input/output error"):
            put(intake, 2, first=2)
    ids += put(intake, 2, first=4)
    assert everything_left(tmp_path) == ids


def test_a_file_does_not_grow_without_end(
    store: TruthStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_intake, "_FULL", 10)
    intake = opened(tmp_path)
    ids = [name for first in range(0, 30, 6) for name in put(intake, 6, first)]
    assert [len(each) for each in left(tmp_path)] == [12, 12, 6]
    intake.move(store)
    assert logged(store) == sorted(ids)


def test_a_damaged_tree_keeps_no_leaf_out(store: TruthStore, tmp_path: Path) -> None:
    intake = opened(tmp_path)
    sequencer = sequencer_of(store, tmp_path, intake)
    put(intake, 3)
    sequencer.checkpoint()
    with store.transaction() as connection:
        connection.exec_driver_sql("UPDATE audit_state SET value = 'x' WHERE key = 'size'")
    ids = put(intake, 3, first=3)
    sequencer.start()
    while sequencer.problem is None:
        time.sleep(0.02)
    while not set(ids) <= set(logged(store)):
        time.sleep(0.02)
    with pytest.raises(AuditError):
        sequencer.close()


def test_what_hinders_moving_is_told_though_the_tree_is_well(
    store: TruthStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = opened(tmp_path)
    sequencer = sequencer_of(store, tmp_path, intake)
    put(intake, 3)
    with monkeypatch.context() as patched:
        patched.setattr(_intake, "erase_files", refusing)
        sequencer.start()
        while sequencer.problem is None:
            time.sleep(0.02)
        until = time.monotonic() + 1.2  # the sequencer has run well twice
        while time.monotonic() < until:
            assert isinstance(sequencer.problem, StoreError)
            time.sleep(0.001)
    while sequencer.problem is not None:
        time.sleep(0.02)
    sequencer.close()


def test_it_refuses_where_the_database_takes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    intake = opened(tmp_path)
    put(intake, 3)
    with monkeypatch.context() as patched:
        patched.setattr(_intake, "MOST", 4)
        put(intake, 1)
        with pytest.raises(StoreBusyError) as told:
            put(intake, 1)
        assert told.value.retryable
    with monkeypatch.context() as patched:
        patched.setattr(_intake, "PATIENCE", 0.0)
        with pytest.raises(StoreBusyError):
            put(intake, 1)
    put(intake, 1)


def test_nothing_of_whom_was_expunged_gets_in(store: TruthStore, tmp_path: Path) -> None:
    """Whoever asked of them before; later the identifier may be another's."""
    expunged = NOW + timedelta(minutes=5)
    intake = Intake(tmp_path / "intake", lambda _, subjects: {"P-1": expunged} if subjects else {})
    before, after = NOW, NOW + timedelta(hours=1)
    looks = [
        Event(EventKind.VIEWED, "NX1", "ann", subject=subject, transaction="T", detail={"a": "b"})
        for subject in ("P-1", "P-2", "P-1")
    ]
    ids = intake.put(looks, [before, before, after])
    sequencer = sequencer_of(store, tmp_path, intake)
    sequencer.bring()
    with store.reading() as connection:
        found = {each.id: each for each in read_entries(connection, limit=10)}
    told = [(found[name].subject, found[name].transaction, found[name].detail) for name in ids]
    assert told == [(None, None, {}), ("P-2", "T", {"a": "b"}), ("P-1", "T", {"a": "b"})]
    assert check(store, sequencer.checkpoint().text, sequencer.public_key()).ok
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"P-1" not in path.read_bytes() or path.name.startswith("t")
