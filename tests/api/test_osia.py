"""OSIA's operations over a real server: each one does what its name says."""

import base64
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from tests.api.world import World, biometrics, encoded, encounter, image, new

from tenprint.formats import read_templates


class Osia:
    """A client of one agency; a new transactionId for each request."""

    def __init__(self, running: World, agency: str = "register") -> None:
        self.client = running.of(agency)

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        params = {"transactionId": new("osia"), **query}
        return self.client.request(method, f"/osia/v1{path}", json=body, params=params)


@pytest.fixture(scope="module")
def osia(running: World) -> Osia:
    return Osia(running)


def create(osia: Osia, who: int, **more: Any) -> tuple[str, str]:
    """Enrol a person."""
    person, enc = new("P"), new("E")
    made = osia("POST", f"/persons/{person}/encounters/{enc}", encounter(who, **more))
    assert made.status_code == 200, made.text
    assert made.json() == {"personId": person, "encounterId": enc}
    return person, enc


def test_the_three_ways_to_create(osia: Osia) -> None:
    without = osia("POST", "/persons", encounter(200))
    assert without.status_code == 200, without.text
    person = without.json()["personId"]
    more = osia("POST", f"/persons/{person}/encounters", encounter(200, 1))
    assert more.json()["personId"] == person
    every = osia("GET", f"/persons/{person}/encounters").json()
    assert {each["encounterId"] for each in every} == {
        without.json()["encounterId"],
        more.json()["encounterId"],
    }
    named = osia("POST", f"/persons/{new('P')}/encounters/E1", encounter(201))
    assert named.json()["encounterId"] == "E1"


def test_what_is_created_is_read_as_it_was_sent(osia: Osia) -> None:
    face = encoded(base64.b64decode(image(2, 2)))
    sent = encounter(
        202,
        clientData=encoded(b"anything"),
        contextualData={"enrollmentDate": "2019-01-11", "nested": [1, {"a": None}]},
        biometricData=[
            *biometrics(202),
            {"biometricType": "FACE", "biometricSubType": "PORTRAIT", "image": face},
            {
                "biometricType": "FINGER",
                "biometricSubType": "PLAIN_LEFT_FOUR_FINGERS",
                "missing": [{"biometricSubType": "LEFT_RING", "presence": "AMPUTATED"}],
            },
            {"biometricType": "IRIS", "biometricSubType": "EYE_LEFT", "image": encoded(b"iris")},
        ],
    )
    person, enc = new("P"), new("E")
    made = osia("POST", f"/persons/{person}/encounters/{enc}", sent)
    assert made.json()["others"] == {"notSearched": ["FACE PORTRAIT", "IRIS EYE_LEFT"]}
    read = osia("GET", f"/persons/{person}/encounters/{enc}").json()
    for name in ("status", "encounterType", "galleries", "clientData", "contextualData"):
        assert read[name] == sent[name]
    assert read["biographicData"] == sent["biographicData"]
    assert [_told(each) for each in read["biometricData"]] == [
        _told(each) for each in sent["biometricData"]
    ]


def _told(each: dict[str, Any]) -> dict[str, Any]:
    left_out = ("encounterId", "mimeType", "compression")
    return {name: value for name, value in each.items() if name not in left_out}


def test_an_image_is_given_back_as_it_was(osia: Osia) -> None:
    data = [{"biometricType": "FINGER", "biometricSubType": "RIGHT_INDEX", "image": image(3, 2)}]
    person, enc = create(osia, 0, biometricData=data)
    read = osia("GET", f"/persons/{person}/encounters/{enc}").json()
    assert read["biometricData"][0]["image"] == image(3, 2)
    assert read["biometricData"][0]["compression"] == "PNG"


def test_raw_grey_levels_are_taken(osia: Osia) -> None:
    import io

    from PIL import Image

    pixels = Image.open(io.BytesIO(base64.b64decode(image(3, 3)))).convert("L")
    raw = {
        "biometricType": "FINGER",
        "biometricSubType": "RIGHT_MIDDLE",
        "image": encoded(pixels.tobytes()),
        "compression": "NONE",
        "width": pixels.width,
        "height": pixels.height,
        "resolution": 500,
    }
    create(osia, 0, biometricData=[raw])
    wrong = osia("POST", "/persons", encounter(0, biometricData=[raw | {"width": 7}]))
    assert wrong.status_code == 400


def test_a_second_of_the_same_name_is_a_conflict(osia: Osia) -> None:
    person, enc = create(osia, 203)
    again = osia("POST", f"/persons/{person}/encounters/{enc}", encounter(204))
    assert again.status_code == 409, again.text
    assert set(again.json()) == {"code", "message"}


def test_the_same_request_again_is_the_same_change(osia: Osia) -> None:
    name = new("osia")
    first = osia("POST", "/persons", encounter(205), transactionId=name)
    second = osia("POST", "/persons", encounter(205), transactionId=name)
    assert first.json() == second.json()
    other = osia("POST", "/persons", encounter(206), transactionId=name)
    assert other.status_code == 400  # the standard knows no 409 here
    assert other.json()["code"] == 40900


def test_identify(osia: Osia) -> None:
    person, enc = create(osia, 207)
    body = {"filter": {}, "biometricData": biometrics(207, 1)}
    for gallery in ("ALL", "CITIZENS"):
        found = osia("POST", f"/identify/{gallery}", body)
        assert found.status_code == 200, found.text
        best = found.json()[0]
        assert (best["personId"], best["rank"]) == (person, 1)
        assert best["scores"][0]["galleries"] == ["CITIZENS"]
        assert {each["biometricSubType"] for each in best["scores"]} >= {"RIGHT_INDEX"}
    none = osia("POST", "/identify/NOWHERE", body)
    assert none.status_code == 404
    few = osia("POST", "/identify/ALL", body, maxNbCand=1)
    assert len(few.json()) == 1
    high = osia("POST", "/identify/ALL", body, threshold=900)
    assert high.json() == []
    assert enc


def test_identify_with_filters(osia: Osia) -> None:
    person, _ = create(osia, 208)
    for filters, is_there in [
        ({"dateOfBirthMin": "1980-01-01", "dateOfBirthMax": "2019-12-31"}, True),
        ({"dateOfBirthMin": "1990-01-01"}, False),
        ({"lastName": "Example208"}, True),
        ({"lastName": "Other"}, False),
        ({"biometricType": ["FINGER", "IRIS"]}, True),
    ]:
        body = {"filter": filters, "biometricData": biometrics(208, 1)}
        found = osia("POST", "/identify/ALL", body).json()
        assert (person in [each["personId"] for each in found]) == is_there, filters
    only = {"filter": {"biometricType": ["FACE"]}, "biometricData": biometrics(208, 1)}
    assert osia("POST", "/identify/ALL", only).status_code == 400


def test_faces_are_not_searched_and_it_says_so(osia: Osia) -> None:
    person, _ = create(osia, 209)
    face = {"biometricType": "FACE", "biometricSubType": "PORTRAIT", "image": encoded(b"face")}
    body = {"filter": {}, "biometricData": [*biometrics(209, 1), face]}
    best = osia("POST", "/identify/ALL", body).json()[0]
    assert best["personId"] == person
    assert best["others"] == {"notSearched": ["FACE PORTRAIT"]}
    alone = osia("POST", "/identify/ALL", {"filter": {}, "biometricData": [face]})
    assert alone.status_code == 400


def test_identify_from_who_is_known(osia: Osia) -> None:
    first, enc = create(osia, 210)
    twin, _ = create(osia, 210, biometricData=biometrics(210, 1))
    for path in (f"/identify/ALL/{first}", f"/identify/ALL/{first}/encounters/{enc}"):
        found = osia("POST", path, {})
        assert found.status_code == 200, found.text
        assert twin in [each["personId"] for each in found.json()]
        assert osia("POST", path).status_code == 200  # the filter may be left out
    assert osia("POST", "/identify/ALL/nobody").status_code == 404


def test_verify(osia: Osia) -> None:
    person, _ = create(osia, 211)
    same = osia("POST", f"/verify/ALL/{person}", {"biometricData": biometrics(211, 1)})
    assert same.status_code == 200, same.text
    assert same.json()["decision"] is True
    assert same.json()["scores"][0]["score"] > 4
    other = osia("POST", f"/verify/ALL/{person}", {"biometricData": biometrics(212)})
    assert other.json()["decision"] is False
    nobody = osia("POST", "/verify/ALL/nobody", {"biometricData": biometrics(211, 1)})
    assert nobody.status_code == 404
    both = {"biometricData1": biometrics(213), "biometricData2": biometrics(213, 1)}
    assert osia("POST", "/verify", both).json()["decision"] is True
    both["biometricData2"] = biometrics(214)
    assert osia("POST", "/verify", both).json()["decision"] is False


def test_update(osia: Osia) -> None:
    person, enc = create(osia, 215)
    changed = encounter(216, encounterType="renewal", galleries=["VIP"])
    made = osia("PUT", f"/persons/{person}/encounters/{enc}", changed)
    assert made.json() == {"personId": person, "encounterId": enc}
    read = osia("GET", f"/persons/{person}/encounters/{enc}").json()
    assert (read["encounterType"], read["galleries"]) == ("renewal", ["VIP"])
    assert read["biographicData"] == changed["biographicData"]
    found = osia("POST", "/identify/VIP", {"filter": {}, "biometricData": biometrics(216, 1)})
    assert found.json()[0]["personId"] == person
    missing = osia("PUT", f"/persons/{person}/encounters/none", changed)
    assert missing.status_code == 404


def test_status(osia: Osia) -> None:
    person, enc = create(osia, 217)
    body = {"filter": {}, "biometricData": biometrics(217, 1)}
    path = f"/persons/{person}/encounters/{enc}"
    assert osia("PUT", f"{path}/status", status="INACTIVE").status_code == 204
    assert osia("GET", path).json()["status"] == "INACTIVE"
    assert person not in [e["personId"] for e in osia("POST", "/identify/ALL", body).json()]
    assert osia("PUT", f"{path}/status", status="ACTIVE").status_code == 204
    assert person in [e["personId"] for e in osia("POST", "/identify/ALL", body).json()]
    assert osia("PUT", f"{path}/status", status="LOST").status_code == 400
    nobody = osia("PUT", "/persons/nobody/encounters/E/status", status="ACTIVE")
    assert nobody.status_code == 400  # the standard knows no 404 here
    assert str(nobody.json()["code"]).startswith("404")


def test_created_inactive(osia: Osia) -> None:
    person, enc = create(osia, 218, status="INACTIVE")
    assert osia("GET", f"/persons/{person}/encounters/{enc}").json()["status"] == "INACTIVE"
    body = {"filter": {}, "biometricData": biometrics(218, 1)}
    assert person not in [e["personId"] for e in osia("POST", "/identify/ALL", body).json()]


def test_galleries(osia: Osia) -> None:
    person, enc = create(osia, 219)
    path = f"/persons/{person}/encounters/{enc}/galleries"
    assert osia("PUT", path, ["VIP", "CITIZENS"]).status_code == 204
    assert {"VIP", "CITIZENS"} <= set(osia("GET", "/galleries").json())
    for wrong in ([], ["VIP", "VIP"], ["ALL"], "VIP", [1]):
        assert osia("PUT", path, wrong).status_code == 400
    content = osia("GET", "/galleries/VIP", limit=10000).json()
    assert {"personId": person, "encounterId": enc} in content
    assert {"personId": person, "encounterId": enc} in osia(
        "GET", "/galleries/ALL", limit=10000
    ).json()
    page = osia("GET", "/galleries/VIP", offset=len(content) - 1, limit=1).json()
    assert page == content[-1:]
    assert osia("GET", "/galleries/NOWHERE").status_code == 404
    as_csv = osia.client.get(
        "/osia/v1/galleries/VIP", params={"transactionId": "1"}, headers={"Accept": "text/csv"}
    )
    assert as_csv.headers["content-type"].startswith("text/csv")
    assert f"{person}, {enc}" in as_csv.text.splitlines()


def test_templates(osia: Osia) -> None:
    person, enc = create(osia, 220)
    path = f"/persons/{person}/encounters/{enc}/templates"
    found = osia("GET", path).json()
    assert len(found) == 10
    for form in ("ISO_19794_2", "ISO_19794_2_2011", "ANSI_378", "ANSI_378_2009"):
        (one,) = osia("GET", path, templateFormat=form, biometricSubType="LEFT_RING").json()
        assert one["templateFormat"] == form
        assert len(read_templates(base64.b64decode(one["template"]))) == 1
    assert osia("GET", path, biometricType="FACE").json() == []
    assert osia("GET", path, templateFormat="ISO_19794_2_CS").status_code == 400
    assert osia("GET", f"/persons/{person}/encounters/none/templates").status_code == 404


def test_merge_and_move(osia: Osia) -> None:
    target, _ = create(osia, 221)
    source, enc = create(osia, 221, biometricData=biometrics(221, 1))
    assert osia("POST", f"/persons/{target}/merge/{source}").status_code == 204
    every = osia("GET", f"/persons/{target}/encounters").json()
    assert enc in [each["encounterId"] for each in every]
    other, _ = create(osia, 222)
    moved = osia("POST", f"/persons/{other}/move/{target}/encounters/{enc}")
    assert moved.status_code == 204, moved.text
    assert enc in [e["encounterId"] for e in osia("GET", f"/persons/{other}/encounters").json()]
    assert osia("POST", f"/persons/{target}/merge/nobody").status_code == 404


def test_delete(osia: Osia) -> None:
    person, enc = create(osia, 223)
    more = osia("POST", f"/persons/{person}/encounters", encounter(223, 1)).json()["encounterId"]
    assert osia("DELETE", f"/persons/{person}/encounters/{enc}").status_code == 204
    assert osia("GET", f"/persons/{person}/encounters/{enc}").status_code == 404
    assert osia("DELETE", f"/persons/{person}/encounters/{more}").status_code == 204
    assert osia("GET", f"/persons/{person}/encounters").status_code == 404
    other, _ = create(osia, 224)
    assert osia("DELETE", f"/persons/{other}").status_code == 204
    assert osia("GET", f"/persons/{other}/encounters").status_code == 404
    assert osia("DELETE", f"/persons/{other}").status_code == 404
    body = {"filter": {}, "biometricData": biometrics(224, 1)}
    assert other not in [e["personId"] for e in osia("POST", "/identify/ALL", body).json()]


@pytest.mark.parametrize("agency", ["police", "border"])
def test_others_may_not_do_it_all(running: World, agency: str) -> None:
    client = running.of(agency)
    params = {"transactionId": new("osia")}
    headers = {"X-Purpose": "border"}
    answer = client.delete("/osia/v1/persons/somebody", params=params, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["code"] == 40300


@pytest.mark.parametrize(
    ("method", "path", "query"),
    [
        ("GET", "/galleries", {}),
        ("GET", "/galleries", {"transactionId": ""}),
        ("GET", "/galleries", {"transactionId": "1", "priority": "high"}),
        ("GET", "/galleries", {"transactionId": "1", "priority": "10"}),
        ("GET", "/galleries/ALL", {"transactionId": "1", "offset": "-1"}),
        ("POST", "/identify/ALL", {"transactionId": "1", "threshold": "nan"}),
        ("POST", "/identify/ALL", {"transactionId": "1", "callback": "http://127.0.0.1/"}),
        ("GET", "/tasks/x/status", {}),
    ],
)
def test_wrong_parameters(running: World, method: str, path: str, query: dict[str, str]) -> None:
    body = {"filter": {}, "biometricData": []} if method == "POST" else None
    answer = running.of("register").request(method, f"/osia/v1{path}", params=query, json=body)
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message"}


def test_what_is_not_named_is_refused(osia: Osia) -> None:
    wrong = encounter(225) | {"surprise": 1}
    answer = osia("POST", "/persons", wrong)
    assert (answer.status_code, answer.json()["code"]) == (400, 40000)
    assert "surprise" in answer.json()["message"]
    secret = encounter(225, encryption={"type": "JWE", "scope": "$"})
    assert osia("POST", "/persons", secret).status_code == 400


class Listener:
    """A client's callback server; `replies` are its statuses, the last one for ever."""

    def __init__(self, replies: list[int]) -> None:
        self.replies = replies
        self.heard: list[tuple[str, str, Any]] = []
        self.url = ""


@contextmanager
def listening(*replies: int) -> Iterator[Listener]:
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    listener = Listener(list(replies) or [204])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.heard.append((self.path, self.headers["Content-Type"], json.loads(body)))
            status = listener.replies[0]
            if len(listener.replies) > 1:
                listener.replies.pop(0)
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        listener.url = f"http://localhost:{server.server_port}/cb?x=1"
        try:
            yield listener
        finally:
            server.shutdown()
            thread.join()


def state_of(osia: Osia, task: str, wanted: str) -> str:
    for _ in range(300):
        answer = osia("GET", f"/tasks/{task}/status")
        assert answer.status_code == 200, answer.text
        if answer.json() == wanted:
            break
        time.sleep(0.05)
    return str(answer.json())


def test_asynchronous_calls_are_delivered(running: World) -> None:
    osia = Osia(running)
    with listening() as listener:
        made = osia(
            *("POST", "/persons/PA/encounters/EA", encounter(230)),
            callback=listener.url,
            transactionId="T1",
            priority=9,
        )
        assert made.status_code == 202, made.text
        task = made.json()["taskId"]
        assert state_of(osia, task, "COMPLETED") == "COMPLETED"
        ((path, kind, content),) = listener.heard
        assert path == f"/cb?x=1&transactionId=T1&taskId={task}"
        assert kind == "application/json"
        assert content == {"personId": "PA", "encounterId": "EA"}
        for method, where, body, check in [
            ("GET", "/persons/PA/encounters/EA", None, lambda c: c["encounterId"] == "EA"),
            ("GET", "/persons/PA/encounters", None, lambda c: len(c) == 1),
            ("GET", "/galleries", None, lambda c: "CITIZENS" in c),
            ("GET", "/galleries/ALL", None, lambda c: len(c) > 0),
            ("GET", "/persons/PA/encounters/EA/templates", None, lambda c: len(c) == 10),
            (
                *("POST", "/identify/ALL"),
                {"filter": {}, "biometricData": biometrics(230, 1)},
                lambda c: c[0]["personId"] == "PA",
            ),
            (
                *("POST", "/verify/ALL/PA", {"biometricData": biometrics(230, 1)}),
                lambda c: c["decision"],
            ),
            ("PUT", "/persons/PA/encounters/EA/galleries", ["VIP"], lambda c: c == "OK"),
            ("DELETE", "/persons/PA", None, lambda c: c == "OK"),
        ]:
            listener.heard.clear()
            answer = osia(method, where, body, callback=listener.url)
            assert answer.status_code == 202, (where, answer.text)
            assert state_of(osia, answer.json()["taskId"], "COMPLETED") == "COMPLETED"
            assert check(listener.heard[0][2]), where


def test_an_error_is_delivered_as_such(running: World) -> None:
    osia = Osia(running)
    with listening() as listener:
        answer = osia("DELETE", "/persons/nobody", callback=listener.url)
        assert state_of(osia, answer.json()["taskId"], "COMPLETED") == "COMPLETED"
        ((_, kind, content),) = listener.heard
    assert kind == "application/error+json"
    assert str(content["code"]).startswith("404")


def test_it_is_tried_again_and_given_up_and_redelivered(running: World) -> None:
    osia = Osia(running)
    with listening(500, 500, 500, 204) as listener:
        answer = osia("GET", "/galleries", callback=listener.url)
        task = answer.json()["taskId"]
        assert state_of(osia, task, "RESPONSE_ERROR") == "RESPONSE_ERROR"
        assert len(listener.heard) == 3
        assert osia("POST", f"/tasks/{task}/redeliver").status_code == 204
        assert state_of(osia, task, "COMPLETED") == "COMPLETED"
    stranger = Osia(running, "other")
    assert stranger("GET", f"/tasks/{task}/status").status_code == 404
    assert stranger("POST", f"/tasks/{task}/redeliver").status_code == 404
    assert osia("GET", "/tasks/none/status").status_code == 404


@pytest.mark.parametrize("version", ["this", "before"])
def test_calls_forget_whoever_is_expunged(running: World, version: str) -> None:
    """A call that was delivered, and one that could not be: neither names the person any more."""
    osia, person = Osia(running), f"Somebody-of-{version}"
    with listening(204, 500, 500, 500, 204) as listener:
        path = f"/persons/{person}/encounters/Encounter-{version}"
        made = osia("POST", path, encounter(231), callback=listener.url).json()["taskId"]
        assert state_of(osia, made, "COMPLETED") == "COMPLETED"
        read = osia("GET", path, callback=listener.url).json()["taskId"]
        assert state_of(osia, read, "RESPONSE_ERROR") == "RESPONSE_ERROR"
        other = osia("GET", "/persons/Somebody-else/encounters", callback=listener.url)
        assert state_of(osia, other.json()["taskId"], "COMPLETED") == "COMPLETED"
        if version == "before":
            with running.desk.store.transaction() as connection:  # as the migration leaves them
                connection.execute(text("DELETE FROM api_osia_named"))
                every = (
                    "INSERT INTO api_osia_named (task, person) SELECT id, '' FROM api_osia_tasks"
                )
                connection.execute(text(every))
        assert osia("DELETE", f"/persons/{person}").status_code == 204
        listener.heard.clear()
        assert osia("POST", f"/tasks/{read}/redeliver").status_code == 204
        assert state_of(osia, read, "COMPLETED") == "COMPLETED"
        ((_, kind, content),) = listener.heard
        assert (kind, str(content["code"])[:3]) == ("application/error+json", "404")
    vault, kept = running.desk.vault, {}
    with running.desk.store.reading() as connection:
        for row in connection.execute(text("SELECT * FROM api_osia_tasks")):
            opened = vault.key(connection, row.key).open(row.arguments, f"osia {row.id}")
            kept[row.id] = f"{row} {opened.decode()}"
        named = str(connection.execute(text("SELECT * FROM api_osia_named")).all())
    assert {made, read} <= set(kept)
    for word in (person, f"Encounter-{version}"):
        assert word not in str(kept) + named
    assert "Somebody-else" in kept[other.json()["taskId"]]
    assert "Somebody-else" in named


def test_one_that_hangs_or_redirects_holds_nobody_up(running: World) -> None:
    osia = Osia(running)
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        listening(302) as elsewhere,
        listening() as good,
    ):
        hanging = f"http://localhost:{silent.getsockname()[1]}/"
        stuck = [osia("GET", "/galleries", callback=hanging).json()["taskId"] for _ in range(3)]
        sent = osia("GET", "/galleries", callback=elsewhere.url).json()["taskId"]
        fine = osia("GET", "/galleries", callback=good.url).json()["taskId"]
        assert state_of(osia, fine, "COMPLETED") == "COMPLETED"
        assert state_of(osia, sent, "RESPONSE_ERROR") == "RESPONSE_ERROR"
        for task in stuck:
            assert state_of(osia, task, "RESPONSE_ERROR") == "RESPONSE_ERROR"


def test_callbacks_go_nowhere_inside(running: World) -> None:
    osia = Osia(running)
    for url in (
        *("http://client.example/cb", "https://127.0.0.1/cb", "https://169.254.169.254/"),
        *("https://[::1]/cb", "ftp://client.example/", "nonsense"),
    ):
        answer = osia("GET", "/galleries", callback=url)
        assert answer.status_code == 400
        assert url not in answer.text


def test_references_are_fetched(running: World) -> None:
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    data = base64.b64decode(image(3, 2))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/right" else 404)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None: ...

    osia = Osia(running)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            base = f"http://localhost:{server.server_port}"
            finger = {"biometricType": "FINGER", "biometricSubType": "RIGHT_INDEX"}
            sent = [finger | {"imageRef": f"{base}/right"}]
            made = osia("POST", "/persons", encounter(0, biometricData=sent))
            assert made.status_code == 200, made.text
            where = f"/persons/{made.json()['personId']}/encounters"
            read = osia("GET", where).json()[0]["biometricData"][0]
            assert read["image"] == image(3, 2)
            wrong = [finger | {"imageRef": f"{base}/wrong"}]
            assert osia("POST", "/persons", encounter(0, biometricData=wrong)).status_code == 400
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("name", ["imageRef", "templateRef"])
def test_references_obey_the_rules(running: World, name: str) -> None:
    finger = {"biometricType": "FINGER", "biometricSubType": "RIGHT_INDEX"}
    for url in ("http://127.0.0.1/", "https://10.1.2.3/", "file:///etc/passwd"):
        body = encounter(0, biometricData=[finger | {name: url}])
        answer = Osia(running)("POST", "/persons", body)
        assert answer.status_code == 400
        assert url not in answer.text


def test_a_sealed_person_is_answered_as_nobody(osia: Osia, running: World) -> None:
    person, enc = create(osia, 250)
    desk = running.desk
    with desk.store.writing() as change:
        desk.records.seal(change, person)
    body = {"filter": {}, "biometricData": biometrics(250, 1)}
    calls: list[tuple[str, str, Any, dict[str, Any]]] = [
        ("GET", "/persons/{}/encounters", None, {}),
        ("GET", "/persons/{}/encounters/{enc}", None, {}),
        ("GET", "/persons/{}/encounters/{enc}/templates", None, {}),
        ("PUT", "/persons/{}/encounters/{enc}", encounter(250), {}),
        ("PUT", "/persons/{}/encounters/{enc}/status", None, {"status": "ACTIVE"}),
        ("PUT", "/persons/{}/encounters/{enc}/galleries", ["VIP"], {}),
        ("DELETE", "/persons/{}/encounters/{enc}", None, {}),
        ("DELETE", "/persons/{}", None, {}),
        ("POST", "/verify/ALL/{}", {"biometricData": biometrics(250, 1)}, {}),
        ("POST", "/identify/ALL/{}", None, {}),
        ("POST", "/identify/ALL/{}/encounters/{enc}", None, {}),
    ]
    for method, path, sent, query in calls:
        told = [
            osia(method, path.format(who, enc=enc), sent, **query) for who in (person, "nobody")
        ]
        assert told[0].status_code == told[1].status_code >= 400, path
        words = [each.json() for each in told]
        assert words[0] == words[1], path
        assert str(words[0]["code"]).startswith("404"), path
    for gallery in ("ALL", "CITIZENS"):
        listed = osia("GET", f"/galleries/{gallery}", limit=10000).json()
        assert person not in [each["personId"] for each in listed]
    found = osia("POST", "/identify/ALL", body).json()
    assert person not in [each["personId"] for each in found]


def test_another_agency_s_people(osia: Osia, running: World) -> None:
    person, enc = create(osia, 251)
    stranger = Osia(running, "other")
    row = {"personId": person, "encounterId": enc}
    assert row in osia("GET", "/galleries/ALL", limit=10000).json()
    assert row not in stranger("GET", "/galleries/ALL", limit=10000).json()
    path = f"/persons/{person}"
    refused = [
        stranger("DELETE", path),
        stranger("DELETE", f"{path}/encounters/{enc}"),
        stranger("PUT", f"{path}/encounters/{enc}", encounter(251)),
        stranger("PUT", f"{path}/encounters/{enc}/status", status="INACTIVE"),
        stranger("PUT", f"{path}/encounters/{enc}/galleries", ["VIP"]),
    ]
    for each in refused:
        assert each.status_code in (400, 403)
        assert each.json()["code"] == 40300
    assert osia("GET", f"{path}/encounters/{enc}").json()["galleries"] == ["CITIZENS"]
