"""The HTML report: whole, self-contained, and safe with any name."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from tenprint.evaluate import assess, find_databases, fvc_html, write_fvc_html
from tenprint.evaluate._fvc import Failure
from tenprint.evaluate._pairs import hardest_pairs
from tenprint.evaluate._svg import Plot, linear_axis, rate_axis


class Tags(HTMLParser):
    """Checks that what is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_and_loads_nothing(make_scored, tmp_path):
    report = assess(
        [make_scored("DB1"), make_scored("DB2", seed=1)],
        replicates=10,
        rank1=1.0,
        extract_ms=40.0,
        compare_us=5.0,
        failures=[Failure("DB1", "1_1.png", "No minutiae were found.")],
    )
    write_fvc_html(report, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert "script" not in tags.seen
    assert not re.search(r"https?://|@import|url\(", page)
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) == 6
    for drawing in drawings:
        assert "nan" not in drawing
        ElementTree.fromstring(drawing)  # noqa: S314 - our own drawing
    assert "No minutiae were found." in page


def test_names_cannot_break_the_page(make_scored):
    scored = make_scored("DB1")
    name = "<script>alert('x')</script>\"&"
    scored = replace(scored, database=replace(scored.database, name=name))
    report = assess([scored], replicates=0, details={"command": name, "data": name})
    page = fvc_html(report)
    assert "<script" not in page
    for drawing in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        ElementTree.fromstring(drawing)  # noqa: S314 - our own drawing


@pytest.mark.parametrize("value", [0.0, 5.0])
def test_scores_all_alike_still_make_a_page(make_scored, value):
    scored = make_scored("DB1", fingers=2, impressions=2)
    flat = replace(
        scored,
        genuine=np.full_like(scored.genuine, value),
        impostor=np.full_like(scored.impostor, value),
    )
    page = fvc_html(assess([flat], replicates=5))
    assert "nan" not in "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL))


def test_perfect_separation_makes_a_page(make_scored):
    scored = make_scored("DB1")
    page = fvc_html(assess([replace(scored, genuine=scored.genuine + 50)], replicates=5))
    assert "none seen" in page


def test_hardest_pairs_are_the_extreme_ones(make_scored):
    scored = [make_scored("DB1"), make_scored("DB2", seed=1)]
    report = assess(scored, replicates=0)
    low = hardest_pairs(report, genuine=True, count=5)
    every = np.sort(np.concatenate([each.genuine for each in scored]))
    np.testing.assert_allclose([pair.score for pair in low], every[:5])
    high = hardest_pairs(report, genuine=False, count=5)
    every = np.sort(np.concatenate([each.impostor for each in scored]))
    np.testing.assert_allclose([pair.score for pair in high], every[-5:][::-1])


def test_pictures_of_pairs_are_in_the_page(make_scored, tmp_path):
    rng = np.random.default_rng(0)
    for finger in (1, 2):
        for impression in (1, 2):
            pixels = rng.integers(0, 256, (90, 70), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / f"{finger}_{impression}.png", dpi=(500, 500))
    Path(tmp_path / "2_2.png").write_bytes(b"not an image")
    (database,) = find_databases(tmp_path)
    scored = replace(make_scored("DB", fingers=2, impressions=2), database=database)
    page = fvc_html(assess([scored], replicates=0))
    # Of the two genuine and four impostor pairs, one and two do not touch the broken file.
    assert page.count("data:image/jpeg;base64,") == 3


def test_axes_have_round_ticks():
    assert [label for _, label in linear_axis(0, 0.5, "", percent=True).ticks] == [
        f"{value}\N{NO-BREAK SPACE}%" for value in (0, 10, 20, 30, 40, 50)
    ]
    axis = rate_axis(1 / 2880, 1, "")
    assert (axis.low, axis.high, len(axis.ticks)) == (1e-4, 1.0, 5)
    assert axis.place([1e-4, 1e-2, 1.0, 0.0, 5.0]) == pytest.approx([0, 0.5, 1, 0, 1])


def test_drawings_escape_what_they_are_given():
    plot = Plot(linear_axis(0, 1, "<x>"), linear_axis(0, 1, "y&"), 'a "title"')
    plot.line([0, 1], [0, 1], "c1", "<name>")
    plot.dots([0.5], [0.5], "c1", ["<dot>"])
    plot.vertical(0.5, "<mark>")
    ElementTree.fromstring(plot.svg)  # noqa: S314 - our own drawing
