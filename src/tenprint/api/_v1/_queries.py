"""Questions answered in the request: names, records, images."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from tenprint.api._problem import Json
from tenprint.api._service import purpose_of
from tenprint.api._v1 import _shapes as shapes
from tenprint.api._v1._answers import AnswerOut, ImagesOut
from tenprint.api._v1._http import Here, Who, errors, gives, read, takes
from tenprint.api._v1._models import ImageRequestIn, NameSearchIn, RecordQueryIn
from tenprint.api._v1._submission import biographics
from tenprint.desk import ImageRequest, NameQuery, RecordQuery
from tenprint.model import InputError

router = APIRouter(tags=["queries"])


@router.post(
    "/v1/names/search",
    summary="Search by name, dates and identifiers",
    responses={**gives(AnswerOut, "Candidates with explained scores."), **errors(422)},
    openapi_extra=takes(NameSearchIn),
)
async def name_search(request: Request, caller: Who, service: Here) -> Response:
    """Who could be meant; transpositions, variants and missing parts are thought of."""
    given = await read(request, NameSearchIn)
    named = given.purpose.value if given.purpose else request.headers.get("x-purpose")
    query = NameQuery(
        biographics(given.biographics),
        purpose_of(caller, named),
        given.limit,
        given.transaction,
        given.reason,
    )
    answer = await service.run_on(service.desk.begin_name_search, caller, query)
    return Json(answer.as_dict())


@router.post(
    "/v1/records/query",
    summary="The record of a person",
    responses={**gives(AnswerOut, "Events this agency and purpose may see."), **errors(404)},
    openapi_extra=takes(RecordQueryIn),
)
async def record_query(request: Request, caller: Who, service: Here) -> Response:
    """What is known of one person; by Accept text/plain as text for people."""
    given = await read(request, RecordQueryIn)
    if (given.person is None) == (given.identifier is None):
        raise InputError("Name a person, or an identifier of one.", field="person")
    named = given.purpose.value if given.purpose else request.headers.get("x-purpose")
    query = RecordQuery(
        purpose_of(caller, named),
        given.person,
        given.identifier_kind,
        given.identifier,
        given.transaction,
        given.reason,
    )
    answer = await service.run_on(service.desk.begin_record_query, caller, query)
    if request.headers.get("accept", "").startswith("text/plain"):
        return Response(answer.text, media_type="text/plain")
    return Json(answer.as_dict())


@router.post(
    "/v1/images/request",
    summary="The images of an encounter",
    responses={**gives(ImagesOut, "Originals as they were submitted."), **errors(404)},
    openapi_extra=takes(ImageRequestIn),
)
async def image_request(request: Request, caller: Who, service: Here) -> Response:
    """The pictures of one encounter, or of the latest one that has any of the kinds asked for.

    Fingers are in `images`; faces, palms and others, which are kept and not searched, in `others`.
    """
    given = await read(request, ImageRequestIn)
    named = given.purpose.value if given.purpose else request.headers.get("x-purpose")
    query = ImageRequest(
        given.person,
        purpose_of(caller, named),
        given.encounter,
        tuple(int(finger) for finger in given.fingers),
        given.transaction,
        given.reason,
        tuple(given.kinds),
    )
    found = await service.run(service.desk.image_request, caller, query)
    return await service.run(lambda: Json(shapes.images(found)))


#: Answered past the framework, see `tenprint.api._quick`.
QUICK = {("POST", "/v1/names/search"): name_search, ("POST", "/v1/records/query"): record_query}
