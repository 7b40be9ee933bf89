"""A case's page beyond its life: which finger it speaks of, its keys, its strip, other formats."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from tests.console.conftest import Open
from tests.console.world import FINGERS, World, image, new

from tenprint.access import add_key, authenticate_key
from tenprint.desk import Options, Print, Submission
from tenprint.formats import encode_wsq
from tenprint.model import Finger, Purpose, Role, TransactionClass


def case_of(town: World, prints: tuple[Print, ...], person: str = "P1") -> str:
    """The case of a border check with these prints."""
    name = new("several")
    town.desk.submit(
        town.border,
        Submission(name, TransactionClass.BORDER_CHECK, Purpose.BORDER, prints=prints),
    )
    assert town.desk.wait(town.border, name, 30) is not None
    for _ in range(200):
        for each in town.desk.cases(town.examiner, limit=1000):
            if (each.transaction, each.person) == (name, person):
                return each.id
        town.desk.wait(town.border, name, 0.1)
    raise AssertionError("no case was opened")


def several(town: World, impression: int) -> str:
    return case_of(
        town, tuple(Print(image(1, each, impression), each, ppi=500.0) for each in FINGERS)
    )


def open_case(page: Page, case: str, query: str = "") -> None:
    page.goto(f"/cases/{case}{query}")
    page.wait_for_selector("[data-ready=true]")


def test_the_chart_and_the_address_follow_the_finger(town: World, open_page: Open) -> None:
    case = several(town, 61)
    page = open_page("ann")
    open_case(page, case, "?finger=2&said=decided")
    link = page.get_by_role("link", name="Comparison chart")
    assert link.get_attribute("href") == f"/cases/{case}/chart.pdf?finger=2"
    for act, finger in (
        (lambda: page.keyboard.press("1"), 1),
        (lambda: page.click("[data-finger='7']"), 7),
    ):
        act()
        expect(page.locator(f"[data-finger='{finger}']")).to_have_attribute("aria-current", "true")
        assert link.get_attribute("href") == f"/cases/{case}/chart.pdf?finger={finger}"
        assert page.url.endswith(f"/cases/{case}?finger={finger}")
    page.reload()
    page.wait_for_selector("[data-ready=true]")
    assert page.locator("[data-finger='7']").get_attribute("aria-current") == "true"
    # It adds nothing to the way back.
    page.goto("/cases")
    page.go_back()
    expect(page.locator("[data-finger='7']")).to_have_attribute("aria-current", "true")


def test_the_strip_shows_both_prints_small(town: World, open_page: Open) -> None:
    sizes = "all => all.map((each) => [each.getAttribute('src'), each.naturalWidth > 20])"
    for case, shared in ((town.case()[1], 1), (several(town, 62), 4)):
        page = open_page("ann")
        open_case(page, case)
        page.wait_for_load_state("networkidle")
        found = page.eval_on_selector_all(".strip img", sizes)
        assert len(found) == 2 * shared
        assert all(there for _, there in found)
        assert sum("/probe/" in url for url, _ in found) == shared
        assert sum("/candidate/" in url for url, _ in found) == shared
        page.context.close()


def scrolled(page: Page) -> int:
    return int(page.evaluate("scrollY"))


def test_arrow_keys_move_the_prints_only_where_nothing_else_wants_them(
    town: World, open_page: Open
) -> None:
    _, case = town.case()
    page = open_page("ann", viewport={"width": 1100, "height": 400})
    open_case(page, case)
    canvas = page.locator("canvas")

    def press(key: str) -> tuple[bool, bool]:
        """Whether the prints moved, and whether the page did."""
        page.wait_for_timeout(60)
        before, top = canvas.evaluate("c => c.toDataURL()"), scrolled(page)
        page.keyboard.press(key)
        page.wait_for_timeout(250)
        return canvas.evaluate("c => c.toDataURL()") != before, scrolled(page) != top

    assert press("ArrowDown") == (True, False)
    page.get_by_role("link", name="Comparison chart").focus()
    page.evaluate("scrollTo(0, 0)")
    assert press("ArrowDown") == (False, True)
    page.locator("[data-keys] summary").click()
    page.uncheck("[data-keys-on]")
    page.locator("h1").click()
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    assert press("ArrowDown") == (False, True)
    canvas.focus()
    assert press("ArrowRight") == (True, False)
    assert press("+") == (True, False)  # as the prints' own label says
    assert press("i") == (False, False)
    page.check("[data-keys-on]")
    page.evaluate("localStorage.removeItem('keys')")


def test_keys_work_before_the_prints_are_there(town: World, open_page: Open) -> None:
    _, case = town.case()
    page = open_page("ann")
    page.route("**/cases/*/probe/*", lambda route: None)  # they never come
    page.goto(f"/cases/{case}")
    page.keyboard.press("?")
    expect(page.locator("[data-keys] dl")).to_be_visible()
    page.keyboard.press("d")
    assert page.evaluate("document.activeElement.name") == "finding"


def test_a_case_without_a_shared_finger(
    town: World, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, case = town.case()
    monkeypatch.setattr("tenprint.console._examine.pick", lambda view, finger: None)
    page = open_page("ann")
    page.goto(f"/cases/{case}")
    expect(page.locator("[data-live]")).to_contain_text("No finger is on both sides")
    assert page.get_by_role("link", name="Comparison chart").count() == 0
    page.keyboard.press("?")
    expect(page.locator("[data-keys] dl")).to_be_visible()
    page.keyboard.press("d")
    assert page.evaluate("document.activeElement.name") == "finding"
    page.click("text=Give the case back")


def test_a_probe_of_unknown_position_beside_the_finger_it_matched(
    town: World, open_page: Open
) -> None:
    probe = Print(image(1, Finger.RIGHT_INDEX, 63), Finger.UNKNOWN, ppi=500.0)
    case = case_of(town, (probe,))
    page = open_page("ann")
    open_case(page, case)
    assert page.locator("[data-finger='2']").get_attribute("aria-current") == "true"
    assert page.locator("[data-finger='0']").count() == 0
    expect(page.locator("[data-caption-probe]")).to_contain_text("position not stated")
    chart = page.request.get(f"/cases/{case}/chart.pdf?finger=2")
    assert chart.headers["content-type"] == "application/pdf"


def test_two_prints_of_unknown_position_have_a_key(
    town: World, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The digit 0 is the left little finger."""
    case = several(town, 64)
    view = town.desk.case(town.examiner, case)
    thumb, unknown = Finger.RIGHT_THUMB, Finger.UNKNOWN
    fingers = {unknown if key is thumb else key: score for key, score in view.fingers.items()}
    sides = [
        tuple(replace(each, finger=unknown) if each.finger is thumb else each for each in side)
        for side in (view.probe, view.candidate)
    ]
    view = replace(view, fingers=fingers, probe=sides[0], candidate=sides[1])
    monkeypatch.setattr(town.desk, "case", lambda caller, name: view)
    page = open_page("ann")
    open_case(page, case, "?finger=2")
    page.keyboard.press("u")
    expect(page.locator("[data-finger='0']")).to_have_attribute("aria-current", "true")
    expect(page.locator("[data-live]")).to_contain_text("correspond")
    page.keyboard.press("0")
    expect(page.locator("[data-finger='0']")).to_have_attribute("aria-current", "true")


def in_wsq(data: bytes) -> bytes:
    return encode_wsq(np.asarray(Image.open(io.BytesIO(data)).convert("L")), ppi=500)


def in_jpeg_2000(data: bytes) -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(data)).save(out, "JPEG2000", quality_mode="rates", quality_layers=[10])
    return out.getvalue()


def dark(page: Page, side: str) -> int:
    """Dark pixels of one side of the comparison, without what is drawn over the prints."""
    for name in ("minutiae", "pairs"):
        switch = page.locator(f"[data-switch={name}]")
        if switch.get_attribute("aria-pressed") == "true":
            switch.click()
    page.wait_for_timeout(60)
    shown = np.asarray(Image.open(io.BytesIO(page.locator("canvas").screenshot())).convert("L"))
    half = shown.shape[1] // 2
    return int(((shown[:, :half] if side == "probe" else shown[:, half:]) < 60).sum())


@pytest.mark.parametrize("form", [in_wsq, in_jpeg_2000])
def test_prints_of_the_trade_are_shown(
    town: World, open_page: Open, form: Callable[[bytes], bytes]
) -> None:
    """No browser shows WSQ, and this one no JPEG 2000."""
    finger = Finger.RIGHT_INDEX
    data = image(1, finger, 65)
    case = case_of(town, (Print(form(data), finger, ppi=500.0),))
    page = open_page("ann")
    open_case(page, case)
    assert dark(page, "probe") > 2000
    page.wait_for_load_state("networkidle")
    widths = page.eval_on_selector_all(".strip img", "all => all.map((each) => each.naturalWidth)")
    assert len(widths) == 2
    assert min(widths) > 20


def test_prints_of_1000_ppi_are_shown_in_their_own_pixels(town: World, open_page: Open) -> None:
    finger = Finger.LEFT_INDEX

    def fine(impression: int) -> bytes:
        plain = Image.open(io.BytesIO(image(9, finger, impression)))
        out = io.BytesIO()
        double = plain.resize((2 * plain.width, 2 * plain.height), Image.Resampling.LANCZOS)
        double.save(out, "PNG", dpi=(1000, 1000))
        return out.getvalue()

    with town.desk.store.transaction() as connection:
        purposes = (Purpose.CRIMINAL_JUSTICE,)
        _, secret = add_key(
            connection, "POLICE", label="fine", roles=(Role.SUBMIT,), purposes=purposes
        )
        police = authenticate_key(connection, secret)
    enrolled = Submission(
        "fine",
        TransactionClass.ENROL,
        Purpose.CRIMINAL_JUSTICE,
        prints=(Print(fine(0), finger, ppi=1000.0),),
        person="P9",
        options=Options(search_first=False),
    )
    town.desk.submit(police, enrolled)
    assert town.desk.wait(police, "fine", 60) is not None
    case = case_of(town, (Print(fine(1), finger, ppi=1000.0),), person="P9")
    width = Image.open(io.BytesIO(image(9, finger, 0))).width
    page = open_page("ann")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    open_case(page, case)
    prints = [url for url in asked if re.search(r"/(probe|candidate)/\d+\.png$", url)]
    sizes = [Image.open(io.BytesIO(page.request.get(url).body())).width for url in prints]
    assert sizes == [2 * width, 2 * width]
    assert min(dark(page, "probe"), dark(page, "candidate")) > 2000
    # A point lies where it is in pixels at 500 ppi, whatever the image has.
    page.keyboard.press("a")
    page.keyboard.press("x")
    expect(page.locator("[data-live]")).to_have_text("1 mark kept.")
    twin = page.request.get(f"/cases/{case}", headers={"Accept": "application/json"}).json()
    assert 0.2 * width < twin["marks"][0]["x"] < 0.8 * width
