"""EBTS files of kinds that ask for something of their own: the dead and the missing."""

from __future__ import annotations

import pytest
from tests.desk.test_transactions import answered
from tests.desk.world import CIVIL, POLICE, caller, submission
from tests.formats.cards import HEADING, finger_records

from tenprint.access import AgencyKind
from tenprint.desk import Desk, Options, Submission
from tenprint.formats.itl import check_ebts, make_itl, read_itl, type2_of, write_itl
from tenprint.model import (
    AccessError,
    Biographics,
    Finger,
    Outcome,
    Purpose,
    TransactionClass,
)

K = TransactionClass
HOSPITAL = caller("HOSPITAL", AgencyKind.HUMANITARIAN)
FINGERS = (Finger.RIGHT_THUMB, Finger.RIGHT_INDEX, Finger.LEFT_THUMB, Finger.LEFT_INDEX)


def card(tot: str, seed: int, name: str = "UNKNOWN,XX", **more: str) -> bytes:
    """A file of some type with four fingers of a fictitious person."""
    extra = {18: name, 5: "N", 73: "ZZTESTPD1", 37: "MISSING", 45: "20260303"} | {
        int(tag[1:]): value for tag, value in more.items()
    }
    who = Biographics()
    return write_itl(
        make_itl(HEADING, tot, [type2_of(who, tot, extra), *finger_records(FINGERS, seed)])
    )


def send(name: str, data: bytes, purpose: Purpose) -> Submission:
    return Submission(name, K.CRIMINAL_TENPRINT, purpose, ebts=data)


@pytest.mark.parametrize("tot", ["DEU", "DEK", "MPR", "AMN"])
def test_who_is_this_is_asked_by_those_who_help(desk: Desk, tot: str) -> None:
    enrolled = submission(
        "E", K.ENROL, ebts=card("CAR", 40), as_given=True, person="P40",
        options=Options(search_first=False),
    )  # fmt: skip
    assert answered(desk, POLICE, enrolled).outcome is Outcome.DONE
    before = desk.store.count()
    for who in (HOSPITAL, POLICE):
        found = answered(desk, who, send(f"{who.agency}-1", card(tot, 40), Purpose.HUMANITARIAN))
        assert found.outcome is Outcome.HIT, found.content
        assert found.content["class"] == "tenprint-search"
        assert found.content["person"] == "P40"
        assert "events" not in found.content.get("record", {})
        assert found.ebts is not None
        out = read_itl(found.ebts)
        assert [fault for fault in check_ebts(out) if not fault.warning] == []
        assert out.type_of_transaction == "SRE"
        assert out.descriptive is not None
        assert (out.descriptive.text(59), out.descriptive.text(14)) == ("I", "P40")
        none = answered(desk, who, send(f"{who.agency}-2", card(tot, 41), Purpose.HUMANITARIAN))
        assert none.outcome is Outcome.NO_HIT
    assert desk.store.count() == before  # nothing is kept


def test_a_background_check_is_no_help(desk: Desk) -> None:
    check = submission("C", K.CIVIL_CHECK, 1, purpose=Purpose.HUMANITARIAN)
    for who in (HOSPITAL, POLICE, CIVIL):
        with pytest.raises(AccessError):
            desk.submit(who, check)
    with pytest.raises(AccessError):
        desk.submit(CIVIL, send("D", card("DEU", 42), Purpose.HUMANITARIAN))
    enrolled = submission(
        "N",
        K.ENROL,
        2,
        purpose=Purpose.HUMANITARIAN,
        person="CHILD",
        options=Options(search_first=False),
    )
    assert answered(desk, HOSPITAL, enrolled).outcome is not Outcome.REJECTED
