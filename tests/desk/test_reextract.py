"""Templates extracted again from the encrypted images of people enrolled through the desk."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.cli.process import tenprint_
from tests.desk.test_transactions import answered
from tests.desk.world import POLICE, settings, submission

from tenprint.audit import read_entries
from tenprint.desk import Desk, ImageRequest, Options, Print
from tenprint.formats import encode_wsq, pack, unpack_all
from tenprint.model import Finger, Impression, Outcome, Purpose, TransactionClass
from tenprint.records import VaultImages
from tenprint.store import TruthStore
from tenprint.synth import person, population_person

K = TransactionClass
INDEX, MIDDLE, RING = Finger.RIGHT_INDEX, Finger.RIGHT_MIDDLE, Finger.RIGHT_RING


def prints(who: int) -> tuple[Print, ...]:
    """A rolled WSQ, raw grey levels, a file whose own resolution counts, a slap that lacks one."""
    someone = person(who)
    index, middle, ring = (someone.fingers[f].impression(0) for f in (INDEX, MIDDLE, RING))
    fine = io.BytesIO()
    double = Image.fromarray(ring).resize((2 * ring.shape[1], 2 * ring.shape[0]))
    double.save(fine, "PNG", dpi=(1000, 1000))
    slap = someone.slap(1, Finger.PLAIN_RIGHT_FOUR).pixels
    return (
        Print(encode_wsq(index), INDEX, Impression.LIVE_SCAN_ROLLED, 500),
        Print(middle.tobytes(), MIDDLE, ppi=500, shape=middle.shape),
        Print(fine.getvalue(), RING),
        Print(encode_wsq(slap), Finger.PLAIN_RIGHT_FOUR, ppi=500),
    )


def enrol(desk: Desk, name: str, given: tuple[Print, ...]) -> None:
    made = submission(
        f"E-{name}", K.ENROL, prints=given, person=name, options=Options(search_first=False)
    )
    answer = answered(desk, POLICE, made)
    assert answer.outcome is Outcome.DONE, answer.content


def stored(store: TruthStore, name: str) -> bytes:
    (only,) = store.encounters_of([store.ids_of([name])[name]])
    return only.packed


def spoil(store: TruthStore, name: str) -> None:
    """Somebody else's templates, as a worse extractor might have left them."""
    old = unpack_all(stored(store, name))
    other = population_person(1, seed=9)
    packed = b"".join(pack(other[finger]) for finger in dict.fromkeys(each.finger for each in old))
    store.replace_packed([(store.ids_of([name])[name], 1, packed)])


def test_what_the_desk_enrolled_is_extracted_again(desk: Desk) -> None:
    enrol(desk, "A", prints(7))
    enrol(desk, "B", tuple(submission("x", K.ENROL, 1).prints))  # templates only
    before = stored(desk.store, "A")
    fingers = [each.finger for each in unpack_all(before)]
    assert sorted(set(fingers)) == [Finger(2), Finger(3), Finger(4), Finger(5)]
    assert fingers.count(INDEX) == 2
    spoil(desk.store, "A")
    report = desk.gallery.reextract(kept=VaultImages(desk.store, desk.vault))
    assert (report.replaced, report.without_originals, report.unusable) == (1, 1, {})
    again = unpack_all(stored(desk.store, "A"))
    # The very templates that were enrolled, whatever the order of fingers.
    assert sorted(map(pack, again)) == sorted(map(pack, unpack_all(before)))
    probe = submission(
        "P", K.TENPRINT_SEARCH,
        prints=(Print(encode_wsq(person(7).fingers[INDEX].impression(3)), INDEX, ppi=500),),
    )  # fmt: skip
    found = answered(desk, POLICE, probe)
    assert (found.outcome, found.content["person"]) == (Outcome.HIT, "A")


def test_a_slap_that_lacks_fingers_is_cut_as_it_was(desk: Desk) -> None:
    slap = person(81).slap(0, Finger.PLAIN_RIGHT_FOUR).pixels
    width = slap.shape[1]
    cut = np.full_like(slap, 255)
    cut[:, : width // 2] = slap[:, : width // 2]
    given = Print(
        encode_wsq(cut), Finger.PLAIN_RIGHT_FOUR, ppi=500,
        missing=(Finger.RIGHT_RING, Finger.RIGHT_LITTLE),
    )  # fmt: skip
    enrol(desk, "A", (given,))
    before = stored(desk.store, "A")
    assert {each.finger for each in unpack_all(before)} == {INDEX, MIDDLE}
    spoil(desk.store, "A")
    images = VaultImages(desk.store, desk.vault)
    (kept,) = images.of(1, 1)
    assert kept.missing == (Finger.RIGHT_RING, Finger.RIGHT_LITTLE)
    assert desk.gallery.reextract(kept=images).replaced == 1
    assert stored(desk.store, "A") == before


def test_images_that_are_gone_or_damaged_stay_as_they_were(desk: Desk) -> None:
    enrol(desk, "A", prints(82)[:1])
    enrol(desk, "B", prints(83)[:1])
    before = stored(desk.store, "A")
    images = VaultImages(desk.store, desk.vault)
    assert images.count() == 2
    assert images.kept((0, 0), 1) == [(1, 1)]
    assert images.kept((1, 1), 9) == [(2, 1)]
    assert images.of(3, 1) == []
    with desk.store.reading() as connection:
        (one,) = desk.records.person(connection, "A").encounters[0].images
    path = desk.settings.folder / "images" / one.file[:2] / one.file
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    report = desk.gallery.reextract(kept=images)
    assert report.replaced == 1
    assert list(report.unusable) == [("A", 1)]
    assert stored(desk.store, "A") == before


def test_the_resolution_that_a_file_states_is_told(desk: Desk) -> None:
    enrol(desk, "A", prints(84)[2:3])
    request = ImageRequest("A", Purpose.CRIMINAL_JUSTICE)
    (one,) = desk.image_request(POLICE, request).images
    assert one.ppi == pytest.approx(1000, abs=0.1)


def test_the_command_takes_a_services_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    where = settings(folder)
    with Desk.open(where) as desk:
        enrol(desk, "A", prints(85)[:2])
        before = stored(desk.store, "A")
        spoil(desk.store, "A")
        command = ("gallery", "reextract", str(folder))
        said = tenprint_(*command, folder=folder, check=4)
        assert "store-busy" in said
    told = json.loads(tenprint_(*command, "--json", folder=folder))
    assert told["replaced"] == 1
    with Desk.open(where) as desk:
        assert sorted(map(pack, unpack_all(stored(desk.store, "A")))) == sorted(
            map(pack, unpack_all(before))
        )
        with desk.store.reading() as connection:
            (entry,) = [e for e in read_entries(connection) if e.actor == "operator"]
        assert entry.detail == {"did": "templates extracted again"}
    said = tenprint_("gallery", "reextract", str(tmp_path), folder=tmp_path, check=3)
    assert "There is no service's folder" in said
