"""The operator's drawings: machine time over time, one for each class, and answers a second."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tenprint.desk import Latencies, LatencyPoint

#: The field that curves are drawn in, in the drawing's units.
LEFT, RIGHT, TOP, BOTTOM = 64.0, 548.0, 8.0, 148.0

#: Where the curve of answers a second ends, which is less high.
RATE_BOTTOM = 108.0


@dataclass(frozen=True)
class Span:
    """What the time axis shows: so many steps up to now, and how it is labelled."""

    name: str
    words: str
    unit: str
    step: timedelta
    count: int
    labels: tuple[str, ...]


HOUR = Span(
    "hour", "Last hour, by the minute", "minute", timedelta(minutes=1), 60,
    ("60 min ago", "45", "30", "15", "now"),
)  # fmt: skip
WEEK = Span(
    "week", "Last seven days, by the hour", "hour", timedelta(hours=1), 168,
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


def draw_rate(latencies: Latencies, at: datetime) -> dict[str, Any]:
    """Answers a second of all classes together, by the minute over the last hour.

    The running minute is left out: it is not over. The axis begins at 0.
    """
    step = HOUR.step.total_seconds()
    last = at.timestamp() // step
    counts = dict.fromkeys(range(HOUR.count - 1, 0, -1), 0)
    for point in (each for points in latencies.minutes.values() for each in points):
        age = int(last - point.start.timestamp() // step)
        if age in counts:
            counts[age] += point.answered
    most = max(counts.values()) / step
    top = _round_up(most or 1.0)
    across = (RIGHT - LEFT) / HOUR.count
    line = [
        (RIGHT - across * (age + 0.5), RATE_BOTTOM - (RATE_BOTTOM - TOP) * count / step / top)
        for age, count in counts.items()
    ]
    return {
        "line": " ".join(f"{x:.1f},{y:.1f}" for x, y in line),
        "area": " ".join(
            f"{x:.1f},{y:.1f}"
            for x, y in [(line[0][0], RATE_BOTTOM), *line, (line[-1][0], RATE_BOTTOM)]
        ),
        "rows": [
            {"y": RATE_BOTTOM - (RATE_BOTTOM - TOP) * n / 2, "words": f"{top * n / 2:,.6g}"}
            for n in range(3)
        ],
        "columns": [
            {"x": LEFT + (RIGHT - LEFT) * n / (len(HOUR.labels) - 1), "words": words}
            for n, words in enumerate(HOUR.labels)
        ],
        "most": most,
    }


def _round_up(value: float) -> float:
    """The next of 1, 2, 4 times a power of ten; its half is as round."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(n * power for n in (1, 2, 4, 10) if n * power >= value * (1 - 1e-9))


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
