"""Setting up the second factor, and its recovery codes."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, select, update

from tenprint.access._schema import sessions, users
from tenprint.access._sessions import token_hash
from tenprint.access._totp import base32, matching_step, new_secret, otpauth_address
from tenprint.access._users import end_sessions, get_user
from tenprint.model import ConflictError, CredentialError

RECOVERY_CODES = 10
_CODE_BYTES = 10  # 80 random bits: nobody guesses them, so a plain hash is enough


def new_second_factor(connection: Connection, name: str) -> tuple[str, str]:
    """Give a user a new secret, which is not in use before `confirm_second_factor`.

    Returns
    -------
    (str, str)
        The secret in base 32, to type in; and as an ``otpauth://`` address, for a QR code.

    Raises
    ------
    NotFoundError
    ConflictError
        If there is a second factor already: an administrator removes it first
        (`reset_second_factor`).
    """
    known = get_user(connection, name)
    if known.has_second_factor:
        raise ConflictError("There is a second factor already.", field="user")
    secret = new_secret()
    values = {"totp_secret": secret, "totp_step": 0}
    connection.execute(update(users).where(users.c.id == known.id).values(values))
    return base32(secret), otpauth_address(secret, name)


def confirm_second_factor(
    connection: Connection,
    name: str,
    code: str,
    *,
    token: str | None = None,
    now: datetime | None = None,
) -> list[str]:
    """Take the new secret into use, by the first code of it; ten recovery codes, shown this once.

    Each recovery code stands in for one code of the second factor. Other sessions of the user end.

    Parameters
    ----------
    token : str, optional
        The session in which this happens: it has all the user's roles from now on.

    Raises
    ------
    NotFoundError
    CredentialError
        If the code is wrong, or no secret was given out.
    """
    known = get_user(connection, name)
    row = connection.execute(select(users).where(users.c.id == known.id).with_for_update()).one()
    seconds = int((now or datetime.now(UTC)).timestamp())
    step = None
    if row.totp_secret is not None and not row.totp_confirmed:
        step = matching_step(bytes(row.totp_secret), code, seconds, row.totp_step)
    if step is None:
        raise CredentialError(reason="code", agency=known.agency, actor=name)
    codes = [_code() for _ in range(RECOVERY_CODES)]
    values = {
        "totp_confirmed": True,
        "totp_step": step,
        "recovery": json.dumps([_hash(each) for each in codes]),
    }
    connection.execute(update(users).where(users.c.id == known.id).values(values))
    if token is None:
        end_sessions(connection, known.id)
    else:
        this = sessions.c.token_hash == token_hash(token)
        mine = sessions.c.user_id == known.id
        connection.execute(delete(sessions).where(mine, ~this))
        connection.execute(update(sessions).where(mine, this).values(second_factor=True))
    return codes


def reset_second_factor(connection: Connection, name: str) -> None:
    """Remove a user's second factor and end all sessions: the device is lost.

    Raises
    ------
    NotFoundError
    """
    known = get_user(connection, name)
    values = {"totp_secret": None, "totp_confirmed": False, "recovery": "[]"}
    connection.execute(update(users).where(users.c.id == known.id).values(values))
    end_sessions(connection, known.id)


def use_code(connection: Connection, row: Any, code: str, now: datetime) -> bool:
    """Whether a code of the second factor, or a recovery code, is right; uses it up if it is."""
    step = matching_step(bytes(row.totp_secret), code, int(now.timestamp()), row.totp_step)
    given = _hash(code)
    kept = json.loads(row.recovery)
    left = [each for each in kept if not hmac.compare_digest(each, given)]
    if step is not None:
        connection.execute(update(users).where(users.c.id == row.id).values(totp_step=step))
        return True
    if len(left) < len(kept):
        values = {"recovery": json.dumps(left)}
        connection.execute(update(users).where(users.c.id == row.id).values(values))
        return True
    return False


def _code() -> str:
    text = base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode().lower()
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _hash(code: str) -> str:
    plain = code.strip().lower().replace("-", "").replace(" ", "")
    return sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()
