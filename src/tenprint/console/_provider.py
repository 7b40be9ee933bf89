"""Signing in at an OpenID Connect provider, where the operator has set one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime

from cryptography.fernet import Fernet, InvalidToken
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tenprint import audit
from tenprint.access import Attempt, Provider, RateLimiter, Session, sign_in_elsewhere
from tenprint.api import Settings
from tenprint.console._endpoint import Endpoint
from tenprint.console._web import HEADERS, Web, our_page
from tenprint.model import CredentialError, InputError, TenprintError

_START, _BACK = "/sign-in/provider", "/sign-in/provider/back"

#: Holds one attempt while the browser is at the provider, and for so many seconds.
_COOKIE, _SECONDS = "tenprint_attempt", 600

#: Attempts from one address: a second, and at once. Each asks the provider something.
_RATE, _BURST = 5.0, 60.0


def make_provider(settings: Settings) -> Provider | None:
    """Where people sign in to the console, besides its own form; None where that is not set.

    Raises
    ------
    InputError
        If the client is set without the issuer, or without the service's own address.
    """
    if settings.oidc_client_id is None:
        return None
    if settings.oidc_issuer is None:
        raise InputError("Signing in by OIDC needs an issuer.", field="oidc_issuer")
    if settings.public_url is None:
        raise InputError(
            "Signing in by OIDC needs the address that browsers use.",
            field="public_url",
            remedy="Set TENPRINT_PUBLIC_URL, such as https://tenprint.example.",
        )
    secret = settings.oidc_client_secret
    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        None if secret is None else secret.get_secret_value(),
        settings.public_url.rstrip("/") + _BACK,
        jwks=settings.oidc_jwks,
        user_claim=settings.oidc_user_claim,
        vouches=settings.oidc_second_factor,
    )


class ByProvider:
    """The two addresses of signing in elsewhere: away, and back.

    What binds the two lies with the browser, in a cookie that nobody else can read or make: state,
    nonce, the code's verifier and the page to go on to. It is good for ten minutes and, as its key
    is this process's, until a restart.
    """

    def __init__(self, web: Web, provider: Provider) -> None:
        self._web = web
        self._provider = provider
        self._box = Fernet(Fernet.generate_key())
        self._limiter = RateLimiter()

    def routes(self) -> list[Route]:
        """Their addresses."""
        return [
            Route(_START, self._answering(self._leave)),
            Route(_BACK, self._answering(self._return)),
        ]

    def _answering(self, act: Callable[[Request], Response]) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            try:
                where = request.client.host if request.client else ""
                self._limiter.check(where, _RATE, _BURST)
                response = await run_in_threadpool(act, request)
            except TenprintError as error:
                response = self._web.failed(request, error)
            if request.url.path == _BACK:  # one attempt, one return
                response.delete_cookie(_COOKIE, path=_START)
            return response

        return endpoint

    def _leave(self, request: Request) -> Response:
        where, attempt = self._provider.begin()
        kept = {**asdict(attempt), "next": our_page(request.query_params.get("next"))}
        response = RedirectResponse(where, 303, headers=HEADERS)
        # Lax: the provider's page sends the browser back, and a strict cookie would stay away.
        response.set_cookie(
            _COOKIE, self._box.encrypt(json.dumps(kept).encode()).decode(), max_age=_SECONDS,
            httponly=True, samesite="lax", secure=self._web.secure, path=_START,
        )  # fmt: skip
        return response

    def _return(self, request: Request) -> Response:
        try:
            opened = self._box.decrypt(request.cookies.get(_COOKIE, ""), ttl=_SECONDS)
        except InvalidToken:
            raise CredentialError(
                "This browser did not begin to sign in here, or too long ago.",
                remedy="Begin again at /sign-in.",
            ) from None
        kept = json.loads(opened)
        target = kept.pop("next")
        session = self._begin(Attempt(**kept), dict(request.query_params))
        # A redirect would still be the provider's doing, on which a browser sends no strict cookie.
        response = self._web.page(request, "signed-in.html", {"next": target})
        self._web.keep(
            response, session.token, (session.expires - datetime.now(UTC)).total_seconds()
        )
        return response

    def _begin(self, attempt: Attempt, given: dict[str, str]) -> Session:
        store, rules = self._web.desk.store, self._web.rules
        try:
            found = self._provider.finish(attempt, given)
        except CredentialError as error:
            event = audit.Event(
                audit.EventKind.SIGN_IN_REFUSED, "", "unknown", outcome=error.reason
            )
            with store.transaction() as connection:
                audit.append(connection, event)
            raise CredentialError(
                "The provider did not sign you in.", remedy="Begin again at /sign-in."
            ) from error
        return sign_in_elsewhere(store, found.user, second_factor=found.second_factor, rules=rules)
