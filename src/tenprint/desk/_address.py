"""Where answers may be sent: https to public addresses, or where the operator allows it.

A name is resolved once and the connection goes to the address that was checked, so that a name
server cannot answer differently the second time (DNS rebinding). Redirects are not followed.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from tenprint.model import AccessError, InputError, ServiceUnavailableError

#: The longest address.
MAX_URL = 2000

#: Gives the addresses of a host and port.
Resolve = Callable[[str, int], list[str]]


def resolve(host: str, port: int) -> list[str]:
    """What the system's resolver says.

    Raises
    ------
    ServiceUnavailableError
        If it knows no address.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ServiceUnavailableError("The host has no address.", field="callback") from None
    return list(dict.fromkeys(str(each[4][0]) for each in found))


@dataclass(frozen=True)
class Target:
    """An address that was checked.

    Attributes
    ----------
    url : str
        As given.
    scheme, host, path : str
    port : int
    address : str
        The one that is connected to.
    """

    url: str
    scheme: str
    host: str
    port: int
    path: str
    address: str = ""


def check_address(url: str, allowed: Collection[str] = (), only: Collection[str] = ()) -> Target:
    """Whether an address may be used at all; nothing is resolved.

    Parameters
    ----------
    allowed : collection of str
        ``host`` or ``host:port`` that may be http, and lie on private networks.
    only : collection of str
        If not empty, no other hosts.

    Raises
    ------
    InputError
        If it is no such address.
    AccessError
        If it may not be used.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip(".").lower(), parts.port
    except ValueError:
        raise InputError("The address cannot be read.", field="callback") from None
    if len(url) > MAX_URL or any(ord(c) <= 32 or ord(c) > 126 for c in url):
        raise InputError("The address cannot be read.", field="callback")
    if parts.scheme not in ("http", "https") or not host:
        raise InputError("The address is not https.", field="callback")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise InputError("The address holds a password or fragment.", field="callback")
    port = port or (443 if parts.scheme == "https" else 80)
    free = _among(host, port, allowed)
    if only and not (_among(host, port, only) or free):
        raise AccessError("The agency may not have answers sent to this host.", field="callback")
    if parts.scheme != "https" and not free:
        raise InputError("The address is not https.", field="callback")
    path = parts.path or "/"
    target = Target(
        url, parts.scheme, host, port, path + (f"?{parts.query}" if parts.query else "")
    )
    literal = _literal(host)
    if literal is not None and not free:
        _refuse_internal(literal)
    return target


def pinned(target: Target, allowed: Collection[str] = (), how: Resolve = resolve) -> Target:
    """The target with an address to connect to, all of whose host's addresses were checked.

    Raises
    ------
    AccessError
        If one of them is not public.
    ServiceUnavailableError
        If there is none.
    """
    found = how(target.host, target.port)
    if not found:
        raise ServiceUnavailableError("The host has no address.", field="callback")
    if not _among(target.host, target.port, allowed):
        for each in found:
            literal = _literal(each)
            if literal is None:
                raise AccessError("The host's address is not public.", field="callback")
            _refuse_internal(literal)
    return Target(target.url, target.scheme, target.host, target.port, target.path, found[0])


def _among(host: str, port: int, hosts: Collection[str]) -> bool:
    bracketed = f"[{host}]" if ":" in host else host
    return bool({host, f"{bracketed}:{port}"} & {each.lower() for each in hosts})


def _literal(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is, also in the old forms (decimal, octal) that libc reads."""
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def _refuse_internal(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and address in ipaddress.IPv6Network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            _refuse_internal(inner)
    if not address.is_global or address.is_multicast:
        raise AccessError("The host's address is not public.", field="callback")
