"""Bearer tokens of an OpenID Connect provider, checked by its published keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jwt
from sqlalchemy import Connection, select

from tenprint.access._discovery import Discovery
from tenprint.access._jwks import KeySet
from tenprint.access._schema import agencies, users
from tenprint.access._types import AgencyKind, Caller
from tenprint.access._words import caller_limits
from tenprint.model import CredentialError, InputError, Purpose, Role

#: The most characters of a token.
MAX_TOKEN = 16_384

#: Signatures with a public key only: a shared secret, or none, is never right here.
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)

#: Seconds by which the provider's clock may differ.
_LEEWAY = 30


@dataclass(frozen=True)
class OidcIssuer:
    """A provider whose tokens are accepted.

    Attributes
    ----------
    issuer, audience : str
        What ``iss`` must be, and ``aud`` must hold.
    jwks : str, optional
        Where its keys are: an ``https`` address (``http`` on loopback only) or a file. By default
        where the issuer says itself (OpenID Connect Discovery).
    algorithms : frozenset of str
        Of `ALGORITHMS`.
    agency_claim, roles_claim, user_claim : str
        The claims that name the agency, the roles (a list, or words in one text) and the user.
    roles : mapping of str to Role
        What the provider's words mean; others are ignored. Default: our own words.
    purposes : frozenset of Purpose
        Allowed to all its users.
    """

    issuer: str
    audience: str
    jwks: str | None = None
    algorithms: frozenset[str] = frozenset({"RS256", "ES256", "EdDSA"})
    agency_claim: str = "agency"
    roles_claim: str = "roles"
    user_claim: str = "sub"
    roles: Mapping[str, Role] = field(default_factory=lambda: {str(role): role for role in Role})
    purposes: frozenset[Purpose] = frozenset(Purpose) - {Purpose.ADMINISTRATION}

    def __post_init__(self) -> None:
        if not self.algorithms or not self.algorithms <= ALGORITHMS:
            raise InputError("An algorithm that is not allowed.", field="algorithms")
        if not self.issuer or not self.audience:
            raise InputError("Issuer and audience are needed.", field="issuer")


class TokenVerifier:
    """Checks bearer tokens of some issuers. Thread-safe."""

    def __init__(self, issuers: Sequence[OidcIssuer]) -> None:
        self._issuers = {
            each.issuer: (each, KeySet(each.jwks or Discovery(each.issuer))) for each in issuers
        }

    def authenticate(self, connection: Connection, token: str) -> Caller:
        """Whom a token speaks for.

        Raises
        ------
        CredentialError
            If the token is not valid here, or its agency unknown or inactive.
        ServiceUnavailableError
            If the issuer's keys cannot be had.
        """
        return self.caller(connection, self.check(token))

    def check(self, token: str) -> dict[str, Any]:
        """The claims of a token whose issuer, audience, times and signature are right.

        May fetch the issuer's keys.
        """
        if len(token) > MAX_TOKEN:
            raise CredentialError(reason="malformed")
        try:
            head = jwt.get_unverified_header(token)
            said = jwt.decode(token, options={"verify_signature": False})
            issuer, keys = self._issuers[said["iss"]]
        except (jwt.PyJWTError, KeyError, TypeError, ValueError):
            raise CredentialError(reason="malformed") from None
        if head.get("alg") not in issuer.algorithms:
            raise CredentialError(reason="algorithm")
        key = keys.find(head.get("kid"), str(head["alg"]))
        if key is None:
            raise CredentialError(reason="signing-key")
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[head["alg"]],
                audience=issuer.audience,
                issuer=issuer.issuer,
                leeway=_LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud", issuer.user_claim]},
            )
        except jwt.ExpiredSignatureError:
            raise CredentialError(reason="expired") from None
        except (jwt.PyJWTError, TypeError, ValueError):
            raise CredentialError(reason="token") from None
        return claims

    def caller(self, connection: Connection, claims: Mapping[str, Any]) -> Caller:
        """Whom checked claims speak for."""
        issuer, _ = self._issuers[claims["iss"]]
        agency, user = claims.get(issuer.agency_claim), claims.get(issuer.user_claim)
        if not isinstance(agency, str) or not isinstance(user, str) or not 1 <= len(user) <= 100:
            raise CredentialError(reason="claims")
        row = connection.execute(select(agencies).where(agencies.c.id == agency)).one_or_none()
        if row is None or not row.active:
            raise CredentialError(reason="inactive", actor=f"token:{user}")
        # Tokens may speak for people who are no users here; one who was shut out is.
        if (
            connection.execute(select(users.c.active).where(users.c.name == user.lower())).scalar()
            is False
        ):
            raise CredentialError(reason="inactive", agency=agency, actor=f"token:{user}")
        words = claims.get(issuer.roles_claim, ())
        if isinstance(words, str):
            words = words.split()
        if not isinstance(words, list | tuple):
            raise CredentialError(reason="claims", agency=agency, actor=f"token:{user}")
        known = [
            issuer.roles[word] for word in words if isinstance(word, str) and word in issuer.roles
        ]
        return Caller(
            agency=agency,
            kind=AgencyKind(row.kind),
            user=user,
            credential=f"token:{user}",
            roles=frozenset(known),
            purposes=issuer.purposes,
            **caller_limits(row),
        )
