"""API keys: 256 random bits each, of which only the SHA-256 is stored."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from tenprint.access._agencies import get_agency
from tenprint.access._schema import agencies, keys
from tenprint.access._times import from_micros, micros
from tenprint.access._types import AgencyKind, Caller
from tenprint.access._words import caller_limits, joined, purposes_of, roles_of
from tenprint.model import CredentialError, InputError, NotFoundError, Purpose, Role

_SECRET = re.compile(r"tp_([0-9a-f]{12})_([0-9a-f]{64})")
_NO_HASH = bytes(32)

MAX_LABEL = 100


@dataclass(frozen=True, slots=True)
class Key:
    """What is known of a key; not its secret.

    Attributes
    ----------
    id : str
        12 hexadecimal digits, the key's public beginning.
    """

    id: str
    agency: str
    label: str
    roles: frozenset[Role]
    purposes: frozenset[Purpose]
    created: datetime
    expires: datetime | None
    revoked: datetime | None


def add_key(
    connection: Connection,
    agency: str,
    *,
    label: str,
    roles: Iterable[Role],
    purposes: Iterable[Purpose],
    expires: datetime | None = None,
    now: datetime | None = None,
) -> tuple[Key, str]:
    """Make a key for an agency; what is known of it, and the secret, which is shown this once.

    The secret is ``tp_ID_`` and 64 hexadecimal digits.

    Raises
    ------
    NotFoundError
        If there is no such agency.
    InputError
        If the label is empty or longer than 100 characters, or there are no roles or purposes.
    """
    get_agency(connection, agency)
    if not 1 <= len(label) <= MAX_LABEL or not label.isprintable():
        raise InputError(f"A label has 1 to {MAX_LABEL} characters.", field="label")
    created = now or datetime.now(UTC)
    identifier, rest = secrets.token_hex(6), secrets.token_hex(32)
    secret = f"tp_{identifier}_{rest}"
    row = {
        "id": identifier,
        "secret_hash": sha256(secret.encode()).digest(),
        "agency": agency,
        "label": label,
        "roles": joined(roles, "roles"),
        "purposes": joined(purposes, "purposes"),
        "created": micros(created),
        "expires": None if expires is None else micros(expires),
    }
    connection.execute(insert(keys), row)
    return get_key(connection, identifier), secret


def get_key(connection: Connection, key: str) -> Key:
    """One key.

    Raises
    ------
    NotFoundError
    """
    row = connection.execute(select(keys).where(keys.c.id == key)).one_or_none()
    if row is None:
        raise NotFoundError("There is no such key.", field="key")
    return _key(row)


def list_keys(connection: Connection, agency: str) -> list[Key]:
    """The keys of an agency, the revoked ones too, oldest first."""
    query = select(keys).where(keys.c.agency == agency).order_by(keys.c.created, keys.c.id)
    return [_key(row) for row in connection.execute(query)]


def revoke_key(connection: Connection, key: str, *, now: datetime | None = None) -> Key:
    """Refuse a key from now on. Again changes nothing.

    Raises
    ------
    NotFoundError
    """
    known = get_key(connection, key)
    if known.revoked is None:
        moment = micros(now or datetime.now(UTC))
        connection.execute(update(keys).where(keys.c.id == key).values(revoked=moment))
    return get_key(connection, key)


_FIND = (
    select(
        keys.c.secret_hash,
        keys.c.roles,
        keys.c.purposes,
        keys.c.expires,
        keys.c.revoked,
        agencies.c.id,
        agencies.c.kind,
        agencies.c.active,
        agencies.c.rate,
        agencies.c.burst,
        agencies.c.callback_hosts,
    )
    .join(agencies, agencies.c.id == keys.c.agency)
    .where(keys.c.id == bindparam("key"))
)


def authenticate_key(connection: Connection, secret: str, *, now: datetime | None = None) -> Caller:
    """Whose key this is. One query; `Authenticator.key` asks the database less often.

    Raises
    ------
    CredentialError
        The message is the same whatever was wrong; `reason` says it for the audit log:
        ``malformed``, ``unknown``, ``revoked``, ``expired`` or ``inactive``.
    """
    found = _SECRET.fullmatch(secret)
    if found is None:
        raise CredentialError(reason="malformed")
    row = connection.execute(_FIND, {"key": found[1]}).one_or_none()
    known = _NO_HASH if row is None else row.secret_hash
    right = hmac.compare_digest(sha256(secret.encode()).digest(), known)
    if row is None or not right:
        raise CredentialError(reason="unknown")
    moment = micros(now or datetime.now(UTC))
    reason = ""
    if row.revoked is not None:
        reason = "revoked"
    elif row.expires is not None and row.expires <= moment:
        reason = "expired"
    elif not row.active:
        reason = "inactive"
    if reason:
        raise CredentialError(reason=reason, agency=row.id, actor=f"key:{found[1]}")
    return Caller(
        agency=row.id,
        kind=AgencyKind(row.kind),
        user=None,
        credential=f"key:{found[1]}",
        roles=roles_of(row.roles),
        purposes=purposes_of(row.purposes),
        **caller_limits(row),
    )


def _key(row: Row[Any]) -> Key:
    return Key(
        row.id,
        row.agency,
        row.label,
        roles_of(row.roles),
        purposes_of(row.purposes),
        from_micros(row.created),
        None if row.expires is None else from_micros(row.expires),
        None if row.revoked is None else from_micros(row.revoked),
    )
