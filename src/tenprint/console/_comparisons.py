"""Why a candidate was found: its score in words, its prints beside those of the search."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tenprint.access import Caller
from tenprint.console._endpoint import page, png, small_number
from tenprint.console._prints import encoded, picture
from tenprint.console._web import Web
from tenprint.console._words import segment
from tenprint.desk import (
    CandidatesView,
    CandidateView,
    CasePrint,
    ComparisonView,
    Desk,
    Standing,
    Submission,
)
from tenprint.match import compare, draw_comparison, explain, odds
from tenprint.model import Finger, InputError, NotFoundError

#: Searches whose pictures are remembered: how many, for how many seconds, and bytes of all.
SEARCHES, REMEMBERED, MAX_BYTES = 32, 900.0, 256 << 20

#: How many comparisons are remembered, and for how many seconds.
LOOKS, SECONDS = 8, 30.0


class Sent:
    """Searches just sent, by who sent them, in memory only; thread-safe.

    The desk drops the pictures of a search with its answer, and a comparison needs them for the
    minutes in which somebody looks at the result.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._kept: dict[tuple[str, str, str], tuple[Submission, float]] = {}

    def keep(self, caller: Caller, submission: Submission) -> None:
        """Remember a search for a while."""
        with self._lock:
            self._drop_old()
            key = (caller.agency, caller.actor, submission.transaction)
            self._kept[key] = submission, self._clock() + REMEMBERED
            while len(self._kept) > SEARCHES or self._bytes() > MAX_BYTES:
                del self._kept[next(iter(self._kept))]

    def get(self, caller: Caller, transaction: str) -> Submission | None:
        """The search as this caller sent it, None where it is forgotten."""
        with self._lock:
            self._drop_old()
            found = self._kept.get((caller.agency, caller.actor, transaction))
        return None if found is None else found[0]

    def _drop_old(self) -> None:
        now = self._clock()
        self._kept = {key: each for key, each in self._kept.items() if each[1] > now}

    def _bytes(self) -> int:
        of = [each for each, _ in self._kept.values()]
        return sum(len(x.ebts or b"") + sum(len(p.data) for p in x.prints) for x in of)


class Comparisons:
    """The pages that compare a search with a candidate."""

    def __init__(self, web: Web, sent: Sent, clock: Callable[[], float] = time.monotonic) -> None:
        self._web = web
        self._desk = web.desk
        self._sent = sent
        self._clock = clock
        self._lock = Lock()
        self._kept: dict[tuple[str, str, str, str], tuple[ComparisonView, float]] = {}

    def routes(self) -> list[Route]:
        """Their addresses."""
        web = self._web
        # An agency's numbers may hold slashes.
        return [
            Route("/transactions/{transaction:path}/comparison.png", page(web, self.still)),
            Route("/transactions/{transaction:path}/comparison", page(web, self.comparison)),
        ]

    def comparison(self, request: Request, caller: Caller) -> Response:
        """A candidate and the search, finger by finger."""
        transaction, person = _asked(request)
        view = self._open(caller, transaction, person)
        shown = _shown(request, view)
        probe, candidate = matched(view, shown)
        found = explain(probe.template, candidate.template)
        about = told(view.about, transaction)
        finger = next(each for each in about["fingers"] if each["code"] == int(shown))
        data = {
            "transaction": transaction,
            "candidate": about,
            "finger": finger,
            "score": round(found.score, 2),
            "odds": odds(found.score),
            "extrapolated": found.extrapolated,
            "pairs": len(found.pairs),
            "probe": _side(probe),
            "stored": _side(candidate),
        }
        return self._web.page(request, "comparison.html", data, caller=caller)

    def still(self, request: Request, caller: Caller) -> Response:
        """Both prints as one picture, corresponding minutiae joined; of the look just made."""
        transaction, person = _asked(request)
        view = self._recent(caller, transaction, person) or self._open(caller, transaction, person)
        shown = _shown(request, view)
        probe, candidate = matched(view, shown)
        drawn = draw_comparison(
            probe.template,
            candidate.template,
            explain(probe.template, candidate.template),
            probe_image=picture(probe),
            candidate_image=picture(candidate),
            labels=(f"Searched: {_name(probe.finger)}", f"Stored: {_name(candidate.finger)}"),
        )
        return png(encoded(drawn))

    def _open(self, caller: Caller, transaction: str, person: str) -> ComparisonView:
        """A look; in the audit log."""
        view = self._desk.comparison(
            caller, transaction, person, self._sent.get(caller, transaction)
        )
        with self._lock:
            key = (caller.agency, caller.actor, transaction, person)
            self._kept.pop(key, None)
            while len(self._kept) >= LOOKS:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = view, self._clock() + SECONDS
        return view

    def _recent(self, caller: Caller, transaction: str, person: str) -> ComparisonView | None:
        with self._lock:
            view, until = self._kept.get(
                (caller.agency, caller.actor, transaction, person), (None, 0.0)
            )
        return view if self._clock() < until else None


def explained(desk: Desk, caller: Caller, transaction: str) -> dict[str, Any]:
    """What a search found as a page shows it, and its JSON twin; a look of the audit log."""
    view: CandidatesView = desk.candidates(caller, transaction)
    rows = [told(each, transaction) for each in view.candidates]
    above = [each for each in rows if each["standing"] != Standing.STRANGER]
    return {
        "people": view.people,
        "hit_odds": one_in(view.hit_fpir),
        "review_odds": one_in(view.review_fpir),
        "above": above,
        "below": [each for each in rows if each["standing"] == Standing.STRANGER],
    }


def told(each: CandidateView, transaction: str) -> dict[str, Any]:
    """A candidate in numbers and words."""
    where = f"/transactions/{segment(transaction)}/comparison"
    fingers = [
        {
            "code": int(finger),
            "name": _name(finger),
            "score": round(score, 2),
            "stored": _name(each.sequence[finger]) if finger in each.sequence else None,
            "page": f"{where}?{urlencode({'person': each.person, 'finger': int(finger)})}",
        }
        for finger, score in sorted(each.fingers.items())
    ]
    asked = urlencode({"person": each.person})
    return {
        "rank": each.rank,
        "person": each.person,
        "name": each.name,
        "born": each.born,
        "standing": each.standing,
        "score": round(each.score, 2),
        "odds": odds(each.score),
        "extrapolated": each.extrapolated,
        "fpir": each.fpir,
        "fpir_odds": one_in(each.fpir),
        "fpir_extrapolated": each.fpir_extrapolated,
        "fingers": fingers,
        "page": f"{where}?{asked}",
        "picture": f"{where}.png?{asked}",
    }


def one_in(rate: float) -> str:
    """A rate of searches for people: 0.001 becomes ``1 in 1,000``."""
    return odds(-math.log10(rate)) if rate > 0 else odds(math.inf)


def matched(view: ComparisonView, finger: Finger) -> tuple[CasePrint, CasePrint]:
    """The two prints of a finger that agree best, where it was really found.

    Raises
    ------
    NotFoundError
    """
    probes = _of(view.probe, finger)
    known = _of(view.candidate, view.about.sequence.get(finger, finger))
    pairs = [(p, c) for p in probes for c in known]
    if not pairs:
        raise NotFoundError("The prints of this finger are no longer kept.", field="finger")
    return max(pairs, key=lambda pair: compare(pair[0].template, pair[1].template))


def _of(prints: Sequence[CasePrint], finger: Finger) -> list[CasePrint]:
    """Those of a finger; where there is none, those of which nobody knows which they are."""
    if finger is Finger.UNKNOWN:
        return list(prints)
    exact = [each for each in prints if each.finger.anatomical is finger]
    return exact or [each for each in prints if each.finger is Finger.UNKNOWN]


def _asked(request: Request) -> tuple[str, str]:
    person = request.query_params.get("person", "")
    if not person:
        raise InputError("Say which candidate is meant.", field="person")
    return request.path_params["transaction"], person


def _shown(request: Request, view: ComparisonView) -> Finger:
    """The finger asked for, else the best one."""
    fingers = view.about.fingers
    asked = small_number(request.query_params.get("finger", ""))
    for finger in fingers:
        if finger == asked:
            return finger
    if not fingers:
        raise NotFoundError("No finger of this candidate was compared.", field="finger")
    return max(fingers, key=lambda finger: fingers[finger])


def _side(each: CasePrint) -> dict[str, Any]:
    return {
        "finger": _name(each.finger),
        "minutiae": len(each.template.minutiae),
        "quality": each.template.quality,
        "image": each.image is not None,
    }


def _name(finger: Finger) -> str:
    return "a finger, nobody knows which" if finger is Finger.UNKNOWN else finger.label
