"""Every page: its JSON twin, headers, without scripts, on a phone, in light and dark."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image
from playwright.sync_api import Page, expect
from tests.console.conftest import Open
from tests.console.test_sign_in import one_time_password
from tests.console.world import FINGERS, PASSWORD, World, image, new, send

from tenprint import extract
from tenprint.access import Agency, AgencyKind, add_agency, add_user, hash_password
from tenprint.audit import public_key_text
from tenprint.console._operate import FRESH
from tenprint.console._prints import finger_data
from tenprint.desk import CasePrint, Event, Flag, Operation, Submission
from tenprint.model import Purpose, Role, TransactionClass

JSON = {"Accept": "application/json"}

#: Pages by who looks; ``{case}``, ``{closed}`` and ``{transaction}`` are put in. The twin's keys.
PAGES = (
    ("", "/sign-in", {"error"}),
    ("", "/first-start", {"error"}),
    ("", "/unlock", {"error"}),
    (
        "olga",
        "/",
        {
            "people",
            "encounters",
            "waiting",
            "answered",
            "late",
            "busiest",
            "cases",
            "tour",
        },
    ),
    ("olga", "/cases", {"cases"}),
    ("olga", "/cases?state=closed", {"cases"}),
    ("olga", "/cases/{case}", {"case", "fingers", "decisions", "marks", "editable"}),
    ("olga", "/cases/{closed}", {"case", "fingers", "decisions", "marks", "editable"}),
    ("olga", "/search", {"purposes"}),
    ("olga", "/search/names?family=Alder&purpose=administration", {"purposes", "answer"}),
    ("olga", "/people/P1", {"person", "purpose", "record", "text"}),
    ("olga", "/people/P2", {"person", "purpose", "record", "text"}),
    ("sam", "/transactions", {"transactions", "next"}),
    ("sam", "/transactions/{transaction}", {"status", "answers", "found"}),
    ("olga", "/operate", {"load", "latencies"}),
    ("olga", "/operate?span=week", {"load", "latencies"}),
    ("olga", "/agencies", {"since", "until", "complete", "count", "from", "agencies"}),
    ("olga", "/audit", {"entries", "next", "checkpoint", "verification"}),
    ("olga", "/audit/verify", {"verification"}),
    ("olga", "/second-factor", {"secret", "address", "codes", "error"}),
    ("olga", "/people/nobody", {"error"}),
    ("ann", "/operate", {"error"}),
)


@pytest.fixture(scope="module")
def places(town: World) -> dict[str, str]:
    """What is put into addresses: an open case, a closed one, and its transaction."""
    transaction, closed = town.case()
    for user in ("cat", "bob"):
        with town.shared(user) as client:
            page = client.get(f"/cases/{closed}").text
            mark = page.split('name="csrf" value="')[1][:64]
            fields = {"csrf": mark, "finding": "exclusion", "reason": "Another pattern."}
            assert client.post(f"/cases/{closed}/decide", data=fields).status_code == 303
    return {"case": town.case()[1], "closed": closed, "transaction": transaction}


@pytest.mark.parametrize(
    ("user", "path", "keys"), PAGES, ids=lambda part: part[:40] if isinstance(part, str) else ""
)
def test_page_and_twin(
    town: World, places: dict[str, str], user: str, path: str, keys: set[str]
) -> None:
    path = path.format(**places)
    with town.shared(user) if user else town.client() as client:
        page = client.get(path, headers={"Accept": "text/html,application/json;q=0.9"})
        twin = client.get(path, headers=JSON)
    assert twin.status_code == page.status_code
    assert set(twin.json()) == keys
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    for answer in (page, twin):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    for inline in (" style=", " onclick=", "<style", "<script>", "http://", "https://"):
        assert inline not in page.text, inline


def test_a_persons_page_says_what_else_is_kept(town: World) -> None:
    with town.shared("olga") as client:
        page = client.get("/people/P1").text
    assert "Kept, not searched: face, palm (2)" in page


@pytest.fixture(scope="module")
def axe() -> str:
    """The script; our own policy would refuse it, so these tests bypass that."""
    return Axe().axe_script


RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    },
    "resultTypes": ["violations"],
}


#: The public key of another log.
STRANGER = public_key_text(
    "tenprint.audit/0000000000000000", Ed25519PrivateKey.generate().public_key()
)

#: What differs in the dark.
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}


def faults(page: Page, rules: dict[str, Any]) -> list[str]:
    """What axe, which is in the page already, finds; one line each."""
    found: Any = page.evaluate("(rules) => axe.run({...rules, preload: false})", rules)
    return [
        f"{each['id']} at {node['target']}: {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def looked_at(page: Page, axe: str, name: str) -> list[str]:
    """What is wrong with a page as it stands: in light, in the dark, and 320 pixels wide."""
    page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
    page.evaluate(axe)
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    found = [f"{name}: {each}" for each in faults(page, RULES)]
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += [f"{name} in the dark: {each}" for each in faults(page, COLOURS)]
    size = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 800})
    found += [f"{name} on a phone: {each}" for each in faults(page, RULES)]
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > 320:
        found.append(f"{name} is {wide} pixels wide on 320")
    if size:
        page.set_viewport_size(size)
    return found


def test_every_page_is_accessible_and_fits_a_phone(
    open_page: Open, places: dict[str, str], axe: str
) -> None:
    """Rules of WCAG 2.2 AA that a machine can check, in light and dark; nothing overflows."""
    found: list[str] = []
    for user in ("", "olga", "sam", "ann"):
        page = open_page(user or None, bypass_csp=True, reduced_motion="reduce")
        for of, path, _ in PAGES:
            if of != user:
                continue
            path = path.format(**places)
            page.goto(path)
            if path.startswith("/cases/"):
                page.wait_for_selector("[data-ready=true]")
            found += looked_at(page, axe, path)
    assert found == [], "\n".join(found)


def test_what_a_page_becomes_is_accessible(town: World, open_page: Open, axe: str) -> None:
    """A case while points are marked, one that is decided and one that is closed, new codes."""
    _, case = town.case()
    page = open_page("ann", bypass_csp=True, reduced_motion="reduce")
    page.goto(f"/cases/{case}")
    page.wait_for_selector("[data-ready=true]")
    page.keyboard.press("a")
    page.keyboard.press("x")
    expect(page.get_by_label("Kind")).to_be_enabled()
    found = looked_at(page, axe, "marking")
    page.check("input[value=exclusion]")
    page.fill("#reason", "Another pattern.")
    page.get_by_role("button", name="Decide", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Your decision is kept")
    page.wait_for_selector("[data-ready=true]")
    found += looked_at(page, axe, "decided")
    with town.shared("bob") as client:
        fields = {"finding": "exclusion", "reason": "Nothing agrees."}
        send(client, f"/cases/{case}/decide", fields, of=f"/cases/{case}")
    page.goto(f"/cases/{case}")
    page.wait_for_selector("[data-ready=true]")
    expect(page.get_by_role("list", name="Whose points")).to_be_visible()
    found += looked_at(page, axe, "closed")

    with town.desk.store.transaction() as connection:
        hashed = hash_password(PASSWORD)
        add_user(
            connection, "new", "OPERATOR", roles=(Role.AUDIT,),
            purposes=(Purpose.ADMINISTRATION,), password_hash=hashed,
        )  # fmt: skip
    page = open_page("new", bypass_csp=True, reduced_motion="reduce")
    page.goto("/second-factor")
    page.fill("#code", one_time_password(page.locator("code").first.inner_text()))
    page.click("text=Use it")
    expect(page.locator("pre")).to_be_visible()
    found += looked_at(page, axe, "recovery codes")
    assert found == [], "\n".join(found)


def check_shown(page: Page, path: str, axe: str) -> None:
    """Nothing for axe to find, in light and dark, wide and on a phone."""
    for width, scheme in ((1100, "light"), (1100, "dark"), (320, "light"), (320, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(
            color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce"
        )
        page.goto(path)
        page.evaluate(axe)
        assert faults(page, RULES) == [], (path, width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_what_a_verification_says_is_accessible(open_page: Open, axe: str) -> None:
    """Good and bad."""
    page = open_page("olga", bypass_csp=True, reduced_motion="reduce")
    for key, said in (
        ("", "Everything is as it was signed."),
        (STRANGER, "The log was changed."),
    ):
        page.goto("/audit")
        page.locator("details").evaluate("(each) => each.open = true")
        page.fill("#key", key)
        page.click("text=Verify the whole log")
        expect(page.get_by_role("status")).to_contain_text(said)
        for path in ("/audit/verify", "/audit"):
            check_shown(page, path, axe)
            expect(page.get_by_role("status")).to_contain_text(said)


def test_the_operators_pages_are_accessible_with_traffic(
    town: World, places: dict[str, str], open_page: Open, axe: str
) -> None:
    """With late answers, faults and an agency that is inactive."""
    with town.desk.store.transaction() as connection:
        add_agency(connection, Agency("CLOSED", "No more", AgencyKind.CIVIL, active=False))
    figures = town.desk._works.figures
    for seconds in (0.1, 0.2, 90_000.0):
        figures.answer(TransactionClass.CIVIL_CHECK, seconds, late=seconds > 1)
    figures.error("a-fault")
    page = open_page("olga", bypass_csp=True, reduced_motion="reduce")
    for path in ("/operate", "/operate?span=week", "/agencies"):
        check_shown(page, path, axe)


def test_the_queue_does_not_tell_whom_a_case_may_concern(
    town: World, places: dict[str, str]
) -> None:
    """Only who opens a case is told, and that is logged."""
    with town.shared("olga") as client:
        for state in ("", "?state=closed"):
            page = client.get(f"/cases{state}").text
            twin = client.get(f"/cases{state}", headers=JSON).json()["cases"]
            assert twin
            assert all("person" not in each for each in twin)
            assert all({"id", "klass", "score", "state"} <= set(each) for each in twin)
            assert "<code>P1</code>" not in page
            assert "Candidate" not in page


def test_flags_and_events_that_were_entered(town: World) -> None:
    """The flag with its issuer and end, the event with its codes; escaped, and a seal is shown."""
    operator = replace(town.examiner, roles=frozenset({Role.SUBMIT}), credential="test of entries")

    def change(operation: Operation, **more: Any) -> str:
        name = new("entry")
        given = Submission(
            name, TransactionClass.UPDATE, Purpose.ADMINISTRATION, operation, person="P2", **more
        )
        town.desk.submit(operator, given)
        answer = town.desk.wait(operator, name, 30)
        assert answer is not None
        assert answer.outcome == "done", answer.content
        return str(answer.content.get("entry"))

    until = datetime(2126, 1, 2, tzinfo=UTC)
    change(Operation.SET_FLAG, flag=Flag("special-concern", until=until, note="<b>armed</b>"))
    stated = Event("custody", "2026-02", ("<i>cell</i>",), codes={"place": "<u>North</u>"})
    event = change(Operation.ADD_EVENT, event=stated)
    change(Operation.SEAL_EVENT, entry=event)
    with town.shared("olga") as client:
        page = client.get("/people/P2").text
        record = client.get("/people/P2", headers=JSON).json()["record"]
    assert "<strong>Special concern</strong> &lt;b&gt;armed&lt;/b&gt;" in page
    assert "until 2126-01-02" in page
    assert "place &lt;u&gt;North&lt;/u&gt;" in page
    assert re.search(r"<h3>Custody .*sealed.*</h3>", page)
    for raw in ("<b>armed", "<i>cell", "<u>North"):
        assert raw not in page
    assert {each["id"]: each["sealed"] for each in record["events"]}[event] is True


def test_the_audit_log_of_one_person(town: World) -> None:
    """Who looked at them; a look at the log shows the next time."""
    with town.shared("olga") as client:
        assert client.get("/people/P2").status_code == 200
        found = client.get("/audit?person=P2", headers=JSON).json()["entries"]
        assert found
        assert {each["subject"] for each in found} == {"P2"}
        assert "olga" in {each["actor"] for each in found}
        assert client.get("/audit?person=never-seen", headers=JSON).json()["entries"] == []
        page = client.get("/audit?person=P2").text
        assert 'value="P2"' in page
        assert 'href="/audit?person=P2"' in page


def test_without_scripts(town: World, open_page: Open) -> None:
    """Sign in, the queue, a case with its still picture, the other finger, the decision."""
    _, case = town.case()
    page = open_page(java_script_enabled=False)
    page.goto("/cases")
    page.fill("#name", "cat")
    page.fill("#password", PASSWORD)
    page.click("button.main")
    assert page.locator("h1").inner_text() == "Cases"
    page.click(f'td a.button[href="/cases/{case}"]')
    still = page.locator("img.still")
    expect(still).to_be_visible()
    assert not page.locator("canvas").is_visible()
    assert not page.locator(".bar").first.is_visible()
    picture = page.request.get(still.get_attribute("src") or "")
    assert Image.open(io.BytesIO(picture.body())).width > 400
    page.check("input[value=inconclusive]")
    page.fill("#reason", "Too little is there.")
    page.get_by_role("button", name="Decide", exact=True).click()
    assert "Your decision is kept" in page.locator("[role=status]").inner_text()
    page.goto("/search")
    page.fill("#family", "Alder")
    page.get_by_role("button", name="Search by name").click()
    page.click(".people a")
    assert page.locator("h1").inner_text() == "Ada Alder"


def test_a_search_by_a_dropped_image(open_page: Open) -> None:
    page = open_page("olga")
    page.goto("/search")
    data = image(1, FINGERS[1], 1)
    page.set_input_files(
        "#files", {"name": "right-index.png", "mimeType": "image/png", "buffer": data}
    )
    expect(page.locator("[data-files]")).to_have_text("right-index.png")
    page.click("text=Search by prints")
    expect(page.get_by_role("heading", name="Ada Alder")).to_be_visible()


def test_a_case_whose_points_hardly_agree_is_shown(town: World) -> None:
    """Of this impression and a stranger's print no corresponding pair contributed."""
    finger = FINGERS[1]
    probe, stranger = (
        CasePrint(finger, extract(data, ppi=500), data, "image/png", 500.0)
        for data in (image(1, finger, 12), image(2, finger, 0))
    )
    view = town.desk.case(town.examiner, town.case()[1])
    view = replace(view, probe=(probe,), candidate=(stranger,))
    pairs = finger_data(view, finger, "/cases/x")["pairs"]
    assert pairs
    assert {share for _, _, share in pairs} == {0.0}


def test_light_or_dark_is_kept(open_page: Open) -> None:
    page = open_page("olga", color_scheme="light")
    page.goto("/")
    page.click("[data-theme-switch]")
    page.goto("/cases")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_pages_refresh_themselves(open_page: Open) -> None:
    page = open_page("olga")
    page.goto("/operate")
    with page.expect_response(lambda answer: answer.url.endswith("/operate")) as again:
        pass
    assert again.value.request.headers["hx-request"] == "true"
    assert again.value.text().startswith('<div id="live">')
    # Only that part is sent, and it takes the old one's place.
    since = page.locator("[data-uptime]")
    before = since.inner_text()
    expect(since).not_to_have_text(before)
    assert page.locator("#live table.stack").count() == 1
    expect(page.locator("h1")).to_have_text("The day so far")


def test_many_open_pages_ask_the_desk_once(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    load = town.desk.load
    monkeypatch.setattr(town.desk, "load", lambda: (asked.append(time.monotonic()), load())[1])
    with town.shared("olga") as client, town.shared("sam") as sam:
        client.get("/operate")
        asked.clear()
        begun = time.monotonic()
        for _ in range(30):
            assert client.get("/operate", headers={"HX-Request": "true"}).status_code == 200
        assert len(asked) <= 1 + (time.monotonic() - begun) / FRESH
        assert sam.get("/operate", headers={"HX-Request": "true"}).status_code == 403


def test_the_chart_is_one_page(town: World, places: dict[str, str], tmp_path: Path) -> None:
    with town.shared("olga") as client:
        answer = client.get(f"/cases/{places['case']}/chart.pdf?finger=2")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    if shutil.which("pdftoppm") is None:
        assert answer.content.count(b"/Type /Page\n") == 1
        return
    chart = tmp_path / "chart.pdf"
    chart.write_bytes(answer.content)
    subprocess.run(["pdftoppm", "-r", "40", "-png", chart, tmp_path / "page"], check=True)
    (page,) = tmp_path.glob("page*.png")
    drawn = Image.open(page).convert("L")
    assert drawn.width > drawn.height
    assert drawn.getextrema()[0] < 80  # ink


def test_the_log_names_addresses_by_their_patterns(town: World, places: dict[str, str]) -> None:
    """A case's number, a person's and a file's name stand in no line, nor in a metric's label."""
    with town.shared("olga") as client:
        begun = len(town.log.getvalue())
        for path in (f"/cases/{places['case']}", "/people/P1", "/static/console.css", "/search"):
            assert client.get(path).status_code == 200
        assert client.get("/cases/nobody/decide").status_code == 405
        assert client.get("/nowhere", headers={"Accept": "text/html"}).status_code == 404
        metrics = client.get("/metrics").text

    def logged() -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in town.log.getvalue()[begun:].splitlines()]
        return [line for line in lines if line["event"] == "request"]

    # A line is written when its answer has been sent, which may be after the next question.
    asked = [
        "(none)", "/cases/{case}", "/cases/{case}/decide", "/people/{person:path}", "/search",
        "/static",
    ]  # fmt: skip
    deadline = time.monotonic() + 20
    while len(lines := logged()) < len(asked) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert sorted(line["route"] for line in lines) == asked
    assert {line["route"]: line["agency"] for line in lines}["/search"] == "OPERATOR"
    assert 'route="/cases/{case}"' in metrics
    assert places["case"] not in metrics


def test_assets_are_kept_by_the_browser(town: World) -> None:
    with town.client() as client:
        page = client.get("/sign-in").text
        address = page.split('rel="stylesheet" href="')[1].split('"')[0]
        answer = client.get(address)
    assert "?" in address
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_the_tour_begins_with_the_oldest_case(town: World, open_page: Open) -> None:
    waiting = [each for each in town.desk.cases(town.examiner) if not each.mine]
    page = open_page("ann")
    page.goto("/")
    tile = page.locator(".tile", has_text="for you")
    expect(tile).to_contain_text("case waits" if len(waiting) == 1 else "cases wait")
    page.click("text=Decide the case that has waited longest")
    page.wait_for_selector("[data-ready=true]")
    free = [each for each in waiting if each.claimed_by in (None, "ann")]
    oldest = min(free, key=lambda each: each.opened_at)
    assert page.url.endswith(oldest.id)
