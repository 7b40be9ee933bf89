"""The published keys of an issuer, from a file or an address, kept for a while."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock

import jwt

from tenprint.access._discovery import MAX_BYTES, Discovery, check_address, fetch
from tenprint.access._kept import Kept
from tenprint.model import ServiceUnavailableError


class KeySet:
    """A JSON Web Key Set. Thread-safe; one thread fetches, the others wait for it.

    Fetched again at most once a minute for a key that is not among them.

    Parameters
    ----------
    where : str or Discovery
        An ``https`` address, an ``http`` one on loopback, or a file; or whose keys.
    clock : callable
        Seconds of a clock that only goes forward.

    Raises
    ------
    InputError
        If the address is neither.
    """

    def __init__(self, where: str | Discovery, clock: Callable[[], float] = time.monotonic) -> None:
        self._where = where
        self._lock = Lock()
        self._kept = Kept(lambda: _parse(self._read()), clock)
        if isinstance(where, str) and "://" in where:
            check_address(where, "jwks")

    def find(self, name: object, algorithm: str) -> jwt.PyJWK | None:
        """The key of a name (``kid``) for an algorithm; without a name, the only one there is.

        Raises
        ------
        ServiceUnavailableError
            If the keys cannot be had, and none are kept that are younger than a day.
        """
        with self._lock:
            found = self._among(name, algorithm)
            if found is None:  # the provider may have changed its keys
                found = self._among(name, algorithm, anew=True)
            return found

    def _among(self, name: object, algorithm: str, *, anew: bool = False) -> jwt.PyJWK | None:
        keys = self._kept.get(anew=anew)
        if keys is None:
            raise ServiceUnavailableError("The issuer's keys cannot be had.", field="jwks")
        fit = [each for each in keys if each.algorithm_name == algorithm]
        if name is not None:
            fit = [each for each in fit if each.key_id == name]
        return fit[0] if len(fit) == 1 else None

    def _read(self) -> bytes:
        where = self._where
        if isinstance(where, Discovery):
            where = where.metadata().keys
        if "://" in where:
            return fetch(where)
        with Path(where).open("rb") as stream:
            return stream.read(MAX_BYTES + 1)


def _parse(body: bytes) -> list[jwt.PyJWK]:
    """The public keys for signatures in a set; others are passed over."""
    if len(body) > MAX_BYTES:
        raise ValueError
    found = json.loads(body)
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise ValueError
    keys = []
    for each in found["keys"][:100]:
        if not isinstance(each, dict) or each.get("kty") == "oct" or each.get("use") == "enc":
            continue
        try:
            keys.append(jwt.PyJWK(each))
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue
    return keys
