"""Signing in with a password and a second factor. (Signatures; the bodies follow.)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from tenprint.access._types import Caller
from tenprint.access._users import User
from tenprint.store import TruthStore


@dataclass(frozen=True, slots=True)
class Session:
    """A session: its token, which is the credential, and who it is."""

    token: str
    caller: Caller
    expires: datetime


def sign_in(
    store: TruthStore, name: str, password: str, code: str = "", *, now: datetime | None = None
) -> Session:
    """Check password and code; logs the event itself. Raises CredentialError."""
    raise NotImplementedError


def unlock(store: TruthStore, token: str, password: str, *, now: datetime | None = None) -> Session:
    """Go on with a session that was locked because it was idle. Raises CredentialError."""
    raise NotImplementedError


def sign_out(connection: Connection, token: str) -> None:
    """End a session."""
    raise NotImplementedError


def authenticate_session(
    connection: Connection, token: str, *, now: datetime | None = None
) -> Caller:
    """Whose session this is; reads only. Raises CredentialError."""
    raise NotImplementedError


def new_second_factor(connection: Connection, name: str) -> tuple[str, str]:
    """Give a user a new secret; it in base 32, and as an otpauth address."""
    raise NotImplementedError


def confirm_second_factor(
    connection: Connection, name: str, code: str, *, now: datetime | None = None
) -> list[str]:
    """Take the new secret into use once its first code is right; ten recovery codes."""
    raise NotImplementedError


def first_start(connection: Connection, *, now: datetime | None = None) -> str | None:
    """A one-time administrator code, where there is no administrator yet; else None."""
    raise NotImplementedError


def issue_code(connection: Connection, name: str, *, now: datetime | None = None) -> str:
    """A one-time code by which a user sets a (new) password."""
    raise NotImplementedError


def redeem_code(
    connection: Connection,
    code: str,
    password_hash: str,
    *,
    name: str | None = None,
    now: datetime | None = None,
) -> User:
    """Set the password a code stands for; with the first one, `name` becomes administrator."""
    raise NotImplementedError


class Authenticator:
    """Checks credentials, asking the database at most every two seconds for each. Thread-safe.

    Every method raises CredentialError.
    """

    def __init__(self, store: TruthStore) -> None:
        raise NotImplementedError

    def key(self, secret: str) -> Caller:
        """Whose API key this is."""
        raise NotImplementedError

    def session(self, token: str) -> Caller:
        """Whose session this is; it is in use, so the idle time starts again."""
        raise NotImplementedError

    def bearer(self, token: str) -> Caller:
        """Who an OIDC bearer token speaks for."""
        raise NotImplementedError

    def forget(self) -> None:
        """Ask the database about every credential again."""
        raise NotImplementedError
