"""Transactions: submit, follow, wait, read the answer."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException
from starlette.responses import Response

from tenprint.access import Caller
from tenprint.api._problem import PROBLEM, Json
from tenprint.api._service import Service, body_of
from tenprint.api._v1 import _shapes as shapes
from tenprint.api._v1._answers import AnswerOut, PageOut, StatusOut
from tenprint.api._v1._http import (
    Here,
    Limit,
    Since,
    Until,
    Who,
    errors,
    gives,
    moment,
    now,
    parse,
    takes,
)
from tenprint.api._v1._models import SubmissionIn
from tenprint.api._v1._submission import ebts_submission, submission
from tenprint.desk import Answer, Print, State, Submission
from tenprint.formats.itl import scan_itl
from tenprint.model import (
    Finger,
    InputError,
    NotFoundError,
    TenprintError,
    TransactionClass,
    TransactionError,
)

router = APIRouter(tags=["transactions"])

#: Media types under which a transaction file may be sent as it is.
EBTS_TYPES = ("application/x-ansi-nist", "application/octet-stream")

#: For OpenAPI: a response as EBTS file, and the refusal that names every fault.
_FILE = {EBTS_TYPES[0]: {"schema": {"type": "string", "format": "binary"}}}
_FAULTS = errors(422)[422]

#: Files of one multipart request, and bytes of its JSON part.
_MOST_FILES, _MOST_JSON = 100, 1 << 20

Seconds = Annotated[float, Query(ge=0, le=600, description="Seconds to wait for the answer.")]
Id = Annotated[
    str | None,
    Query(max_length=100, description="Of an EBTS file: its identifier; default: field 1.009."),
]
Name = Annotated[str, Path(description="The agency's identifier of it.")]


@router.post(
    "/v1/transactions",
    summary="Submit a transaction",
    responses={
        200: {
            "model": AnswerOut,
            "description": "The answer, where it was there in time: of an EBTS file by Accept.",
            "content": {"text/plain": {"schema": {"type": "string"}}, **_FILE},
        },
        **gives(StatusOut, "Accepted: it is on disk and will be answered.", 202),
        **errors(409),
        422: {**_FAULTS, "content": {**_FAULTS["content"], **_FILE}},
    },
    openapi_extra=takes(SubmissionIn, *EBTS_TYPES, "multipart/form-data"),
)
async def submit(
    request: Request, caller: Who, service: Here, wait: Seconds = 0, transaction: Id = None
) -> Response:
    """Take a transaction: JSON, an EBTS file, or multipart.

    The same identifier with the same content again is the same transaction. As multipart, the part
    `submission` is the JSON and every file part is an image whose name says the finger, such as
    `right-index`. An EBTS file sent as it is gets the identifier in the query, else the file's
    control number (field 1.009). One that asks something (IRQ, EQHR) is answered in this response,
    by Accept as JSON, text or EBTS file, and nothing of it is kept. So is an answer that is there
    in time; an EBTS file that is refused (422) is answered by an error transaction (ERRT, ERRI,
    EQER) where Accept names its media type and not that of problem details.
    """
    given = await _read(request, caller, service, transaction)
    accepted = request.headers.get("accept", "")
    try:
        if given.ebts is not None and not given.as_given:
            asked = await service.run(service.desk.ask_ebts, caller, given)
            if asked is not None:
                return _shown(asked, accepted)
        found = await service.run(service.desk.submit, caller, given)
    except TransactionError as error:
        refusal = None
        if given.ebts is not None and _file_wanted(accepted) and PROBLEM not in accepted:
            refusal = await service.run(service.desk.refused_ebts, given.ebts, error)
        if refusal is None:
            raise
        return Response(refusal, error.http_status, media_type=EBTS_TYPES[0])
    answer = None
    if found.answers and wait:
        answer = await service.run(service.desk.answer, caller, found.transaction)
    elif wait:
        answer = await _wait(service, caller, found.transaction, wait, False)
    if answer is not None:
        return Json(answer.as_dict()) if answer.ebts is None else _shown(answer, accepted)
    where = {"Location": f"/v1/transactions/{_quoted(found.transaction)}"}
    return Json(shapes.status(found), 202, headers=where)


@router.get(
    "/v1/transactions",
    summary="List the agency's transactions",
    responses={**gives(PageOut, "Newest first."), **errors(404)},
)
async def list_transactions(
    caller: Who,
    service: Here,
    state: Annotated[State | None, Query(description="How far they are.")] = None,
    klass: Annotated[
        TransactionClass | None, Query(alias="class", description="What is asked.")
    ] = None,
    since: Since = None,
    until: Until = None,
    after: Annotated[
        str | None, Query(max_length=64, description="`next` of the page before.")
    ] = None,
    limit: Limit = 100,
    every_agency: Annotated[bool, Query(description="For the operator's administrators.")] = False,
) -> Response:
    """Those of the caller's agency; an administrator may ask for every agency's."""
    found = await service.run(
        service.desk.list,
        caller,
        state=state,
        klass=klass,
        since=None if since is None else moment(since, "since", now),
        until=None if until is None else moment(until, "until", now),
        after=after,
        limit=limit,
        every_agency=every_agency,
    )
    following = found[-1].key if len(found) == limit else None
    return Json({"transactions": [shapes.status(each) for each in found], "next": following})


@router.get(
    "/v1/transactions/{transaction:path}/answers",
    summary="All answers of a transaction",
    responses={**gives(list[AnswerOut], "The answer and its supplements."), **errors(404)},
)
async def answers(transaction: Name, caller: Who, service: Here) -> Response:
    """The answer and its supplements in order; empty where there is none yet."""
    found = await service.run(service.desk.answers, caller, transaction)
    return Json([each.as_dict() for each in found])


@router.get(
    "/v1/transactions/{transaction:path}/answer",
    summary="The answer of a transaction",
    responses={
        200: {
            "model": AnswerOut,
            "description": "The latest answer: JSON, or by Accept its text or EBTS file.",
            "content": {"text/plain": {"schema": {"type": "string"}}, **_FILE},
        },
        **gives(StatusOut, "There is none yet.", 202),
        **errors(404),
    },
)
async def answer(
    request: Request,
    transaction: Name,
    caller: Who,
    service: Here,
    wait: Seconds = 0,
    number: Annotated[
        int | None, Query(ge=0, le=1000, description="0 the answer, from 1 on supplements.")
    ] = None,
    final: Annotated[bool, Query(description="Not before the last examiner.")] = False,
) -> Response:
    """The latest answer, or the one of a number, waiting for it up to `wait` seconds.

    With `final` only once no examiner looks any more.
    """
    found: Answer | None
    if wait and number is None:
        found = await _wait(service, caller, transaction, wait, final)
    else:
        found = await service.run(service.desk.answer, caller, transaction, number)
    if found is None:
        where = await service.run(service.desk.status, caller, transaction)
        return Json(shapes.status(where), 202)
    return _shown(found, request.headers.get("accept", ""))


@router.get(
    "/v1/transactions/{transaction:path}",
    summary="Where a transaction is",
    responses={**gives(StatusOut, "Its status."), **errors(404)},
)
async def status(transaction: Name, caller: Who, service: Here) -> Response:
    """State, deadline, machine time and human time."""
    return Json(shapes.status(await service.run(service.desk.status, caller, transaction)))


def _file_wanted(accepted: str) -> bool:
    return any(media in accepted for media in EBTS_TYPES)


def _shown(found: Answer, accepted: str) -> Response:
    """An answer as JSON, or by Accept its text or EBTS file."""
    if _file_wanted(accepted):
        if found.ebts is None:
            raise NotFoundError("The transaction was no EBTS file, so its answer is none.")
        return Response(found.ebts, media_type="application/x-ansi-nist")
    if accepted.startswith("text/plain"):
        return Response(found.text, media_type="text/plain")
    return Json(found.as_dict())


async def _wait(
    service: Service, caller: Caller, transaction: str, seconds: float, final: bool
) -> Answer | None:
    limited = min(seconds, service.settings.wait_seconds)
    return await service.sleep_in(service.desk.wait, caller, transaction, limited, final=final)


async def _read(
    request: Request, caller: Caller, service: Service, transaction: str | None
) -> Submission:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    named = request.headers.get("x-purpose")
    if kind == "multipart/form-data":
        return await _read_parts(request, caller, named)
    raw = await body_of(request, service.settings.max_body)
    if kind == "application/json":
        return await service.run(lambda: submission(parse(SubmissionIn, raw), caller, named))
    if kind in EBTS_TYPES:
        return await service.run(lambda: _ebts(raw, caller, named, transaction))
    raise InputError(
        "The body's content type is not known.",
        field="Content-Type",
        remedy="Send application/json, application/x-ansi-nist or multipart/form-data.",
    )


def _ebts(raw: bytes, caller: Caller, named: str | None, transaction: str | None) -> Submission:
    control = None
    if transaction is None:
        with contextlib.suppress(TenprintError):  # the desk names what is wrong with the file
            file, _ = scan_itl(raw)
            control = None if file is None else file.control_number.strip()
    return ebts_submission(raw, caller, named, transaction or control or None)


async def _read_parts(request: Request, caller: Caller, named: str | None) -> Submission:
    """Multipart: `submission` is JSON, each other part an image named by its finger.

    The edge limits the bytes of the whole; files lie in temporary files while they arrive.
    """
    try:
        form = await request.form(
            max_files=_MOST_FILES, max_fields=_MOST_FILES, max_part_size=_MOST_JSON
        )
    except MultiPartException as error:
        raise InputError(error.message, field="body") from None
    async with _closing(form):
        given: Any = form.get("submission")
        if isinstance(given, UploadFile):
            given = (await given.read(_MOST_JSON + 1)).decode("utf-8", "replace")
        if given is None:
            raise InputError("The part is missing.", field="submission")
        whole = submission(parse(SubmissionIn, given.encode()), caller, named)
        prints, ebts = list(whole.prints), whole.ebts
        for name, part in form.multi_items():
            if name == "submission":
                continue
            if not isinstance(part, UploadFile):
                raise InputError("Only `submission` is no file.", field=name[:100])
            data = await part.read()
            if name == "ebts":
                ebts = data
            else:
                prints.append(Print(data, _finger(name)))
    return replace(whole, prints=tuple(prints), ebts=ebts)


def _finger(name: str) -> Finger:
    member = Finger.__members__.get(name.upper().replace("-", "_"))
    if member is None:
        raise InputError("A file part is named by its finger, such as right-index.", field="body")
    return member


@contextlib.asynccontextmanager
async def _closing(form: FormData) -> AsyncIterator[FormData]:
    try:
        yield form
    finally:
        await form.close()


def _quoted(transaction: str) -> str:
    return quote(transaction, safe="")
