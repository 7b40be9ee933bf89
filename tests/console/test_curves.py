"""The operator's curves: where they lie, what is joined, what the axes say."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from tests.console.world import World

from tenprint.console._curves import BOTTOM, HOUR, LEFT, RIGHT, TOP, WEEK, draw_curves
from tenprint.desk import Latencies, LatencyPoint
from tenprint.model import TransactionClass

K = TransactionClass
AT = datetime(2026, 3, 5, 12, 30, 20, tzinfo=UTC)


def point(age: int, p50: float, p95: float, late: int = 0) -> LatencyPoint:
    return LatencyPoint(AT.replace(second=0) - timedelta(minutes=age), 10, late, p50, p95)


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
    hours = tuple(LatencyPoint(AT - timedelta(hours=n), 1, 0, 0.1, 0.1) for n in (167, 166, 0))
    (curve,) = draw_curves(Latencies({}, {K.ENROL: hours}), WEEK, AT)["classes"]
    assert len(curve["half"]["lines"]) == 1
    assert curve["last"] == hours[-1]


def test_the_page_shows_what_the_twin_says(town: World) -> None:
    town.case()
    with town.shared("olga") as client:
        twin = client.get("/operate", headers={"Accept": "application/json"}).json()
        page = client.get("/operate").text
        week = client.get("/operate?span=week").text
        assert client.get("/operate?span=year").status_code == 400
    border = twin["latencies"]["minutes"]["border-check"][-1]
    assert border["answered"] >= 1
    assert 0 < border["p50"] <= border["p95"] < 600
    for shown, refreshed in ((page, "/operate"), (week, "/operate?span=week")):
        assert re.search(r"<figcaption><b>Border check</b>", shown)
        assert f'hx-get="{refreshed}"' in shown
        assert "<circle" in shown or "<polyline" in shown
