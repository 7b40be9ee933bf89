"""The operator's figures as rows."""

from __future__ import annotations

from typing import Any

from tenprint.desk import Load


def queue_rows(load: Load) -> list[dict[str, Any]]:
    """One row a class that has had anything to do today, the earliest deadline first."""
    rows: list[dict[str, Any]] = [
        {
            "klass": klass,
            "load": each,
            "seconds": None
            if each.next_deadline is None
            else (each.next_deadline - load.at).total_seconds(),
            "answered": each.today.answered if each.today else 0,
            "late": each.today.late if each.today else 0,
            "p50": each.today.p50 if each.today else None,
            "p99": each.today.p99 if each.today else None,
        }
        for klass, each in load.classes.items()
        if each.today or each.waiting or each.working or each.review
    ]
    return sorted(rows, key=_next)


def _next(row: dict[str, Any]) -> float:
    seconds = row["seconds"]
    return float("inf") if seconds is None else float(seconds)


def totals(load: Load) -> dict[str, Any]:
    """What the tiles and facts show, of all classes together."""
    classes = load.classes.values()
    return {
        "rate": sum(each.rate for each in classes),
        "queued": sum(each.waiting + each.working for each in classes),
        "answered": sum(each.today.answered for each in classes if each.today),
        "late": sum(each.today.late for each in classes if each.today),
        "answered_since": sum(each.answered for each in classes),
        "late_since": sum(each.late for each in classes),
        "processors": sum(each.processors for each in load.processes),
        "uptime": (load.at - load.opened_at).total_seconds(),
    }
