"""Signing in at an OpenID Connect provider: the authorization code flow, with PKCE.

OpenID Connect Core 1.0, section 3.1; RFC 7636 (PKCE), RFC 9207 (the issuer in the answer). The
browser carries what belongs to one attempt; nothing of it is kept here.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from tenprint.access._discovery import TIMEOUT, Discovery, check_address, read_body
from tenprint.access._oidc import OidcIssuer, TokenVerifier
from tenprint.model import CredentialError, ServiceUnavailableError

#: Seconds by which the provider's clock may differ.
_LEEWAY = 30


@dataclass(frozen=True)
class Attempt:
    """What binds a browser's return from the provider to its departure.

    Attributes
    ----------
    state, nonce, verifier : str
        256 random bits each, for the address, the token and the code.
    began : int
        Seconds since 1970.
    """

    state: str
    nonce: str
    verifier: str
    began: int


@dataclass(frozen=True)
class Identity:
    """Whom the provider has signed in.

    Attributes
    ----------
    user : str
        The name by which we know the user.
    second_factor : bool
        Whether the provider used more than one factor.
    """

    user: str
    second_factor: bool


class Provider:
    """A provider at which users sign in to the console. Thread-safe.

    Parameters
    ----------
    issuer, client_id : str
        The provider's address, and our name there.
    client_secret : str, optional
        What proves to the provider that we are this client.
    redirect : str
        Where the provider sends the browser back to, as it is registered there.
    jwks : str, optional
        As of `OidcIssuer`; by default what the provider says of itself.
    user_claim : str
        The claim that is the user's name here. ``email`` counts only if the provider has verified
        it.
    vouches : bool
        Whether the provider always uses a second factor, though its tokens do not say so (claim
        ``amr``, RFC 8176).

    Raises
    ------
    InputError
        If an address is neither ``https`` nor loopback's.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        redirect: str,
        *,
        jwks: str | None = None,
        user_claim: str = "sub",
        vouches: bool = False,
    ) -> None:
        check_address(redirect, "public_url")
        self._discovery = Discovery(issuer)
        known = OidcIssuer(issuer, client_id, jwks, user_claim=user_claim)
        self._verifier = TokenVerifier([known])
        self._issuer = issuer
        self._client = client_id
        self._secret = client_secret
        self._redirect = redirect
        self._claim = user_claim
        self._vouches = vouches

    def begin(self) -> tuple[str, Attempt]:
        """Where to send a browser, and what it must bring back.

        The provider is told to ask who it is, also where it knows the browser: a locked session
        would else open by a click.

        Raises
        ------
        ServiceUnavailableError
            If the provider cannot be reached.
        """
        where = self._discovery.metadata().authorization
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        digest = sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": self._redirect,
            "scope": "openid profile email",
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
            "prompt": "login",
        }
        joined = f"{where}{'&' if '?' in where else '?'}{urlencode(query)}"
        return joined, Attempt(state, nonce, verifier, int(time.time()))

    def finish(self, attempt: Attempt, given: Mapping[str, str]) -> Identity:
        """Whom the provider has signed in.

        Parameters
        ----------
        attempt : Attempt
            Of the same browser.
        given : mapping
            The query with which the provider sent it back.

        Raises
        ------
        CredentialError
            If anything does not fit; `reason` says what, for the log.
        ServiceUnavailableError
            If the provider cannot be reached.
        """
        if not hmac.compare_digest(given.get("state", "").encode(), attempt.state.encode()):
            raise CredentialError(reason="state")
        if given.get("iss", self._issuer) != self._issuer:
            raise CredentialError(reason="issuer")
        code = given.get("code", "")
        if "error" in given or not code:
            raise CredentialError(reason="provider")
        claims = self._verifier.check(self._exchange(code, attempt.verifier))
        nonce = claims.get("nonce")
        if not isinstance(nonce, str) or not hmac.compare_digest(
            nonce.encode(), attempt.nonce.encode()
        ):
            raise CredentialError(reason="nonce")
        if claims.get("azp", self._client) != self._client:
            raise CredentialError(reason="token")
        at = claims.get("auth_time")
        if isinstance(at, int | float) and at < attempt.began - _LEEWAY:
            raise CredentialError(reason="not-asked")
        user = claims[self._claim]
        unverified = self._claim == "email" and claims.get("email_verified") is not True
        if not isinstance(user, str) or unverified:
            raise CredentialError(reason="claims")
        methods = claims.get("amr", ())
        more = isinstance(methods, list | tuple) and "mfa" in methods
        return Identity(user, self._vouches or more)

    def _exchange(self, code: str, verifier: str) -> str:
        """The ID token for a code."""
        metadata = self._discovery.metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect,
            "code_verifier": verifier,
        }
        headers = {"Accept": "application/json"}
        if self._secret is not None and metadata.basic:  # RFC 6749, section 2.3.1
            pair = f"{quote(self._client, safe='')}:{quote(self._secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": self._client}
            form |= {} if self._secret is None else {"client_secret": self._secret}
        try:
            with (
                httpx.Client(timeout=TIMEOUT, follow_redirects=False) as client,
                client.stream("POST", metadata.token, data=form, headers=headers) as answer,
            ):
                body = read_body(answer)
            found: Any = json.loads(body)
        except (httpx.HTTPError, ValueError):
            raise ServiceUnavailableError(
                "The provider cannot be reached.", field="oidc_issuer"
            ) from None
        token = found.get("id_token") if isinstance(found, dict) else None
        if answer.status_code != httpx.codes.OK or not isinstance(token, str):
            raise CredentialError(reason="code")
        return token
