"""What an operator looks at, and what a caller may know of itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from tenprint.access import AgencyKind
from tenprint.api._problem import Json
from tenprint.api._v1 import _shapes as shapes
from tenprint.api._v1._http import (
    Here,
    Since,
    Until,
    Who,
    errors,
    gives,
    moment,
    month_ago,
    now,
)
from tenprint.model import InputError, Purpose, Role

router = APIRouter(tags=["operation"])

AnswerId = Annotated[str, Path(description="The answer's identifier.")]

#: The longest time that usage is counted over at once.
_MOST_DAYS = 3700


class MeOut(BaseModel):
    """Who the credential stands for."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    agency: str
    """The agency."""
    kind: AgencyKind
    """What it is."""
    user: str | None
    """Who signed in; null for a key."""
    credential: str
    """How it stands in the audit log."""
    roles: list[Role]
    """What it may do."""
    purposes: list[Purpose]
    """What for."""


class UsageOut(BaseModel):
    """What an agency has asked."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    agency: str
    """Whose usage it is."""
    since: datetime
    """From when."""
    until: datetime
    """Until when."""
    transactions: dict[str, int]
    """How many were accepted, by class."""


class DeliveryOut(BaseModel):
    """A delivery that failed: tried again at `next_at`, or given up (null)."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    """The answer's."""
    agency: str
    """To whom it goes."""
    transaction: str
    """The agency's identifier."""
    attempts: int
    """How often it was tried."""
    problem: str
    """What went wrong the last time."""
    next_at: datetime | None
    """When it is tried again; null: given up."""


@router.get(
    "/v1/me",
    summary="Who am I?",
    responses={**gives(MeOut, "The credential's agency, roles and purposes."), **errors()},
)
async def me(caller: Who) -> Response:
    """What the credential stands for."""
    return Json(
        {
            "agency": caller.agency,
            "kind": caller.kind,
            "user": caller.user,
            "credential": caller.credential,
            "roles": sorted(caller.roles),
            "purposes": sorted(caller.purposes),
        }
    )


@router.get(
    "/v1/usage",
    summary="Usage by class",
    responses={**gives(UsageOut, "Counted from the audit log."), **errors(404)},
)
async def usage(
    caller: Who,
    service: Here,
    since: Since = None,
    until: Until = None,
    agency: Annotated[
        str | None, Query(max_length=40, description="Of another agency: for the operator.")
    ] = None,
) -> Response:
    """Transactions accepted, by class; by default of the last thirty days."""
    start, end = moment(since, "since", month_ago), moment(until, "until", now)
    if not timedelta(0) <= end - start <= timedelta(days=_MOST_DAYS):
        raise InputError("The time ends before it begins, or is too long.", field="since")
    counts = await service.run(service.desk.usage, caller, start, end, agency)
    return Json(
        {
            "agency": agency or caller.agency,
            "since": start,
            "until": end,
            "transactions": {klass.value: count for klass, count in counts.items()},
        }
    )


@router.get(
    "/v1/load",
    summary="Queues, deadlines, memory",
    responses={**gives(dict[str, Any], "Counts only, nothing personal."), **errors()},
)
async def load(caller: Who, service: Here) -> Response:
    """What waits, what is late, what the process needs. For administrators."""

    def work() -> Any:
        service.need(caller, Role.ADMINISTER)
        return service.desk.load()

    return Json(shapes.load(await service.run(work)))


@router.get(
    "/v1/galleries",
    summary="List galleries",
    responses={**gives(list[str], "Their names."), **errors()},
)
async def galleries(caller: Who, service: Here) -> Response:
    """Searches can be limited to galleries; whoever enrols names them, and so makes them."""
    return Json(await service.run(service.desk.galleries, caller))


@router.get(
    "/v1/deliveries",
    summary="Deliveries that failed",
    responses={**gives(list[DeliveryOut], "To be tried again, or given up."), **errors()},
)
async def deliveries(caller: Who, service: Here) -> Response:
    """Answers that could not be posted to their callback."""
    found = await service.run(service.desk.dead_letters, caller)
    names = ("id", "agency", "transaction", "attempts", "problem", "next_at")
    return Json([{name: getattr(each, name) for name in names} for each in found])


@router.post(
    "/v1/deliveries/{answer}/redeliver",
    summary="Deliver again",
    status_code=204,
    responses=errors(404, 409),
)
async def redeliver(answer: AnswerId, caller: Who, service: Here) -> Response:
    """Try a failed delivery again, at once."""
    await service.run(service.desk.redeliver, caller, answer)
    return Response(status_code=204)
