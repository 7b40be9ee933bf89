"""Examine: the queue, a case, its prints, the decision."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tenprint.access import Caller, check_role
from tenprint.console._chart import comparison_chart
from tenprint.console._endpoint import Endpoint, Form, action, page, png, see, small_number
from tenprint.console._marks import KINDS, MAX_NOTE, layer_json, layers_of, mark_json, read_marks
from tenprint.console._prints import STRIP, finger_data, native_png, pick, still_png, thumbnail
from tenprint.console._views import Views
from tenprint.console._web import HEADERS, SignInNeededError, Web, as_json, check_length, told
from tenprint.desk import CaseState, CaseView
from tenprint.model import (
    TEN_FINGERS,
    Finding,
    Finger,
    InputError,
    NotFoundError,
    Role,
    TenprintError,
)


class Examine:
    """The examiner's pages."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._desk = web.desk
        self._views = Views(web.desk)

    def routes(self) -> list[Route]:
        """Their addresses."""
        web = self._web
        return [
            Route("/cases", page(web, self.queue)),
            Route("/cases/{case}", page(web, self.case)),
            Route(
                "/cases/{case}/decide",
                action(web, self.decide, rescue=self._keep_draft),
                methods=["POST"],
            ),
            Route(
                "/cases/{case}/draft",
                action(web, self.draft, rescue=self._keep_draft),
                methods=["POST"],
            ),
            Route("/cases/{case}/release", action(web, self.release), methods=["POST"]),
            Route("/cases/{case}/marks", self._marks(), methods=["POST"]),
            Route("/cases/{case}/chart.pdf", page(web, self.chart)),
            Route("/cases/{case}/fingers/{finger}.png", page(web, self.still)),
            Route("/cases/{case}/fingers/{finger}", page(web, self.finger)),
            Route("/cases/{case}/{side}/{index}.png", page(web, self.image)),
        ]

    def queue(self, request: Request, caller: Caller) -> Response:
        """What waits for an examiner."""
        wanted = request.query_params.get("state")
        try:
            state = CaseState(wanted) if wanted else None
        except ValueError:
            raise InputError("There is no such state.", field="state") from None
        # Not whom they may concern: that is a look, and stands in the log when a case is opened.
        cases = [
            {each.name: getattr(case, each.name) for each in fields(case) if each.name != "person"}
            for case in self._desk.cases(caller, state=state)
        ]
        return self._web.page(
            request, "cases.html", {"cases": cases}, caller=caller, closed=state is CaseState.CLOSED
        )

    def case(self, request: Request, caller: Caller) -> Response:
        """One case; opening it takes it, so that two do not work on it at once."""
        name = request.path_params["case"]
        view = self._views.open(caller, name)
        summary = view.summary
        free = summary.claimed_by in (None, caller.actor)
        editable = summary.state is not CaseState.CLOSED and not summary.mine and free
        if editable:
            summary = self._desk.claim(caller, name)
        fingers = [_strip(view, name, finger) for finger in _fingers(view)]
        shown = _wanted(request, fingers)
        return self._web.page(
            request,
            "case.html",
            {
                "case": summary,
                "fingers": fingers,
                "decisions": view.decisions,
                "marks": [mark_json(mark) for mark in view.marks],
                "editable": editable,
            },
            caller=caller,
            finger=shown,
            shown=_numbers(view, shown, fingers, name),
            layers=[layer_json(each) for each in layers_of(view, caller.actor)],
            kinds=KINDS,
            longest_note=MAX_NOTE,
            draft=self._web.drafts.of((caller.agency, caller.actor), name),
            message=_MESSAGES.get(request.query_params.get("said", "")),
        )

    def finger(self, request: Request, caller: Caller) -> Response:
        """Both prints of a finger, their minutiae and what corresponds."""
        name = request.path_params["case"]
        view = self._views.prints(caller, name)
        return as_json(finger_data(view, _finger(request), f"/cases/{name}"))

    def still(self, request: Request, caller: Caller) -> Response:
        """The same as one picture, for who has no scripts."""
        view = self._views.prints(caller, request.path_params["case"])
        return png(still_png(view, _finger(request)))

    def image(self, request: Request, caller: Caller) -> Response:
        """One print in its own resolution, or small for the strip."""
        view = self._views.prints(caller, request.path_params["case"])
        prints = {"probe": view.probe, "candidate": view.candidate}.get(request.path_params["side"])
        index = small_number(request.path_params["index"])
        image = (
            prints[index].image if prints and index is not None and index < len(prints) else None
        )
        if image is None:
            raise NotFoundError("There is no such print.")
        small = "small" in request.query_params
        return png(thumbnail(image, STRIP) if small else native_png(image))

    def chart(self, request: Request, caller: Caller) -> Response:
        """The comparison chart as a PDF file."""
        # A look of its own: of an earlier one, the points and decisions may be old.
        view = self._views.open(caller, request.path_params["case"])
        asked = small_number(request.query_params.get("finger", ""))
        finger = Finger(asked) if asked is not None and asked <= 10 else None
        if finger is None:
            finger = max(view.fingers, key=lambda each: view.fingers[each], default=Finger.UNKNOWN)
        data = comparison_chart(view, finger, caller.actor)
        kept = f'inline; filename="case-{view.summary.id[:8]}.pdf"'
        headers = {**HEADERS, "Content-Disposition": kept}
        return Response(data, media_type="application/pdf", headers=headers)

    def decide(self, request: Request, caller: Caller, form: Form) -> Response:
        """The examiner's decision."""
        name = request.path_params["case"]
        try:
            finding = Finding(form.text("finding"))
        except ValueError:
            raise InputError("Choose a decision.", field="finding") from None
        summary = self._desk.decide(caller, name, finding, form.text("reason"))
        self._web.drafts.drop((caller.agency, caller.actor), name)
        said = "closed" if summary.state is CaseState.CLOSED else "decided"
        return see(f"/cases/{name}?said={said}")

    def draft(self, request: Request, caller: Caller, form: Form) -> Response:
        """Keep what is typed of a decision, until it is made."""
        check_role(caller, Role.EXAMINE)
        self._keep_draft(request, (caller.agency, caller.actor), form)
        return as_json({"kept": True})

    def _keep_draft(self, request: Request, who: tuple[str, str], form: Form) -> None:
        case = request.path_params["case"][:64]
        self._web.drafts.keep(who, case, form.text("finding"), form.text("reason"))

    def release(self, request: Request, caller: Caller, form: Form) -> Response:
        """Give the case back."""
        self._desk.release(caller, request.path_params["case"])
        return see("/cases")

    def _marks(self) -> Endpoint:
        web = self._web

        async def endpoint(request: Request) -> Response:
            try:
                caller = web.caller(request)
                check_length(request, 1 << 20)
                web.check_mark(request, request.headers.get("X-CSRF-Token", ""))
                marks = read_marks(await request.body())
                await run_in_threadpool(self._desk.mark, caller, request.path_params["case"], marks)
                return as_json({"marks": len(marks)})
            except SignInNeededError as needed:
                return web.to_sign_in(request, needed.idle)
            except TenprintError as error:
                return as_json({"error": told(error)}, error.http_status)

        return endpoint


_MESSAGES = {
    "closed": {"tone": "good", "text": "Decided, and the case is closed."},
    "decided": {"tone": "good", "text": "Your decision is kept. Another examiner looks now."},
}


def _finger(request: Request) -> Finger:
    number = small_number(request.path_params["finger"])
    if number is None or number > 10:
        raise NotFoundError("There is no such finger.")
    return Finger(number)


def _fingers(view: CaseView) -> list[Finger]:
    return [*TEN_FINGERS, *((Finger.UNKNOWN,) if pick(view, Finger.UNKNOWN) else ())]


def _strip(view: CaseView, name: str, finger: Finger) -> dict[str, Any]:
    """One finger of the strip: what is there of it, and its score."""
    pair = pick(view, finger)
    url = small = None
    if pair:
        url = f"/cases/{name}/fingers/{int(finger)}"
        sides = (("probe", view.probe, pair[0]), ("candidate", view.candidate, pair[1]))
        small = {
            side: f"/cases/{name}/{side}/{index}.png?small"
            for side, prints, index in sides
            if prints[index].image is not None
        }
    score = view.fingers.get(finger)
    words = "position unknown" if finger is Finger.UNKNOWN else finger.label
    return {"code": int(finger), "name": words, "score": score, "url": url, "thumbnails": small}


def _wanted(request: Request, fingers: list[dict[str, Any]]) -> int:
    """The finger asked for, else the best one that both have."""
    there = [each for each in fingers if each["url"]]
    asked = request.query_params.get("finger", "")
    for each in there:
        if str(each["code"]) == asked:
            return int(asked)
    best = max(there, key=lambda each: each["score"] or 0.0, default=None)
    return int(best["code"]) if best else 0


def _numbers(
    view: CaseView, shown: int, fingers: list[dict[str, Any]], name: str
) -> dict[str, Any] | None:
    """What the viewer needs of the finger that is shown first; None where both lack it."""
    if not any(each["url"] for each in fingers if each["code"] == shown):
        return None
    return finger_data(view, Finger(shown), f"/cases/{name}")
