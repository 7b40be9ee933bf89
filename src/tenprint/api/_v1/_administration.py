"""Agencies, users and keys. An operator's administrators change all, an agency's its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path, Query, Request
from sqlalchemy import Connection
from starlette.responses import Response

from tenprint import access, audit
from tenprint.access import Agency, AgencyKind, Caller, Key, User
from tenprint.api._problem import Json
from tenprint.api._service import Service
from tenprint.api._v1._answers import AgencyOut, KeyOut, NewKeyOut, NewUserOut, UserOut
from tenprint.api._v1._http import Here, Limit, Who, errors, gives, read, takes
from tenprint.api._v1._models import AgencyChange, AgencyIn, KeyIn, UserChange, UserIn
from tenprint.model import AccessError, InputError, Role

router = APIRouter(tags=["administration"])

T = TypeVar("T")

After = Annotated[str, Query(max_length=100, description="The last one of the page before.")]
KeyId = Annotated[str, Path(description="The key's identifier, 12 digits.")]
UserName = Annotated[str, Path(description="The name to sign in with.")]
AgencyId = Annotated[str, Path(description="The agency's identifier.")]


@router.post(
    "/v1/agencies",
    summary="Add an agency",
    status_code=201,
    responses={**gives(AgencyOut, "It may ask.", 201), **errors(409)},
    openapi_extra=takes(AgencyIn),
)
async def add_agency(request: Request, caller: Who, service: Here) -> Response:
    """For the operator's administrators."""
    given = await read(request, AgencyIn)
    new = Agency(
        given.id,
        given.name,
        given.kind,
        True,
        frozenset(host.lower() for host in given.callback_hosts),
        given.rate,
        given.burst,
    )
    made = await _change(
        service,
        caller,
        None,
        {"did": "agency-add", "what": given.id[:100]},
        lambda connection: access.add_agency(connection, new),
    )
    return Json(_agency(made), 201)


@router.get(
    "/v1/agencies",
    summary="List agencies",
    responses={**gives(list[AgencyOut], "In order of their identifiers."), **errors()},
)
async def list_agencies(
    caller: Who, service: Here, after: After = "", limit: Limit = 100
) -> Response:
    """An agency's administrators see their own only."""

    def work() -> list[Agency]:
        service.need(caller, Role.ADMINISTER)
        with service.desk.store.reading() as connection:
            if caller.kind is AgencyKind.OPERATOR:
                return access.list_agencies(connection, after=after, limit=limit)
            return [access.get_agency(connection, caller.agency)]

    return Json([_agency(each) for each in await service.run(work)])


@router.patch(
    "/v1/agencies/{agency}",
    summary="Change an agency",
    responses={**gives(AgencyOut, "As it is now."), **errors(404)},
    openapi_extra=takes(AgencyChange),
)
async def change_agency(agency: AgencyId, request: Request, caller: Who, service: Here) -> Response:
    """For the operator's administrators: its name, limits, hosts, and whether it is active."""
    given = await read(request, AgencyChange)
    values = given.model_dump(exclude_none=True)
    changed = await _change(
        service,
        caller,
        None,
        {"did": "agency-set", "what": agency[:100]},
        lambda connection: access.set_agency(connection, agency, **values),
    )
    return Json(_agency(changed))


@router.post(
    "/v1/agencies/{agency}/keys",
    summary="Make a key",
    status_code=201,
    responses={**gives(NewKeyOut, "The secret is shown this once.", 201), **errors(404)},
    openapi_extra=takes(KeyIn),
)
async def add_key(agency: AgencyId, request: Request, caller: Who, service: Here) -> Response:
    """Make an API key of an agency."""
    given = await read(request, KeyIn)
    if given.expires is not None and given.expires.tzinfo is None:
        raise InputError("A time without a time zone.", field="expires")
    _grantable(caller, given.roles)
    key, secret = await _change(
        service,
        caller,
        agency,
        {"did": "key-add", "what": agency[:100]},
        lambda connection: access.add_key(
            connection,
            agency,
            label=given.label,
            roles=given.roles,
            purposes=given.purposes,
            expires=given.expires,
        ),
    )
    return Json({"key": _key(key), "secret": secret}, 201)


@router.get(
    "/v1/agencies/{agency}/keys",
    summary="List keys",
    responses={**gives(list[KeyOut], "Without secrets."), **errors(404)},
)
async def list_keys(agency: AgencyId, caller: Who, service: Here) -> Response:
    """The revoked ones too."""

    def work() -> list[Key]:
        service.need(caller, Role.ADMINISTER)
        _own(caller, agency)
        with service.desk.store.reading() as connection:
            access.get_agency(connection, agency)
            return access.list_keys(connection, agency)

    return Json([_key(each) for each in await service.run(work)])


@router.delete(
    "/v1/keys/{key}",
    summary="Revoke a key",
    responses={**gives(KeyOut, "It is refused from now on."), **errors(404)},
)
async def revoke_key(key: KeyId, caller: Who, service: Here) -> Response:
    """Refuse a key from now on."""

    def work(connection: Connection) -> Key:
        _own(caller, access.get_key(connection, key).agency)
        return access.revoke_key(connection, key)

    revoked = await _change(
        service, caller, caller.agency, {"did": "key-revoke", "what": key[:100]}, work
    )
    service.authenticator.forget()
    return Json(_key(revoked))


@router.post(
    "/v1/users",
    summary="Add a user",
    status_code=201,
    responses={**gives(NewUserOut, "With a one-time code.", 201), **errors(404, 409)},
    openapi_extra=takes(UserIn),
)
async def add_user(request: Request, caller: Who, service: Here) -> Response:
    """The user sets a password and a second factor by the code, in the console."""
    given = await read(request, UserIn)
    _grantable(caller, given.roles)

    def work(connection: Connection) -> tuple[User, str]:
        made = access.add_user(
            connection, given.name, given.agency, roles=given.roles, purposes=given.purposes
        )
        return made, access.issue_code(connection, made.name)

    made, code = await _change(
        service, caller, given.agency, {"did": "user-add", "what": given.name[:100]}, work
    )
    return Json({"user": _user(made), "code": code}, 201)


@router.get(
    "/v1/users",
    summary="List users",
    responses={**gives(list[UserOut], "By name."), **errors(404)},
)
async def list_users(
    caller: Who,
    service: Here,
    agency: Annotated[str | None, Query(max_length=40, description="Of one agency.")] = None,
    after: After = "",
    limit: Limit = 100,
) -> Response:
    """An agency's administrators see their own only."""

    def work() -> list[User]:
        service.need(caller, Role.ADMINISTER)
        whose = agency if caller.kind is AgencyKind.OPERATOR else caller.agency
        with service.desk.store.reading() as connection:
            return access.list_users(connection, whose, after=after, limit=limit)

    return Json([_user(each) for each in await service.run(work)])


@router.patch(
    "/v1/users/{user}",
    summary="Change a user",
    responses={**gives(UserOut, "As the user is now."), **errors(404)},
    openapi_extra=takes(UserChange),
)
async def change_user(user: UserName, request: Request, caller: Who, service: Here) -> Response:
    """Roles, purposes, and whether the user is active; an inactive one is signed out."""
    given = await read(request, UserChange)
    _grantable(caller, given.roles or ())

    def work(connection: Connection) -> User:
        _own(caller, access.get_user(connection, user).agency)
        return access.set_user(
            connection, user, roles=given.roles, purposes=given.purposes, active=given.active
        )

    changed = await _change(
        service, caller, caller.agency, {"did": "user-set", "what": user[:100]}, work
    )
    service.authenticator.forget()
    return Json(_user(changed))


async def _change(
    service: Service,
    caller: Caller,
    agency: str | None,
    detail: Mapping[str, str],
    work: Callable[[Connection], T],
) -> T:
    """Change something of an agency (None: of the service), with its audit leaf."""

    def change() -> T:
        service.need(caller, Role.ADMINISTER)
        _own(caller, agency)
        with service.desk.store.transaction() as connection:
            made = work(connection)
            event = audit.Event(
                audit.EventKind.ADMINISTERED,
                caller.agency,
                caller.actor,
                outcome="done",
                detail=detail,
            )
            audit.append(connection, event)
            return made

    return await service.run(change)


def _own(caller: Caller, agency: str | None) -> None:
    if caller.kind is not AgencyKind.OPERATOR and agency != caller.agency:
        raise AccessError("This is another agency's, or the operator's.", field="agency")


def _grantable(caller: Caller, roles: Iterable[Role]) -> None:
    """Nobody but an operator gives roles away that the credential does not have."""
    if caller.kind is not AgencyKind.OPERATOR and not set(roles) <= caller.roles:
        raise AccessError("Only roles that one has can be given.", field="roles")


def _agency(of: Agency) -> dict[str, Any]:
    return {**asdict(of), "callback_hosts": sorted(of.callback_hosts)}


def _key(of: Key) -> dict[str, Any]:
    return {**asdict(of), "roles": sorted(of.roles), "purposes": sorted(of.purposes)}


def _user(of: User) -> dict[str, Any]:
    found = {**asdict(of), "roles": sorted(of.roles), "purposes": sorted(of.purposes)}
    del found["id"]
    return found
