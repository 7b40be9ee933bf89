"""Passwords, kept as scrypt (RFC 7914) with a salt and their cost."""

from __future__ import annotations

import hashlib
import hmac
import os
import unicodedata
from threading import BoundedSemaphore

from tenprint.model import InputError

#: scrypt's cost: 32 MiB and about a fifth of a second.
_LOG_N, _R, _P = 15, 8, 3
_SALT, _HASH = 16, 32

LEAST_PASSWORD = 12
MAX_PASSWORD = 200

# Whoever tries many passwords at once waits here, instead of filling memory and all processors.
_turns = BoundedSemaphore(2)


def hash_password(password: str, *, name: str = "") -> str:
    """A password as it is stored; takes about a fifth of a second, so not inside a transaction.

    Raises
    ------
    InputError
        If it has fewer than 12 or more than 200 characters, holds the user's `name`, or repeats
        fewer than five different characters.
    """
    if not LEAST_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise InputError(
            f"A password has {LEAST_PASSWORD} to {MAX_PASSWORD} characters.", field="password"
        )
    if len(set(password)) < 5 or (len(name) >= 4 and name.lower() in password.lower()):
        raise InputError("This password is easily guessed.", field="password")
    salt = os.urandom(_SALT)
    key = _scrypt(password, salt, _LOG_N, _R, _P)
    return f"scrypt${_LOG_N}${_R}${_P}${salt.hex()}${key.hex()}"


def password_matches(password: str, stored: str | None) -> bool:
    """Whether it is the password; takes as long where none is stored."""
    try:
        scheme, log_n, r, p, salt, key = (stored or "").split("$")
        cost, wanted = (int(log_n), int(r), int(p)), bytes.fromhex(key)
        known = scheme == "scrypt"
    except ValueError:
        known = False
    if not known:
        cost, salt, wanted = (_LOG_N, _R, _P), "00" * _SALT, bytes(_HASH)
    found = _scrypt(password[:MAX_PASSWORD], bytes.fromhex(salt), *cost)
    return hmac.compare_digest(found, wanted) and known and len(password) <= MAX_PASSWORD


def _scrypt(password: str, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    # The same letters typed on different keyboards are the same password.
    text = unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
    memory = 128 * r * ((1 << log_n) + p + 2) + (1 << 20)
    with _turns:
        return hashlib.scrypt(text, salt=salt, n=1 << log_n, r=r, p=p, maxmem=memory, dklen=_HASH)
