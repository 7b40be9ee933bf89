"""Search: prints, templates or a transaction file, or a name; and a person's page."""

from __future__ import annotations

import re
import secrets
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tenprint.access import Caller
from tenprint.console._comparisons import Sent, explained
from tenprint.console._endpoint import Form, action, page, png, see, small_number
from tenprint.console._namesakes import namesake
from tenprint.console._prints import PORTRAIT, thumbnail
from tenprint.console._views import PersonPrints
from tenprint.console._web import Web, wants_json
from tenprint.console._words import segment
from tenprint.desk import (
    Desk,
    NameQuery,
    Options,
    Print,
    RecordQuery,
    Submission,
)
from tenprint.formats import media_type
from tenprint.model import (
    TEN_FINGERS,
    AccessError,
    Biographics,
    Finger,
    Identifier,
    InputError,
    NotFoundError,
    PersonName,
    Purpose,
    Sex,
    TransactionClass,
)

#: Bytes of one search's files.
MAX_UPLOAD = 64 << 20

#: Seconds a page waits for a search; then it looks again by itself.
PATIENCE = 20.0


class Find:
    """The pages that look for people."""

    def __init__(self, web: Web, sent: Sent) -> None:
        self._web = web
        self._desk = web.desk
        self._sent = sent
        self._prints = PersonPrints(web.desk)

    def routes(self) -> list[Route]:
        """Their addresses."""
        web = self._web
        return [
            Route("/search", page(web, self.form)),
            Route("/search/names", page(web, self.names)),
            Route("/search/prints", action(web, self.prints, most=MAX_UPLOAD), methods=["POST"]),
            # Identifiers and numbers may hold slashes.
            Route("/search/prints/{transaction:path}", page(web, self.found)),
            Route("/people/{person:path}/prints/{finger}.png", page(web, self.picture)),
            Route("/people/{person:path}", page(web, self.person)),
        ]

    def form(self, request: Request, caller: Caller) -> Response:
        """An empty search."""
        data = {"purposes": sorted(each.value for each in caller.purposes)}
        return self._page(request, caller, data, fields={}, answer=None)

    def names(self, request: Request, caller: Caller) -> Response:
        """People of a name, date of birth or identifier."""
        fields = {key: value.strip() for key, value in request.query_params.items()}
        query = NameQuery(_biographics(fields), purpose_of(fields), limit=20)
        answer = self._desk.name_search(caller, query)
        return self._page(
            request,
            caller,
            {"purposes": sorted(each.value for each in caller.purposes), "answer": answer},
            fields=fields,
            people=[namesake(each) for each in answer.content.get("candidates", ())],
        )

    def prints(self, request: Request, caller: Caller, form: Form) -> Response:
        """People of these prints."""
        files = form.files
        if not files:
            raise InputError("Choose at least one file.", field="files")
        purpose = purpose_of({"purpose": form.text("purpose")})
        options = Options(limit=20)
        number = f"console-{secrets.token_hex(8)}"
        if len(files) == 1 and _is_transaction(files[0]):
            submission = Submission(
                number, TransactionClass.TENPRINT_SEARCH, purpose, ebts=files[0][1], as_given=True,
                options=options,
            )  # fmt: skip
        else:
            submission = Submission(
                number,
                TransactionClass.TENPRINT_SEARCH,
                purpose,
                prints=tuple(_as_print(name, data) for name, data in files),
                options=options,
            )
        self._desk.submit(caller, submission)
        self._sent.keep(caller, submission)
        self._desk.wait(caller, number, PATIENCE)
        return see(f"/search/prints/{segment(number)}")

    def found(self, request: Request, caller: Caller) -> Response:
        """What a search by prints found, and why."""
        name = request.path_params["transaction"]
        status = self._desk.status(caller, name)
        answer = self._desk.answer(caller, name)
        return self._page(
            request,
            caller,
            {
                "purposes": sorted(each.value for each in caller.purposes),
                "status": status,
                "answer": answer,
                "found": explained(self._desk, caller, name) if answer else None,
            },
            fields={"purpose": status.purpose.value},
        )

    def _page(
        self, request: Request, caller: Caller, data: dict[str, Any], **more: Any
    ) -> Response:
        by_prints = may_search_prints(self._desk, caller)
        return self._web.page(
            request, "search.html", data, caller=caller, by_prints=by_prints, **more
        )

    def person(self, request: Request, caller: Caller) -> Response:
        """What is stored of a person, as far as this role and purpose see it."""
        person = request.path_params["person"]
        purpose = purpose_of(dict(request.query_params), caller)
        answer = self._desk.record_query(caller, RecordQuery(purpose, person))
        record = answer.content.get("record", {})
        return self._web.page(
            request,
            "person.html",
            {"person": person, "purpose": purpose, "record": record, "text": answer.text},
            caller=caller,
            purposes=sorted(each.value for each in caller.purposes),
            fingers=TEN_FINGERS,
            kept=None if wants_json(request) else self._kept(caller, person, purpose),
        )

    def _kept(self, caller: Caller, person: str, purpose: Purpose) -> set[Finger] | None:
        """The fingers with an image that this caller may see; None where none may be asked for."""
        try:
            return set(self._prints.of(caller, person, purpose))
        except AccessError:
            return None
        except NotFoundError:
            return set()

    def picture(self, request: Request, caller: Caller) -> Response:
        """A person's latest image of a finger; all of a page are one look of the audit log."""
        purpose = purpose_of(dict(request.query_params), caller)
        found = self._prints.of(caller, request.path_params["person"], purpose)
        number = small_number(request.path_params["finger"])
        each = next((found[finger] for finger in found if finger == number), None)
        if each is None:
            raise NotFoundError("No image of this finger is kept.")
        return png(thumbnail(each.data, PORTRAIT))


def may_search_prints(desk: Desk, caller: Caller) -> bool:
    """Whether the caller may search by prints, for any purpose of theirs."""
    for purpose in caller.purposes:
        try:
            desk.permissions.check_submit(caller, TransactionClass.TENPRINT_SEARCH, purpose)
        except AccessError:
            continue
        return True
    return False


def purpose_of(fields: dict[str, str], caller: Caller | None = None) -> Purpose:
    """The purpose of a request; without one the caller's first.

    Raises
    ------
    InputError
    """
    given = fields.get("purpose", "")
    if not given and caller is not None and caller.purposes:
        order = list(Purpose)
        return min(caller.purposes, key=order.index)
    try:
        return Purpose(given)
    except ValueError:
        raise InputError("Say for which purpose you ask.", field="purpose") from None


def _biographics(fields: dict[str, str]) -> Biographics:
    given, family = fields.get("given", ""), fields.get("family", "")
    number = fields.get("identifier", "")
    sex = fields.get("sex", "")
    born = fields.get("born", "")
    found = Biographics(
        names=(PersonName(given, family),) if given or family else (),
        birth_dates=(born,) if born else (),
        sex=Sex(sex) if sex in set(Sex) else Sex.UNKNOWN,
        identifiers=(Identifier("any", number),) if number else (),
    )
    if found.empty:
        raise InputError("Give a name, a date of birth or a number.", field="name")
    return found


def _is_transaction(file: tuple[str, bytes]) -> bool:
    return re.match(rb"\s*1\.0?0?1:", file[1][:16]) is not None


def _as_print(name: str, data: bytes) -> Print:
    """A dropped file: an image or a template; its position from its name, such as right-index."""
    template = data[:4] in (b"FMR\0", b"FMR ") or data[:3] == b"FMR"
    if not template and media_type(data) is None:
        raise InputError("This is no image and no template.", field=name[:80])
    return Print(data, finger=finger_in_name(name), template=template)


def finger_in_name(name: str) -> Finger:
    """The finger that a file's name tells: ``A-17_right-index.png``, ``finger_02.png``."""
    low = name.lower().replace("_", "-")
    for finger in Finger:
        if finger and finger.label.replace(" ", "-") in low:
            return finger
    found = re.search(r"(?:fp|finger|f)-?0?(\d{1,2})(?!\d)", low)
    if found and 1 <= int(found[1]) <= 15:
        return Finger(int(found[1]))
    return Finger.UNKNOWN
