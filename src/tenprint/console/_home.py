"""Where everybody begins: the day's figures, and a tour through what is there to look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tenprint.access import Caller
from tenprint.console._endpoint import page, see
from tenprint.console._figures import totals
from tenprint.console._find import may_search_prints
from tenprint.console._web import Web, wants_json
from tenprint.console._words import segment, words
from tenprint.desk import CaseState, CaseSummary, Load, State, Status
from tenprint.model import Role


@dataclass(frozen=True)
class Step:
    """One step of the tour: what to open, and what is to be seen there."""

    title: str
    path: str
    text: str


class Home:
    """The first page."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._desk = web.desk

    def routes(self) -> list[Route]:
        """Its address."""
        return [Route("/", page(self._web, self.home))]

    def home(self, request: Request, caller: Caller) -> Response:
        """What waits, and the tour; its links lead to what there really is."""
        if caller.second_factor_missing and not wants_json(request):
            return see("/second-factor")  # no role counts before, so there is nothing to see
        load = self._desk.load()
        waiting = _own(self._desk.cases(caller)) if Role.EXAMINE in caller.roles else []
        day = totals(load)
        data = {
            "people": load.people,
            "encounters": load.encounters,
            "waiting": day["queued"],
            "answered": day["answered"],
            "late": day["late"],
            "busiest": _busiest(load),
            "cases": len(waiting),
            "tour": list(self._tour(caller, waiting)),
        }
        return self._web.page(request, "home.html", data, caller=caller)

    def _tour(self, caller: Caller, waiting: list[CaseSummary]) -> Iterator[Step]:
        """The steps that this caller's roles can take."""
        if Role.SEARCH in caller.roles and not may_search_prints(self._desk, caller):
            yield Step(
                "Search by a name",
                "/search",
                "Misspelt, or with day and month swapped: you see who it may be, and how the name "
                "and the date are alike.",
            )
        elif Role.SEARCH in caller.roles:
            yield Step(
                "Search by a fingerprint",
                "/search",
                "Drop one or more images. You see whether it is a hit, how sure that is in words, "
                "and both prints side by side with the minutiae that correspond.",
            )
        if Role.EXAMINE in caller.roles:
            yield self._case(caller, waiting)
        if Role.SUBMIT in caller.roles:
            yield self._transaction(caller)
        if Role.ADMINISTER in caller.roles:
            yield Step(
                "See how the day is going",
                "/operate",
                "The queue against its deadlines, what was late, and how long answers took, drawn "
                "minute by minute.",
            )
        if Role.AUDIT in caller.roles:
            yield Step(
                "Read who looked at whom",
                "/audit",
                "Your own looks are there too, with purpose and time. One button holds the whole "
                "log against a signed checkpoint.",
            )

    def _case(self, caller: Caller, waiting: list[CaseSummary]) -> Step:
        """The case that has waited longest, else a decided one, else the queue."""
        free = [each for each in waiting if each.claimed_by in (None, caller.actor)]
        if free:
            oldest = min(free, key=lambda each: each.opened_at)
            third = ", on which two examiners differ" if oldest.state is CaseState.CONFLICT else ""
            return Step(
                "Decide the case that has waited longest",
                f"/cases/{segment(oldest.id)}",
                f"A {words(oldest.klass)} of {oldest.agency}{third}. Compare the prints, then say "
                "whether they are of one person, and why. A link leads to the candidate's page; "
                "? shows the keys.",
            )
        closed = self._desk.cases(caller, state=CaseState.CLOSED, limit=1)
        if closed:
            return Step(
                "Open a case that is decided",
                f"/cases/{segment(closed[0].id)}",
                "Both prints, the corresponding minutiae, and what each examiner found and why.",
            )
        return Step(
            "See what waits for examiners",
            "/cases",
            "Scores between the two thresholds come here; at present there is none.",
        )

    def _transaction(self, caller: Caller) -> Step:
        """The agency's last answered transaction, one that examiners decided before others."""
        found = self._desk.list(caller, state=State.ANSWERED, limit=20)
        if not found:
            return Step(
                "Send a transaction",
                "/transactions",
                f"{caller.agency} has sent none yet. An EBTS or ANSI/NIST file can be sent from "
                "the page; the answer appears by itself.",
            )
        last: Status = max(found, key=lambda each: each.answers)
        more = ", with a supplement after the examiners' decision" if last.answers > 1 else ""
        return Step(
            "Read an answer as an agency gets it",
            f"/transactions/{segment(last.transaction)}",
            f"A {words(last.klass)} of {caller.agency}{more}: deadline, time taken, and who was "
            "found, and why.",
        )


def _own(cases: Any) -> list[CaseSummary]:
    """Those that wait for this examiner: not closed, not decided by the same one already."""
    return [each for each in cases if each.state is not CaseState.CLOSED and not each.mine]


def _busiest(load: Load) -> dict[str, Any] | None:
    """The class that was answered most often today, and the time within which half were."""
    days = {klass: each.today for klass, each in load.classes.items() if each.today}
    if not days:
        return None
    klass = max(days, key=lambda each: days[each].answered)
    return {"class": klass, "answered": days[klass].answered, "p50": days[klass].p50}
