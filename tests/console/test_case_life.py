"""The whole life of a case in a real browser: from the queue to the agency's supplement."""

from __future__ import annotations

import time
from typing import Any

from playwright.sync_api import Page, expect
from tests.console.conftest import Open, sign_in
from tests.console.world import PASSWORD, World

from tenprint.access import add_user, hash_password
from tenprint.audit import EventKind, read_entries
from tenprint.desk import CaseState
from tenprint.model import Outcome, Purpose, Role, TransactionClass


def open_case(page: Page, case: str) -> None:
    """From the queue, once the comparison is there."""
    page.goto("/cases")
    page.click(f'td a.button[href="/cases/{case}"]')
    page.wait_for_selector("[data-ready=true]")


def decide(page: Page, finding: str, reason: str) -> None:
    page.check(f"input[value={finding}]")
    page.fill("#reason", reason)
    page.get_by_role("button", name="Decide", exact=True).click()
    expect(page.locator("[role=status]")).to_be_visible()


def kept_marks(page: Page, case: str) -> list[dict[str, Any]]:
    answer = page.request.get(f"/cases/{case}", headers={"Accept": "application/json"})
    found: list[dict[str, Any]] = answer.json()["marks"]
    return found


def said(page: Page, words: str) -> None:
    expect(page.locator("[data-live]")).to_have_text(words)


def test_two_examiners_agree_and_the_agency_is_told(town: World, open_page: Open) -> None:
    transaction, case = town.case()
    first = town.desk.answer(town.border, transaction)
    assert first is not None
    assert first.outcome is Outcome.POSSIBLE

    page = open_page()
    page.goto(f"/cases/{case}")
    expect(page.locator("h1")).to_have_text("Sign in")
    sign_in(page, "ann")
    assert page.url.endswith(f"/cases/{case}")
    open_case(page, case)
    assert page.locator('[data-finger="2"]').get_attribute("aria-current") == "true"
    expect(page.locator("[data-live]")).to_contain_text("minutiae correspond")

    # Zoom by wheel and by button: what is drawn changes.
    canvas = page.locator("canvas")
    before = canvas.screenshot()
    canvas.hover(position={"x": 200, "y": 200})
    page.mouse.wheel(0, -400)
    page.click("[aria-label=Larger]")
    page.wait_for_timeout(100)
    assert canvas.screenshot() != before

    # Mark a point on each side by click; a second click on a point takes it away.
    page.click("[data-switch=marking]")
    box = canvas.bounding_box()
    assert box is not None
    left, right = {"x": box["width"] * 0.25, "y": 210}, {"x": box["width"] * 0.75, "y": 210}
    canvas.click(position=left)
    said(page, "1 mark kept.")
    canvas.click(position=right)
    said(page, "2 marks kept.")
    marks = kept_marks(page, case)
    assert [(each["side"], each["pair"]) for each in marks] == [("probe", 1), ("candidate", 1)]
    canvas.click(position=right)
    said(page, "1 mark kept.")
    assert [each["side"] for each in kept_marks(page, case)] == ["probe"]
    decide(page, "identification", "Twelve points agree.")
    expect(page.get_by_text("Another examiner decides without seeing it.")).to_be_visible()

    # The second examiner sees neither decision nor marks of the first.
    other = open_page("bob")
    open_case(other, case)
    assert "Twelve points" not in other.content()
    assert kept_marks(other, case) == []
    twin = other.request.get(f"/cases/{case}", headers={"Accept": "application/json"}).json()
    assert twin["decisions"] == []
    decide(other, "identification", "The same loop, the same bifurcations.")
    expect(other.get_by_text("Twelve points agree.")).to_be_visible()

    # Now the agency gets a supplement to the answer it had.
    for _ in range(200):
        answers = town.desk.answers(town.border, transaction)
        if len(answers) > 1:
            break
        time.sleep(0.05)
    assert [each.outcome for each in answers] == [Outcome.POSSIBLE, Outcome.HIT]
    assert answers[1].content["person"] == "P1"
    agency = open_page("sam")
    agency.goto(f"/transactions/{transaction}")
    expect(agency.get_by_role("heading", name="Supplement 1")).to_be_visible()

    # Closed cases are a list of their own, which stays when the page refreshes itself.
    page.goto("/cases?state=closed")
    expect(page.get_by_role("link", name=case[:8]).first).to_be_visible()
    assert page.locator("[hx-get]").get_attribute("hx-get") == "/cases?state=closed"


def test_a_conflict_goes_to_a_third(town: World, open_page: Open) -> None:
    _, case = town.case()
    findings = {"ann": "identification", "bob": "exclusion", "cat": "inconclusive"}
    for user, finding in findings.items():
        page = open_page(user)
        open_case(page, case)
        assert page.locator(".field .pill").count() == 0  # nobody else's decision
        decide(page, finding, f"The reason of {user}.")
    expect(page.get_by_role("heading", name="Inconclusive")).to_be_visible()
    for user in findings:
        expect(page.get_by_text(f"The reason of {user}.")).to_be_visible()
    view = town.desk.case(town.examiner, case)
    assert view.summary.state is CaseState.CLOSED
    assert view.summary.finding == "inconclusive"


def test_a_case_without_a_mouse(town: World, open_page: Open) -> None:
    _, case = town.case()
    page = open_page("ann")
    page.goto("/")
    expect(page.locator("h1")).to_have_text("Who is this?")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.get_by_role("link", name="Examine").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases")
    page.locator(f'td a.button[href="/cases/{case}"]').focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-ready=true]")
    canvas = page.locator("canvas")
    for keys in (["+"], ["ArrowLeft", "Shift+ArrowUp"], ["n"], ["p"], ["m"], ["l"], ["i"], ["c"]):
        before = canvas.screenshot()
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_timeout(60)
        assert canvas.screenshot() != before, keys
    assert page.locator("[data-switch=linked]").get_attribute("aria-pressed") == "true"
    page.keyboard.press("k")
    assert page.locator("[data-switch=linked]").get_attribute("aria-pressed") == "false"
    page.keyboard.press("f")
    # A point in the middle of each side, then none again on the candidate's.
    page.keyboard.press("a")
    page.keyboard.press("x")
    said(page, "1 mark kept.")
    page.keyboard.press("Shift+X")
    said(page, "2 marks kept.")
    page.keyboard.press("Shift+X")
    said(page, "1 mark kept.")
    assert [each["side"] for each in kept_marks(page, case)] == ["probe"]
    page.keyboard.press("?")
    expect(page.locator("[data-keys] dl")).to_be_visible()
    # Switched off, a letter does nothing.
    page.uncheck("[data-keys-on]")
    page.locator("h1").click()
    page.keyboard.press("m")
    assert page.locator("[data-switch=minutiae]").get_attribute("aria-pressed") == "false"
    page.check("[data-keys-on]")
    page.locator("h1").click()
    page.keyboard.press("d")
    assert page.evaluate("document.activeElement.name") == "finding"
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("All that can be seen agrees. d0 ai?")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]")).to_contain_text("Your decision is kept")


def test_the_other_fingers_and_who_has_the_case(town: World, open_page: Open) -> None:
    _, case = town.case()
    page = open_page("ann")
    open_case(page, case)
    page.keyboard.press("1")  # only the candidate has a thumb
    assert page.locator('[data-finger="2"]').get_attribute("aria-current") == "true"
    other = open_page("bob")
    other.goto(f"/cases/{case}")
    expect(other.get_by_text("ann has this case")).to_be_visible()
    assert other.locator("[name=finding]").count() == 0
    page.click("text=Give the case back")
    page.wait_for_url("**/cases")
    other.reload()
    assert other.locator("[name=finding]").count() == 3


def test_marks_are_not_said_to_be_kept_where_they_are_not(town: World, open_page: Open) -> None:
    _, case = town.case()
    page = open_page("ann")
    open_case(page, case)
    page.context.clear_cookies()
    page.keyboard.press("a")
    page.keyboard.press("x")
    expect(page.locator("[data-live]")).to_contain_text("could not be kept")


def test_a_persons_pictures_are_one_entry_of_the_log(town: World, open_page: Open) -> None:
    """Ten are asked for at once; another's look, and one for another purpose, are their own."""

    def looks() -> list[str]:
        town.desk.bring_log()
        with town.desk.store.reading() as connection:
            newest = read_entries(connection, limit=100)
        return sorted(
            each.actor
            for each in newest
            if each.subject == "P1"
            and each.kind == EventKind.DISSEMINATED
            and each.klass is TransactionClass.IMAGE_REQUEST
        )

    before = looks()
    page = open_page("bob")
    missing: list[str] = []
    page.on("response", lambda answer: missing.append(answer.url) if not answer.ok else None)
    page.goto("/people/P1?purpose=administration")
    page.wait_for_load_state("networkidle")
    sizes = page.eval_on_selector_all(".prints img", "all => all.map((each) => each.naturalWidth)")
    assert len(sizes) == 4
    assert min(sizes) > 0
    assert max(sizes) <= 320
    # A finger that nothing is kept of is said so, and not asked for.
    assert missing == []
    told = page.locator(".prints figure").all_inner_texts()
    assert [n for n, each in enumerate(told) if "not kept" in each] == [2, 3, 4, 7, 8, 9]
    assert page.get_by_alt_text("Right index, the latest print kept").count() == 1
    with town.shared("cat") as cat, town.shared("sam") as sam:
        address = "/people/P1/prints/2.png?purpose="
        assert cat.get(address + "administration").status_code == 200
        assert cat.get(address + "border").status_code == 403
        assert sam.get(address + "administration").status_code == 403
    for _ in range(200):
        if len(looks()) >= len(before) + 2:
            break
        time.sleep(0.05)
    assert looks() == sorted([*before, "bob", "cat"])


def test_a_person_is_looked_at_for_another_purpose(town: World, open_page: Open) -> None:
    """Who has several chooses; a purpose that allows no prints shows no frames for them."""
    purposes = (Purpose.ADMINISTRATION, Purpose.BORDER)
    with town.desk.store.transaction() as connection:
        add_user(
            connection,
            "two",
            "BORDER",
            roles=(Role.SEARCH,),
            purposes=purposes,
            password_hash=hash_password(PASSWORD),
        )
    page = open_page("two")
    page.goto("/people/P1?purpose=border")
    expect(page.get_by_text("seen for border.")).to_be_visible()
    expect(page.get_by_label("Seen for")).to_have_value("border")
    assert page.locator(".prints").count() == 0
    page.get_by_label("Seen for").select_option("administration")
    page.get_by_role("button", name="Look again").click()
    page.wait_for_url("**/people/P1?purpose=administration")
    # With one purpose there is nothing to choose.
    one = open_page("bob")
    one.goto("/people/P1")
    assert one.get_by_label("Seen for").count() == 0


def test_a_look_at_a_case_is_one_entry_of_the_log(town: World, open_page: Open) -> None:
    transaction, case = town.case()

    def lookers() -> list[str]:
        town.desk.bring_log()
        with town.desk.store.reading() as connection:
            newest = read_entries(connection, limit=50)
        found = [each for each in newest if each.transaction == transaction]
        return sorted(each.actor for each in found if each.outcome == "case")

    page = open_page("ann")
    page.goto(f"/cases/{case}")
    page.wait_for_selector("[data-ready=true]")
    page.wait_for_load_state("networkidle")
    # Another examiner's pictures are a look of their own; without the role there are none.
    with town.shared("bob") as bob, town.shared("sam") as sam:
        assert bob.get(f"/cases/{case}/probe/0.png").status_code == 200
        assert sam.get(f"/cases/{case}/probe/0.png").status_code == 403
    for _ in range(200):  # the log is put in order once a second
        if "bob" in lookers():
            break
        time.sleep(0.05)
    assert lookers() == ["ann", "bob"]
