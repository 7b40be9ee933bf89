"""The examiners' queue."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from tenprint.api._problem import Json
from tenprint.api._v1 import _shapes as shapes
from tenprint.api._v1._answers import CaseOut, CaseViewOut
from tenprint.api._v1._http import Here, Limit, Who, errors, gives, read, takes
from tenprint.api._v1._models import DecisionIn, MarksIn
from tenprint.api._v1._submission import marks
from tenprint.desk import CaseState

router = APIRouter(tags=["review"])

Case = Annotated[str, Path(description="The case's identifier.")]
Images = Annotated[bool, Query(description="Whether pictures are sent, too.")]


@router.get(
    "/v1/cases",
    summary="List cases",
    responses={**gives(list[CaseOut], "Earliest deadline first."), **errors()},
)
async def list_cases(
    caller: Who,
    service: Here,
    state: Annotated[CaseState | None, Query(description="How far they are.")] = None,
    limit: Limit = 200,
) -> Response:
    """Without `state` all that are not closed."""
    found = await service.run(service.desk.cases, caller, state=state, limit=limit)
    return Json([shapes.case(each) for each in found])


@router.get(
    "/v1/cases/{case}",
    summary="One case with its prints",
    responses={**gives(CaseViewOut, "With fingers, prints, decisions, marks."), **errors(404)},
)
async def get_case(case: Case, caller: Who, service: Here, images: Images = True) -> Response:
    """Minutiae of probe and candidate, and the images where they are kept."""
    found = await service.run(service.desk.case, caller, case)
    return await service.run(lambda: Json(shapes.case_view(found, images)))


@router.post(
    "/v1/cases/{case}/claim",
    summary="Take a case",
    responses={**gives(CaseOut, "It is the caller's for a time."), **errors(404, 409)},
)
async def claim(case: Case, caller: Who, service: Here) -> Response:
    """Take a case for the time of a lease; again to prolong it."""
    return Json(shapes.case(await service.run(service.desk.claim, caller, case)))


@router.post(
    "/v1/cases/{case}/release",
    summary="Give a case back",
    responses={**gives(CaseOut, "Others may take it."), **errors(404, 409)},
)
async def release(case: Case, caller: Who, service: Here) -> Response:
    """Give a claimed case back."""
    return Json(shapes.case(await service.run(service.desk.release, caller, case)))


@router.put(
    "/v1/cases/{case}/marks",
    summary="Keep the caller's marks",
    status_code=204,
    responses=errors(404, 409),
    openapi_extra=takes(MarksIn),
)
async def keep_marks(case: Case, request: Request, caller: Who, service: Here) -> Response:
    """Keep marks in place of earlier ones."""
    given = await read(request, MarksIn)
    await service.run(service.desk.mark, caller, case, marks(given.marks))
    return Response(status_code=204)


@router.post(
    "/v1/cases/{case}/decision",
    summary="Decide a case",
    responses={**gives(CaseOut, "The case after it."), **errors(404, 409)},
    openapi_extra=takes(DecisionIn),
)
async def decide(case: Case, request: Request, caller: Who, service: Here) -> Response:
    """Decide a case; where enough examiners agree, the transaction goes on."""
    given = await read(request, DecisionIn)
    marked = None if given.marks is None else marks(given.marks)
    found = await service.run(
        service.desk.decide, caller, case, given.finding, given.reason, marked
    )
    return Json(shapes.case(found))
