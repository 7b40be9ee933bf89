"""Bearer tokens of a provider that the test is itself."""

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tenprint.access import AgencyKind, Authenticator, OidcIssuer, TokenVerifier, set_agency
from tenprint.access._discovery import Discovery
from tenprint.access._jwks import KeySet
from tenprint.model import CredentialError, InputError, Purpose, Role, ServiceUnavailableError
from tenprint.store import TruthStore

ISSUER, AUDIENCE = "https://id.example.org", "tenprint"
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())


def key_set(*more: dict[str, Any]) -> str:
    rsa_key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(RSA.public_key()))
    ec_key = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(EC.public_key()))
    keys = [
        {**rsa_key, "kid": "r1", "alg": "RS256", "use": "sig"},
        {**ec_key, "kid": "e1", "alg": "ES256"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "o1"},
        {"kty": "something else"},
        "nonsense",
    ]
    return json.dumps({"keys": [*keys, *more]})


@pytest.fixture
def where(tmp_path: Path) -> str:
    """One database is enough here: only an agency is looked up."""
    return str(tmp_path / "town.tenprint")


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "jwks.json"
    path.write_text(key_set())
    return path


@pytest.fixture
def issuer(keys: Path) -> OidcIssuer:
    return OidcIssuer(ISSUER, AUDIENCE, str(keys), roles={"searcher": Role.SEARCH})


def claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    known = {"iss": ISSUER, "aud": AUDIENCE, "sub": "u-17", "iat": now, "exp": now + 300}
    known |= {"agency": "NX0000001", "roles": ["searcher", "gardener"]}
    return {name: value for name, value in (known | more).items() if value is not ...}


def token(key: Any = RSA, algorithm: str = "RS256", kid: str | None = "r1", **more: Any) -> str:
    headers = {} if kid is None else {"kid": kid}
    return jwt.encode(claims(**more), key, algorithm, headers=headers)


def why(store: TruthStore, verifier: TokenVerifier, text: str) -> str:
    with store.reading() as connection, pytest.raises(CredentialError) as caught:
        verifier.authenticate(connection, text)
    assert caught.value.message == CredentialError().message
    return caught.value.reason


def test_whom_a_token_speaks_for(store: TruthStore, issuer: OidcIssuer) -> None:
    verifier = TokenVerifier([issuer])
    ours = Authenticator(store, tokens=verifier)
    for text in (token(), token(EC, "ES256", "e1"), token(kid=None)):
        caller = ours.bearer(text)
        assert (caller.agency, caller.kind, caller.user) == ("NX0000001", AgencyKind.POLICE, "u-17")
        assert caller.roles == {Role.SEARCH}
        assert Purpose.ADMINISTRATION not in caller.purposes
        assert ours.bearer(text) is caller
    with store.reading() as connection:
        words = verifier.authenticate(connection, token(roles="searcher other"))
        assert words.roles == {Role.SEARCH}
        none = verifier.authenticate(connection, token(roles=...))
        assert none.roles == frozenset()


def test_tokens_that_are_refused(store: TruthStore, issuer: OidcIssuer) -> None:
    verifier, now = TokenVerifier([issuer]), int(time.time())
    reasons = {
        "expired": token(exp=now - 60),
        "token": token(exp=...),
        "malformed": token(iss="https://evil.example.org"),
        "claims": token(agency=["NX0000001"]),
        "inactive": token(agency="NX9999999"),
        "signing-key": token(kid="r2"),
        "algorithm": token(algorithm="RS512"),
    }
    for reason, text in reasons.items():
        assert why(store, verifier, text) == reason
    assert why(store, verifier, token(aud="others")) == "token"
    assert why(store, verifier, token(iat=now + 600)) == "token"
    assert why(store, verifier, token(sub=...)) == "token"
    assert why(store, verifier, token(sub="x" * 101)) == "claims"
    assert why(store, verifier, token(roles=7)) == "claims"
    for nonsense in ("", "a.b.c", "x" * 100_000, "\ud800", "..", token()[:-20]):
        assert why(store, verifier, nonsense) in {"malformed", "token"}
    head, body, signature = token().split(".")
    other = token(agency="NX0000002").split(".")[1]
    assert why(store, verifier, f"{head}.{other}.{signature}") == "token"
    assert body != other
    with store.transaction() as connection:
        set_agency(connection, "NX0000001", active=False)
    assert why(store, verifier, token()) == "inactive"


def test_the_algorithm_is_not_the_tokens_choice(store: TruthStore, issuer: OidcIssuer) -> None:
    """Neither none, nor the public key taken for a shared secret, nor the other key's kind."""
    import base64
    import hmac

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    verifier = TokenVerifier([issuer])
    unsigned = f"{part({'alg': 'none', 'kid': 'r1'})}.{part(claims())}."
    assert why(store, verifier, unsigned) in {"algorithm", "malformed"}
    public = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    body = f"{part({'alg': 'HS256', 'kid': 'r1'})}.{part(claims())}"
    signature = base64.urlsafe_b64encode(hmac.digest(public, body.encode(), "sha256"))
    assert why(store, verifier, f"{body}.{signature.decode().rstrip('=')}") == "algorithm"
    assert why(store, verifier, token(EC, "ES256", "r1")) == "signing-key"
    for wrong in (frozenset({"HS256"}), frozenset({"none"}), frozenset()):
        with pytest.raises(InputError):
            OidcIssuer(ISSUER, AUDIENCE, "keys.json", algorithms=frozenset(wrong))


class Provider(BaseHTTPRequestHandler):
    answer: tuple[int, bytes, dict[str, str]] = (200, b"", {})
    asked = 0

    def do_GET(self) -> None:
        Provider.asked += 1
        status, body, headers = Provider.answer
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def provider() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    thread = Thread(target=server.serve_forever)
    thread.start()
    Provider.asked = 0
    yield f"http://127.0.0.1:{server.server_port}/keys"
    server.shutdown()
    thread.join()
    server.server_close()


def test_keys_are_fetched_seldom_and_kept_for_a_while(provider: str) -> None:
    now = 0.0
    found = KeySet(provider, lambda: now)
    Provider.answer = (200, key_set().encode(), {})
    for _ in range(5):
        assert found.find("r1", "RS256") is not None
    assert Provider.asked == 1
    assert found.find("r2", "RS256") is None  # once fetched within a minute is enough
    assert Provider.asked == 1
    now += 61
    turned = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(RSA.public_key())) | {"kid": "r2"}
    Provider.answer = (200, key_set(turned).encode(), {})
    assert found.find("r2", "RS256") is not None
    assert Provider.asked == 2
    Provider.answer = (500, b"", {})
    now += 3601
    assert found.find("r2", "RS256") is not None  # the provider is away
    assert found.find("r2", "RS256") is not None
    assert Provider.asked == 3
    now += 86_400
    with pytest.raises(ServiceUnavailableError):
        found.find("r2", "RS256")


@pytest.mark.parametrize(
    "answer",
    [
        (302, b"", {"Location": "http://127.0.0.1:1/inside"}),
        (200, b"x" * (2 << 20), {}),
        (200, b"{", {}),
        (200, b"[]", {}),
        (200, b'{"keys": 7}', {}),
        (404, b"", {}),
    ],
)
def test_a_provider_that_answers_nonsense(
    provider: str, answer: tuple[int, bytes, dict[str, str]]
) -> None:
    Provider.answer = answer
    with pytest.raises(ServiceUnavailableError):
        KeySet(provider).find("r1", "RS256")


@pytest.mark.parametrize(
    "where", ["http://keys.example.org/", "ftp://127.0.0.1/", "file:///etc/passwd", "http://[::2]/"]
)
def test_keys_come_safely_or_not_at_all(where: str) -> None:
    with pytest.raises(InputError):
        KeySet(where)


ENDPOINTS = {
    "authorization_endpoint": "https://id.example.org/a",
    "token_endpoint": "https://id.example.org/t",
    "jwks_uri": "https://id.example.org/k",
}


def test_what_a_provider_says_of_itself_is_kept_for_a_while(provider: str) -> None:
    issuer, now = provider.removesuffix("/keys"), 0.0
    found = Discovery(issuer, lambda: now)
    Provider.answer = (500, b"", {})
    for _ in range(2):
        with pytest.raises(ServiceUnavailableError):
            found.metadata()
    assert Provider.asked == 1  # not asked again at once
    now += 61
    Provider.answer = (200, json.dumps({**ENDPOINTS, "issuer": issuer}).encode(), {})
    assert found.metadata().keys == "https://id.example.org/k"
    Provider.answer = (500, b"", {})
    now += 3601
    assert found.metadata().basic
    now += 86_400
    with pytest.raises(ServiceUnavailableError):
        found.metadata()


@pytest.mark.parametrize(
    "more",
    [
        {"issuer": "https://evil.example.org"},
        {"issuer": ...},
        {"jwks_uri": "http://id.example.org/k"},
        {"token_endpoint": "file:///etc/passwd"},
        {"authorization_endpoint": 7},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_provider_that_says_nonsense_of_itself(provider: str, more: dict[str, Any]) -> None:
    issuer = provider.removesuffix("/keys")
    said = {**ENDPOINTS, "issuer": issuer, **more}
    left = {name: value for name, value in said.items() if value is not ...}
    Provider.answer = (200, json.dumps(left).encode(), {})
    with pytest.raises(ServiceUnavailableError):
        Discovery(issuer).metadata()


def test_keys_are_where_the_provider_says(provider: str) -> None:
    Provider.answer = (503, b"", {})
    with pytest.raises(ServiceUnavailableError):
        KeySet(Discovery(provider.removesuffix("/keys"))).find("r1", "RS256")
    with pytest.raises(InputError):
        Discovery("http://id.example.org")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ServiceUnavailableError):
        KeySet(str(tmp_path / "none.json")).find("r1", "RS256")
