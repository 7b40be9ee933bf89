"""The index of names follows the records."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.records.people import encounter, who

from tenprint.access import Part
from tenprint.model import Identifier
from tenprint.names import NameIndex
from tenprint.records import Records, Vault, _following
from tenprint.records._names_file import NAMES
from tenprint.store import Change, TruthStore


def found(records: Records, number: int) -> list[int]:
    assert records.names is not None
    records.follow_names()
    return [each.key for each in records.names.search(who(number)) if each.score > 0.95]


def test_names_follow_every_change(records: Records, store: TruthStore) -> None:
    assert records.names is not None
    with store.writing() as change:
        records.new_person(change, "A", encounter(11, "e1"))
        records.new_person(change, "B", encounter(22, "e1"))
        assert len(records.names) == 0
    assert (found(records, 11), found(records, 22)) == ([1], [2])
    with store.writing() as change:
        records.add_encounter(change, "A", encounter(33, "e2"))
        records.update_encounter(change, "B", "e1", biographics=who(44))
        records.add_identifier(change, "B", Identifier("fbi", "998877"))
    assert (found(records, 33), found(records, 22), found(records, 44)) == ([1], [], [2])
    assert records.names.by_identifier("fbi", "998877") == [2]
    with store.writing() as change:
        records.remove_identifier(change, "B", Identifier("fbi", "998877"))
        merge = records.merge(change, "A", "B")
    assert (found(records, 44), found(records, 11)) == ([1], [1])
    assert records.names.by_identifier("fbi", "998877") == []
    with store.writing() as change:
        records.unmerge(change, merge)
    assert (found(records, 44), found(records, 11)) == ([2], [1])
    with store.writing() as change:
        records.seal(change, "A")
    assert found(records, 11) == []
    with store.writing() as change:
        records.unseal(change, "A")
        records.move_encounter(change, "A", "e2", "B")
        records.expunge(change, "A", "mistake")
    assert (found(records, 11), found(records, 33)) == ([], [2])


def test_loading_at_start_finds_the_same(records: Records, store: TruthStore, folder: Path) -> None:
    with store.writing() as change:
        for number in range(30):
            records.new_person(change, f"P{number}", encounter(number, images=0))
            records.add_identifier(change, f"P{number}", Identifier("fbi", f"1{number}"))
        records.seal(change, "P7")
        records.merge(change, "P3", "P4")
    again = Records(store, Vault.open(folder), NameIndex(), folder)
    assert again.load_names() == 28
    for number in (0, 7, 29):
        assert found(again, number) == found(records, number) != [[]]
    assert found(again, 4) == [4]
    assert again.names is not None
    assert again.names.by_identifier("fbi", "14") == [4]
    # Both have the number 5 in the store's order: P3 has what was P4's.
    with store.writing() as change:
        records.expunge(change, "P3", "mistake")
    assert found(again, 4) == []


@pytest.fixture
def kept(
    records: Records, store: TruthStore, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The file of an index of 30 people."""
    monkeypatch.setattr(_following, "_FEW", 10)
    monkeypatch.setattr(_following, "_PAUSE", 1e6)
    with store.writing() as change:
        for number in range(30):
            records.new_person(change, f"P{number}", encounter(number, images=0))
            records.add_identifier(change, f"P{number}", Identifier("fbi", f"1{number}"))
    records.follow_names()
    assert records.keep_names()
    return folder / NAMES


def opened(store: TruthStore, folder: Path) -> Records:
    return Records(store, Vault.open(folder), NameIndex(), folder)


def refuse(*_: object) -> None:
    raise AssertionError("names are read anew")


def test_a_start_reads_the_kept_names_and_what_changed_since(
    records: Records, store: TruthStore, folder: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept.stat().st_mode & 0o777 == 0o600
    data = kept.read_bytes()
    assert b"uastenberg" not in data
    assert b"XQ7" not in data
    with store.writing() as change:
        records.new_person(change, "P30", encounter(30, images=0))
        records.add_encounter(change, "P2", encounter(77, images=0))
        records.seal(change, "P7")
        records.merge(change, "P3", "P4")
    monkeypatch.setattr(_following.Following, "_load_all", refuse)
    again = opened(store, folder)
    assert again.load_names() == 29
    for number in (0, 2, 7, 29, 30, 77):
        assert found(again, number) == found(records, number)
    assert (found(again, 77), found(again, 7), found(again, 4)) == ([3], [], [4])
    assert again.names is not None
    assert again.names.by_identifier("fbi", "14") == [4]
    assert kept.exists()


def test_names_are_kept_when_it_pays(
    records: Records, store: TruthStore, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not records.keep_names()
    monkeypatch.setattr(_following, "_MANY", 1)
    with store.writing() as change:
        records.new_person(change, "P30", encounter(30, images=0))
    records.follow_names()
    assert not records.keep_names()  # not every minute
    assert records.keep_names(closing=True)
    assert not records.keep_names(closing=True)
    monkeypatch.setattr(_following, "_FEW", 100)
    kept.unlink()
    assert not records.keep_names(closing=True)


def test_whoever_is_expunged_is_in_no_kept_file(
    records: Records, store: TruthStore, folder: Path, kept: Path
) -> None:
    with store.writing() as change:
        records.expunge(change, "P5", "mistake")
        assert not kept.exists()  # a crash after the commit leaves no name behind
        records.keep_names(closing=True)  # as it may happen in another thread
        assert kept.exists()
    assert not kept.exists()
    assert records.keep_names(closing=True)
    again = opened(store, folder)
    assert again.load_names() == 29
    assert found(again, 5) == []


def test_an_index_written_while_somebody_goes_is_erased(
    records: Records, store: TruthStore, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.unlink()
    write = _following.write_names

    def slow(*given: Any) -> None:
        with store.writing() as change:
            records.expunge(change, "P5", "mistake")
        write(*given)

    monkeypatch.setattr(_following, "write_names", slow)
    records.keep_names(closing=True)
    assert not kept.exists()


def test_nothing_that_was_deleted_of_somebody_stays_in_the_kept_file(
    records: Records, store: TruthStore, folder: Path, kept: Path
) -> None:
    def encounters_of(person: str) -> list[str]:
        with store.reading() as connection:
            return [each.id for each in records.person(connection, person, list(Part)).encounters]

    with store.writing() as change:
        records.add_encounter(change, "P2", encounter(77, images=0))
    first, second = encounters_of("P2")
    deletions: list[Callable[[Change], None]] = [
        lambda change: records.delete_encounter(change, "P2", second),
        lambda change: records.update_encounter(change, "P2", first, biographics=who(78)),
        lambda change: records.remove_identifier(change, "P2", Identifier("fbi", "12")),
    ]
    for delete in deletions:
        if not kept.exists():
            records.keep_names(closing=True)
        with store.writing() as change:
            delete(change)
        assert not kept.exists()
    records.keep_names(closing=True)
    again = opened(store, folder)
    assert again.load_names() == 30
    assert (found(again, 77), found(again, 2), found(again, 78)) == ([], [], [3])


def test_a_kept_file_of_no_use_is_not_used(
    records: Records, store: TruthStore, folder: Path, kept: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good = kept.read_bytes()
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 1
    cases = {
        "cut": good[:-1], "short": good[:20], "empty": b"", "flipped": bytes(flipped),
        "key": good[:10] + bytes(60) + good[70:], "more": good + b"x",
    }  # fmt: skip
    for what, data in cases.items():
        kept.write_bytes(data)
        caplog.clear()
        again = opened(store, folder)
        assert again.load_names() == 30, what
        assert found(again, 5) == [6]
        assert "read anew" in caplog.text
        assert not kept.exists()
    assert records.keep_names(closing=True)


def test_kept_names_newer_than_the_database_are_not_used(
    records: Records, store: TruthStore, folder: Path, kept: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As after an older database was put in the place of this one."""
    kept.unlink()
    records._names_change += 1
    assert records.keep_names(closing=True)
    assert opened(store, folder).load_names() == 30
    assert "newer than the database" in caplog.text
    assert not kept.exists()
