"""EBTS files over HTTP: refusals as error transactions, images of every kind."""

from __future__ import annotations

import base64
from dataclasses import replace

import httpx
import pytest
from tests.api.world import World, encoded, new
from tests.desk.world import POLICE
from tests.formats.cards import HEADING, card, finger_records, other_records

from tenprint.api._osia._views import encounter_of
from tenprint.client import Client
from tenprint.formats.itl import ItlFile, ItlRecord, check_ebts, make_itl, read_itl, write_itl
from tenprint.model import Finger, Purpose, TransactionError

EBTS = "application/x-ansi-nist"
PROBLEM = "application/problem+json"
THUMB = Finger.RIGHT_THUMB


def post(running: World, data: bytes, accept: str | None = EBTS, **query: str) -> httpx.Response:
    headers = {"Content-Type": EBTS, "X-Purpose": "criminal-justice"}
    if accept is not None:
        headers["Accept"] = accept
    return running.of("police").post(
        "/v1/transactions", content=data, headers=headers, params={"transaction": new(), **query}
    )


def asks(tot: str, **fields: object) -> ItlFile:
    """A file of nothing but Type 2; `f14` is field 2.014."""
    values = {int(tag[1:]): value for tag, value in fields.items()}
    return make_itl(HEADING, tot, [ItlRecord.of(2, dict(sorted(values.items())))])  # type: ignore[arg-type]


TWICE = card(finger_records([THUMB, THUMB]))
SEVERAL = asks("IRQ", f6="DESK 3", f14=[["AB1"], ["AB2"]], f57="01")
REFUSED = {
    "CAR": (TWICE, "ERRT", "finger-twice record 4, 14.013"),
    "RPIS": (card(finger_records([THUMB]), tot="RPIS"), "ERRT", "record-count record 1, 1.003"),
    "FIS": (asks("FIS", f6="DESK 3", f14="AB1"), "ERRI", "record-count record 1, 1.003"),
    "IRQ": (SEVERAL, "ERRI", "occurrences 2.014"),
    "EQHR": (card(finger_records([THUMB]), tot="EQHR"), "EQER", "record-type record 3"),
    "LFIS": (card(finger_records([THUMB]), tot="LFIS"), "ERRL", "type 1.004"),
    "LPNQ": (asks("LPNQ", f6="DESK 3"), "ERRA", "type 1.004"),
    "CPR": (asks("CPR", f6="DESK 3", f14="AB1"), "ERRI", "type 1.004"),
    "XYZ": (card(finger_records([THUMB]), tot="XYZ"), "ERRT", "transaction record 1, 1.004"),
}


@pytest.mark.parametrize("tot", REFUSED)
def test_a_refused_file_is_answered_by_an_error_transaction(running: World, tot: str) -> None:
    file, error, said = REFUSED[tot]
    found = post(running, write_itl(file))
    assert (found.status_code, found.headers["content-type"]) == (422, EBTS), found.text
    out = read_itl(found.content)
    assert [fault for fault in check_ebts(out) if not fault.warning] == []
    assert (out.type_of_transaction, out.header.text(10)) == (error, HEADING.control_number)
    assert (out.receiver, out.sender) == (HEADING.sender, HEADING.receiver)
    messages = [items[0] for items in out.descriptive.items(60)]  # type: ignore[union-attr]
    told = post(running, write_itl(file), None)
    assert (told.status_code, told.headers["content-type"]) == (422, PROBLEM)
    faults = told.json()["faults"]
    assert messages == [f"{e['code']} {e['field']}: {e['message']}" for e in faults][:11]
    assert any(said in each for each in messages), messages


def test_broken_structure_is_named_in_the_file(running: World) -> None:
    whole = write_itl(card(finger_records([THUMB])))
    found = post(running, whole[:-40])
    assert found.status_code == 422
    out = read_itl(found.content)
    assert out.type_of_transaction == "ERRT"
    assert "record 3, 14.001" in out.descriptive.text(60)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "data",
    [
        b"nothing of the kind",
        write_itl(card(finger_records([THUMB])))[:50],
        write_itl(make_itl(replace(HEADING, sender=""), "CAR", finger_records([THUMB]))),
        write_itl(make_itl(replace(HEADING, sender="Z" * 5000), "CAR", finger_records([THUMB]))),
    ],
)
def test_whom_nobody_can_address_is_told_as_a_problem(running: World, data: bytes) -> None:
    found = post(running, data)
    assert (found.status_code, found.headers["content-type"]) == (422, PROBLEM)
    assert found.json()["faults"]


def test_accept_decides_how_a_refusal_is_told(running: World) -> None:
    data = write_itl(TWICE)
    for accept, kind in (
        (EBTS, EBTS),
        ("application/octet-stream", EBTS),
        (f"{EBTS}, {PROBLEM}", PROBLEM),
        ("application/json", PROBLEM),
        ("*/*", PROBLEM),
    ):
        assert post(running, data, accept).headers["content-type"] == kind
    body = {"transaction": new(), "purpose": "criminal-justice", "ebts": encoded(data)}
    inside = running.of("police").post("/v1/transactions", json=body, headers={"Accept": EBTS})
    assert read_itl(inside.content).type_of_transaction == "ERRT"
    no_file = running.of("police").post(
        "/v1/transactions",
        json={"transaction": new(), "purpose": "border", "class": "border-check"},
        headers={"Accept": EBTS},
    )
    assert (no_file.status_code, no_file.headers["content-type"]) == (422, PROBLEM)
    good = write_itl(card(finger_records([THUMB])))
    forbidden = running.of("register").post(
        "/v1/transactions", content=good, headers={"Content-Type": EBTS, "Accept": EBTS}
    )
    assert (forbidden.status_code, forbidden.headers["content-type"]) == (403, PROBLEM)


def test_the_client_still_names_every_fault(running: World) -> None:
    with (
        Client(running.url, running.keys["police"]) as client,
        pytest.raises(TransactionError) as caught,
    ):
        client.ask_ebts(write_itl(SEVERAL), purpose="criminal-justice")
    assert caught.value.faults[0]["field"] == "2.014"


def test_an_answer_in_time_is_the_file_that_was_asked_for(running: World) -> None:
    data = write_itl(card(finger_records([THUMB, Finger.LEFT_THUMB], 80)))
    found = post(running, data, wait="30")
    assert (found.status_code, found.headers["content-type"]) == (200, EBTS)
    assert read_itl(found.content).type_of_transaction == "SRE"


def test_faces_and_palms_of_a_card_come_back(running: World) -> None:
    sent = other_records()
    data = write_itl(card([*finger_records([THUMB, Finger.LEFT_THUMB], 81), *sent]))
    answer = post(running, data, None, wait="30").json()
    assert [each["kept"] for each in answer["content"]["not_searched"]] == [True] * 5
    person = answer["content"]["person"]

    def request(**more: object) -> httpx.Response:
        body = {"person": person, "purpose": "criminal-justice", **more}
        return running.of("police").post("/v1/images/request", json=body)

    every = request().json()
    assert [each["finger"] for each in every["images"]] == ["right-thumb", "left-thumb"]
    assert [base64.b64decode(each["image"]) for each in every["others"]] == [e.image for e in sent]
    assert every["others"][-1]["notes"]["shape"] == "300 200"
    assert every["kept"] == {"finger": 2, "face": 1, "palm": 2, "other": 2}
    assert request(fingers=["right-thumb"]).json()["others"] == []
    palms = request(kinds=["palm"]).json()
    assert palms["images"] == []
    assert [each["notes"]["position"] for each in palms["others"]] == ["21", "23"]
    assert request(kinds=["nose"]).status_code == 400
    assert request(kinds=["face"], fingers=["right-thumb"]).json()["field"] == "kinds"
    record = running.of("police").post(
        "/v1/records/query", json={"person": person, "purpose": "criminal-justice"}
    )
    (encounter,) = record.json()["content"]["record"]["encounters"]
    assert encounter["kinds"] == {"finger": 2, "face": 1, "palm": 2, "other": 2}


def test_documents_are_no_images(running: World) -> None:
    stated = {"kind": "other", "media": "application/pdf", "data": encoded(b"%PDF")}
    face = {"kind": "face", "media": "image/jpeg", "data": encoded(b"face"), "notes": {"n": "1"}}
    data = write_itl(card(finger_records([THUMB], 82)))
    body = {
        "transaction": new(),
        "purpose": "criminal-justice",
        "ebts": encoded(data),
        "attachments": [stated, face],
    }
    answer = running.of("police").post("/v1/transactions?wait=30", json=body).json()
    found = running.of("police").post(
        "/v1/images/request",
        json={"person": answer["content"]["person"], "purpose": "criminal-justice"},
    )
    assert found.json()["others"] == [
        {"kind": "face", "media": "image/jpeg", "notes": {"n": "1"}, "image": encoded(b"face")}
    ]


def test_osia_says_how_large_raw_pixels_are(running: World) -> None:
    sent = other_records()
    raw = finger_records([THUMB], 83)
    answer = post(running, write_itl(card([*raw, *sent])), None, wait="30").json()
    person = answer["content"]["person"]
    (view,) = running.desk.encounters(POLICE, person, Purpose.CRIMINAL_JUSTICE, images=True)
    shown = encounter_of(view)["biometricData"]
    assert [each["biometricType"] for each in shown] == [
        *("FINGER", "FACE", "UNKNOWN", "FINGER", "FINGER", "UNKNOWN")
    ]
    assert [each.get("compression") for each in shown] == [
        *("WSQ", "JPEG", "PNG", "WSQ", "JPEG2000", "NONE")
    ]
    assert (shown[-1]["height"], shown[-1]["width"]) == (300, 200)
    odd = replace(view, attachments=({**view.attachments[-1], "notes": {"shape": "x y"}},))
    assert "height" not in encounter_of(odd)["biometricData"][-1]
