"""EBTS files in and out, pictures, and files that are not what they say."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.desk.test_transactions import answered
from tests.desk.world import BORDER, POLICE, submission

from tenprint.desk import Desk, Options, Print, Submission
from tenprint.formats import encode_wsq
from tenprint.formats.itl import check_ebts, read_itl
from tenprint.model import Finger, Outcome, Purpose, TransactionClass, TransactionError
from tenprint.synth import person

K = TransactionClass
CARD = (Path(__file__).parents[1] / "formats" / "samples" / "card.eft").read_bytes()


def as_class(name: str, klass: TransactionClass, purpose: Purpose, data: bytes) -> Submission:
    return Submission(name, klass, purpose, ebts=data, as_given=True)


def test_a_card_comes_in_and_goes_out_by_the_rules(desk: Desk) -> None:
    kind = read_itl(CARD).type_of_transaction
    first = answered(
        desk, POLICE, as_class("1", K.CRIMINAL_TENPRINT, Purpose.CRIMINAL_JUSTICE, CARD)
    )
    assert first.outcome is Outcome.NO_HIT, (kind, first.content)
    assert first.ebts is not None
    out = read_itl(first.ebts)
    assert out.type_of_transaction == "SRE"
    assert [fault for fault in check_ebts(out) if not fault.warning] == []
    border = answered(desk, BORDER, as_class("2", K.BORDER_CHECK, Purpose.BORDER, CARD))
    assert border.outcome is Outcome.HIT
    assert border.content["person"] == first.content["person"]
    with desk.store.reading() as connection:
        kept = desk.records.person(connection, first.content["person"]).encounters[0]
    assert len(kept.images) == len({each["print"] for each in first.content["quality"]})


def refused(desk: Desk, data: bytes) -> list[dict[str, str]]:
    given = as_class("bad", K.CRIMINAL_TENPRINT, Purpose.CRIMINAL_JUSTICE, data)
    with pytest.raises(TransactionError) as caught:
        desk.submit(POLICE, given)
    assert caught.value.faults
    assert all(fault["code"] and fault["message"] for fault in caught.value.faults)
    return caught.value.faults


def test_files_that_are_not_what_they_say(desk: Desk) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
    for data in (b"", b"\0" * 100, bomb, CARD[: len(CARD) // 2], CARD[:-1], CARD + CARD):
        refused(desk, data)
    wrong = CARD.replace(b"1.004:", b"1.004:ZZ", 1)
    assert refused(desk, wrong)
    big = CARD + b"\0" * (70 << 20)
    assert [f["code"] for f in refused(desk, big)] == ["size"]


@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(at=st.integers(0, len(CARD) - 1), byte=st.integers(0, 255))
def test_any_changed_byte_is_a_fault_or_admitted(desk: Desk, at: int, byte: int) -> None:
    data = CARD[:at] + bytes([byte]) + CARD[at + 1 :]
    given = as_class(f"{at}-{byte}", K.TENPRINT_SEARCH, Purpose.CRIMINAL_JUSTICE, data)
    faults = [{"code": "none"}]
    try:
        desk.submit(POLICE, given)
    except TransactionError as error:
        faults = error.faults
    assert faults


def test_pictures_too_poor_are_rejected_with_the_reason(desk: Desk) -> None:
    import numpy as np

    white = encode_wsq(np.full((300, 300), 255, np.uint8))
    given = submission("P", K.TENPRINT_SEARCH, prints=(Print(white, Finger.LEFT_INDEX, ppi=500),))
    answer = answered(desk, POLICE, given)
    assert answer.outcome is Outcome.REJECTED
    assert [f["code"] for f in answer.content["faults"]] == ["quality", "quality"]
    assert "left index" not in answer.content["faults"][0]["code"]
    assert answer.content["faults"][0]["field"] == "prints.7"


def test_a_slap_is_cut_and_found_by_its_fingers(desk: Desk) -> None:
    someone = person(7)
    rolled = tuple(
        Print(encode_wsq(someone.fingers[f].impression(0), 500), f, ppi=500)
        for f in (Finger.RIGHT_INDEX, Finger.RIGHT_MIDDLE)
    )
    enrolled = submission(
        "E", K.ENROL, prints=rolled, person="P7", options=Options(search_first=False)
    )
    assert answered(desk, POLICE, enrolled).outcome is Outcome.DONE
    slap = someone.slap(1, Finger.PLAIN_RIGHT_FOUR)
    image = encode_wsq(slap.pixels, 500)
    probe = submission(
        "S", K.TENPRINT_SEARCH, prints=(Print(image, Finger.PLAIN_RIGHT_FOUR, ppi=500),)
    )
    answer = answered(desk, POLICE, probe)
    assert answer.outcome is Outcome.HIT
    assert answer.content["person"] == "P7"
    assert set(answer.content["candidates"][0]["fingers"]) == {"right index", "right middle"}
