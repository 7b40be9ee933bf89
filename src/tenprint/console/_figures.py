"""The operator's figures as rows."""

from __future__ import annotations

from typing import Any

from tenprint.desk import LATENCY_BOUNDS, ClassLoad, Load


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
