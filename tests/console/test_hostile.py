"""What nobody should send: pages answer with a refusal, never with a fault of the service."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from tests.console.world import FINGERS, SCRIPT, World, image, mark_of, new, send

from tenprint.console._transactions import see_transaction
from tenprint.desk import Print, Submission
from tenprint.model import Purpose, TransactionClass

HTML = {"Accept": "text/html"}
JSON = {"Accept": "application/json"}


def refused(answer: httpx.Response, *status: int) -> None:
    """Refused for what it is, with the security headers, and not as something unexpected."""
    assert answer.status_code in (status or range(400, 500)), (answer.status_code, answer.text)
    assert "Content-Security-Policy" in answer.headers


MARK = {"side": "probe", "finger": 2, "x": 1.0, "y": 2.0, "pair": 1}


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff\xfe", b"[]", b"null", b"7", b'{"marks": 7}', b'{"marks": {"a": 1}}',
        b'{"marks": [7]}', b'{"marks": ["probe"]}', b'{"marks": [[]]}', b'{"marks": [null]}',
        b"[" * 100_000, b'{"marks": ' * 5000, b'{"marks": [' + b"9" * 5000 + b"]}",
        *(
            json.dumps({"marks": [{**MARK, **change}]}).encode()
            for change in (
                {"side": "elsewhere"}, {"side": []}, {"side": None}, {"finger": 99},
                {"finger": "thumb"}, {"finger": 1e999}, {"x": float("nan")}, {"x": "inf"},
                {"y": -1}, {"y": 1e9}, {"x": None}, {"x": {}}, {"note": "\ud800"},
                {"kind": "\udfff"}, {"pair": "one"}, {"pair": []},
            )
        ),
        json.dumps({"marks": [MARK] * 2001}).encode(),
    ],
    ids=lambda body: body[:40].decode("latin-1"),
)  # fmt: skip
def test_marks_that_are_none(town: World, a_case: str, body: bytes) -> None:
    with town.shared("ann") as client:
        headers = {"X-CSRF-Token": mark_of(client, "/"), "Content-Type": "application/json"}
        answer = client.post(f"/cases/{a_case}/marks", content=body, headers=headers)
        refused(answer, 400)
        assert answer.json()["error"]["code"] == "input"
        twin = client.get(f"/cases/{a_case}", headers=JSON)
        assert twin.json()["marks"] == []


def test_a_mark_is_shown_as_it_was_written(town: World, a_case: str) -> None:
    with town.shared("ann") as client:
        headers = {"X-CSRF-Token": mark_of(client, "/")}
        marks = [{**MARK, "note": SCRIPT + "'\"", "kind": "</figure>"}]
        path = f"/cases/{a_case}"
        assert client.post(f"{path}/marks", json={"marks": marks}, headers=headers).is_success
        assert client.get(path, headers=JSON).json()["marks"][0]["note"] == SCRIPT + "'\""
        assert SCRIPT not in client.get(path).text
        assert client.post(f"{path}/marks", json={"marks": []}, headers=headers).is_success


@pytest.fixture(scope="module")
def a_case(town: World) -> str:
    return town.case()[1]


def test_unknown_things_are_not_found(town: World, a_case: str) -> None:
    digits = "9" * 5000
    with town.shared("olga", **HTML) as client:
        for path in (
            "/cases/nothing", "/cases/nothing/chart.pdf", "/cases/nothing/probe/0.png",
            f"/cases/{a_case}/probe/99.png", f"/cases/{a_case}/probe/{digits}.png",
            f"/cases/{a_case}/elsewhere/0.png", f"/cases/{a_case}/fingers/77",
            f"/cases/{a_case}/fingers/{digits}", f"/cases/{a_case}/fingers/7.png",
            f"/cases/{a_case}/fingers/-1.png", "/transactions/nothing",
            "/transactions/nothing/answer.ebts", "/people/nothing", "/people/nothing/prints/2.png",
            "/people/P1/prints/3.png", "/people/P1/prints/x.png",
            "/nothing", "/nothing/at/all", f"/cases/{a_case}/decide",
        ):  # fmt: skip
            answer = client.get(path)
            refused(answer, 404)
            assert "<h1>That did not work</h1>" in answer.text, path
        answer = client.get(f"/cases/{a_case}/chart.pdf?finger={digits}")
        assert answer.status_code == 200
        for path in (
            "/cases?state=x", "/transactions?state=x", "/transactions?class=x",
            "/search/names?purpose=administration", "/search/names?given=x&purpose=x",
            "/search/names?born=yesterday&purpose=administration", "/people/P1?purpose=x",
            "/transactions?after=%00", "/audit?after=%FF", "/audit?agency=%00&after=x",
            "/audit?person=%00",
            "/search/names?purpose=administration&given=" + "x" * 5000,
            "/search/names?purpose=administration&identifier=%00",
        ):  # fmt: skip
            assert client.get(path).status_code < 500, path


def test_paths_that_lead_out(town: World) -> None:
    with town.client() as client:
        for path in (
            "/static/..%2f__init__.py", "/static/%2e%2e/_web.py", "/static/../_web.py",
            "/static/....//_web.py", "/static//etc/passwd", "/static/%00", "/static/",
        ):  # fmt: skip
            answer = client.get(path)
            assert answer.status_code in (404, 405), path
        assert client.get("/static/console.css").status_code == 200
    with town.shared("olga") as client:
        for path in ("/people/..%2f..%2fetc%2fpasswd", "/people/%2e%2e/P1", "/people/%00"):
            assert client.get(path).status_code in (400, 404), path


def test_an_unknown_address_is_a_page_for_browsers_only(town: World) -> None:
    with town.client() as client:
        assert client.get("/nothing", headers=HTML).text.startswith("<!doctype html>")
        for path in ("/nothing", "/v1/nothing"):
            answer = client.get(path, headers=JSON)
            assert answer.status_code == 404
            assert answer.headers["Content-Type"] == "application/problem+json"
        assert client.post("/cases", headers=JSON).status_code == 405


def test_a_decision_needs_a_finding_and_a_reason(town: World, a_case: str) -> None:
    path, of = f"/cases/{a_case}/decide", f"/cases/{a_case}"
    with town.shared("ann") as client:
        for fields in (
            {}, {"finding": "identification"}, {"finding": "guilty", "reason": "x"},
            {"finding": "exclusion", "reason": " \n "},
            {"finding": "exclusion", "reason": "x" * 4001},
        ):  # fmt: skip
            answer = send(client, path, fields, of=of)
            refused(answer, 400)
    assert town.desk.case(town.examiner, a_case).summary.state == "open"


def test_forms_that_are_too_large_or_no_forms(town: World) -> None:
    with town.shared("olga") as client:
        mark = mark_of(client, "/")
        big = {"csrf": mark, "checkpoint": "x" * (1 << 20)}
        refused(client.post("/audit/verify", data=big), 413)
        many = {"csrf": mark, **{f"f{n}": "" for n in range(300)}}
        refused(client.post("/sign-out", files={k: (None, v) for k, v in many.items()}), 400)
        files = [("files", (f"{n}.png", b"x")) for n in range(60)]
        refused(client.post("/search/prints", data={"csrf": mark}, files=files), 400)
        kind = {"Content-Type": "multipart/form-data; boundary=b"}
        for body in (b"--b\r\nnonsense", b"--b--", b"\x00" * 100):
            refused(client.post("/search/prints", content=body, headers=kind), 400, 403)
        refused(client.post("/search/prints", content=b"x", headers={"Content-Type": "a"}), 403)
        # Without its length a form is not read.
        refused(client.post("/audit/verify", content=iter([b"csrf="])), 400)
        assert client.get("/audit").status_code == 200


def test_searches_with_files_that_are_none(town: World) -> None:
    with town.shared("ann") as client:
        mark = mark_of(client, "/search")

        def search(name: str, data: bytes, **fields: str) -> httpx.Response:
            given = {"csrf": mark, "purpose": "administration", **fields}
            return client.post("/search/prints", data=given, files={"files": (name, data)})

        png = image(1, FINGERS[1], 0)
        for name, data in (
            ("a.png", b""), ("a.png", b"no image"), (SCRIPT, b"no image"), ("a.png", png[:200]),
            ("a.ist", b"FMR\0" + b"\xff" * 40), ("a.an2", b"1.01:99999999\x1d1.02:"),
            ("\N{SNOWMAN}\x00.png", b"no image"),
        ):  # fmt: skip
            answer = search(name, data)
            refused(answer)
            assert SCRIPT not in answer.text
        refused(search("a.png", png, purpose="curiosity"), 400)


def test_names_are_text_and_nothing_else(town: World) -> None:
    with town.shared("olga") as client:
        for path in (
            "/search/names", "/people/P2", "/transactions", "/audit", "/sign-in",
        ):  # fmt: skip
            query = {
                "family": '"><img src=x onerror=alert(1)>',
                "given": SCRIPT,
                "purpose": "administration",
                "next": f"/{SCRIPT}",
                "agency": SCRIPT,
            }
            answer = client.get(path, params=query)
            assert answer.status_code == 200, path
            assert SCRIPT not in answer.text
            assert "<img src=x" not in answer.text
        person = client.get("/people/P2", params={"purpose": "administration"}).text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in person


@pytest.mark.parametrize(
    "tail", ["/a/b", "?x=1", "#x", "%2Fy", " z", "%0d%0aSet-Cookie: a=b", "/../x", '"<>']
)
def test_a_transaction_of_any_number_is_found_again(town: World, tail: str) -> None:
    name = new("n") + tail
    with town.shared("olga") as client:
        given = {
            "csrf": mark_of(client, "/transactions"), "transaction": name,
            "class": "tenprint-search", "purpose": "administration",
        }  # fmt: skip
        probe: Any = {"file": ("a.an2", b"no transaction")}
        refused(client.post("/transactions", data=given, files=probe), 400, 422)
    with town.shared("sam") as client:
        submit(town, name)
        listed = client.get("/transactions").text
        found = [part.split('"')[0] for part in listed.split('href="/transactions/')[1:]]
        pages = [client.get(f"/transactions/{each}", headers=JSON) for each in found[:1]]
        assert pages[0].status_code == 200, found[:1]
        assert pages[0].json()["status"]["transaction"] == name


def submit(town: World, name: str) -> None:
    """A border check of that number."""
    prints = (Print(image(1, FINGERS[1], 0), FINGERS[1], ppi=500.0),)
    town.desk.submit(
        town.border, Submission(name, TransactionClass.BORDER_CHECK, Purpose.BORDER, prints=prints)
    )


def test_a_redirect_quotes_the_number() -> None:
    answer = see_transaction("a/b?c#d\r\nSet-Cookie: e=f")
    assert answer.headers["Location"] == "/transactions/a%2Fb%3Fc%23d%0D%0ASet-Cookie%3A%20e%3Df"
    assert "Set-Cookie" not in answer.headers
