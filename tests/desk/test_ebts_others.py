"""Faces, marks, palms, latents and minutiae of EBTS files: kept or named, never lost."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.desk import world
from tests.desk.test_ebts import asked, question, send
from tests.desk.test_transactions import answered
from tests.desk.world import CIVIL, POLICE, SHERIFF, enrol, templates
from tests.formats.cards import (
    HEADING,
    WHO,
    card,
    finger_records,
    other_records,
    picture,
    picture_record,
)

from tenprint.desk import MAX_ATTACHMENTS, Desk, ImageRequest, Submission
from tenprint.desk._ebts_others import others_of
from tenprint.formats.itl import ItlRecord, make_itl, read_itl, scan_itl, type2_of, write_itl
from tenprint.model import (
    AccessError,
    Finger,
    InputError,
    NotFoundError,
    Outcome,
    Purpose,
    Template,
    TransactionClass,
    TransactionError,
)
from tenprint.records import Retention

JUSTICE = Purpose.CRIMINAL_JUSTICE
FINGERS = (Finger.RIGHT_THUMB, Finger.RIGHT_INDEX)


def with_others(records: Sequence[ItlRecord], tot: str = "CAR") -> bytes:
    """A card of two fingers and these records."""
    return write_itl(card([*finger_records(FINGERS, 70), *records], tot=tot))


def test_faces_and_palms_of_an_arrest_are_kept_and_given_back(desk: Desk) -> None:
    sent = other_records()
    answer = answered(desk, POLICE, send("A", with_others(sent), JUSTICE))
    assert answer.outcome is Outcome.NO_HIT, answer.content
    assert answer.content["not_searched"] == [
        {"field": "record 5", "kind": "face", "what": "face", "kept": True},
        {"field": "record 6", "kind": "other", "what": "tattoo", "kept": True},
        {"field": "record 7", "kind": "palm", "what": "palm, position 21", "kept": True},
        {"field": "record 8", "kind": "palm", "what": "palm, position 23", "kept": True},
        {"field": "record 9", "kind": "other", "what": "latent print, position 2", "kept": True},
    ]
    assert "palm, position 21 (record 7), kept" in answer.text
    person = answer.content["person"]

    found = desk.image_request(POLICE, ImageRequest(person, JUSTICE))
    assert [each.finger for each in found.images] == list(FINGERS)
    assert found.kept == {"finger": 2, "face": 1, "palm": 2, "other": 2}
    assert [each["data"] for each in found.others] == [each.image for each in sent]
    assert [(each["kind"], each["media"]) for each in found.others] == [
        ("face", "image/jpeg"),
        ("other", "image/png"),
        ("palm", "image/x-wsq"),
        ("palm", "image/jp2"),
        ("other", "image/x-raw"),
    ]
    face, tattoo, palm, _, latent = (each["notes"] for each in found.others)
    assert face == {
        "record-type": "10", "compression": "JPEGB", "image-type": "FACE", "source": "ZZTESTPD1",
        "captured": "20260303", "colour-space": "SRGB", "acquisition-profile": "10", "pose": "F",
        "eyes": "GRN",
    }  # fmt: skip
    assert (tattoo["place"], tattoo["colours"]) == ("L ARM", "BLUE")
    assert (palm["position"], palm["resolution"], palm["impression"]) == ("21", "500", "10")
    assert palm["comment"] == "FIRST TRY"
    assert (latent["shape"], latent["position"]) == ("300 200", "2")

    with desk.store.reading() as connection:
        (encounter,) = desk.records.person(connection, person).encounters
    assert encounter.retention is Retention.CRIMINAL
    paths = [path for path in (desk.settings.folder / "images").rglob("*/*") if path.is_file()]
    assert len(paths) == len(FINGERS) + len(sent)
    assert not any(
        (each.image or b"")[-60:] in path.read_bytes() for path in paths for each in sent
    )
    (view,) = desk.encounters(POLICE, person, JUSTICE, images=True)
    assert [each["data"] for each in view.attachments] == [each.image for each in sent]


def test_an_image_request_names_kinds(desk: Desk) -> None:
    answer = answered(desk, POLICE, send("A", with_others(other_records()), JUSTICE))
    person = answer.content["person"]

    def kinds(*named: str, fingers: tuple[int, ...] = ()) -> list[str]:
        request = ImageRequest(person, JUSTICE, None, fingers, kinds=named)
        found = desk.image_request(POLICE, request)
        return ["finger"] * len(found.images) + [each["kind"] for each in found.others]

    assert kinds("palm") == ["palm", "palm"]
    assert kinds("face", "finger") == ["finger", "finger", "face"]
    assert kinds(fingers=(1,)) == ["finger"]
    assert kinds("finger", "face", fingers=(1,)) == ["finger", "face"]
    for wrong in (("nose",), ("face",)):
        with pytest.raises(InputError, match=r"kind"):
            kinds(*wrong, fingers=(1,))
    with pytest.raises(NotFoundError):
        kinds("iris")
    # A later encounter of nothing but fingers does not hide the face.
    more = write_itl(card(finger_records(FINGERS, 70)))
    assert answered(desk, POLICE, send("B", more, JUSTICE)).outcome is Outcome.HIT
    assert kinds("face") == ["face"]
    assert kinds() == ["finger", "finger"]
    with pytest.raises(AccessError):
        desk.image_request(CIVIL, ImageRequest(person, JUSTICE))


def test_what_is_not_kept_is_said_not_to_be(desk: Desk) -> None:
    data = with_others(other_records(), "FAUF")
    answer = answered(desk, CIVIL, send("C", data, Purpose.CIVIL_APPLICANT))
    assert answer.outcome is Outcome.NO_HIT
    assert [each["kept"] for each in answer.content["not_searched"]] == [False] * 5
    assert "face (record 5), not kept" in answer.text
    assert not list((desk.settings.folder / "images").rglob("*/*"))


def test_an_irr_says_that_palms_and_photographs_are_kept(desk: Desk) -> None:
    given = replace(send("A", with_others(other_records()), JUSTICE), person="P70")
    answered(desk, POLICE, given)
    irq = question("IRQ", f6="DESK 3", f14="P70", f57="00")
    answer, out, record = asked(desk, SHERIFF, irq)
    assert [each.type for each in out.records] == [1, 2, 4, 4]  # EBTS 9.1 has no others in an IRR
    assert (record.text(35), record.text(36)) == ("Y", "Y")
    assert answer.content["not_given"] == {"face": 1, "palm": 2, "other": 2}
    assert "palm, 2 kept" in answer.text
    other = send("B", write_itl(card(finger_records(FINGERS, 71))), JUSTICE)
    answered(desk, POLICE, replace(other, person="P71"))
    answer, _, record = asked(desk, SHERIFF, question("IRQ", f6="DESK 3", f14="P71", f57="00"))
    assert (record.text(35), record.text(36)) == ("", "")
    assert "not_given" not in answer.content


def test_a_position_that_is_no_finger(desk: Desk) -> None:
    grey = picture(5, 300, 200, 1)
    palm = picture_record(14, 20, grey, "WSQ", {3: "10", 13: "25"})
    joints = picture_record(14, 21, grey, "WSQ", {3: "0", 13: "19"})
    answer = answered(desk, POLICE, send("A", with_others([palm, joints]), JUSTICE))
    assert [(each["kind"], each["what"]) for each in answer.content["not_searched"]] == [
        ("palm", "palm, position 25"),
        ("other", "print, position 19"),
    ]
    assert len(answer.content["quality"]) == len(FINGERS)


def minutiae(template: Template, quality: int = 80, idc: int = 1) -> ItlRecord:
    """A template as INCITS 378 block of Type 9."""
    rows = [
        [number, int(row["x"]), int(row["y"]), int(np.degrees(row["angle"]) // 2) % 180,
         int(row["kind"]) % 3, int(row["quality"])]
        for number, row in enumerate(template.minutiae, 1)
    ]  # fmt: skip
    fields = {
        3: "1", 4: "U", 128: str(template.width), 129: str(template.height), 130: "1",
        131: "500", 132: "500", 134: str(int(template.finger)), 135: [[str(quality), "000F", "1"]],
        137: [[str(each) for each in row] for row in rows],
    }  # fmt: skip
    return ItlRecord.of(9, fields, idc)


def features(*records: ItlRecord) -> bytes:
    asks = ItlRecord.of(2, {6: "DESK 3", 7: "ZZTESTPD1", 9: "C-1", 73: "ZZTESTPD1"})
    return write_itl(make_itl(HEADING, "TPFS", [asks, *records]))


def test_minutiae_of_a_stated_quality_are_searched_without_an_image(desk: Desk) -> None:
    enrol(desk, 1, 2)
    several = list(templates(1, 1).values())[:4]
    used = [minutiae(each, idc=n) for n, each in enumerate(several, 1)]
    fields = {3: "1", 4: "S", 6: "09", 12: [["1", "00100020090", "10", "A"]]}
    poor = minutiae(templates(2)[Finger.LEFT_LITTLE], 255, 8)
    data = features(*used, ItlRecord.of(9, fields, 7), poor)
    answer = answered(desk, POLICE, send("F", data, JUSTICE))
    assert (answer.outcome, answer.content["person"]) == (Outcome.HIT, "P1"), answer.content
    assert answer.content["not_searched"] == [
        {"field": "record 7", "kind": "minutiae", "kept": False,
         "what": "minutiae of a block without size and quality"},
        {"field": "record 8", "kind": "minutiae", "kept": False,
         "what": "minutiae of no stated quality"},
    ]  # fmt: skip
    assert answer.ebts is not None
    assert read_itl(answer.ebts).type_of_transaction == "SRT"


def test_minutiae_that_cannot_be_searched_are_named(desk: Desk) -> None:
    poor = minutiae(templates(1)[Finger.RIGHT_THUMB], 255)
    with pytest.raises(TransactionError) as caught:
        desk.submit(POLICE, send("F", features(poor, poor), JUSTICE))
    assert [(each["code"], each["field"]) for each in caught.value.faults] == [
        ("minutiae", "record 3"),
        ("minutiae", "record 4"),
    ]
    good = minutiae(templates(1)[Finger.RIGHT_THUMB])
    broken = ItlRecord(9, tuple(f for f in good.fields if f.number != 128))
    with pytest.raises(TransactionError) as caught:
        desk.submit(POLICE, send("F", features(good, broken), JUSTICE))
    assert [each["field"] for each in caught.value.faults] == ["record 4, 9.137"]


def test_minutiae_beside_an_image_are_not_searched() -> None:
    thumb = templates(1)[Finger.RIGHT_THUMB]
    fingers = finger_records(FINGERS, 70)
    latent = picture_record(13, 9, picture(4, 300, 200, 1), "", {3: "4", 13: "2"})
    marked = [minutiae(thumb, idc=1), minutiae(thumb, idc=30), minutiae(thumb, idc=9)]
    lifted = minutiae(templates(1)[Finger.LEFT_THUMB], idc=31)
    fields = {field.number: field.raw for field in lifted.fields if field.number > 2} | {3: b"4"}
    records = [*fingers, latent, *marked, ItlRecord.of(9, fields, 31)]
    others = others_of(make_itl(HEADING, "LFFS", records))
    assert others.prints == ()
    assert [each["what"] for each in others.not_searched] == [
        "latent print, position 2",
        "minutiae; the image counts",
        "minutiae; the image counts",
        "minutiae of a print that is not searched",
        "minutiae of a latent print",
    ]


def test_too_many_or_too_large_are_refused(tmp_path: Path) -> None:
    face = picture_record(10, 1, picture(1), "JPEG", {3: "FACE"})
    many = make_itl(HEADING, "CAR", [face] * (MAX_ATTACHMENTS + 1))
    with pytest.raises(TransactionError) as caught:
        others_of(many)
    assert [each["code"] for each in caught.value.faults] == ["size"]
    data = with_others(other_records())
    with Desk.open(world.settings(tmp_path, max_bytes=len(data) - 1)) as desk:
        with pytest.raises(TransactionError) as caught:
            desk.submit(POLICE, send("A", data, JUSTICE))
        assert [each["code"] for each in caught.value.faults] == ["size"]


def test_what_a_record_says_is_kept_on_one_line_and_short() -> None:
    text = "A" * 5000 + "\u202e\x07"
    record = picture_record(10, 1, picture(1), "JPEG", {3: "FACE"})
    told = ItlRecord.of(10, {43: [["RED", ""], ["BLUE\x07", "\u202e"]], 42: text}, 1, "utf-8")
    file = make_itl(HEADING, "CAR", [replace(record, fields=record.fields + told.fields[2:])])
    notes = others_of(file).attachments[0].notes
    assert notes["colours"] == "RED; BLUE ,"
    assert notes["description"] == "A" * 300


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40))
def test_hostile_files_give_coded_faults(seed: int, changes: int) -> None:
    chance = random.Random(seed)
    data = bytearray(_HOSTILE)
    for _ in range(changes):
        data[chance.randrange(len(data))] = chance.choice((chance.randrange(256), 0x1F, 0x30))
    file, _ = scan_itl(bytes(data))
    if file is None:
        return
    try:
        others = others_of(file)
    except TransactionError as error:
        faults = error.faults
    else:
        faults = []
        for each in others.attachments:
            assert all(text.isprintable() and len(text) <= 300 for text in each.notes.values())
    assert all(each["code"] and each["field"] for each in faults)


_HOSTILE = features(
    minutiae(templates(1)[Finger.RIGHT_THUMB]),
    minutiae(templates(1)[Finger.LEFT_THUMB], idc=2),
    *other_records(),
)


@pytest.mark.parametrize(
    ("name", "kinds", "tot"),
    [
        ("type-10-sap10", ["face"], "CAR"),
        ("type-10-tattoo-face-sap20", ["other", "face"], "CAR"),
        ("type-15-palms", ["palm", "palm"], "CAR"),
        ("type-7-latent", ["other"], "CAR"),
        ("type-13-14-latent-match", ["other"], "CAR"),
    ],
)
def test_nists_files(desk: Desk, shared_data: Path, name: str, kinds: list[str], tot: str) -> None:
    """Records of real files on a card of a fictitious person."""
    file = read_itl(shared_data / "ansi-nist" / f"{name}.an2")
    real = [each for each in file.records if each.type in (7, 10, 13, 15)]
    records = [type2_of(WHO, tot, {5: "Y", 73: "ZZTESTPD1"}), *finger_records(FINGERS, 70)]
    data = write_itl(make_itl(HEADING, tot, [*records, *real]))
    answer = answered(desk, POLICE, Submission("A", TransactionClass.CRIMINAL_TENPRINT, JUSTICE,
                                               ebts=data))  # fmt: skip
    assert answer.outcome is Outcome.NO_HIT, answer.content
    assert [each["kind"] for each in answer.content["not_searched"]] == kinds
    found = desk.image_request(POLICE, ImageRequest(answer.content["person"], JUSTICE))
    assert [each["data"] for each in found.others] == [each.image for each in real]


@pytest.mark.parametrize("name", ["type-9-14-m1", "type-9-13-9-14-m1"])
def test_nists_minutiae(shared_data: Path, name: str) -> None:
    file = read_itl(shared_data / "ansi-nist" / f"{name}.an2")
    told = [each["what"] for each in others_of(file).not_searched]
    assert "minutiae; the image counts" in told
    # Without its image the template that states a quality is one to search.
    bare = replace(file, records=tuple(e for e in file.records if e.type not in (13, 14)))
    (one,) = others_of(bare).prints
    assert (one.finger, one.template) == (Finger.LEFT_MIDDLE, True)
