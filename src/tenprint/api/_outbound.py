"""Requests that the service makes itself: callbacks and references, by rules against abuse.

An address that a client names must not reach what only the service can reach (server-side request
forgery, OWASP 2021 A10). So: https, no user names in it, every address that the name resolves to
must be public, and the connection goes to the very address that was checked (no second look-up).
Redirects are not followed, sizes and times are limited, proxies of the environment are not used.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlencode, urlsplit

import httpx

from tenprint.model import InputError

_DEFAULT_PORTS = {"https": 443, "http": 80}
_LONGEST = 2000

#: IPv6 ranges that carry an IPv4 address inside: NAT64 and 6to4 (RFC 6052, RFC 3056).
_CARRIERS = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")))


@dataclass(frozen=True)
class Rules:
    """Where requests may go.

    Attributes
    ----------
    allowed : frozenset of str
        ``host`` or ``host:port`` that the operator trusts: plain http and inner addresses too.
    seconds : float
        The longest that one request takes, from look-up to last byte.
    most_bytes : int
        The most bytes of a body that is read.
    """

    allowed: frozenset[str] = frozenset()
    seconds: float = 10.0
    most_bytes: int = 16 << 20

    def trusts(self, host: str, port: int) -> bool:
        """Whether the operator named this host."""
        return host in self.allowed or f"{host}:{port}" in self.allowed


@dataclass(frozen=True)
class Target:
    """An address that passed the rules as far as can be told without looking up its name."""

    scheme: str
    host: str
    port: int
    path: str
    trusted: bool


def check_url(url: str, rules: Rules, field: str) -> Target:
    """Look at an address before anything is done with it.

    Raises
    ------
    InputError
        If it is none, or one that the rules forbid; the message does not repeat it.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InputError("This is no web address.", field=field) from None
    host = (parts.hostname or "").rstrip(".").lower()
    if len(url) > _LONGEST or parts.scheme not in _DEFAULT_PORTS or not host or not url.isascii():
        raise InputError("This is no web address of http or https.", field=field)
    if any(character <= " " or character == "\x7f" or character == "\\" for character in url):
        raise InputError("The web address holds spaces or control characters.", field=field)
    if parts.username is not None or parts.password is not None:
        raise InputError("The web address holds a user name.", field=field)
    port = port or _DEFAULT_PORTS[parts.scheme]
    trusted = rules.trusts(host, port)
    if parts.scheme != "https" and not trusted:
        raise InputError(
            "The web address is not https.",
            field=field,
            remedy="Use https, or have the operator allow the host.",
        )
    if not trusted:
        literal = _literal(host)
        if literal is not None and not is_public(literal):
            raise _inner(field)
    return Target(parts.scheme, host, port, _path(parts), trusted)


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, and to one machine of it."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if any(found in network for network in _CARRIERS):
            return False
    return found.is_global and not found.is_multicast


async def resolve(target: Target, field: str) -> list[str]:
    """The addresses to connect to, one after the other; all of them are allowed.

    Raises
    ------
    InputError
        If the name is not known, or leads inside.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise InputError("The host's name is not known.", field=field) from None
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not (target.trusted or all(map(is_public, addresses))):
        raise _inner(field)
    return list(dict.fromkeys(addresses))


async def send(
    method: str,
    url: str,
    rules: Rules,
    *,
    field: str,
    query: Sequence[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
) -> tuple[int, bytes]:
    """One request by the rules; its status and body.

    Raises
    ------
    InputError
        If the rules forbid it, the other side does not answer in time, cannot be reached, answers
        with too many bytes or a redirect. The message says which, without the address.
    """
    target = check_url(url, rules, field)
    try:
        async with asyncio.timeout(rules.seconds):
            *others, last = await resolve(target, field)
            asked = (rules, field, query, headers, content)
            for address in others:
                with contextlib.suppress(httpx.ConnectError):  # the next one may be reachable
                    return await _exchange(method, target, address, *asked)
            return await _exchange(method, target, last, *asked)
    except (TimeoutError, httpx.TimeoutException):
        raise InputError("The other side did not answer in time.", field=field) from None
    except (httpx.HTTPError, OSError):
        raise InputError("The other side cannot be reached.", field=field) from None


async def _exchange(
    method: str,
    target: Target,
    address: str,
    rules: Rules,
    field: str,
    query: Sequence[tuple[str, str]],
    headers: Mapping[str, str] | None,
    content: bytes | None,
) -> tuple[int, bytes]:
    named = f"[{target.host}]" if ":" in target.host else target.host
    default = _DEFAULT_PORTS[target.scheme] == target.port
    place = f"[{address}]" if ":" in address else address
    added = urlencode(query)
    path = target.path + (("&" if "?" in target.path else "?") + added if added else "")
    url = f"{target.scheme}://{place}:{target.port}{path}"
    sent = {
        "User-Agent": "tenprint",
        **(headers or {}),
        "Host": named if default else f"{named}:{target.port}",
    }
    # The name is checked against the certificate although the connection goes to the address.
    extensions = {"sni_hostname": target.host}
    async with (
        httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=rules.seconds) as client,
        client.stream(
            method, url, headers=sent, content=content, extensions=extensions
        ) as response,
    ):
        if response.is_redirect or 300 <= response.status_code < 400:
            raise InputError("The other side redirects, which is not followed.", field=field)
        body = bytearray()
        async for piece in response.aiter_raw():
            body += piece
            if len(body) > rules.most_bytes:
                raise InputError(
                    f"The other side sends more than {rules.most_bytes} bytes.", field=field
                )
        return response.status_code, bytes(body)


def fetch(url: str, rules: Rules, field: str) -> bytes:
    """The bytes behind a reference; for threads that have no event loop.

    Raises
    ------
    InputError
        As `send`, and if the other side answers with anything but 200.
    """
    status, body = asyncio.run(
        send("GET", url, rules, field=field, headers={"Accept-Encoding": "identity"})
    )
    if status != 200:
        raise InputError(f"The other side answers with status {status}.", field=field)
    return body


def _literal(host: str) -> str | None:
    try:
        return str(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return None


def _path(parts: SplitResult) -> str:
    path = parts.path or "/"
    return f"{path}?{parts.query}" if parts.query else path


def _inner(field: str) -> InputError:
    return InputError(
        "The web address leads to a private network or to this machine.",
        field=field,
        remedy="Use a public address, or have the operator allow the host.",
    )
