"""Keys under keys, and files named by what is in them."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from tests.records.people import encounter, image

from tenprint.model import StoreError, StoreFormatError, StoreVersionError
from tenprint.records import Key, Records, Vault
from tenprint.records._schema import encounters, entries, images, keys
from tenprint.store import TruthStore


@given(st.binary(max_size=300), st.text(max_size=30))
def test_what_is_sealed_opens(data: bytes, context: str) -> None:
    key = Key()
    sealed = key.seal(data, context)
    assert key.open(sealed, context) == data
    assert key.seal(data, context) != sealed
    for wrong in (sealed[:-1], sealed[1:], b"", sealed[:20], bytes([sealed[0] ^ 1]) + sealed[1:]):
        with pytest.raises(StoreFormatError):
            key.open(wrong, context)
    with pytest.raises(StoreFormatError):
        key.open(sealed, context + "x")
    with pytest.raises(StoreFormatError):
        Key().open(sealed, context)
    assert repr(key) == "Key()"


def test_the_master_key_is_private(folder: Path, tmp_path: Path) -> None:
    Vault.open(folder)
    path = folder / "keys" / "master.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    path.chmod(0o640)
    with pytest.raises(StoreError, match="Others may read"):
        Vault.open(folder)
    path.chmod(0o600)
    good = path.read_bytes()
    for wrong, error in (
        (b"", StoreFormatError),
        (good[:-3], StoreFormatError),
        (good[:30] + (b"0" if good[30:31] != b"0" else b"1") + good[31:], StoreFormatError),
        (good.replace(b"key 1", b"key 2"), StoreVersionError),
    ):
        path.write_bytes(wrong)
        with pytest.raises(error):
            Vault.open(folder)
    elsewhere = tmp_path / "stick" / "key"
    with pytest.raises(StoreError):
        Vault.open(folder, master=elsewhere, create=False)
    Vault.open(folder, master=elsewhere)
    assert elsewhere.exists()


def test_another_master_key_is_noticed(records: Records, store: TruthStore, folder: Path) -> None:
    (folder / "keys" / "master.key").unlink()
    with pytest.raises(StoreFormatError, match="another master key"):
        Records(store, Vault.open(folder), None, folder)


def test_the_master_key_is_changed(records: Records, store: TruthStore, folder: Path) -> None:
    with store.writing() as change:
        for number in range(5):
            records.new_person(change, f"P{number}", encounter(number))
        records.expunge(change, "P3", "mistake")
    path = folder / "keys" / "master.key"
    old = path.read_bytes()
    with store.reading() as connection:
        before = list(connection.execute(select(keys.c.wrapped).order_by(keys.c.id)).scalars())
        record = records.person(connection, "P1")
    with store.transaction() as connection:
        records.vault.rotate(connection)
    # Stopped here, a start finds the right one.
    again = Records(store, Vault.open(folder), None, folder)
    with store.transaction() as connection:
        records.vault.rotated(connection)
        assert records.person(connection, "P1") == again.person(connection, "P1") == record
        after = list(connection.execute(select(keys.c.wrapped).order_by(keys.c.id)).scalars())
    assert not set(before) & set(after) - {bytes(60)}
    assert after[3] == bytes(60)
    assert path.read_bytes() != old
    assert [each.name for each in path.parent.iterdir()] == ["master.key"]


def test_a_rotation_rolled_back_changes_nothing(
    records: Records, store: TruthStore, folder: Path
) -> None:
    with store.writing() as change:
        records.new_person(change, "P", encounter(1))
    with pytest.raises(ZeroDivisionError), store.transaction() as connection:
        records.vault.rotate(connection) or 1 / 0  # type: ignore[func-returns-value]
    again = Records(store, Vault.open(folder), None, folder)
    with store.reading() as connection:
        assert again.person(connection, "P") == records.person(connection, "P")
    assert [each.name for each in (folder / "keys").iterdir()] == ["master.key"]


def test_rows_cannot_take_each_others_place(records: Records, store: TruthStore) -> None:
    with store.writing() as change:
        records.new_person(change, "A", encounter(1))
        records.add_encounter(change, "A", encounter(2))
    with store.reading() as connection:
        rows = connection.execute(select(encounters.c.key, encounters.c.body)).all()
    with store.transaction() as connection:
        this = encounters.update().where(encounters.c.key == rows[0].key)
        connection.execute(this.values(body=rows[1].body))
    with store.reading() as connection, pytest.raises(StoreFormatError):
        records.person(connection, "A")
    with store.transaction() as connection:
        connection.execute(this.values(body=rows[0].body))
        connection.execute(images.update().values(finger=9))
    with store.reading() as connection:
        found = records.person(connection, "A").encounters[0].images[0]
        with pytest.raises(StoreFormatError):
            records.image(connection, found.file)
    assert entries.name == "records_entries"


def test_damaged_files_are_noticed(records: Records, store: TruthStore, folder: Path) -> None:
    with store.writing() as change:
        records.new_person(change, "A", encounter(1))
    with store.reading() as connection:
        one, two = records.person(connection, "A").encounters[0].images
        path = records.vault.files.path(one.file)
        assert path.stat().st_mode & 0o777 == 0o600
        assert image(100).data[:20] not in path.read_bytes()
        path.write_bytes(path.read_bytes()[:-1])
        records.vault.files.path(two.file).unlink()
        with pytest.raises(StoreFormatError, match="damaged"):
            records.image(connection, one.file)
        with pytest.raises(StoreFormatError, match="missing"):
            records.image(connection, two.file)
    with pytest.raises(StoreFormatError):
        records.vault.files.path("../../etc/passwd")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_disk_that_refuses(records: Records, folder: Path) -> None:
    records.vault.files.folder.mkdir()
    records.vault.files.folder.chmod(0o500)
    with pytest.raises(StoreError):
        records.prepare(encounter(1))
