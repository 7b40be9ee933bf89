"""The index of names follows the records."""

from pathlib import Path

from tests.records.people import encounter, who

from tenprint.model import Identifier
from tenprint.names import NameIndex
from tenprint.records import Records, Vault
from tenprint.store import TruthStore


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
