"""Audit: the log, and its verification in the background."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tenprint.access import Caller, check_role
from tenprint.audit import Verification, read_latest
from tenprint.console._endpoint import Form, action, page, see
from tenprint.console._web import Web
from tenprint.model import InputError, Role

#: Entries on one page.
ENTRIES = 50


class Audit:
    """The auditor's pages."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._desk = web.desk

    def routes(self) -> list[Route]:
        """Their addresses."""
        web = self._web
        return [
            Route("/audit", page(web, self.log)),
            Route("/audit/verify", page(web, self.verification)),
            Route("/audit/verify", action(web, self.verify), methods=["POST"]),
        ]

    def log(self, request: Request, caller: Caller) -> Response:
        """The log, newest first; reading it is logged."""
        check_role(caller, Role.AUDIT)
        agency = request.query_params.get("agency") or None
        person = request.query_params.get("person") or None
        entries = self._desk.read_log(
            caller,
            agency=agency,
            subject=person,
            after=request.query_params.get("after", ""),
            limit=ENTRIES,
        )
        data = {
            "entries": entries,
            "next": entries[-1].id if len(entries) == ENTRIES else None,
            "checkpoint": read_latest(self._desk.settings.checkpoint_folder),
            "verification": self._verification(),
        }
        return self._web.page(
            request,
            "audit.html",
            data,
            caller=caller,
            agency=agency or "",
            person=person or "",
        )

    def verification(self, request: Request, caller: Caller) -> Response:
        """How far the verification is, and what the last one found."""
        check_role(caller, Role.AUDIT)
        data = {"verification": self._verification()}
        return self._web.page(request, "verification.html", data, caller=caller)

    def verify(self, request: Request, caller: Caller, form: Form) -> Response:
        """Begin to hold the whole log against the latest signed checkpoint, or one that is given.

        Where one runs, it goes on and no other is begun.
        """
        check_role(caller, Role.AUDIT)
        # A browser ends lines in its own way, and a form's field lacks the last end.
        given = "".join(f"{line}\n" for line in form.text("checkpoint").splitlines())
        checkpoint = given or read_latest(self._desk.settings.checkpoint_folder)
        if not checkpoint:
            raise InputError("There is no checkpoint yet.", field="checkpoint")
        key = form.text("key") or self._desk.sequencer.public_key()
        self._desk.bring_log()
        self._desk.verifying.start(checkpoint, key, caller.actor)
        return see("/audit/verify")

    def _verification(self) -> dict[str, Any]:
        running, last = self._desk.verifying.look()
        return {"running": _told(running), "last": _told(last)}


def _told(of: Verification | None) -> dict[str, Any] | None:
    if of is None:
        return None
    return {
        "by": of.by,
        "began": of.began,
        "ended": of.ended,
        "checkpoint": {
            "origin": of.checkpoint.origin,
            "size": of.checkpoint.size,
            "time": of.checkpoint.time,
        },
        "done": of.done,
        "leaves": of.leaves,
        "report": None if of.report is None else of.report.as_dict(),
        "problem": of.problem,
    }
