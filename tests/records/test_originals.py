"""The vault's pictures as the gallery extracts them again, in each database."""

from dataclasses import replace

from tests.records.people import encounter, image

from tenprint.gallery import KeptImage
from tenprint.model import Finger, Impression
from tenprint.records import ImageKind, Records, VaultImages
from tenprint.store import TruthStore


def test_encounters_with_pictures_are_gone_through_in_order(
    records: Records, store: TruthStore
) -> None:
    face = replace(image(7), kind=ImageKind.FACE)
    raw = replace(
        image(8, Finger.PLAIN_LEFT_FOUR),
        detail={
            "shape": "20 30", "missing": "7 10", "resolution": "its own",
            "boxes": '{"8": [1, 2, 3, 4]}',
        },
    )  # fmt: skip
    with store.writing() as change:
        records.new_person(change, "A", encounter(1))
        records.new_person(change, "B", encounter(2, images=0))
        records.new_person(change, "C", replace(encounter(3, images=0), images=(face,)))
        records.new_person(change, "D", replace(encounter(4, images=0), images=(face, raw)))
        records.add_encounter(change, "A", encounter(5, images=3))
    kept = VaultImages(store, records.vault)
    assert kept.count() == 3
    everything = kept.kept((0, 0), 10)
    assert everything == [(1, 1), (1, 2), (4, 1)]
    assert [kept.kept(after, 1) for after in [(0, 0), *everything]] == [
        *[[each] for each in everything], []
    ]  # fmt: skip
    first = kept.of(1, 1)
    assert [each.data for each in first] == [image(100).data, image(101).data]
    assert first[0] == KeptImage(Finger(1), 500, image(100).data, Impression.LIVE_SCAN_ROLLED)
    (slap,) = kept.of(4, 1)
    assert (slap.ppi, slap.shape) == (None, (20, 30))
    assert slap.missing == (Finger(7), Finger(10))
    assert slap.boxes == {Finger(8): (1.0, 2.0, 3.0, 4.0)}
    assert kept.of(2, 1) == []
    # Who was merged into somebody is found with that person.
    with store.writing() as change:
        records.merge(change, "D", "A")
    assert kept.count() == 3
    assert {person for person, _ in kept.kept((0, 0), 10)} == {4}
    with store.writing() as change:
        records.expunge(change, "D", "court-order")
    assert kept.count() == 0
