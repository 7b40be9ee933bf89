"""The published keys of an issuer, from a file or an address, kept for a while."""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

import httpx
import jwt

from tenprint.model import InputError, ServiceUnavailableError

#: The most bytes of a key set, and seconds to wait for it.
MAX_BYTES = 1 << 20
TIMEOUT = 5.0

_FRESH = 3600.0  # keys are fetched again after an hour,
_AGAIN = 60.0  # after a minute for a key that isn't among them or a provider that didn't answer,
_STALE = 86_400.0  # and are good for a day where the provider doesn't answer.


class KeySet:
    """A JSON Web Key Set. Thread-safe; one thread fetches, the others wait for it.

    Parameters
    ----------
    where : str
        An ``https`` address, an ``http`` one on loopback, or a file.
    clock : callable
        Seconds of a clock that only goes forward.

    Raises
    ------
    InputError
        If the address is neither.
    """

    def __init__(self, where: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._where = where
        self._clock = clock
        self._lock = Lock()
        self._keys: list[jwt.PyJWK] = []
        self._fetched = self._tried = float("-inf")
        address = urlsplit(where)
        self._remote = "://" in where
        if self._remote and not (
            address.scheme == "https"
            or (address.scheme == "http" and _is_loopback(address.hostname or ""))
        ):
            raise InputError("Keys come by https, or from a file.", field="jwks")

    def find(self, name: object, algorithm: str) -> jwt.PyJWK | None:
        """The key of a name (``kid``) for an algorithm; without a name, the only one there is.

        Raises
        ------
        ServiceUnavailableError
            If the keys cannot be had, and none are kept that are younger than a day.
        """
        with self._lock:
            if self._clock() - self._fetched >= _FRESH:
                self._refresh()
            found = self._among(name, algorithm)
            if found is None:  # the provider may have changed its keys
                self._refresh()
                found = self._among(name, algorithm)
            return found

    def _among(self, name: object, algorithm: str) -> jwt.PyJWK | None:
        fit = [each for each in self._keys if each.algorithm_name == algorithm]
        if name is not None:
            fit = [each for each in fit if each.key_id == name]
        return fit[0] if len(fit) == 1 else None

    def _refresh(self) -> None:
        now = self._clock()
        if now - self._tried >= _AGAIN:
            self._tried = now
            try:
                self._keys = _parse(self._fetch() if self._remote else self._read())
                self._fetched = now
            except (OSError, httpx.HTTPError, ValueError, jwt.PyJWTError):
                pass  # what is kept is used for a while
        if now - self._fetched >= _STALE:
            self._keys = []
            raise ServiceUnavailableError("The issuer's keys cannot be had.", field="jwks")

    def _read(self) -> bytes:
        with Path(self._where).open("rb") as stream:
            return stream.read(MAX_BYTES + 1)

    def _fetch(self) -> bytes:
        body = b""
        deadline = time.monotonic() + 2 * TIMEOUT
        with (
            httpx.Client(timeout=TIMEOUT, follow_redirects=False) as client,
            client.stream("GET", self._where) as answer,
        ):
            answer.raise_for_status()
            if answer.status_code != httpx.codes.OK:
                raise ValueError
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > MAX_BYTES or time.monotonic() > deadline:
                    raise ValueError
        return body


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


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
