"""Machine time over time as drawings: one for each class, all on the same axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tenprint.desk import Latencies, LatencyPoint

#: The field that curves are drawn in, in the drawing's units.
LEFT, RIGHT, TOP, BOTTOM = 64.0, 548.0, 8.0, 148.0


@dataclass(frozen=True)
class Span:
    """What the time axis shows: so many steps up to now, and how it is labelled."""

    name: str
    words: str
    step: timedelta
    count: int
    labels: tuple[str, ...]


HOUR = Span(
    "hour", "Last hour, by the minute", timedelta(minutes=1), 60,
    ("60 min ago", "45", "30", "15", "now"),
)  # fmt: skip
WEEK = Span(
    "week", "Last seven days, by the hour", timedelta(hours=1), 168,
    ("7 days ago", "6", "5", "4", "3", "2", "1", "now"),
)  # fmt: skip


def draw_curves(latencies: Latencies, span: Span, at: datetime) -> dict[str, Any]:
    """Axes for all classes, and each class's curves, points that stand alone, and late answers.

    The axis of seconds is logarithmic, from the decade below the fastest to the one above the
    slowest.
    """
    classes = latencies.minutes if span is HOUR else latencies.hours
    known = [each for points in classes.values() for each in points]
    low = math.floor(math.log10(min((each.p50 for each in known), default=0.01)))
    high = math.ceil(math.log10(max((each.p95 for each in known), default=1.0)))
    high = max(high, low + 1)

    def across(point: LatencyPoint) -> float:
        last = at.timestamp() // span.step.total_seconds()
        age = last - point.start.timestamp() // span.step.total_seconds()
        return round(RIGHT - (RIGHT - LEFT) * (age + 0.5) / span.count, 1)

    def up(value: float) -> float:
        share = (math.log10(value) - low) / (high - low)
        return round(BOTTOM - (BOTTOM - TOP) * share, 1)

    return {
        "rows": [{"y": up(10.0**n), "words": _axis(n)} for n in range(low, high + 1)],
        "columns": [
            {"x": LEFT + (RIGHT - LEFT) * n / (len(span.labels) - 1), "words": words}
            for n, words in enumerate(span.labels)
        ],
        "classes": [
            {
                "klass": klass,
                "answered": sum(each.answered for each in points),
                "late": sum(each.late for each in points),
                "last": points[-1],
                "half": _lines(points, span, [(across(p), up(p.p50)) for p in points]),
                "most": _lines(points, span, [(across(p), up(p.p95)) for p in points]),
                "marks": [{"x": across(p), "late": p.late} for p in points if p.late],
            }
            for klass, points in classes.items()
        ],
    }


def _axis(power: int) -> str:
    """A power of ten of seconds, exactly."""
    value, unit = (10.0 ** (power + 3), "ms") if power < 0 else (10.0**power, "s")
    return f"{value:,.6g}\N{NO-BREAK SPACE}{unit}"


def _lines(
    points: Sequence[LatencyPoint], span: Span, places: Sequence[tuple[float, float]]
) -> dict[str, list[Any]]:
    """Lines through neighbours in time; what has no neighbour is a dot. Gaps stay gaps."""
    runs: list[list[tuple[float, float]]] = []
    before: datetime | None = None
    for point, place in zip(points, places, strict=True):
        if before is None or point.start - before > span.step:
            runs.append([])
        runs[-1].append(place)
        before = point.start
    return {
        "lines": [" ".join(f"{x:g},{y:g}" for x, y in run) for run in runs if len(run) > 1],
        "dots": [run[0] for run in runs if len(run) == 1],
    }
