"""Subscriptions: tell us if this person is arrested later."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from tenprint.api._problem import Json
from tenprint.api._service import purpose_of
from tenprint.api._v1 import _shapes as shapes
from tenprint.api._v1._answers import AnswerOut, SubscriptionOut
from tenprint.api._v1._http import Here, Limit, Who, errors, gives, read, takes
from tenprint.api._v1._models import SubscriptionIn
from tenprint.model import InputError

router = APIRouter(tags=["subscriptions"])


@router.post(
    "/v1/subscriptions",
    summary="Subscribe",
    status_code=201,
    responses={**gives(SubscriptionOut, "It is in force.", 201), **errors(404, 409)},
    openapi_extra=takes(SubscriptionIn),
)
async def subscribe(request: Request, caller: Who, service: Here) -> Response:
    """Notices come until the day named, to the callback or by `/v1/notices`."""
    given = await read(request, SubscriptionIn)
    if given.until.tzinfo is None:
        raise InputError("A time without a time zone.", field="until")
    if given.callback is not None:
        service.check_callback(caller, given.callback)
    named = given.purpose.value if given.purpose else request.headers.get("x-purpose")
    found = await service.run(
        service.desk.subscribe,
        caller,
        given.person,
        purpose_of(caller, named),
        given.until.astimezone(UTC),
        given.callback,
    )
    return Json(shapes.subscription(found), 201)


@router.get(
    "/v1/subscriptions",
    summary="List subscriptions",
    responses={**gives(list[SubscriptionOut], "Those of the agency."), **errors()},
)
async def list_subscriptions(caller: Who, service: Here) -> Response:
    """The ended ones too."""
    found = await service.run(service.desk.subscriptions, caller)
    return Json([shapes.subscription(each) for each in found])


@router.delete(
    "/v1/subscriptions/{subscription}",
    summary="End a subscription",
    status_code=204,
    responses=errors(404),
)
async def cancel(
    subscription: Annotated[str, Path(description="Its identifier.")], caller: Who, service: Here
) -> Response:
    """No notice comes after it."""
    await service.run(service.desk.cancel, caller, subscription)
    return Response(status_code=204)


@router.get(
    "/v1/notices",
    summary="Read notices",
    responses={**gives(list[AnswerOut], "Oldest first."), **errors(404)},
)
async def notices(
    caller: Who,
    service: Here,
    after: Annotated[
        str | None, Query(max_length=64, description="Identifier of the last notice read.")
    ] = None,
    limit: Limit = 100,
) -> Response:
    """Notices to the caller's agency, those after the one named."""
    found = await service.run(service.desk.notices, caller, after=after, limit=limit)
    return Json([each.as_dict() for each in found])
