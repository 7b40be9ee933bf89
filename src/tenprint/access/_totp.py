"""Time-based one-time passwords, RFC 6238: HMAC-SHA-1, 30 seconds, six digits."""

from __future__ import annotations

import base64
import hmac
import os
from urllib.parse import quote

STEP = 30
DIGITS = 6
SECRET_BYTES = 20

#: Steps before and after the present one that count: clocks differ, and people type slowly.
_WINDOW = 1


def new_secret() -> bytes:
    """A secret of 160 random bits."""
    return os.urandom(SECRET_BYTES)


def one_time_password(secret: bytes, step: int) -> str:
    """The code of a time step: seconds since 1970 divided by 30."""
    digest = hmac.digest(secret, step.to_bytes(8), "sha1")
    at = digest[-1] & 0xF
    number = int.from_bytes(digest[at : at + 4]) & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def matching_step(secret: bytes, code: str, now: int, used: int) -> int | None:
    """The time step whose code this is, later than the last one used; None if there is none.

    Parameters
    ----------
    now : int
        Seconds since 1970.
    used : int
        The step of the last code that was accepted: none is accepted twice.
    """
    found = None
    given = code.encode("utf-8", "surrogatepass")
    for step in range(now // STEP - _WINDOW, now // STEP + _WINDOW + 1):
        right = hmac.compare_digest(one_time_password(secret, step).encode(), given)
        if right and step > used:
            found = step
    return found


def otpauth_address(secret: bytes, user: str, issuer: str = "tenprint") -> str:
    """The address that an authenticator app reads from a QR code."""
    label = quote(f"{issuer}:{user}")
    return f"otpauth://totp/{label}?secret={base32(secret)}&issuer={quote(issuer)}"


def base32(secret: bytes) -> str:
    """The secret as people type it."""
    return base64.b32encode(secret).decode().rstrip("=")
