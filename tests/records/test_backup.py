"""Backups under load, and what comes back."""

import errno
import io
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from tests.records.people import encounter, event, image
from tests.store.conftest import Cluster, postgres_database

from tenprint.audit import INTAKE, Event, EventKind, Intake, read_entries
from tenprint.model import (
    ConflictError,
    InputError,
    NotFoundError,
    StoreError,
    StoreFormatError,
    TenprintError,
)
from tenprint.names import NameIndex
from tenprint.records import Records, RecordStatus, Vault, backup, restore
from tenprint.records._expunged import read_log
from tenprint.records._schema import images
from tenprint.records._stream import SealedReader, SealedWriter
from tenprint.store import TruthStore

PASSPHRASE = "nine green bottles"  # noqa: S105


@pytest.fixture
def other(request: pytest.FixtureRequest, where: str) -> object:
    """Where a second database may lie: None for a file in the folder."""
    if "://" not in where:
        yield None
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    with postgres_database(cluster) as url:
        yield url


def failing(*_arguments: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


def reopened(folder: Path, url: str | None) -> tuple[TruthStore, Records]:
    store = TruthStore.open(url or folder / "people.tenprint", create=False)
    return store, Records(store, Vault.open(folder, create=False), NameIndex(), folder)


def test_a_backup_under_load_comes_back_whole(
    records: Records, store: TruthStore, folder: Path, tmp_path: Path, other: str | None
) -> None:
    for n in range(20):
        with store.writing() as change:
            records.new_person(change, f"P{n}", encounter(n))
            records.add_event(change.connection, f"P{n}", event(n))
    (folder / "keys" / "audit.key").write_bytes(b"signing key")
    stop = threading.Event()
    failed: list[BaseException] = []

    def work() -> None:
        n = 1000
        try:
            while not stop.is_set():
                with store.writing() as change:
                    records.new_person(change, f"P{n}", encounter(n))
                    if n % 2:
                        records.expunge(change, f"P{n - 1}", "test")
                n += 1
        except BaseException as error:
            failed.append(error)

    with store.reading() as connection:
        before = [records.person(connection, f"P{n}") for n in range(20)]
    thread = threading.Thread(target=work)
    thread.start()
    try:
        target = tmp_path / "backup"
        report = backup(store, records.vault, folder, target, passphrase=PASSPHRASE)
    finally:
        stop.set()
        thread.join()
    assert failed == []
    assert (folder / "last-backup").stat().st_mtime == pytest.approx(
        report.at.timestamp(), abs=1e-3
    )
    assert report.images >= 40
    assert report.size == target.stat().st_size
    assert target.stat().st_mode & 0o777 == 0o600
    for secret in (b"Quastenberg", b"records_people", image(0).data[:30]):
        assert secret not in target.read_bytes()
    with pytest.raises(ConflictError):
        backup(store, records.vault, folder, target, passphrase=PASSPHRASE)
    with store.writing() as change:  # after the backup
        records.expunge(change, "P3", "court-order")
        records.merge(change, "P5", "P6")
        records.new_person(change, "P3", encounter(333))
    new = tmp_path / "new"
    done = restore(
        target, new, passphrase=PASSPHRASE, where=other, expunged=[folder / "expunged.log"]
    )
    assert done.at == report.at
    assert done.expunged >= 1
    again_store, again = reopened(new, other)
    with again_store, again_store.reading() as connection:
        assert again.status(connection, "P3") is RecordStatus.EXPUNGED
        found = [again.person(connection, f"P{n}") for n in range(20) if n != 3]
        assert found == [each for each in before if each.id != "P3"]
        files = list(connection.execute(select(images.c.file)).scalars())
        assert all(again.image(connection, file) for file in files)
        assert again.load_names() == done.people
        assert {each.person for each in read_log(folder / "expunged.log")[1]} <= {
            each.person for each in read_log(new / "expunged.log")[1]
        }
        with again_store.writing() as change:  # numbers go on
            again.new_person(change, "new", encounter(7))
            again.add_event(change.connection, "new", event(7))
    assert (new / "keys" / "audit.key").read_bytes() == b"signing key"
    assert not list(tmp_path.glob(".*"))
    with pytest.raises(ConflictError):
        restore(target, new, passphrase=PASSPHRASE, where=other)


def test_what_was_on_its_way_into_the_log_is_in_the_backup(
    records: Records,
    store: TruthStore,
    folder: Path,
    tmp_path: Path,
    other: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As after a crash: some of it is in the database, some is not, and it is restored once."""
    now = records.clock()
    looks = [Event(EventKind.VIEWED, "NX1", "ann", subject=f"P{n}") for n in range(4)]
    with store.writing() as change:
        records.new_person(change, "P3", encounter(3))
    left = Intake(folder / INTAKE, records.expunged)
    ids = left.put(looks[:2], [now] * 2)
    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", failing)
        with pytest.raises(StoreError):
            left.move(store)
    ids += left.put(looks[2:], [now] * 2)
    backup(store, records.vault, folder, tmp_path / "backup", passphrase=PASSPHRASE)
    with store.writing() as change:
        records.expunge(change, "P3", "court-order")
    new = tmp_path / "new"
    lost = [folder / "expunged.log"]
    restore(tmp_path / "backup", new, passphrase=PASSPHRASE, where=other, expunged=lost)
    again_store, _ = reopened(new, other)
    with again_store, again_store.reading() as connection:
        found = read_entries(connection, agency="NX1", limit=10)
    assert sorted(each.id for each in found) == sorted(ids)
    assert sorted(each.subject or "" for each in found) == ["", "P0", "P1", "P2"]
    assert not list((new / INTAKE).iterdir())


def test_whoever_is_merged_in_the_backup_is_taken_out(
    records: Records, store: TruthStore, folder: Path, tmp_path: Path, other: str | None
) -> None:
    """Expunged after an unmerge that the backup does not know of."""
    with store.writing() as change:
        for name in "AB":
            records.new_person(change, name, encounter(ord(name)))
        merge = records.merge(change, "A", "B")
    key = bytes(range(32))
    backup(store, records.vault, folder, tmp_path / "b", key=key, keys=False)
    with store.writing() as change:
        records.unmerge(change, merge)
    with store.writing() as change:
        records.expunge(change, "B", "mistake")
    new = tmp_path / "new"
    new.mkdir()
    (new / "expunged.log").write_bytes((folder / "expunged.log").read_bytes())
    master = folder / "keys" / "master.key"
    assert restore(tmp_path / "b", new, key=key, where=other, master=master).expunged == 1
    store_again = TruthStore.open(other or new / "people.tenprint", create=False)
    with store_again:
        again = Records(store_again, Vault.open(new, master=master), None, new)
        with store_again.reading() as connection:
            assert again.status(connection, "B") is RecordStatus.EXPUNGED
            assert [e.biographics for e in again.person(connection, "A").encounters] == [
                encounter(ord("A")).biographics
            ]


def test_a_damaged_image_stops_the_backup(
    records: Records, store: TruthStore, folder: Path, tmp_path: Path
) -> None:
    with store.writing() as change:
        records.new_person(change, "A", encounter(1))
    (path, _) = sorted((folder / "images").rglob("*/*"))
    path.write_bytes(b"x")
    with pytest.raises(StoreFormatError, match="damaged"):
        backup(store, records.vault, folder, tmp_path / "b", key=bytes(32))
    assert sorted(each.name for each in tmp_path.iterdir() if each.name != "data") == []


def test_what_is_not_a_whole_backup_is_refused(
    records: Records, store: TruthStore, folder: Path, tmp_path: Path, other: str | None
) -> None:
    with store.writing() as change:
        records.new_person(change, "A", encounter(1))
    target, key = tmp_path / "b", bytes(32)
    backup(store, records.vault, folder, target, key=key)
    whole = target.read_bytes()
    with pytest.raises(InputError):
        restore(target, tmp_path / "new", passphrase=PASSPHRASE, where=other)
    with pytest.raises(StoreFormatError, match="key or passphrase is wrong"):
        restore(target, tmp_path / "new", key=bytes(31) + b"x", where=other)
    with pytest.raises(NotFoundError):
        restore(tmp_path / "nothing", tmp_path / "new", key=key, where=other)
    for wrong in (whole[:-1], whole[: len(whole) // 2], b"", whole[:9], whole + b"x",
                  whole[:2000] + bytes([whole[2000] ^ 1]) + whole[2001:]):  # fmt: skip
        target.write_bytes(wrong)
        with pytest.raises(StoreFormatError):
            restore(target, tmp_path / "new", key=key, where=other)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["b", "data"]


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 255))
def test_any_change_is_noticed(data: bytes, at: int, value: int) -> None:
    file = io.BytesIO()
    writer = SealedWriter(file, key=bytes(32), passphrase=None)
    writer.write(data)
    writer.finish()
    whole = file.getvalue()
    assert SealedReader(io.BytesIO(whole), key=bytes(32), passphrase=None).read() == data
    changed = bytearray(whole)
    at %= len(whole)
    changed[at] = value
    if changed != whole:
        with pytest.raises(TenprintError) as caught:
            SealedReader(io.BytesIO(bytes(changed)), key=bytes(32), passphrase=None).read()
        assert caught.value.code in ("store-format", "store-version", "input")


def test_long_streams_are_the_same() -> None:
    data = bytes(range(256)) * 12_289  # three portions and a little
    for length in (len(data), 1 << 20, (1 << 20) + 1, 2 << 20, 0):
        file = io.BytesIO()
        writer = SealedWriter(file, key=bytes(32), passphrase=None)
        for start in range(0, length, 70_001):
            writer.write(data[start : min(start + 70_001, length)])
        writer.finish()
        reader = SealedReader(io.BytesIO(file.getvalue()), key=bytes(32), passphrase=None)
        assert reader.read(10) + reader.read() == data[:length]
    with pytest.raises(InputError):
        SealedWriter(io.BytesIO(), key=None, passphrase="short")  # noqa: S106
