"""The gallery's index follows what the records do."""

from pathlib import Path

from tests.records.people import encounter
from tests.store.people import template

from tenprint.gallery import Gallery
from tenprint.model import Finger
from tenprint.names import NameIndex
from tenprint.records import Records, Vault, migrate
from tenprint.store import TruthStore


def test_searches_follow_the_records(folder: Path) -> None:
    place = folder / "people.tenprint"
    with Gallery.open(place) as gallery, TruthStore.open(place) as store:
        with store.transaction() as connection:
            migrate(connection)
        records = Records(store, Vault.open(folder), NameIndex(), folder)

        def found(seed: int, galleries: int = 0xFFFFFFFF) -> list[tuple[str, int]]:
            probe = {Finger.RIGHT_INDEX: template(seed), Finger.LEFT_THUMB: template(seed)}
            best = gallery.identify(probe, threshold=5.0, galleries=galleries)
            return [(each.person, each.matches[0].encounter) for each in best]

        with store.writing() as change:
            records.new_person(change, "A", encounter(1, "e1", galleries=("criminal",)))
            records.new_person(change, "B", encounter(2, "e1", galleries=("civil",)))
            records.add_encounter(change, "B", encounter(3, "e2", galleries=("civil",)))
        assert (found(1), found(2), found(3)) == ([("A", 1)], [("B", 1)], [("B", 2)])
        assert (found(2, galleries=1), found(2, galleries=2)) == ([], [("B", 1)])
        with store.writing() as change:
            merge = records.merge(change, "A", "B")
        assert (found(1), found(2), found(3)) == ([("A", 1)], [("A", 2)], [("A", 3)])
        assert found(2, galleries=1) == [("A", 2)]
        with store.writing() as change:
            records.unmerge(change, merge)
        assert (found(1), found(2), found(3)) == ([("A", 1)], [("B", 1)], [("B", 2)])
        assert found(2, galleries=1) == []
        with store.writing() as change:
            records.move_encounter(change, "B", "e2", "A")
            records.seal(change, "B")
        assert (found(2), found(3)) == ([], [("A", 4)])  # 2 and 3 are not given again
        with store.writing() as change:
            records.expunge(change, "A", "mistake")
        assert (found(1), found(3)) == ([], [])
