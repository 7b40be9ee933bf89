"""Operate: live load, agencies and their usage."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tenprint.access import Caller, check_role, get_agencies, list_agency_ids
from tenprint.console._curves import HOUR, WEEK, Span, draw_curves, draw_rate
from tenprint.console._endpoint import page
from tenprint.console._figures import queue_rows, totals
from tenprint.console._usage import UsageSoFar
from tenprint.console._web import HEADERS, Web, wants_json
from tenprint.desk import Latencies, Load
from tenprint.model import InputError, Role, TransactionClass

#: Agencies on one page, and of how many whole days their usage is shown.
AGENCIES, DAYS = 100, 30

#: Seconds that a page may count for before it is shown, and where it refreshes itself.
COUNTING = (0.03, 0.15)

#: Seconds for which the operator's figures are shown again.
FRESH = 1.0


@dataclass(frozen=True)
class _Live:
    """The operator's figures of a moment, and how a page shows them."""

    at: float
    load: Load
    latencies: Latencies
    page: str


class Operate:
    """The operator's pages."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._desk = web.desk
        self._usage = UsageSoFar(web.desk.store, DAYS)
        self._lock = Lock()
        self._lives: dict[str, _Live] = {}

    def routes(self) -> list[Route]:
        """Their addresses."""
        web = self._web
        return [
            Route("/operate", page(web, self.load)),
            Route("/agencies", page(web, self.agencies)),
        ]

    def load(self, request: Request, caller: Caller) -> Response:
        """How the day is going."""
        check_role(caller, Role.ADMINISTER)
        wanted = request.query_params.get("span", HOUR.name)
        span = next((each for each in (HOUR, WEEK) if each.name == wanted), None)
        if span is None:
            raise InputError("There is no such span; hour and week are.", field="span")
        live = self._live(span)
        if "HX-Request" in request.headers and not wants_json(request):
            return HTMLResponse(live.page, headers=HEADERS)
        data = {"load": live.load, "latencies": live.latencies}
        return self._web.page(
            request, "operate.html", data, caller=caller, live=live.page, span=span
        )

    def _live(self, span: Span) -> _Live:
        """What changes: however many pages are open, it is asked for and drawn once a second."""
        with self._lock:
            kept = self._lives.get(span.name)
            if kept is None or time.monotonic() - kept.at >= FRESH:
                load, latencies = self._desk.load(), self._desk.latencies()
                shown = {
                    "load": load,
                    "rows": queue_rows(load),
                    "curves": draw_curves(latencies, span, load.at),
                    "span": span,
                    "spans": (HOUR, WEEK),
                    "rate": draw_rate(latencies, load.at),
                    "total": totals(load),
                }
                page = self._web.part("operate-live.html", shown)
                kept = self._lives[span.name] = _Live(time.monotonic(), load, latencies, page)
            return kept

    def agencies(self, request: Request, caller: Caller) -> Response:
        """Who uses the service, and how much in the last thirty days."""
        check_role(caller, Role.ADMINISTER)
        again = "HX-Request" in request.headers  # nobody waits for that
        used = self._usage.look(datetime.now(UTC), COUNTING[again])
        totals: Counter[str] = Counter()
        for (agency, _), count in used.counts.items():
            totals[agency] += count
        with self._desk.store.reading() as connection:
            known = list_agency_ids(connection)
            known.sort(key=lambda each: (-totals[each], each))
            start = _start(request, len(known))
            shown = get_agencies(connection, known[start : start + AGENCIES])
        rows = [
            {
                "id": each.id,
                "name": each.name,
                "kind": each.kind,
                "active": each.active,
                "rate": each.rate,
                "total": totals[each.id],
                "usage": {
                    klass.value: used.counts[each.id, klass.value]
                    for klass in sorted(TransactionClass)
                    if used.counts[each.id, klass.value]
                },
            }
            for each in shown
        ]
        data = {
            "since": used.since,
            "until": used.until,
            "complete": used.complete,
            "count": len(known),
            "from": start,
            "agencies": rows,
        }
        return self._web.page(
            request, "agencies.html", data, caller=caller, start=start, step=AGENCIES
        )


def _start(request: Request, count: int) -> int:
    """The number of the first row that is asked for.

    Raises
    ------
    InputError
    """
    given = request.query_params.get("from", "0")
    if not given.isascii() or not given.isdigit() or len(given) > 9:
        raise InputError("It is a row's number.", field="from")
    return min(int(given), max(0, count - 1))
