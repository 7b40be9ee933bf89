"""EBTS files of kinds of their own: the dead and the missing, questions, short numbers."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from tests.desk.test_transactions import answered
from tests.desk.world import CIVIL, OPERATOR, POLICE, caller, submission
from tests.formats.cards import HEADING, finger_records
from tests.formats.cards import card as file_of

from tenprint.access import AgencyKind
from tenprint.desk import Desk, Operation, Options, Print, Submission
from tenprint.desk._numbers import number_of, person_of
from tenprint.formats.itl import (
    ItlRecord,
    check_ebts,
    finger_images,
    make_itl,
    read_itl,
    type2_of,
    write_itl,
)
from tenprint.model import (
    AccessError,
    Biographics,
    Finger,
    NotFoundError,
    Outcome,
    Purpose,
    TransactionClass,
    TransactionError,
)
from tenprint.synth import person

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


def test_a_candidate_who_is_expunged_goes_from_the_file(desk: Desk) -> None:
    for seed in (40, 41):
        given = submission(
            f"E{seed}", K.ENROL, ebts=card("CAR", seed), as_given=True,
            person=f"somebody-{seed}", options=Options(search_first=False),
        )  # fmt: skip
        assert answered(desk, POLICE, given).outcome is Outcome.DONE
    given = submission("S", K.TENPRINT_SEARCH, ebts=card("TPIS", 41))
    before = answered(desk, POLICE, given)
    assert [person_of_file(desk, n) for n in listed(before.ebts)] == ["somebody-41", "somebody-40"]
    with desk.store.writing() as change:
        desk.records.expunge(change, "somebody-40", "court-order")
    after = desk.answer(POLICE, "S")
    assert after is not None
    assert listed(after.ebts) == listed(before.ebts)[:1]
    assert "somebody-40" not in after.text + str(after.content)
    with desk.store.writing() as change:  # the candidate that it found: all of it goes
        desk.records.expunge(change, "somebody-41", "court-order")
    with pytest.raises(NotFoundError):
        desk.answer(POLICE, "S")


def listed(file: bytes | None) -> list[str]:
    """The numbers of a search's answer."""
    assert file is not None
    out = read_itl(file)
    assert [fault for fault in check_ebts(out) if not fault.warning] == []
    assert out.type_of_transaction == "SRT"
    assert out.descriptive is not None
    return [items[0] for items in out.descriptive.items(64)]


def person_of_file(desk: Desk, number: str) -> str:
    with desk.store.reading() as connection:
        return person_of(connection, number)


def question(tot: str, **fields: str) -> bytes:
    """An IRQ or EQHR; `f14` is field 2.014."""
    values = {int(tag[1:]): text for tag, text in fields.items()}
    return write_itl(make_itl(HEADING, tot, [ItlRecord.of(2, dict(sorted(values.items())))]))


def asked(desk: Desk, who, data: bytes, purpose: Purpose = Purpose.CRIMINAL_JUSTICE):
    answer = desk.ask_ebts(who, send("Q", data, purpose))
    assert answer is not None
    assert answer.ebts is not None
    out = read_itl(answer.ebts)
    assert [fault for fault in check_ebts(out) if not fault.warning] == []
    assert out.header.text(10) == HEADING.control_number
    assert out.descriptive is not None
    return answer, out, out.descriptive


def arrest(desk: Desk, name: str, seed: int, person: str | None, **more) -> bytes:
    """An arrest by EBTS file; the SRE."""
    given = Submission(
        name, K.CRIMINAL_TENPRINT, Purpose.CRIMINAL_JUSTICE, person=person,
        ebts=write_itl(file_of(finger_records(FINGERS, seed))), **more,
    )  # fmt: skip
    answer = answered(desk, POLICE, given)
    assert answer.ebts is not None, answer.content
    return answer.ebts


def test_the_number_in_an_answer_is_one_to_ask_by(desk: Desk) -> None:
    arrest(desk, "A", 50, None)
    told = read_itl(arrest(desk, "B", 50, None)).descriptive
    assert told is not None
    number = told.text(14)
    assert 1 <= len(number) <= 9
    person = desk.answer(POLICE, "A").content["person"]
    assert person != number  # ours are longer than EBTS's

    answer, out, record = asked(desk, POLICE, question("EQHR", f14=number, f73="ZZTESTPD1"))
    assert (answer.outcome, answer.content["person"]) == (Outcome.HIT, person)
    assert out.type_of_transaction == "EHRR"
    assert record.text(14) == number
    assert "TRESPASS, SIMPLE" in record.text(75)

    images = question("IRQ", f6="DESK 3", f14=number.lower(), f57="01")
    answer, out, record = asked(desk, POLICE, images)
    assert out.type_of_transaction == "IRR"
    assert record.text(14) == number
    assert record.text(18) == "KESTRELFORD-OST,QUINLANA MIREL"
    (returned,) = finger_images(out)
    (sent,) = finger_images(file_of(finger_records(FINGERS[:1], 50)))
    assert (returned.data, returned.finger) == (sent.data, Finger.RIGHT_THUMB)
    _, out, _ = asked(desk, POLICE, question("IRQ", f6="DESK 3", f14=number, f57="00"))
    assert len(finger_images(out)) == len(FINGERS)

    # More images of the same person, whom the file names by the number.
    more = [ItlRecord.of(2, {6: "DESK 3", 14: number, 73: "ZZTESTPD1"})]
    data = write_itl(make_itl(HEADING, "FIS", [*more, *finger_records(FINGERS[:2], 50)]))
    done = answered(desk, POLICE, send("F", data, Purpose.CRIMINAL_JUSTICE))
    assert done.outcome is Outcome.DONE, done.content
    assert done.ebts is not None
    updated = read_itl(done.ebts).descriptive
    assert updated is not None
    assert (updated.text(14), updated.items(72)) == (number, (("01",), ("02",)))
    with desk.store.reading() as connection:
        assert len(desk.records.person(connection, person).encounters) == 3

    # Expunged, the number leads nowhere.
    gone = submission(
        "D", K.DELETE, purpose=Purpose.ADMINISTRATION, operation=Operation.EXPUNGE,
        person=person, reason="court-order",
    )  # fmt: skip
    assert answered(desk, OPERATOR, gone).outcome is Outcome.DONE
    with desk.store.reading() as connection:
        assert person_of(connection, number) == number
    answer, out, record = asked(desk, POLICE, question("EQHR", f14=number, f73="ZZTESTPD1"))
    assert answer.outcome is Outcome.NO_HIT
    assert out.type_of_transaction == "EQER"
    assert record.text(60) == "NO SUCH PERSON"


def test_numbers_are_each_somebodys_own(desk: Desk) -> None:
    records = desk.records
    with desk.store.transaction() as connection:
        assert number_of(records, connection, "P40") == "P40"
        lower = number_of(records, connection, "p40")
        assert lower != "P40"
        assert person_of(connection, lower) == "p40"
        assert number_of(records, connection, "p40") == lower
        # Somebody enrolled under what is another's number gets one of their own.
        other = number_of(records, connection, lower)
        assert other != lower
        assert {person_of(connection, each) for each in (lower, other)} == {"p40", lower}
        many = {number_of(records, connection, f"person {n}") for n in range(300)}
        assert len(many) == 300
        assert person_of(connection, "NOBODY") == "NOBODY"


def test_a_question_by_name_lists_numbers(desk: Desk) -> None:
    arrest(desk, "A", 51, None)
    person = desk.answer(POLICE, "A").content["person"]
    who = {"f18": "STONE,LINA", "f22": "19870605", "f24": "F", "f25": "U", "f73": "ZZTESTPD1"}
    answer, out, record = asked(desk, POLICE, question("EQHR", **who))
    assert out.type_of_transaction == "EQRR"
    with desk.store.reading() as connection:
        people = [person_of(connection, items[0]) for items in record.items(14)]
    assert people[0] == person
    assert [each["person"] for each in answer.content["candidates"]] == people
    who["f18"] = "ZYXWVUT,QQQ"
    who["f22"] = "19010101"
    answer, out, _ = asked(desk, POLICE, question("EQHR", **who))
    assert (answer.outcome, out.type_of_transaction) == (Outcome.NO_HIT, "EQER")


def test_questions_that_are_refused(desk: Desk) -> None:
    one = question("EQHR", f14="AB1", f73="ZZTESTPD1")
    with pytest.raises(AccessError):
        desk.ask_ebts(HOSPITAL, send("Q", one, Purpose.HUMANITARIAN))
    several = write_itl(
        make_itl(
            HEADING,
            "IRQ",
            [ItlRecord.of(2, {6: "DESK 3", 14: [["AB1"], ["AB2"]], 57: "01"})],
        )
    )
    for data, field in ((several, "2.014"), (question("IRQ", f6="DESK 3", f57="01"), "2.014")):
        with pytest.raises(TransactionError) as caught:
            desk.ask_ebts(POLICE, send("Q", data, Purpose.CRIMINAL_JUSTICE))
        assert any(field in fault["field"] for fault in caught.value.faults)
    _, out, record = asked(desk, POLICE, question("IRQ", f6="DESK 3", f14="AB1", f57="01"))
    assert (out.type_of_transaction, record.text(60)) == ("ERRI", "NO SUCH PERSON")
    assert desk.ask_ebts(POLICE, send("S", card("DEU", 1), Purpose.HUMANITARIAN)) is None
    assert desk.ask_ebts(POLICE, send("S", b"nothing", Purpose.HUMANITARIAN)) is None
    with pytest.raises(TransactionError):  # not kept, so not submitted
        desk.submit(POLICE, send("S", one, Purpose.CRIMINAL_JUSTICE))


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG2000", "JPEG", "raw"])
def test_images_of_every_kind_come_back_by_file(desk: Desk, kind: str) -> None:
    pixels = person(60).fingers[Finger.RIGHT_INDEX].impression(0)
    given = Print(pixels.tobytes(), Finger.RIGHT_INDEX, ppi=500, shape=pixels.shape)
    if kind != "raw":
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, kind)
        given = Print(file.getvalue(), Finger.RIGHT_INDEX, ppi=500)
    enrolled = submission(
        "E", K.ENROL, prints=(given,), person="P60", options=Options(search_first=False)
    )
    assert answered(desk, POLICE, enrolled).outcome is Outcome.DONE
    answer, out, _ = asked(desk, POLICE, question("IRQ", f6="DESK 3", f14="P60", f57="02"))
    assert answer.outcome is Outcome.HIT
    (found,) = finger_images(out)
    assert found.decode().pixels.shape == pixels.shape
    if kind != "JPEG":
        assert np.array_equal(found.decode().pixels, pixels)
