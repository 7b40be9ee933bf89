"""A session that nobody uses: prints leave the screen, and what was typed is not lost."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text
from tests.console.conftest import Open
from tests.console.world import COOKIE, PASSWORD, World, mark_of, send

from tenprint.access import lock_session
from tenprint.console._drafts import KEPT, Drafts
from tenprint.model import Finding, InputError

JSON = {"Accept": "application/json"}


def own_session(town: World, open_page: Open, user: str, **options: object) -> Page:
    """A page with a session that no other test shares."""
    page = open_page(**options)
    with town.client(user) as client:
        token = client.cookies[COOKIE]
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": town.url}])
    return page


def lock(town: World, page: Page) -> None:
    """As the server does when nobody used the session."""
    (token,) = [each["value"] for each in page.context.cookies() if each["name"] == COOKIE]
    with town.desk.store.transaction() as connection:
        lock_session(connection, token)
    time.sleep(2.1)  # so long a session is believed without asking the database


def unlock(page: Page) -> None:
    expect(page.locator("h1")).to_have_text("Locked")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")


def open_case(page: Page, case: str) -> None:
    page.goto(f"/cases/{case}?finger=2")
    page.wait_for_selector("[data-ready=true]")


def test_work_on_a_case_is_use(town: World, open_page: Open) -> None:
    """Zooming asks for nothing; so a small request says once a minute that somebody is there."""
    _, case = town.case()
    page = own_session(town, open_page, "ann")
    page.clock.install()
    open_case(page, case)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for _ in range(2):
        with page.expect_request("**/in-use") as sent:
            page.locator("canvas").hover()
            page.mouse.wheel(0, -100)
            page.mouse.wheel(0, -100)
            page.keyboard.press("i")
            page.clock.fast_forward("01:01")
        assert sent.value.headers.get("hx-request") is None
    assert len([url for url in asked if url.endswith("/in-use")]) == 2
    # Twenty minutes of work, a minute at a time, lock nothing.
    for _ in range(20):
        page.mouse.wheel(0, 100)
        page.clock.fast_forward("01:00")
    assert page.locator("canvas").is_visible()
    assert page.url.endswith(f"/cases/{case}?finger=2")


def test_saying_so_begins_the_idle_time_again(town: World) -> None:
    with town.client("bob") as client:
        newest = "WHERE created = (SELECT max(created) FROM access_sessions)"
        with town.desk.store.transaction() as connection:
            change = f"UPDATE access_sessions SET seen = seen - 540000000 {newest}"  # noqa: S608
            connection.execute(text(change))
        seen = text(f"SELECT seen FROM access_sessions {newest}")  # noqa: S608
        with town.desk.store.reading() as connection:
            before = connection.execute(seen).scalar()
        assert client.get("/in-use", headers=JSON).json() == {"idle_seconds": 900.0}
        with town.desk.store.reading() as connection:
            after = connection.execute(seen).scalar()
    assert before is not None
    assert after is not None
    assert after - before > 500e6
    with town.client() as client:
        assert client.get("/in-use", headers=JSON).status_code == 401


@pytest.mark.parametrize("path", ["/cases/{case}?finger=2", "/people/P1?purpose=administration"])
def test_prints_leave_the_screen(town: World, open_page: Open, path: str) -> None:
    path = path.format(case=town.case()[1])
    page = own_session(town, open_page, "ann")
    page.clock.install()
    page.goto(path)
    page.clock.fast_forward("14:00")
    assert page.url.endswith(path)
    # As a lid that was shut does: no timer has run, only the clock has gone on.
    page.clock.fast_forward("01:05")
    unlock(page)
    page.wait_for_url(f"**{path}")


def test_a_tab_in_use_keeps_the_others_open_and_one_that_locks_takes_them_along(
    town: World, open_page: Open
) -> None:
    page = own_session(town, open_page, "ann")
    page.clock.install()
    page.goto("/people/P1")
    other = page.context.new_page()
    other.goto("/people/P2")
    page.bring_to_front()
    for _ in range(17):
        page.mouse.move(40, 40)
        page.mouse.move(60, 40)
        page.clock.fast_forward("01:00")
    assert "/people/P2" in other.url
    page.clock.fast_forward("16:00")
    page.wait_for_url("**/unlock?next=*")
    other.wait_for_url("**/unlock?next=*")
    # It is locked indeed: the way back leads to the password.
    page.goto("/people/P1")
    unlock(page)
    page.wait_for_url("**/people/P1")
    other.goto("/people/P2")
    page.click("text=Sign out")
    other.wait_for_url("**/sign-in?next=*")


def test_a_page_from_the_browsers_memory_shows_nothing_of_a_locked_session(
    town: World, open_page: Open
) -> None:
    page = own_session(town, open_page, "ann")
    page.goto("/people/P1")
    lock(town, page)
    shown = page.evaluate(
        """() => {
            dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true }));
            return getComputedStyle(document.querySelector("h1")).visibility;
        }"""
    )
    assert shown == "hidden"
    unlock(page)
    page.wait_for_url("**/people/P1")


def test_a_typed_reason_outlives_the_lock(town: World, open_page: Open) -> None:
    _, case = town.case()
    page = own_session(town, open_page, "ann")
    page.clock.install()
    open_case(page, case)
    with page.expect_response("**/draft") as kept:
        page.check("input[value=exclusion]")
        page.fill("#reason", "A whorl on one side,\na loop on the other.")
        page.clock.run_for(1000)
    assert kept.value.status == 200
    page.clock.fast_forward("15:05")
    unlock(page)
    page.wait_for_url(f"**/cases/{case}?finger=2")
    assert page.input_value("#reason") == "A whorl on one side,\na loop on the other."
    assert page.is_checked("input[value=exclusion]")
    # Nobody else sees it, and nothing of it lies in the browser.
    assert page.evaluate("JSON.stringify(sessionStorage)") == "{}"
    assert "whorl" not in page.evaluate("JSON.stringify(localStorage)")
    page.click("text=Give the case back")
    other = open_page("bob")
    open_case(other, case)
    assert other.input_value("#reason") == ""
    other.click("text=Give the case back")
    # Deciding it, or signing out, ends the draft.
    open_case(page, case)
    page.click("text=Sign out")
    page.wait_for_url("**/sign-in")
    again = own_session(town, open_page, "ann")
    open_case(again, case)
    assert again.input_value("#reason") == ""


def test_what_a_locked_session_refuses_is_there_after_unlocking(
    town: World, open_page: Open
) -> None:
    """Without scripts too."""
    _, case = town.case()
    page = own_session(town, open_page, "cat", java_script_enabled=False)
    page.goto(f"/cases/{case}?finger=2")
    page.check("input[value=inconclusive]")
    page.fill("#reason", "Twelve ridges, and no more.")
    lock(town, page)
    page.get_by_role("button", name="Decide", exact=True).click()
    unlock(page)
    page.wait_for_url(f"**/cases/{case}?finger=2")
    assert page.input_value("#reason") == "Twelve ridges, and no more."
    assert page.is_checked("input[value=inconclusive]")
    page.get_by_role("button", name="Decide", exact=True).click()
    assert "Your decision is kept" in page.locator("[role=status]").inner_text()
    assert not town.desk.case(town.examiner, case).decisions  # another's, which the case hides


def test_a_form_refused_while_locked_leads_back_to_its_page(town: World) -> None:
    with town.client("bob") as client:
        mark = mark_of(client, "/")
        # The answer to a form is no page to come back to; the one it stood on is.
        headers = {"Referer": f"{town.url}/search?family=A"}
        answer = client.post("/search/prints", data={"csrf": mark}, headers=headers)
        assert 'data-idle="900" data-back="/search?family=A"' in answer.text
        assert send(client, "/lock", {"next": "/search"}, of="/").headers["Location"] == (
            "/unlock?next=%2Fsearch"
        )
        for referer, where in (
            (f"{town.url}/search?family=A", "/unlock?next=%2Fsearch%3Ffamily%3DA"),
            (f"{town.url}//evil.example", "/unlock"),
            ("", "/unlock"),
        ):
            headers = {"Referer": referer} if referer else {}
            answer = client.post("/search/prints", data={"csrf": mark}, headers=headers)
            assert answer.headers["Location"] == where
        # What another site's form holds is not kept.
        fields = {"csrf": "0" * 64, "finding": "exclusion", "reason": "planted"}
        assert client.post("/cases/one/decide", data=fields).status_code == 303
        answer = client.post("/cases/one/draft", data=fields, headers=JSON)
        assert answer.status_code == 401


def test_drafts_are_few_and_one_examiners_own() -> None:
    now = [0.0]
    drafts = Drafts(timedelta(hours=12), clock=lambda: now[0])
    ann, bob = ("A", "ann"), ("A", "bob")
    for number in range(KEPT + 1):
        drafts.keep(ann, str(number), "exclusion", "a reason")
    assert drafts.of(ann, "0").reason == ""
    assert drafts.of(ann, "1").finding is Finding.EXCLUSION
    assert drafts.of(bob, "1").reason == ""
    drafts.keep(ann, "1", "", "")
    drafts.drop(ann, "2")
    drafts.drop(bob)
    assert [drafts.of(ann, case).reason for case in ("1", "2", "3")] == ["", "", "a reason"]
    drafts.drop(ann)
    assert drafts.of(ann, "3").reason == ""
    drafts.keep(ann, "1", "", "kept for as long as a session lasts")
    now[0] = 12 * 3600 - 1
    assert drafts.of(ann, "1").reason
    now[0] += 1
    assert not drafts.of(ann, "1").reason
    for finding, reason in (("guilty", ""), ("", "x" * 4001)):
        with pytest.raises(InputError):
            drafts.keep(ann, "1", finding, reason)


def test_a_draft_takes_the_role_and_the_sessions_mark(town: World) -> None:
    _, case = town.case()
    path, fields = f"/cases/{case}/draft", {"finding": "exclusion", "reason": "so far"}
    with town.shared("ann") as ann, town.shared("bob") as bob, town.shared("sam") as sam:
        marks = {client: mark_of(client, "/") for client in (ann, bob, sam)}
        for client, mark, more, status in (
            (sam, marks[sam], {}, 403),
            (ann, marks[bob], {}, 403),
            (ann, marks[ann], {"reason": "x" * 4001}, 400),
            (ann, marks[ann], {"finding": "guilty"}, 400),
            (ann, marks[ann], {}, 200),
        ):
            answer = client.post(path, data={**fields, **more, "csrf": mark}, headers=JSON)
            assert answer.status_code == status, (more, answer.text)
        assert "so far" not in bob.get(f"/cases/{case}").text
        assert send(bob, f"/cases/{case}/release", {}, of=f"/cases/{case}").status_code == 303
        assert "so far" in ann.get(f"/cases/{case}").text
