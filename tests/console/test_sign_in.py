"""Signing in and out, locking, forms of other sessions and sites, the first start."""

from __future__ import annotations

import base64
import hmac
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect
from sqlalchemy import text
from starlette.requests import Request
from tests.console.conftest import Open, sign_in
from tests.console.qr import drawn, read
from tests.console.world import COOKIE, PASSWORD, World, mark_of, send

from tenprint.access import Authenticator, SignInRules, lock_session
from tenprint.console._web import Web
from tenprint.model import AccessError

JSON = {"Accept": "application/json"}


def test_who_is_signed_out_is_sent_to_sign_in(town: World) -> None:
    with town.client() as client:
        for path in ("/cases", "/search", "/people/P1", "/operate", "/audit", "/transactions"):
            answer = client.get(path)
            assert answer.status_code == 303, path
            assert answer.headers["Location"].startswith("/sign-in?next="), path
            twin = client.get(path, headers=JSON)
            assert twin.status_code == 401
            assert twin.json()["error"]["code"] == "credential"
        answer = client.get("/cases/x/chart.pdf")
        assert answer.status_code == 303
        refreshing = client.get("/cases", headers={"HX-Request": "true"})
        assert refreshing.headers["HX-Redirect"] == "/sign-in?next=%2Fcases"


def test_a_wrong_password_is_said_on_the_form(town: World) -> None:
    with town.client() as client:
        fields = {"name": "nobody-here", "password": PASSWORD, "next": "/cases"}
        answer = send(client, "/sign-in", fields)
        assert answer.status_code == 401
        assert 'value="nobody-here"' in answer.text
        assert PASSWORD not in answer.text
        assert COOKIE not in client.cookies


def test_the_cookie_is_kept_from_scripts_and_other_sites(town: World) -> None:
    with town.client() as client:
        answer = send(client, "/sign-in", {"name": "sam", "password": PASSWORD, "next": "/"})
    cookie = answer.headers["Set-Cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/" in cookie


ELSEWHERE = (
    "//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example",
    "/\n/evil.example", "javascript:alert(1)", "\\\\evil.example", "evil.example", "/ok\r\nX: y",
)  # fmt: skip


def test_nobody_is_sent_elsewhere_after_signing_in(town: World) -> None:
    with town.client() as client:
        for where in ELSEWHERE:
            page = client.get("/sign-in", params={"next": where})
            assert 'name="next" value="/"' in page.text, where
        for where, to in (("//evil.example", "/"), ("/cases?finger=2", "/cases?finger=2")):
            fields = {"name": "sam", "password": PASSWORD, "next": where}
            answer = send(client, "/sign-in", fields)
            assert answer.status_code == 303
            assert answer.headers["Location"] == to


def test_roles_are_asked_for_and_a_refusal_is_a_page(town: World) -> None:
    with town.shared("sam") as client:
        for path in ("/cases", "/cases/x", "/operate", "/agencies", "/audit"):
            answer = client.get(path)
            assert answer.status_code == 403, path
            assert "<h1>That did not work</h1>" in answer.text
            assert client.get(path, headers=JSON).json()["error"]["code"] == "access"
        nav = client.get("/").text
        assert 'href="/transactions"' in nav
        assert 'href="/cases"' not in nav
    with town.shared("ann") as client:
        for path in ("/operate", "/audit"):
            assert client.get(path).status_code == 403
        assert send(client, "/audit/verify", {}, of="/").status_code == 403
        for path in ("/transactions", "/transactions/x", "/transactions/x/answer.ebts"):
            assert client.get(path).status_code == 403, path


def test_a_form_of_no_session_or_another_is_refused(town: World) -> None:
    _, case = town.case()
    path = f"/cases/{case}/decide"
    fields = {"finding": "identification", "reason": "x"}
    with town.shared("ann") as ann, town.shared("bob") as bob:
        for mark in ("", "0" * 64, "\N{SNOWMAN}", mark_of(bob, "/")):
            answer = ann.post(path, data={**fields, "csrf": mark})
            assert answer.status_code == 403, mark
            assert "not of this session" in answer.text
        right = mark_of(ann, "/")
        for site in ("cross-site", "same-site"):
            headers = {"Sec-Fetch-Site": site}
            answer = ann.post(path, data={**fields, "csrf": right}, headers=headers)
            assert answer.status_code == 403
        marks = {"marks": []}
        assert ann.post(f"/cases/{case}/marks", json=marks).status_code == 403
        headers = {"X-CSRF-Token": mark_of(bob, "/")}
        assert ann.post(f"/cases/{case}/marks", json=marks, headers=headers).status_code == 403
        headers = {"X-CSRF-Token": right}
        assert ann.post(f"/cases/{case}/marks", json=marks, headers=headers).status_code == 200
        ann.cookies.clear()
        assert ann.post(path, data={**fields, "csrf": right}).status_code == 303
    assert town.desk.case(town.examiner, case).summary.state == "open"


def test_the_sign_in_form_is_refused_from_another_site(town: World) -> None:
    with town.client() as client:
        fields = {"csrf": mark_of(client, "/sign-in"), "name": "sam", "password": PASSWORD}
        answer = client.post("/sign-in", data=fields, headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
        assert COOKIE not in client.cookies


def test_each_browser_has_a_mark_of_its_own_before_anybody_signs_in(town: World) -> None:
    with town.client() as one, town.client() as other:
        mark, strange = mark_of(one, "/sign-in"), mark_of(other, "/sign-in")
        assert mark != strange
        assert mark_of(one, "/first-start") == mark  # it stays with the browser
        fields = {"name": "sam", "password": PASSWORD}
        for wrong in (strange, hmac.new(b"", b"", "sha256").hexdigest()):
            assert one.post("/sign-in", data={**fields, "csrf": wrong}).status_code == 403
        assert COOKIE not in one.cookies
        assert one.post("/sign-in", data={**fields, "csrf": mark}).status_code == 303
        cookie = other.get("/unlock").request.headers["Cookie"]
        assert mark not in cookie
        assert strange not in cookie
    with town.client() as client:
        given = client.get("/sign-in").headers["Set-Cookie"].lower()
        assert "httponly" in given
        assert "samesite=strict" in given
        assert "set-cookie" not in client.get("/sign-in").headers
        # Without the cookie no mark is right.
        mark = mark_of(client, "/sign-in")
        client.cookies.clear()
        assert client.post("/sign-in", data={**fields, "csrf": mark}).status_code == 403


def test_a_form_says_where_it_comes_from(town: World) -> None:
    """A browser without Sec-Fetch-Site still names the origin."""
    _, case = town.case()
    own = town.url.removeprefix("http://")
    with town.client() as client, town.shared("ann") as ann:
        sign = {"csrf": mark_of(client, "/sign-in"), "name": "sam", "password": PASSWORD}
        point = {"X-CSRF-Token": mark_of(ann, "/")}
        for origin, right in (
            ("https://evil.example", False), ("null", False), (f"http://{own}.evil.example", False),
            ("http://127.0.0.1:1", False), (f"http://{own}", True), (f"https://{own}", True),
        ):  # fmt: skip
            headers = {"Origin": origin}
            answer = client.post("/sign-in", data=sign, headers=headers)
            assert answer.status_code == (303 if right else 403), origin
            marks = ann.post(f"/cases/{case}/marks", json={"marks": []}, headers=headers | point)
            assert marks.status_code == (200 if right else 403), origin
            client.cookies.delete(COOKIE, domain="127.0.0.1") if right else None


def test_open_forms_outlive_a_restart_and_a_proxy_may_change_the_host(town: World) -> None:
    service = Authenticator(town.desk.store)
    first, second = (
        Web(town.desk, service, SignInRules(), public_url=url)
        for url in (None, "https://prints.example/console")
    )
    cookie = (b"cookie", f"{COOKIE}={town.session('ann')}".encode())

    def request(*more: tuple[bytes, bytes]) -> Request:
        headers = [cookie, (b"host", b"inside:8080"), *more]
        return Request({"type": "http", "method": "POST", "headers": headers, "state": {}})

    mark = first.csrf(request())
    second.check_mark(request(), mark)
    from_outside = (b"origin", b"https://prints.example")
    second.check_mark(request(from_outside), mark)
    with pytest.raises(AccessError):
        first.check_mark(request(from_outside), mark)


def test_who_comes_by_a_link_from_elsewhere_signs_in(town: World) -> None:
    """Then the browser keeps the session's cookie back; with the form it sends it again."""
    with town.client("sam") as client:
        session = client.cookies[COOKIE]
        client.cookies.delete(COOKIE)
        fields = {"csrf": mark_of(client, "/sign-in"), "name": "sam", "password": PASSWORD}
        client.cookies.set(COOKIE, session)
        assert client.post("/sign-in", data=fields).status_code == 303
        # But what a session does takes the session's mark.
        assert client.post("/sign-out", data=fields).status_code == 403


def test_an_idle_session_locks_and_the_password_opens_it(town: World, open_page: Open) -> None:
    _, case = town.case()
    page = open_page()
    page.goto("/sign-in")
    sign_in(page, "cat")
    page.goto(f"/cases/{case}?finger=2")
    (token,) = [each["value"] for each in page.context.cookies() if each["name"] == COOKIE]
    with town.desk.store.transaction() as connection:
        lock_session(connection, token)
    time.sleep(2.1)  # so long a session is believed without asking the database
    page.reload()
    expect(page.locator("h1")).to_have_text("Locked")
    page.fill("#password", "not the password")
    page.press("#password", "Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"**/cases/{case}?finger=2")
    page.click("text=Sign out")
    expect(page.locator("h1")).to_have_text("Sign in")
    page.goto("/cases")
    expect(page.locator("h1")).to_have_text("Sign in")


def test_a_page_that_refreshes_itself_keeps_no_session_open(town: World) -> None:
    with town.client("bob") as client:
        seen = text("SELECT seen FROM access_sessions ORDER BY created DESC LIMIT 1")
        old = int((datetime.now(UTC) - timedelta(minutes=9)).timestamp() * 1e6)
        with town.desk.store.transaction() as connection:
            newest = "(SELECT max(created) FROM access_sessions)"
            change = f"UPDATE access_sessions SET seen = {old} WHERE created = {newest}"  # noqa: S608
            connection.execute(text(change))
        assert client.get("/cases", headers={"HX-Request": "true"}).status_code == 200
        with town.desk.store.reading() as connection:
            assert connection.execute(seen).scalar() == old
        assert client.get("/cases").status_code == 200
        with town.desk.store.reading() as connection:
            now = connection.execute(seen).scalar()
        assert now is not None
        assert now > old


@pytest.fixture
def first_started(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """``tenprint serve`` on a new folder: its address, and the one-time code it printed."""
    start = "from tenprint.cli import main; main()"
    child = subprocess.Popen(
        [sys.executable, "-c", start, "serve", str(tmp_path / "data"), "--port", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "COLUMNS": "300",
            "TENPRINT_LOG_LEVEL": "error",
            "TENPRINT_STOP_SECONDS": "1",
        },
    )
    assert child.stderr is not None
    told = ""
    while "Open it in a browser" not in told:
        line = child.stderr.readline()
        assert line, told
        told += line
    code = re.search(r"^ +([A-Z2-7]{4}(?:-[A-Z2-7]{4})+)$", told, re.MULTILINE)
    url = re.search(r"http://127\.0\.0\.1:\d+", told)
    assert code, told
    assert url, told
    yield url[0], code[1]
    child.terminate()
    child.communicate(timeout=30)


def test_the_first_start_and_the_second_factor(
    first_started: tuple[str, str], open_page: Open
) -> None:
    url, code = first_started
    page = open_page(url=url)
    page.goto("/")
    page.click("text=I have a one-time code")
    page.fill("#code", "AAAA-BBBB")
    page.fill("#name", "root")
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD + "!")
    page.click("text=Begin")
    expect(page.get_by_role("alert")).to_contain_text("differ")
    for given in ("AAAA-BBBB", code):
        page.fill("#code", given)
        page.fill("#password", PASSWORD)
        page.fill("#again", PASSWORD)
        page.click("text=Begin")
    expect(page.locator("h1")).to_have_text("Second factor")
    # Before there is one, no role counts.
    for path in ("/operate", "/transactions", "/transactions/x", "/people/x", "/cases"):
        assert page.request.get(path).status == 403, path
    page.goto("/")
    expect(page.locator("h1")).to_have_text("Second factor")
    secret = page.locator("code").first.inner_text()
    address = page.get_by_role("link", name="Open it in an authenticator").get_attribute("href")
    assert address is not None
    assert address.startswith("otpauth://totp/")
    code_of_it = page.get_by_role("img", name="QR code")
    expect(code_of_it).to_be_visible()
    path = code_of_it.locator("path").get_attribute("d") or ""
    side = int((code_of_it.get_attribute("viewBox") or "").split()[-1])
    assert read(drawn(path, side)) == address
    page.fill("#code", "000000")
    page.click("text=Use it")
    expect(page.get_by_role("alert")).to_be_visible()
    page.click("text=Begin again")
    secret = page.locator("code").first.inner_text()
    page.fill("#code", one_time_password(secret))
    page.click("text=Use it")
    expect(page.locator("pre")).to_be_visible()
    recovery = page.locator("pre").inner_text().split()
    assert len(recovery) == 10
    page.click("text=Go on")
    page.goto("/operate")
    expect(page.locator("h1")).to_have_text("The day so far")

    again = open_page(url=url)
    again.goto("/sign-in")
    for code in ("", recovery[0]):
        again.fill("#name", "root")
        again.fill("#password", PASSWORD)
        again.fill("#code", code)
        again.click("button.main")
    expect(again.locator("h1")).to_have_text("Who is this?")
    with httpx.Client(base_url=url, timeout=60) as client:
        for code, status in ((recovery[0], 401), (one_time_password(secret, ahead=1), 303)):
            fields = {"name": "root", "password": PASSWORD, "code": code, "next": "/"}
            assert send(client, "/sign-in", fields).status_code == status


def one_time_password(secret: str, ahead: int = 0) -> str:
    """RFC 6238: HMAC-SHA-1, steps of 30 seconds, six digits."""
    plain = re.sub(r"\s", "", secret)
    key = base64.b32decode(plain + "=" * (-len(plain) % 8))
    step = int(time.time()) // 30 + ahead
    digest = hmac.digest(key, step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 15
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 10**6:06d}"
