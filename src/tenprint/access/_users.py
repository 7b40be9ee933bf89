"""Users: people who sign in."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from tenprint.access._agencies import get_agency
from tenprint.access._schema import sessions, users
from tenprint.access._times import from_micros, micros
from tenprint.access._words import joined, purposes_of, roles_of
from tenprint.model import ConflictError, InputError, NotFoundError, Purpose, Role

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")


@dataclass(frozen=True, slots=True)
class User:
    """A user; no secrets.

    Attributes
    ----------
    id : str
        Random, 32 hexadecimal digits.
    name : str
        To sign in with: 1 to 100 of ``a-z 0-9 . _ @ + -``, unlike any other user's.
    has_password, has_second_factor : bool
        Whether they are set up.
    """

    id: str
    name: str
    agency: str
    roles: frozenset[Role]
    purposes: frozenset[Purpose]
    active: bool
    has_password: bool
    has_second_factor: bool
    created: datetime


def add_user(
    connection: Connection,
    name: str,
    agency: str,
    *,
    roles: Iterable[Role],
    purposes: Iterable[Purpose],
    password_hash: str | None = None,
    now: datetime | None = None,
) -> User:
    """Add a user of an agency.

    Without a password the user gets one by a code (`issue_code`, `redeem_code`), or signs in
    elsewhere (`sign_in_elsewhere`).

    Parameters
    ----------
    password_hash : str, optional
        Of `hash_password`, which is slow on purpose: call it outside the transaction.

    Raises
    ------
    InputError
        If the name is none, or there are no roles or purposes.
    NotFoundError
        If there is no such agency.
    ConflictError
        If the name is taken.
    """
    name = name.strip().lower()
    if not _NAME.fullmatch(name):
        raise InputError("This is no user's name.", field="name")
    get_agency(connection, agency)
    row = {
        "id": secrets.token_hex(16),
        "name": name,
        "agency": agency,
        "roles": joined(roles, "roles"),
        "purposes": joined(purposes, "purposes"),
        "active": True,
        "password": password_hash,
        "totp_confirmed": False,
        "totp_step": 0,
        "recovery": "[]",
        "created": micros(now or datetime.now(UTC)),
    }
    try:
        with connection.begin_nested():
            connection.execute(insert(users), row)
    except IntegrityError:
        raise ConflictError("There is a user of this name.", field="name") from None
    return get_user(connection, name)


def get_user(connection: Connection, name: str) -> User:
    """One user, by name.

    Raises
    ------
    NotFoundError
    """
    row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
    if row is None:
        raise NotFoundError("There is no such user.", field="user")
    return _user(row)


def list_users(
    connection: Connection, agency: str | None = None, *, after: str = "", limit: int = 100
) -> list[User]:
    """Users by name, of one agency or of all, those behind `after`; at most `limit`."""
    query = select(users).where(users.c.name > after).order_by(users.c.name).limit(limit)
    if agency is not None:
        query = query.where(users.c.agency == agency)
    return [_user(row) for row in connection.execute(query)]


def set_user(
    connection: Connection,
    name: str,
    *,
    roles: Iterable[Role] | None = None,
    purposes: Iterable[Purpose] | None = None,
    active: bool | None = None,
) -> User:
    """Change what is given; the user as it is now. One who is made inactive is signed out.

    Raises
    ------
    NotFoundError, InputError
    """
    known = get_user(connection, name)
    values: dict[str, Any] = {}
    if roles is not None:
        values["roles"] = joined(roles, "roles")
    if purposes is not None:
        values["purposes"] = joined(purposes, "purposes")
    if active is not None:
        values["active"] = active
    if values:
        connection.execute(update(users).where(users.c.id == known.id).values(values))
    if active is False:
        end_sessions(connection, known.id)
    return get_user(connection, name)


def set_password(connection: Connection, name: str, password_hash: str) -> None:
    """Give a user another password (`hash_password`), and end all sessions.

    Raises
    ------
    NotFoundError
    """
    known = get_user(connection, name)
    values = {"password": password_hash}
    connection.execute(update(users).where(users.c.id == known.id).values(values))
    end_sessions(connection, known.id)


def end_sessions(connection: Connection, user_id: str) -> int:
    """Sign a user out everywhere; how many sessions there were."""
    return connection.execute(delete(sessions).where(sessions.c.user_id == user_id)).rowcount


def _user(row: Row[Any]) -> User:
    return User(
        row.id,
        row.name,
        row.agency,
        roles_of(row.roles),
        purposes_of(row.purposes),
        bool(row.active),
        row.password is not None,
        bool(row.totp_confirmed),
        from_micros(row.created),
    )
