"""Examiners' own points and findings: on the case's page, and on its chart."""

from __future__ import annotations

import base64
import io
import json
import re
import zlib
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from tests.console.conftest import Open
from tests.console.world import World, mark_of, send

#: Red, green, blue of the examiners' points: of the first to decide, and the second.
FIRST, SECOND = (0xC2, 0x18, 0x5B), (0x6A, 0x3F, 0xB5)

#: Of each examiner, in pixels at 500 ppi of the right index finger.
POINTS: dict[str, list[dict[str, Any]]] = {
    "ann": [
        {"side": "probe", "x": 150, "y": 150, "kind": "bifurcation", "pair": 1, "note": "a fork"},
        {"side": "candidate", "x": 160, "y": 150, "kind": "bifurcation", "pair": 1, "note": ""},
        {"side": "probe", "x": 200, "y": 220, "kind": "core", "pair": 2, "note": ""},
    ],
    "bob": [{"side": "candidate", "x": 120, "y": 240, "kind": "delta", "pair": 1, "note": "x"}],
}


def keep(town: World, user: str, case: str, marks: list[dict[str, Any]]) -> None:
    with town.shared(user) as client:
        headers = {"X-CSRF-Token": mark_of(client, "/")}
        body = {"marks": [{"finger": 2, **each} for each in marks]}
        assert client.post(f"/cases/{case}/marks", json=body, headers=headers).status_code == 200


def decide(town: World, user: str, case: str, finding: str, reason: str) -> None:
    with town.shared(user) as client:
        fields = {"finding": finding, "reason": reason}
        answer = send(client, f"/cases/{case}/decide", fields, of=f"/cases/{case}")
        assert answer.status_code == 303


def chart(town: World, user: str, case: str) -> list[str]:
    """The drawing instructions of each page."""
    with town.shared(user) as client:
        answer = client.get(f"/cases/{case}/chart.pdf?finger=2")
    assert answer.headers["Content-Type"] == "application/pdf"
    pages = []
    for packed in re.findall(rb"stream\r?\n(.*?)endstream", answer.content, re.DOTALL):
        data = packed.strip()
        plain = zlib.decompress(base64.a85decode(data, adobe=data.startswith(b"<~")) if
                                data.endswith(b"~>") and data.startswith(b"<~") else
                                base64.a85decode(data.removesuffix(b"~>")))  # fmt: skip
        if b" Tf " in plain:
            pages.append(plain.decode("latin-1"))
    assert len(pages) == answer.content.count(b"/Type /Page\n")
    return pages


def words(page: str) -> str:
    """The text of a page, a line for each piece."""
    return "\n".join(
        re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), text).replace("\\", "")
        for text in re.findall(r"\((.*?)(?<!\\)\) Tj", page)
    )


def drawn(page: str, colour: tuple[int, int, int]) -> int:
    """How many outlines follow a pen of this colour before another is taken."""
    count, mine = 0, False
    for line in page.splitlines():
        if found := re.search(r"([\d.]+) ([\d.]+) ([\d.]+) RG", line):
            pen = [float(each) for each in found.groups()]
            mine = np.abs(np.array(pen) - np.array(colour) / 255).max() < 0.01
        if mine and re.search(r"\bS\b", line):
            count += 1
    return count


@pytest.fixture(scope="module")
def closed(town: World) -> str:
    """Ann and Bob marked and agreed; Cat had marked and gave it back."""
    _, case = town.case()
    keep(town, "cat", case, [{"side": "probe", "x": 9, "y": 9, "pair": 4}])
    for user in ("ann", "bob"):
        keep(town, user, case, POINTS[user])
        decide(
            town,
            user,
            case,
            "exclusion",
            f"Another pattern, says {user}: \N{GREEK SMALL LETTER PI}.",
        )
    return case


def test_the_chart_of_an_open_case_has_the_lookers_points(town: World) -> None:
    _, case = town.case()
    (before,) = chart(town, "ann", case)
    assert drawn(before, FIRST) == 0
    keep(town, "ann", case, POINTS["ann"])
    prints, noted = chart(town, "ann", case)  # at once, though the page was open a moment ago
    told = words(prints)
    assert "Comparison chart: right index" in told
    assert "minutiae correspond by the machine" in told
    assert f"Case {case}" in told
    assert "Printed for ann" in told
    assert "ann: 3 points, no decision" in told
    assert drawn(prints, FIRST) == 1 + 3  # of the legend, and the points
    assert words(noted).splitlines()[2:] == [
        "Points of ann", "1, probe: bifurcation: a fork", "1, candidate: bifurcation",
        "2, probe: core",
    ]  # fmt: skip
    # The second examiner sees nothing of it.
    decide(town, "ann", case, "identification", "All of it.")
    (other,) = chart(town, "bob", case)
    assert "ann" not in words(other)
    assert drawn(other, FIRST) == 0
    own = "\n".join(words(page) for page in chart(town, "ann", case))
    assert "All of it." in own


def test_the_chart_of_a_closed_case_has_every_decision(town: World, closed: str) -> None:
    prints, noted = chart(town, "olga", closed)
    assert "ann: 3 points" in words(prints)
    assert "bob: 1 point" in words(prints)
    assert drawn(prints, FIRST) == 4
    assert drawn(prints, SECOND) == 2
    told = words(noted)
    assert told.count("Exclusion") == 2
    assert re.search(r"^ann, \d{4}-\d\d-\d\d \d\d:\d\d UTC$", told, re.MULTILINE)
    assert "Another pattern, says ann: ?." in told
    assert "Another pattern, says bob: ?." in told
    assert "font lacks" in told
    assert "1, candidate: delta: x" in told
    assert "Points of cat" not in told
    last = "\n".join(words(page) for page in chart(town, "cat", closed))
    assert "cat: 1 point, no decision" in last


def test_a_long_reason_takes_more_pages(town: World) -> None:
    _, case = town.case()
    decide(town, "ann", case, "inconclusive", "many words\n" * 300 + "the end")
    pages = chart(town, "ann", case)
    assert len(pages) > 7
    assert "the end" in words(pages[-1])
    assert all("Findings and points" in words(page) for page in pages[1:])


def near(page: Page, colour: tuple[int, int, int]) -> int:
    """Pixels of the comparison that have a colour."""
    shown = np.asarray(Image.open(io.BytesIO(page.locator("canvas").screenshot())).convert("RGB"))
    return int((np.abs(shown.astype(int) - colour).max(axis=2) < 12).sum())


def open_case(page: Page, case: str) -> None:
    page.goto(f"/cases/{case}?finger=2")
    page.wait_for_selector("[data-ready=true]")
    page.wait_for_timeout(60)


def test_a_closed_case_shows_each_examiners_points(
    town: World, closed: str, open_page: Open
) -> None:
    page = open_page("olga")
    open_case(page, closed)
    assert near(page, FIRST) > 60
    assert near(page, SECOND) > 20
    expect(page.get_by_role("list", name="Whose points").locator("li")).to_have_text(
        ["ann: 3 points", "bob: 1 point"]
    )
    page.keyboard.press("s")
    said = page.locator("[data-live]")
    expect(said).to_have_text("ann: Point 1, probe: bifurcation. a fork")
    page.keyboard.press("Shift+S")
    expect(said).to_have_text("bob: Point 1, candidate: delta. x")
    page.keyboard.press("Delete")
    assert near(page, SECOND) > 20
    # Who had points without deciding sees them besides.
    cat = open_page("cat")
    open_case(cat, closed)
    expect(cat.get_by_role("list", name="Whose points").locator("li")).to_have_text(
        ["ann: 3 points", "bob: 1 point", "cat (you): 1 point, not part of a decision"]
    )


def kept(page: Page, case: str) -> list[tuple[str, str, str]]:
    answer = page.request.get(f"/cases/{case}", headers={"Accept": "application/json"})
    return [(each["side"], each["kind"], each["note"]) for each in answer.json()["marks"]]


def test_what_a_point_is_by_mouse(town: World, open_page: Open) -> None:
    _, case = town.case()
    page = open_page("ann")
    open_case(page, case)
    panel, live = page.get_by_role("group", name="The chosen point"), page.locator("[data-live]")
    expect(panel).not_to_be_visible()
    page.click("[data-switch=marking]")
    expect(panel).to_be_visible()
    expect(panel.get_by_label("Kind")).to_be_disabled()
    canvas = page.locator("canvas")
    box = canvas.bounding_box()
    assert box is not None
    left, right = {"x": box["width"] * 0.25, "y": 210}, {"x": box["width"] * 0.75, "y": 210}
    canvas.click(position=left)
    canvas.click(position=right)
    expect(live).to_have_text("2 marks kept.")
    canvas.click(position=left)  # chooses it
    expect(panel).to_contain_text("Point 1, probe")
    panel.get_by_label("Kind").select_option("bifurcation")
    panel.get_by_label("Note").fill("opens upwards")
    panel.get_by_label("Note").blur()
    expect(live).to_have_text("2 marks kept.")
    page.wait_for_timeout(200)
    assert kept(page, case) == [
        ("probe", "bifurcation", "opens upwards"), ("candidate", "minutia", ""),
    ]  # fmt: skip
    page.reload()
    page.wait_for_selector("[data-ready=true]")
    canvas.click(position=left)  # without marking a click chooses and takes nothing away
    expect(live).to_have_text("Point 1, probe: bifurcation. opens upwards")
    canvas.click(position=left)
    expect(panel).to_be_visible()
    panel.get_by_role("button", name="Remove").click()
    expect(live).to_have_text("1 mark kept.")
    assert kept(page, case) == [("candidate", "minutia", "")]


def test_what_a_point_is_by_keyboard(town: World, open_page: Open) -> None:
    _, case = town.case()
    page = open_page("ann")
    open_case(page, case)
    live = page.locator("[data-live]")
    for keys in ("a", "x", "Shift+X"):
        page.keyboard.press(keys)
    expect(live).to_have_text("2 marks kept.")
    page.keyboard.press("s")
    expect(live).to_have_text("Point 1, probe: minutia")
    page.keyboard.press("e")
    page.keyboard.press("c")  # by its first letter: core
    page.keyboard.press("Tab")
    page.keyboard.type("the middle; s x d")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.tagName") == "CANVAS"
    page.wait_for_timeout(200)
    assert kept(page, case) == [
        ("probe", "core", "the middle; s x d"),
        ("candidate", "minutia", ""),
    ]
    page.keyboard.press("s")
    page.keyboard.press("Delete")
    expect(live).to_have_text("1 mark kept.")
    assert kept(page, case) == [("probe", "core", "the middle; s x d")]


def test_a_note_is_not_cut_short(town: World) -> None:
    _, case = town.case()
    with town.shared("ann") as client:
        headers = {"X-CSRF-Token": mark_of(client, "/")}
        point = {"side": "probe", "finger": 2, "x": 1, "y": 1}
        for length, status in ((300, 200), (301, 400)):
            body = json.dumps({"marks": [{**point, "note": "n" * length}]})
            answer = client.post(f"/cases/{case}/marks", content=body, headers=headers)
            assert answer.status_code == status
        assert answer.json()["error"]["field"] == "note"
