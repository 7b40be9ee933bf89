"""One-time codes: the first administrator's, and those by which users set a password."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, select

from tenprint.access._agencies import Agency, add_agency
from tenprint.access._lock_out import clear_failures
from tenprint.access._rules import DEFAULT_RULES, SignInRules
from tenprint.access._schema import agencies, codes, users
from tenprint.access._times import micros
from tenprint.access._types import AgencyKind
from tenprint.access._users import User, add_user, get_user, set_password
from tenprint.access._words import roles_of
from tenprint.model import CredentialError, InputError, Purpose, Role

#: The agency of the first administrator, where there is none of its kind yet.
FIRST_AGENCY = "OPERATOR"

_CODE_BYTES = 15  # 120 random bits


def first_start(
    connection: Connection,
    *,
    rules: SignInRules = DEFAULT_RULES,
    now: datetime | None = None,
) -> str | None:
    """A one-time code for the first administrator, or None where there is an administrator.

    Each call makes a new one and the last one void.
    """
    query = (
        select(users.c.roles)
        .join(agencies, agencies.c.id == users.c.agency)
        .where(users.c.active, agencies.c.active, agencies.c.kind == str(AgencyKind.OPERATOR))
    )
    if any(Role.ADMINISTER in roles_of(roles) for roles in connection.execute(query).scalars()):
        return None
    connection.execute(delete(codes).where(codes.c.user_id.is_(None)))
    return _new(connection, None, rules, now)


def issue_code(
    connection: Connection,
    name: str,
    *,
    rules: SignInRules = DEFAULT_RULES,
    now: datetime | None = None,
) -> str:
    """A one-time code by which a user sets a (new) password; earlier ones are void.

    Raises
    ------
    NotFoundError
    """
    known = get_user(connection, name)
    connection.execute(delete(codes).where(codes.c.user_id == known.id))
    return _new(connection, known.id, rules, now)


def redeem_code(
    connection: Connection,
    code: str,
    password_hash: str,
    *,
    name: str | None = None,
    roles: Iterable[Role] = tuple(Role),
    now: datetime | None = None,
) -> User:
    """Use up a code: set its user's password, or make the first administrator.

    Ends the user's sessions and lifts a lock-out. A second factor stays as it is.

    Parameters
    ----------
    password_hash : str
        Of `hash_password`.
    name : str, optional
        With the code of `first_start`: the administrator's name. With another: must be its user's,
        where given.
    roles : iterable of Role
        With the code of `first_start`: what the administrator may do; default: everything.

    Raises
    ------
    CredentialError
        If the code is wrong, used or expired, its user inactive or another.
    InputError
        If `name` is missing.
    """
    moment = now or datetime.now(UTC)
    connection.execute(delete(codes).where(codes.c.expires <= micros(moment)))
    hashed = _hash(code)
    row = connection.execute(select(codes).where(codes.c.code_hash == hashed)).one_or_none()
    if row is not None and row.user_id is None and name is None:
        raise InputError("A name is needed.", field="name")
    # Who deletes it may use it: of two at once, one.
    used = connection.execute(delete(codes).where(codes.c.code_hash == hashed)).rowcount
    if row is None or used != 1:
        raise CredentialError(reason="code")
    if row.user_id is None and name is not None:
        return _first_administrator(connection, name, password_hash, roles, moment)
    known = connection.execute(select(users).where(users.c.id == row.user_id)).one()
    if not known.active or (name is not None and name.strip().lower() != known.name):
        raise CredentialError(reason="code", agency=known.agency, actor=known.name)
    set_password(connection, known.name, password_hash)
    clear_failures(connection, known.name)
    return get_user(connection, known.name)


def _first_administrator(
    connection: Connection,
    name: str,
    password_hash: str,
    roles: Iterable[Role],
    now: datetime,
) -> User:
    kind = str(AgencyKind.OPERATOR)
    query = select(agencies.c.id).where(agencies.c.kind == kind, agencies.c.active)
    agency = connection.execute(query.order_by(agencies.c.id).limit(1)).scalar()
    if agency is None:
        new = Agency(FIRST_AGENCY, "The operator of this service", AgencyKind.OPERATOR)
        agency = add_agency(connection, new, now=now).id
    return add_user(
        connection,
        name,
        agency,
        roles=roles,
        purposes=[Purpose.ADMINISTRATION],
        password_hash=password_hash,
        now=now,
    )


def _new(
    connection: Connection, user_id: str | None, rules: SignInRules, now: datetime | None
) -> str:
    moment = now or datetime.now(UTC)
    text = base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode()
    row = {
        "code_hash": _hash(text),
        "user_id": user_id,
        "created": micros(moment),
        "expires": micros(moment + rules.code),
    }
    connection.execute(insert(codes), row)
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _hash(code: str) -> bytes:
    plain = code.strip().upper().replace("-", "").replace(" ", "")
    return sha256(plain.encode("utf-8", "surrogatepass")).digest()
