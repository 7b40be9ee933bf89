"""Transactions of the caller's agency: the list, one with its answers; sending one in."""

from __future__ import annotations

import secrets

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tenprint.access import Caller
from tenprint.console._comparisons import explained
from tenprint.console._endpoint import Form, action, page, see
from tenprint.console._find import MAX_UPLOAD, purpose_of
from tenprint.console._web import HEADERS, Web
from tenprint.console._words import segment
from tenprint.desk import State, Submission
from tenprint.model import InputError, NotFoundError, TransactionClass

#: Transactions on one page.
ROWS = 50


class Transactions:
    """The submitter's pages."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._desk = web.desk

    def routes(self) -> list[Route]:
        """Their addresses."""
        web = self._web
        return [
            Route("/transactions", page(web, self.list)),
            Route("/transactions", action(web, self.submit, most=MAX_UPLOAD), methods=["POST"]),
            # An agency's numbers may hold slashes.
            Route("/transactions/{transaction:path}/answer.ebts", page(web, self.ebts)),
            Route("/transactions/{transaction:path}", page(web, self.one)),
        ]

    def list(self, request: Request, caller: Caller) -> Response:
        """The newest first."""
        wanted = request.query_params
        try:
            state = State(wanted["state"]) if wanted.get("state") else None
            klass = TransactionClass(wanted["class"]) if wanted.get("class") else None
        except ValueError:
            raise InputError("There is no such state or class.", field="state") from None
        found = self._desk.list(
            caller, state=state, klass=klass, after=wanted.get("after"), limit=ROWS
        )
        return self._web.page(
            request,
            "transactions.html",
            {"transactions": found, "next": found[-1].key if len(found) == ROWS else None},
            caller=caller,
            purposes=sorted(each.value for each in caller.purposes),
            classes=[each.value for each in TransactionClass if each.waits],
        )

    def one(self, request: Request, caller: Caller) -> Response:
        """One transaction and everything that was answered."""
        name = request.path_params["transaction"]
        status = self._desk.status(caller, name)
        answers = self._desk.answers(caller, name)
        found = explained(self._desk, caller, name) if answers else None
        data = {"status": status, "answers": answers, "found": found}
        return self._web.page(request, "transaction.html", data, caller=caller)

    def ebts(self, request: Request, caller: Caller) -> Response:
        """The latest answer as an EBTS file."""
        answer = self._desk.answer(caller, request.path_params["transaction"])
        if answer is None or answer.ebts is None:
            raise NotFoundError("There is no EBTS answer.")
        headers = {**HEADERS, "Content-Disposition": 'attachment; filename="answer.eft"'}
        return Response(answer.ebts, media_type="application/octet-stream", headers=headers)

    def submit(self, request: Request, caller: Caller, form: Form) -> Response:
        """An EBTS file from the browser."""
        if len(form.files) != 1:
            raise InputError("Choose a transaction file.", field="file")
        try:
            klass = TransactionClass(form.text("class"))
        except ValueError:
            raise InputError("Choose what is asked for.", field="class") from None
        purpose = purpose_of({"purpose": form.text("purpose")})
        name = form.text("transaction") or f"console-{secrets.token_hex(8)}"
        self._desk.submit(caller, Submission(name, klass, purpose, ebts=form.files[0][1]))
        return see_transaction(name)


def see_transaction(name: str) -> Response:
    """Send the browser to a transaction, whatever is in its number."""
    return see(f"/transactions/{segment(name)}")
