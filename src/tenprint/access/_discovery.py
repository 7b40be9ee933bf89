"""What an OpenID Connect provider says of itself, fetched from it and kept for a while.

OpenID Connect Discovery 1.0, section 4: the document lies at the issuer's address, followed by
``/.well-known/openid-configuration``.
"""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

import httpx

from tenprint.access._kept import Kept
from tenprint.model import InputError, ServiceUnavailableError

#: The most bytes of a document, and seconds to wait for it.
MAX_BYTES = 1 << 20
TIMEOUT = 5.0

_WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class ProviderMetadata:
    """Where a provider's parts are.

    Attributes
    ----------
    authorization, token, keys : str
        Where browsers are sent to sign in, where codes are exchanged, and the JWKS document.
    basic : bool
        Whether a client's secret goes into the header of a request for tokens, not its body.
    """

    authorization: str
    token: str
    keys: str
    basic: bool


class Discovery:
    """A provider's metadata. Thread-safe; one thread fetches, the others wait for it.

    Parameters
    ----------
    issuer : str
        An ``https`` address, or an ``http`` one on loopback.
    clock : callable
        Seconds of a clock that only goes forward.

    Raises
    ------
    InputError
        If the address is neither.
    """

    def __init__(self, issuer: str, clock: Callable[[], float] = time.monotonic) -> None:
        check_address(issuer, "oidc_issuer")
        self._issuer = issuer
        self._lock = Lock()
        self._kept = Kept(self._read, clock)

    def metadata(self) -> ProviderMetadata:
        """What the provider says of itself.

        Raises
        ------
        ServiceUnavailableError
            If it cannot be had, or is not this issuer's, and none is kept that is younger than a
            day.
        """
        with self._lock:
            found = self._kept.get()
        if found is None:
            raise ServiceUnavailableError("The provider cannot be reached.", field="oidc_issuer")
        return found

    def _read(self) -> ProviderMetadata:
        found = json.loads(fetch(self._issuer.rstrip("/") + _WELL_KNOWN))
        if not isinstance(found, dict) or found.get("issuer") != self._issuer:
            raise ValueError
        methods = found.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return ProviderMetadata(
            _address(found, "authorization_endpoint"),
            _address(found, "token_endpoint"),
            _address(found, "jwks_uri"),
            isinstance(methods, list) and "client_secret_basic" in methods,
        )


def _address(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str):
        raise ValueError
    check_address(value, name)
    return value


def fetch(where: str) -> bytes:
    """The body at an address, at most `MAX_BYTES`; redirects are not followed.

    Raises
    ------
    httpx.HTTPError, ValueError
        If it cannot be had, is too long, or takes too long.
    """
    with (
        httpx.Client(timeout=TIMEOUT, follow_redirects=False) as client,
        client.stream("GET", where) as answer,
    ):
        answer.raise_for_status()
        if answer.status_code != httpx.codes.OK:
            raise ValueError
        return read_body(answer)


def read_body(answer: httpx.Response) -> bytes:
    """The rest of an answer, at most `MAX_BYTES` and within twice `TIMEOUT`.

    Raises
    ------
    httpx.HTTPError, ValueError
    """
    body = b""
    deadline = time.monotonic() + 2 * TIMEOUT
    for piece in answer.iter_bytes():
        body += piece
        if len(body) > MAX_BYTES or time.monotonic() > deadline:
            raise ValueError
    return body


def check_address(where: str, field: str) -> None:
    """Refuse what is neither an ``https`` address nor an ``http`` one on loopback.

    Raises
    ------
    InputError
    """
    address = urlsplit(where)
    host = address.hostname or ""
    if not host or not (
        address.scheme == "https" or (address.scheme == "http" and _is_loopback(host))
    ):
        raise InputError("This is no https address.", field=field)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
