"""Our own interface over a real server, a real desk, real files."""

from typing import Any

import httpx
import pytest
from tests.api.world import World, encoded, image, new, prints
from tests.formats.cards import card, finger_records

import tenprint
from tenprint.audit import read_entries
from tenprint.formats import read_itl, write_itl
from tenprint.model import Finger


def test_a_card_is_kept_and_found_at_the_border(running: World) -> None:
    stated = {"names": [{"given": "Ann", "family": "Fingerless"}], "birth_dates": ["1980-04"]}
    first = running.submit(
        *("police", "criminal-tenprint", prints(100)),
        purpose="criminal-justice",
        biographics=stated,
        event={"kind": "arrest", "date": "2026-01-31", "charges": ["trespass"]},
    )
    assert first["outcome"] == "no-hit"
    found = running.submit("border", "border-check", prints(100, 1))
    assert found["outcome"] == "hit"
    assert found["content"]["person"] == first["content"]["person"]
    nobody = running.submit("border", "border-check", prints(101, 1))
    assert nobody["outcome"] == "no-hit"
    record = running.of("police").post(
        "/v1/records/query",
        json={"person": first["content"]["person"], "purpose": "criminal-justice"},
    )
    assert "trespass" in record.text
    for_people = running.of("police").post(
        "/v1/records/query",
        json={"person": first["content"]["person"], "purpose": "criminal-justice"},
        headers={"Accept": "text/plain"},
    )
    assert for_people.headers["content-type"].startswith("text/plain")
    assert "trespass" in for_people.text
    named = running.of("police").post(
        "/v1/names/search",
        json={
            "purpose": "criminal-justice",
            "biographics": {"names": [{"given": "Ann Fingerles"}]},
        },
    )
    assert first["content"]["person"] in named.text


def test_images_are_taken_kept_and_given_back(running: World) -> None:
    given = [{"finger": "right-index", "image": image(1, 2), "ppi": 500}]
    kept = running.submit("police", "criminal-tenprint", given, purpose="criminal-justice")
    person = kept["content"]["person"]
    back = running.of("police").post(
        "/v1/images/request", json={"person": person, "purpose": "criminal-justice"}
    )
    assert back.status_code == 200, back.text
    assert [(each["finger"], each["image"]) for each in back.json()["images"]] == [
        ("right-index", image(1, 2))
    ]


def test_the_same_again_is_the_same_and_other_content_a_conflict(running: World) -> None:
    client, name = running.of("border"), new()
    body = {"transaction": name, "class": "border-check", "prints": prints(102)}
    first = client.post("/v1/transactions", json=body)
    assert first.status_code == 202
    assert first.headers["location"] == f"/v1/transactions/{name}"
    again = client.post("/v1/transactions", json=body)
    assert again.json()["key"] == first.json()["key"]
    other = client.post("/v1/transactions", json=body | {"prints": prints(103)})
    assert other.status_code == 409
    assert other.headers["content-type"] == "application/problem+json"
    assert other.json()["code"] == "conflict"
    answer = client.get(f"/v1/transactions/{name}/answer", params={"wait": 30})
    assert answer.json()["transaction"] == name
    listed = client.get("/v1/transactions", params={"limit": 1000}).json()["transactions"]
    assert name in [each["transaction"] for each in listed]


def test_identifiers_may_hold_what_urls_use(running: World) -> None:
    name = f"{new()} a/b?c#d%20e"
    body = {"transaction": name, "class": "border-check", "prints": prints(104)}
    sent = running.of("border").post("/v1/transactions", json=body)
    where = sent.headers["location"]
    assert running.of("border").get(where).json()["transaction"] == name
    answer = running.of("border").get(f"{where}/answer", params={"wait": 30})
    assert answer.json()["transaction"] == name


def test_flags_and_events_are_entered_by_a_client(running: World) -> None:
    kept = running.submit(
        "police", "criminal-tenprint", prints(109), purpose="criminal-justice",
        event={"kind": "arrest", "date": "2026-01-31", "charges": ["trespass"]},
    )  # fmt: skip
    person = kept["content"]["person"]
    with tenprint.Client(running.url, running.keys["chief"], purpose="criminal-justice") as client:

        def change(operation: str, **more: Any) -> str:
            name = new()
            client.submit(name, "update", operation=operation, person=person, **more)
            answer = client.wait(name, 30)
            assert answer is not None
            assert answer.outcome == "done", answer.text
            return str(answer.content.get("entry"))

        until = "2126-01-01T00:00:00+03:00"
        flag = change("set-flag", flag={"kind": "wanted", "note": "W-77", "until": until})
        stated = {"kind": "custody", "date": "2026-02", "codes": {"place": "North"}}
        event = change("add-event", event=stated)
        change("add-identifier", identifier={"kind": "state-id", "value": "XX 109"})
        record = client.record(person).content["record"]
        assert [(each["id"], each["note"]) for each in record["flags"]] == [(flag, "W-77")]
        assert [(each["kind"], each["codes"]) for each in record["events"]] == [
            ("arrest", {}), ("custody", {"place": "North"}),
        ]  # fmt: skip
        assert [each["value"] for each in record["identifiers"]] == ["XX 109"]
        change("remove-flag", entry=flag)
        change("remove-event", entry=event)
        record = client.record(person).content["record"]
        assert record["flags"] == []
        assert [each["kind"] for each in record["events"]] == ["arrest"]


@pytest.mark.parametrize(
    ("operation", "more", "status", "found"),
    [
        ("set-flag", {"flag": {"kind": "famous"}}, 400, {"flag.kind"}),
        ("set-flag", {"flag": {"kind": "wanted", "since": "yesterday"}}, 400, {"flag.since"}),
        ("set-flag", {"flag": {"kind": "wanted", "note": "x" * 301}}, 400, {"flag.note"}),
        ("set-flag", {"flag": {"kind": "wanted", "issuer": "CHIEF"}}, 400, {"flag.issuer"}),
        ("add-event", {"event": {"kind": "party"}}, 400, {"event.kind"}),
        ("consolidate", {"other_people": ["P"] * 21}, 400, {"other_people"}),
        ("no-such-thing", {}, 400, {"operation"}),
        (
            "set-flag",
            {"flag": {"kind": "wanted", "since": "2026-01-01T00:00:00"}, "other_people": ["P2"]},
            422,
            {"flag.since", "other_people"},
        ),
        (
            "add-event",
            {"event": {"kind": "charge", "date": "2026-13"}, "entry": "x"},
            422,
            {"event.date", "entry"},
        ),
    ],
)
def test_what_is_entered_wrongly_is_named(
    running: World, operation: str, more: dict[str, Any], status: int, found: set[str]
) -> None:
    body = {"transaction": new(), "class": "update", "operation": operation, "person": "P1"}
    body |= {"purpose": "criminal-justice", **more}
    answer = running.of("police").post("/v1/transactions", json=body)
    assert answer.status_code == status, answer.text
    told = answer.json()
    faults = told.get("faults") or [told]
    assert {each["field"] for each in faults} == found


def test_every_fault_is_named_at_once(running: World) -> None:
    bad = [
        {"finger": 1, "image": encoded(b"no image at all")},
        {"finger": 2, "template": encoded(b"FMR\0 20\0cut")},
        *prints(105, fingers=range(3, 4)),
        *prints(105, fingers=range(3, 4)),
    ]
    body = {"transaction": new(), "class": "border-check", "prints": bad}
    answer = running.of("border").post("/v1/transactions", json=body)
    assert answer.status_code == 422
    codes = {fault["code"] for fault in answer.json()["faults"]}
    assert {"image-format", "template-format", "finger-twice"} <= codes


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/transactions/{}"),
        ("GET", "/v1/transactions/{}/answer"),
        ("GET", "/v1/transactions/{}/answers"),
    ],
)
def test_another_agency_sees_nothing(running: World, method: str, path: str) -> None:
    name = new()
    body = {"transaction": name, "class": "border-check", "prints": prints(106)}
    running.of("border").post("/v1/transactions", json=body)
    answer = running.of("police").request(method, path.format(name))
    assert answer.status_code == 404
    unknown = running.of("police").request(method, path.format("never-sent"))
    assert _without_id(answer.json()) == _without_id(unknown.json())


def _without_id(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name not in ("request", "field")}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Basic abc"},
        {"Authorization": "Bearer tp_000000000000_" + "0" * 64},
        {"Authorization": "Bearer tp_x"},
        {"X-API-Key": "nonsense"},
        {"Authorization": "Bearer a.b.c"},
    ],
)
def test_no_credential_no_answer(running: World, headers: dict[str, str]) -> None:
    answer = httpx.get(f"{running.url}/v1/me", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["code"] == "credential"
    osia = httpx.get(f"{running.url}/osia/v1/galleries?transactionId=1", headers=headers)
    assert osia.status_code == 401
    assert osia.json()["code"] == 40100


def test_who_am_i(running: World) -> None:
    by_key = httpx.get(f"{running.url}/v1/me", headers={"X-API-Key": running.keys["border"]})
    assert by_key.json()["agency"] == "BORDER"


def test_the_purpose_is_named_or_the_only_one(running: World) -> None:
    body = {"transaction": new(), "class": "border-check", "prints": prints(107)}
    client = running.of("police")
    without = client.post("/v1/transactions", json=body)
    assert (without.status_code, without.json()["field"]) == (400, "purpose")
    by_header = client.post("/v1/transactions", json=body, headers={"X-Purpose": "border"})
    assert by_header.status_code == 202
    foreign = client.post("/v1/transactions", json=body | {"purpose": "civil-applicant"})
    assert foreign.status_code == 403


def test_multipart(running: World) -> None:
    import base64

    client = running.of("border")
    files = {"right-index": ("a.png", base64.b64decode(image(1, 2)), "image/png")}
    given = f'{{"transaction": "{new()}", "class": "border-check"}}'
    answer = client.post("/v1/transactions?wait=30", data={"submission": given}, files=files)
    assert answer.status_code == 200, answer.text
    wrong = client.post(
        "/v1/transactions", data={"submission": given}, files={"nose": ("a.png", b"x")}
    )
    assert wrong.status_code == 400
    missing = client.post("/v1/transactions", files=files)
    assert missing.json()["field"] == "submission"


def test_a_transaction_file_and_its_answer(running: World) -> None:
    kind = {"Content-Type": "application/x-ansi-nist", "X-Purpose": "criminal-justice"}
    client = running.of("police")
    file = write_itl(card(finger_records([Finger.RIGHT_INDEX, Finger.LEFT_INDEX])))
    answer = client.post("/v1/transactions?wait=30", content=file, headers=kind)
    assert answer.status_code == 200, answer.text
    name = answer.json()["transaction"]
    assert name == "CARD-0000000001"  # its control number
    again = client.post("/v1/transactions?wait=30", content=file, headers=kind)
    assert again.json() == answer.json()
    wanted = {"Accept": "application/x-ansi-nist"}
    back = client.get(f"/v1/transactions/{name}/answer", headers=wanted)
    assert read_itl(back.content).type_of_transaction == "SRE"
    as_json = {
        "transaction": new(),
        "purpose": "criminal-justice",
        "ebts": encoded(file[:-1]),
    }
    cut = client.post("/v1/transactions", json=as_json)
    assert cut.status_code == 422
    assert cut.json()["faults"]


def test_administration(running: World) -> None:
    operator = running.of("operator")
    agency = {"id": new("NEW").upper(), "name": "A new one", "kind": "police"}
    assert operator.post("/v1/agencies", json=agency).status_code == 201
    assert operator.post("/v1/agencies", json=agency).status_code == 409
    where = f"/v1/agencies/{agency['id']}"
    given = {"label": "gate", "roles": ["submit"], "purposes": ["border"]}
    made = operator.post(f"{where}/keys", json=given).json()
    secret = {"X-API-Key": made["secret"]}
    assert httpx.get(f"{running.url}/v1/me", headers=secret).json()["roles"] == ["submit"]
    assert made["secret"] not in operator.get(f"{where}/keys").text
    assert operator.delete(f"/v1/keys/{made['key']['id']}").status_code == 200
    assert httpx.get(f"{running.url}/v1/me", headers=secret).status_code == 401
    changed = operator.patch(where, json={"name": "Renamed", "rate": 5})
    assert (changed.json()["name"], changed.json()["rate"]) == ("Renamed", 5.0)
    assert agency["id"] in operator.get("/v1/agencies", params={"limit": 1000}).text


def test_an_agencys_administrator_stays_within_it(running: World) -> None:
    chief = running.of("chief")
    listed = chief.get("/v1/agencies").json()
    assert [each["id"] for each in listed] == ["CHIEF"]
    key = {"label": "a", "roles": ["submit"], "purposes": ["criminal-justice"]}
    assert chief.post("/v1/agencies/CHIEF/keys", json=key).status_code == 201
    assert chief.post("/v1/agencies/POLICE/keys", json=key).status_code == 403
    more = key | {"roles": ["examine"]}
    assert chief.post("/v1/agencies/CHIEF/keys", json=more).status_code == 403
    assert chief.get("/v1/agencies/POLICE/keys").status_code == 403
    assert chief.post("/v1/agencies", json={"id": "X", "name": "x", "kind": "police"}).is_error
    assert running.of("police").get("/v1/agencies").status_code == 403


def test_users_get_a_code(running: World) -> None:
    chief = running.of("chief")
    user = {
        "name": new("user"),
        "agency": "CHIEF",
        "roles": ["submit"],
        "purposes": ["criminal-justice"],
    }
    made = chief.post("/v1/users", json=user)
    assert made.status_code == 201, made.text
    assert made.json()["code"]
    changed = chief.patch(f"/v1/users/{user['name']}", json={"active": False})
    assert changed.json()["active"] is False
    assert user["name"] in chief.get("/v1/users").text


def test_usage_is_counted(running: World) -> None:
    before = running.of("border").get("/v1/usage").json()["transactions"].get("border-check", 0)
    running.submit("border", "border-check", prints(108))
    after = running.of("border").get("/v1/usage").json()["transactions"]["border-check"]
    assert after == before + 1


def test_audit(running: World) -> None:
    chief = running.of("chief")
    found = chief.get("/v1/audit/checkpoint").json()
    size = int(found["checkpoint"].splitlines()[1])
    assert size > 0
    consistent = chief.get("/v1/audit/consistency", params={"old": 1, "new": size})
    assert consistent.json()["new"] == size
    assert running.of("police").get("/v1/audit/checkpoint").status_code == 403
    proof = chief.get("/v1/audit/agencies/CHIEF/proof")
    assert proof.status_code == 200
    assert chief.get("/v1/audit/agencies/POLICE/proof").status_code == 403
    assert chief.get("/v1/audit/entries/nothing/proof").status_code in (400, 404)
    # Who reads the log stands in it.
    running.desk.bring_log()
    with running.desk.store.reading() as connection:
        newest = read_entries(connection, agency="CHIEF", limit=1)
    assert [(each.kind, each.outcome, each.detail) for each in newest] == [
        ("audit.read", "proof", {"agency": "CHIEF"})
    ]


def test_health_metrics_and_description(running: World) -> None:
    assert httpx.get(f"{running.url}/healthz").json() == {"status": "alive"}
    assert httpx.get(f"{running.url}/readyz").json() == {"status": "ready"}
    metrics = httpx.get(f"{running.url}/metrics").text
    assert "tenprint_http_requests_total" in metrics
    assert "tenprint_transactions_answered_total" in metrics
    forwarded = httpx.get(f"{running.url}/metrics", headers={"X-Forwarded-For": "192.0.2.1"})
    assert forwarded.status_code == 401
    described = httpx.get(f"{running.url}/openapi.json").json()
    assert described["openapi"].startswith("3.1")


def test_load_is_for_administrators(running: World) -> None:
    assert "classes" in running.of("operator").get("/v1/load").json()
    assert running.of("police").get("/v1/load").status_code == 403


def test_unknown_paths_and_methods(running: World) -> None:
    assert running.of("police").get("/v1/nothing").json()["code"] == "not-found"
    assert running.of("police").delete("/v1/me").status_code == 405
    assert running.of("police").get("/osia/v1/nothing").json() == {
        "code": 40400,
        "message": "There is no such path.",
    }


def test_nothing_personal_is_logged(running: World) -> None:
    text = running.log.getvalue()
    assert text
    for word in ("Fingerles", "1980-04", "trespass", "tp_"):
        assert word not in text
