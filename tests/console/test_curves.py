"""The operator's curves: where they lie, what is joined, what the axes say."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from jinja2 import Environment, PackageLoader
from tests.console.world import World

from tenprint.console._curves import (
    BOTTOM,
    HOUR,
    LEFT,
    RATE_BOTTOM,
    RIGHT,
    TOP,
    WEEK,
    draw_curves,
    draw_rate,
)
from tenprint.console._figures import queue_rows, totals
from tenprint.console._words import FILTERS, rate
from tenprint.desk import ClassLoad, Latencies, LatencyPoint, Load
from tenprint.desk._figures import Figures
from tenprint.model import TransactionClass

K = TransactionClass
AT = datetime(2026, 3, 5, 12, 30, 20, tzinfo=UTC)


def point(age: int, p50: float, p95: float, late: int = 0) -> LatencyPoint:
    return LatencyPoint(AT.replace(second=0) - timedelta(minutes=age), 10, late, p50, p95, p95)


def test_neighbours_are_joined_and_gaps_stay() -> None:
    points = tuple(point(age, 0.02, 3.0) for age in (59, 50, 49, 48, 1, 0))
    found = draw_curves(Latencies({K.BORDER_CHECK: points}, {}), HOUR, AT)
    (curve,) = found["classes"]
    assert [line.count(" ") + 1 for line in curve["half"]["lines"]] == [3, 2]
    assert len(curve["half"]["dots"]) == 1
    assert curve["answered"] == 60
    step = (RIGHT - LEFT) / 60
    assert curve["half"]["dots"][0][0] == round(LEFT + step / 2, 1)
    assert curve["most"]["lines"][1].split()[-1].split(",")[0] == f"{round(RIGHT - step / 2, 1):g}"


def test_the_axis_of_seconds_is_one_for_all_and_logarithmic() -> None:
    fast, slow = (point(0, 0.02, 0.05),), (point(0, 2.0, 30.0, late=4),)
    found = draw_curves(Latencies({K.ENROL: fast, K.NAME_SEARCH: slow}, {}), HOUR, AT)
    words = [row["words"].replace("\N{NO-BREAK SPACE}", " ") for row in found["rows"]]
    assert words == ["10 ms", "100 ms", "1 s", "10 s", "100 s"]
    heights = [row["y"] for row in found["rows"]]
    assert heights == [BOTTOM - (BOTTOM - TOP) * n / 4 for n in range(5)]
    assert found["classes"][1]["marks"] == [
        {"x": round(RIGHT - (RIGHT - LEFT) / 120, 1), "late": 4}
    ]
    assert found["classes"][0]["marks"] == []


def test_a_week_and_nothing() -> None:
    assert draw_curves(Latencies({}, {}), WEEK, AT)["classes"] == []
    hours = tuple(LatencyPoint(AT - timedelta(hours=n), 1, 0, 0.1, 0.1, 0.1) for n in (167, 166, 0))
    (curve,) = draw_curves(Latencies({}, {K.ENROL: hours}), WEEK, AT)["classes"]
    assert len(curve["half"]["lines"]) == 1
    assert curve["last"] == hours[-1]


def test_answers_a_second_of_the_minutes_that_are_over() -> None:
    border = (point(59, 1, 1), point(2, 1, 1), point(1, 1, 1), point(0, 1, 1))
    names = (point(75, 1, 1), point(2, 1, 1))
    found = draw_rate(Latencies({K.BORDER_CHECK: border, K.NAME_SEARCH: names}, {}), AT)
    places = [tuple(map(float, each.split(","))) for each in found["line"].split()]
    assert len(places) == 59
    step = (RIGHT - LEFT) / 60
    assert places[0][0] == round(LEFT + step / 2, 1)
    assert places[-1][0] == round(RIGHT - 1.5 * step, 1)
    # 20 in a minute are a third a second; the axis ends at 0.4.
    assert found["most"] == 20 / 60
    assert [row["words"] for row in found["rows"]] == ["0", "0.2", "0.4"]
    share = [(RATE_BOTTOM - y) / (RATE_BOTTOM - TOP) for _, y in places]
    assert [round(each * 0.4 * 60) for each in (share[0], share[1], *share[-2:])] == [10, 0, 20, 10]
    for count, top in ((0, "1"), (1, "0.02"), (6000, "100"), (6001, "200"), (18_000, "400")):
        points = (LatencyPoint(AT - timedelta(minutes=3), count, 0, 1, 1, 1),)
        rows = draw_rate(Latencies({K.ENROL: points}, {}), AT)["rows"]
        assert rows[-1]["words"] == top, count


def test_the_table_and_the_curve_agree() -> None:
    """Both within five percent of what answers took, not the bounds of a histogram."""
    figures = Figures(lambda: AT)
    for n in range(100):
        figures.answer(K.BORDER_CHECK, 0.155 if n < 90 else 0.169, late=False)
        figures.answer(K.RECORD_QUERY, 0.002, late=False)
    today = figures.today()
    classes = {
        klass: ClassLoad(0, 0, 0, 100, 0, None, (), 1.0, today[klass], 0.0)
        for klass in (K.BORDER_CHECK, K.RECORD_QUERY)
    }
    load = Load(AT, AT, classes, 0, 0, 0, (), 1, 0, 0, 0, 0, None, {}, 0, 0, 0, 0)
    rows = {row["klass"]: row for row in queue_rows(load)}
    curves = draw_curves(figures.latencies(), HOUR, AT)["classes"]
    for curve in curves:
        assert rows[curve["klass"]]["p50"] == curve["last"].p50
    assert abs(rows[K.BORDER_CHECK]["p50"] / 0.155 - 1) < 0.05
    assert abs(rows[K.BORDER_CHECK]["p99"] / 0.169 - 1) < 0.05
    assert abs(rows[K.RECORD_QUERY]["p99"] / 0.002 - 1) < 0.05


def shown(**facts: Any) -> str:
    """The operator's figures as the page shows them."""
    usual = {
        "at": AT, "opened_at": AT - timedelta(hours=3), "classes": {}, "people": 0,
        "encounters": 0, "memory_bytes": 0, "processes": (), "processors": 2, "index_bytes": 0,
        "cases_open": 0, "outbox_waiting": 0, "dead_letters": 0, "last_backup": None,
        "errors": {}, "searches": 0, "search_batches": 0, "journal_commits": 0,
        "journal_entries": 0,
    }  # fmt: skip
    load = Load(**(usual | facts))
    pages = Environment(loader=PackageLoader("tenprint.console"), autoescape=True)
    pages.filters.update(FILTERS)
    page = pages.get_template("operate-live.html").render(
        load=load,
        rows=queue_rows(load),
        curves=draw_curves(Latencies({}, {}), HOUR, AT),
        span=HOUR,
        spans=(HOUR, WEEK),
        rate=draw_rate(Latencies({}, {}), AT),
        total=totals(load),
    )
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", page))


def test_one_is_told_as_one() -> None:
    one, two = shown(cases_open=1, people=1, encounters=1), shown(cases_open=2, people=2)
    assert "1 case with examiners" in one
    assert "1 person, 1 encounter " in one
    assert "2 cases with examiners" in two
    assert "2 people, 0 encounters" in two


def test_what_was_shared_is_told_only_where_something_was() -> None:
    alone = shown(searches=86, search_batches=86, journal_entries=9, journal_commits=9)
    assert "Searches of prints 86 Small writes 9" in alone
    assert "shared" not in alone
    shared = shown(searches=86, search_batches=1, journal_entries=9, journal_commits=3)
    assert "86, which shared 1 pass over the codes" in shared
    assert "9, which shared 3 commits to the disk" in shared


def test_the_day_and_the_start_are_told_apart() -> None:
    today = LatencyPoint(AT.replace(hour=0, minute=0, second=0), 500, 3, 0.1, 0.2, 0.3)
    classes = {K.ENROL: ClassLoad(0, 0, 0, 20, 1, None, (), 1.0, today, 4.0)}
    page = shown(classes=classes)
    assert "3 late today, of 500 answers" in page
    assert "4 answers a second" in page
    assert "Since the start, 2026-03-05 09:30 UTC" in page
    assert "Answered 20, 1 late" in page
    assert "Nothing in the service has gone wrong." in page


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (0.001, "0"), (0.009, "0.01"), (0.03, "0.03"), (0.1, "0.1"), (0.25, "0.25"),
     (0.999, "1.0"), (1.0, "1"), (4.25, "4.2"), (99.9, "99.9"), (312.4, "312"), (1234.0, "1,234")],
)  # fmt: skip
def test_rates_are_short(value: float, words: str) -> None:
    assert rate(value) == words


def test_the_page_shows_what_the_twin_says(town: World) -> None:
    town.case()
    with town.shared("olga") as client:
        twin = client.get("/operate", headers={"Accept": "application/json"}).json()
        page = client.get("/operate").text
        week = client.get("/operate?span=week").text
        assert client.get("/operate?span=year").status_code == 400
    border = twin["latencies"]["minutes"]["border-check"][-1]
    assert border["answered"] >= 1
    assert 0 < border["p50"] <= border["p95"] <= border["p99"] < 600
    today = twin["load"]["classes"]["border-check"]["today"]
    assert today["answered"] >= border["answered"]
    assert twin["load"]["processes"][0]["name"] == "service"
    for said in ("answers a second", "processors busy", "Since the start, 20"):
        assert said in page
    assert "machinery" not in page
    for shown, refreshed in ((page, "/operate"), (week, "/operate?span=week")):
        assert re.search(r"<figcaption><b>Border check</b>", shown)
        assert f'hx-get="{refreshed}"' in shown
        assert "<circle" in shown or "<polyline" in shown
