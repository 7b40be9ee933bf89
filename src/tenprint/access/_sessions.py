"""Sessions of users: a token of 256 random bits, of which the SHA-256 is stored."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from tenprint.access._rules import DEFAULT_RULES, SignInRules
from tenprint.access._schema import agencies, sessions, users
from tenprint.access._times import from_micros, micros
from tenprint.access._types import AgencyKind, Caller
from tenprint.access._words import caller_limits, purposes_of, roles_of
from tenprint.model import CredentialError

_TOKEN = re.compile(r"ts_[0-9a-f]{64}")

#: Use of a session is written down at most this often.
_TOUCH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Session:
    """A session that was just begun or unlocked.

    Attributes
    ----------
    token : str
        The credential: ``ts_`` and 64 hexadecimal digits. It is shown nowhere again.
    caller : Caller
    expires : datetime
        When it ends, whatever is done.
    """

    token: str
    caller: Caller
    expires: datetime


_FIND = (
    select(
        sessions.c.seen,
        sessions.c.expires,
        sessions.c.second_factor,
        users.c.name,
        users.c.active,
        users.c.roles,
        users.c.purposes,
        agencies.c.id,
        agencies.c.kind,
        agencies.c.active.label("agency_active"),
        agencies.c.rate,
        agencies.c.burst,
        agencies.c.callback_hosts,
    )
    .join(users, users.c.id == sessions.c.user_id)
    .join(agencies, agencies.c.id == users.c.agency)
    .where(sessions.c.token_hash == bindparam("token"))
)


def token_hash(token: str) -> bytes:
    """By what a session is found.

    Raises
    ------
    CredentialError
        If this is no token at all.
    """
    if not _TOKEN.fullmatch(token):
        raise CredentialError(reason="malformed")
    return sha256(token.encode()).digest()


def begin_session(
    connection: Connection, user_id: str, second_factor: bool, rules: SignInRules, now: datetime
) -> Session:
    """Begin a session of a user who was checked; removes the user's expired ones."""
    mine = sessions.c.user_id == user_id
    connection.execute(delete(sessions).where(mine, sessions.c.expires <= micros(now)))
    token = f"ts_{secrets.token_hex(32)}"
    expires = now + rules.session
    row = {
        "token_hash": token_hash(token),
        "user_id": user_id,
        "second_factor": second_factor,
        "created": micros(now),
        "seen": micros(now),
        "expires": micros(expires),
    }
    connection.execute(insert(sessions), row)
    caller = authenticate_session(connection, token, rules=rules, now=now)
    return Session(token, caller, expires)


def authenticate_session(
    connection: Connection,
    token: str,
    *,
    rules: SignInRules = DEFAULT_RULES,
    now: datetime | None = None,
) -> Caller:
    """Whose session this is; only reads.

    Raises
    ------
    CredentialError
        `reason` is ``malformed``, ``unknown``, ``expired``, ``inactive``, or ``idle``: then
        `unlock` goes on with it.
    """
    row = find_session(connection, token)
    moment = now or datetime.now(UTC)
    reason = ""
    if row.expires <= micros(moment):
        reason = "expired"
    elif not (row.active and row.agency_active):
        reason = "inactive"
    elif row.seen < micros(moment - rules.idle):
        reason = "idle"
    if reason:
        raise CredentialError(reason=reason, agency=row.id, actor=row.name)
    return session_caller(row, rules)


def find_session(connection: Connection, token: str) -> Any:
    """The row of a session with its user and agency; CredentialError where there is none."""
    row = connection.execute(_FIND, {"token": token_hash(token)}).one_or_none()
    if row is None:
        raise CredentialError(reason="unknown")
    return row


def session_caller(row: Any, rules: SignInRules) -> Caller:
    """What a session stands for."""
    missing = rules.second_factor and not row.second_factor
    return Caller(
        agency=row.id,
        kind=AgencyKind(row.kind),
        user=row.name,
        credential=f"session:{row.name}",
        roles=frozenset() if missing else roles_of(row.roles),
        purposes=purposes_of(row.purposes),
        second_factor_missing=missing,
        **caller_limits(row),
    )


def touch_session(connection: Connection, token: str, *, now: datetime | None = None) -> None:
    """Write down that a session is in use, if that was not done in the last minute."""
    moment = now or datetime.now(UTC)
    mine = (sessions.c.token_hash == token_hash(token)) & (
        sessions.c.seen < micros(moment - _TOUCH)
    )
    connection.execute(update(sessions).where(mine).values(seen=micros(moment)))


def lock_session(connection: Connection, token: str) -> None:
    """Lock a session as if it had been idle: its user leaves the desk."""
    mine = sessions.c.token_hash == token_hash(token)
    connection.execute(update(sessions).where(mine).values(seen=0))


def sign_out(connection: Connection, token: str) -> None:
    """End a session; one that there isn't is no error."""
    connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash(token)))


def renew_session(connection: Connection, token: str, rules: SignInRules, now: datetime) -> Session:
    """Go on with an idle session whose user was checked again."""
    mine = sessions.c.token_hash == token_hash(token)
    connection.execute(update(sessions).where(mine).values(seen=micros(now)))
    caller = authenticate_session(connection, token, rules=rules, now=now)
    return Session(token, caller, from_micros(find_session(connection, token).expires))
