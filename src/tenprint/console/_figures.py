"""The operator's figures as rows and bars."""

from __future__ import annotations

from typing import Any

from tenprint.desk import LATENCY_BOUNDS, ClassLoad, Load

#: Width and height of a histogram's bars, in the drawing's units.
WIDE, HIGH = 420, 96


def queue_rows(load: Load) -> list[dict[str, Any]]:
    """One row a class that has had anything to do, the earliest deadline first."""
    rows: list[dict[str, Any]] = [
        {
            "klass": klass,
            "load": each,
            "seconds": None
            if each.next_deadline is None
            else (each.next_deadline - load.at).total_seconds(),
            "mean": each.latency_sum / each.answered if each.answered else None,
            "p50": quantile(each, 0.5),
            "p99": quantile(each, 0.99),
        }
        for klass, each in load.classes.items()
        if each.answered or each.waiting or each.working or each.review
    ]
    return sorted(rows, key=_next)


def _next(row: dict[str, Any]) -> float:
    seconds = row["seconds"]
    return float("inf") if seconds is None else float(seconds)


def quantile(each: ClassLoad, share: float) -> float | None:
    """The bound, in seconds, below which this share of the answers lies; None above all bounds."""
    total = sum(each.latency)
    if not total:
        return None
    seen = 0
    for bound, count in zip(LATENCY_BOUNDS, each.latency, strict=False):
        seen += count
        if seen >= share * total:
            return bound
    return None


def histogram(load: Load) -> list[dict[str, Any]]:
    """Bars of each class's latencies, only as far as there are any."""
    found = []
    for klass, each in load.classes.items():
        if not any(each.latency):
            continue
        last = max(n for n, count in enumerate(each.latency) if count) + 1
        first = next(n for n, count in enumerate(each.latency) if count)
        first, last = max(0, first - 1), min(len(each.latency), last + 1)
        most = max(each.latency)
        step = WIDE / (last - first)
        bars = [
            {
                "x": round((n - first) * step + 1.5, 1),
                "wide": round(step - 3, 1),
                "high": round(HIGH * each.latency[n] / most, 1),
                "y": round(HIGH - HIGH * each.latency[n] / most, 1),
                "count": each.latency[n],
                "middle": round((n - first + 0.5) * step, 1),
                "bound": LATENCY_BOUNDS[n] if n < len(LATENCY_BOUNDS) else None,
            }
            for n in range(first, last)
        ]
        found.append({"klass": klass, "bars": bars, "answered": each.answered, "late": each.late})
    return found
