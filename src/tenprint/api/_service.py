"""What every request needs: the desk, who asks, and how much they may ask."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, ParamSpec, TypeVar

import anyio
import anyio.to_thread
from starlette.requests import Request

from tenprint import audit
from tenprint.access import Authenticator, Caller, OidcIssuer, RateLimiter, TokenVerifier
from tenprint.api._metrics import Metrics
from tenprint.api._outbound import Rules, check_url
from tenprint.api._settings import Settings, is_loopback
from tenprint.desk import Desk
from tenprint.model import (
    AccessError,
    CredentialError,
    InputError,
    Purpose,
    RequestTooLargeError,
    Role,
    ServiceUnavailableError,
)

P = ParamSpec("P")
T = TypeVar("T")

#: Wrong credentials from one address: a second, and at once. More are answered 429 and not logged.
_WRONG_RATE, _WRONG_BURST = 0.5, 20.0

#: Requests that wait for an answer sleep in threads of their own, so many at once.
_WAITING = 512


class Service:
    """One running service.

    Attributes
    ----------
    desk : Desk
    settings : Settings
    rules : Rules
        Where the service's own requests may go.
    authenticator : Authenticator
    metrics : Metrics
    logger
        Takes structured events.
    ready : bool
        Whether requests should be sent here; false while stopping.
    """

    def __init__(self, desk: Desk, settings: Settings, metrics: Metrics, logger: Any) -> None:
        self.desk = desk
        self.settings = settings
        self.metrics = metrics
        self.logger = logger
        self.rules = Rules(
            frozenset(host.lower() for host in settings.allowed_hosts),
            settings.fetch_seconds,
            settings.fetch_bytes,
        )
        self.authenticator = make_authenticator(desk, settings)
        self.ready = True
        self._limiter = RateLimiter()
        self._threads = ThreadPoolExecutor(settings.threads, "answers")
        self._sleepers = anyio.CapacityLimiter(_WAITING)

    async def run(self, function: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
        """Call something that blocks, in a thread."""
        call = partial(copy_context().run, function, *arguments, **options)
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    async def run_on(
        self, function: Callable[P, Future[T]], *arguments: P.args, **options: P.kwargs
    ) -> T:
        """Call something that begins here or in a thread, and ends by itself, which needs none.

        Few threads are busy that way, however long a disk takes: whoever holds the writers' lock
        waits for all of them at the interpreter. Where another process looks up what is asked,
        beginning is only to ask it.
        """
        if self.desk.settings.lookup_process:
            return await asyncio.wrap_future(function(*arguments, **options))
        return await asyncio.wrap_future(await self.run(function, *arguments, **options))

    async def sleep_in(
        self, function: Callable[P, T], *arguments: P.args, **options: P.kwargs
    ) -> T:
        """Call something that mostly waits, apart from the threads that answer requests."""
        return await anyio.to_thread.run_sync(
            lambda: function(*arguments, **options), limiter=self._sleepers, abandon_on_cancel=True
        )

    async def caller(self, request: Request) -> Caller:
        """Who sends a request, within the agency's rate.

        Raises
        ------
        CredentialError, RateLimitError
        """
        secret = secret_of(request)
        if secret is None:
            raise CredentialError(
                "There is no credential.",
                remedy="Send an API key: Authorization: Bearer tp_... or X-API-Key.",
            )
        try:
            caller = self.authenticator.remembered(secret)
            if caller is None:
                caller = await self.run(self._authenticate, secret)
        except CredentialError as error:
            where = request.client.host if request.client else ""
            self._limiter.check(f"wrong:{where}", _WRONG_RATE, _WRONG_BURST)
            await self.run(self._log_wrong, error)
            raise
        request.scope["state"]["agency"] = caller.agency
        self._limiter.check(caller.agency, caller.rate, caller.burst)
        return caller

    def _authenticate(self, secret: str) -> Caller:
        if secret.startswith("tp_"):
            return self.authenticator.key(secret)
        return self.authenticator.bearer(secret)

    def _log_wrong(self, error: CredentialError) -> None:
        event = audit.Event(
            audit.EventKind.SIGN_IN_REFUSED,
            getattr(error, "agency", "") or "",
            getattr(error, "actor", "") or "",
            outcome="refused",
            detail={"reason": getattr(error, "reason", "") or "unknown", "by": "api"},
        )
        with self.desk.store.transaction() as connection:
            audit.append(connection, event)

    def need(self, caller: Caller, role: Role) -> None:
        """Refuse a caller without a role; the refusal is logged.

        Raises
        ------
        AccessError
        """
        if role in caller.roles:
            return
        event = audit.Event(
            audit.EventKind.DENIED,
            caller.agency,
            caller.actor,
            outcome="refused",
            detail={"role": role.value},
        )
        with self.desk.store.transaction() as connection:
            audit.append(connection, event)
        raise AccessError(f"This needs the role {role.value}.", field="role")

    def check_callback(self, caller: Caller, url: str) -> None:
        """Refuse an address to which this agency may not have answers sent.

        Raises
        ------
        InputError, AccessError
        """
        target = check_url(url, self.rules, "callback")
        hosts = caller.callback_hosts
        named = {target.host, f"{target.host}:{target.port}"}
        if hosts and not target.trusted and not named & hosts:
            raise AccessError(
                "The agency may not have answers sent to this host.", field="callback"
            )

    def check_ready(self) -> None:
        """Raise ServiceUnavailableError while the service stops."""
        if not self.ready:
            raise ServiceUnavailableError("The service is stopping.")


def make_authenticator(desk: Desk, settings: Settings) -> Authenticator:
    """What checks credentials, OIDC tokens included where an issuer is set."""
    rules = settings.sign_in_rules
    if settings.oidc_issuer is None:
        return Authenticator(desk.store, rules=rules)
    issuer = OidcIssuer(
        settings.oidc_issuer,
        settings.oidc_audience,
        settings.oidc_jwks,
        user_claim=settings.oidc_user_claim,
    )
    return Authenticator(desk.store, tokens=TokenVerifier([issuer]), rules=rules)


def secret_of(request: Request) -> str | None:
    """The credential of a request, None where there is none."""
    header = request.headers.get("authorization", "")
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer" and value.strip():
        return value.strip()
    return request.headers.get("x-api-key") or None


def purpose_of(caller: Caller, named: str | None) -> Purpose:
    """The purpose of a request: the one named, else the credential's only one.

    Raises
    ------
    InputError
        If it is none, or the credential has several and none is named.
    """
    if named:
        try:
            return Purpose(named)
        except ValueError:
            raise InputError(
                "There is no such purpose.",
                field="purpose",
                remedy=f"Use one of {', '.join(Purpose)}.",
            ) from None
    if len(caller.purposes) == 1:
        return next(iter(caller.purposes))
    raise InputError(
        "The credential is for several purposes and the request names none.",
        field="purpose",
        remedy="Name one in the body, or in the header X-Purpose.",
    )


async def body_of(request: Request, most: int) -> bytes:
    """The whole body, at most `most` bytes.

    Raises
    ------
    RequestTooLargeError
    """
    pieces, length = [], 0
    async for piece in request.stream():
        length += len(piece)
        if length > most:
            raise RequestTooLargeError(f"The body has more than {most} bytes.")
        pieces.append(piece)
    return b"".join(pieces)


def from_here(request: Request) -> bool:
    """Whether a request comes from this machine, and not through a proxy on it."""
    forwarded = "x-forwarded-for" in request.headers or "forwarded" in request.headers
    return request.client is not None and is_loopback(request.client.host) and not forwarded
