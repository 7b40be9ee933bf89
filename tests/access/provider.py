"""A small OpenID Connect provider, real over HTTP on this machine's loopback."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

KEY = rsa.generate_private_key(65537, 2048)

CLIENT, SECRET = "console", "s+cret/1"


class IdentityProvider:
    """Signs in whoever comes, as `user`.

    Attributes
    ----------
    issuer : str
    user : str
        The subject of the tokens.
    more : dict
        Claims of ID tokens besides the usual ones, in their place where they are the same; ``...``
        leaves one out.
    asked : list of dict
        Queries with which browsers came to sign in.
    """

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.user = "ada"
        self.more: dict[str, Any] = {}
        self.key = KEY
        self.asked: list[dict[str, str]] = []
        self.codes: dict[str, dict[str, str]] = {}

    def token(self, key: Any = None, algorithm: str = "RS256", **more: Any) -> str:
        """A signed token with these claims."""
        now = int(time.time())
        claims = {"iss": self.issuer, "sub": self.user, "iat": now, "exp": now + 300} | more
        left = {name: value for name, value in claims.items() if value is not ...}
        return jwt.encode(left, key or self.key, algorithm, headers={"kid": "k1"})

    def document(self, path: str) -> dict[str, Any] | None:
        """What it publishes."""
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            }
        if path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
            return {"keys": [{**public, "kid": "k1", "alg": "RS256", "use": "sig"}]}
        return None

    def authorize(self, query: dict[str, str]) -> str:
        """Where the browser goes on to, with a code."""
        self.asked.append(query)
        code = secrets.token_hex(8)
        self.codes[code] = query
        back = {"code": code, "state": query["state"], "iss": self.issuer}
        return f"{query['redirect_uri']}?{urlencode(back)}"

    def exchange(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The tokens for a code, which is good once, for its client, by its verifier."""
        pair = f"{quote(CLIENT, safe='')}:{quote(SECRET, safe='')}"
        if authorization != f"Basic {base64.b64encode(pair.encode()).decode()}":
            return 401, {"error": "invalid_client"}
        query = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        right = (
            query is not None
            and form.get("grant_type") == "authorization_code"
            and form.get("redirect_uri") == query["redirect_uri"]
            and query["code_challenge"] == challenge
            and query["code_challenge_method"] == "S256"
        )
        if not right or query is None:
            return 400, {"error": "invalid_grant"}
        usual = {"aud": CLIENT, "nonce": query["nonce"], "amr": ["pwd", "otp", "mfa"]}
        return 200, {"token_type": "Bearer", "id_token": self.token(**(usual | self.more))}


@contextmanager
def identity_provider(host: str = "127.0.0.1") -> Iterator[IdentityProvider]:
    """A provider at a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/authorize":
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", provider.authorize(query))
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            found = provider.document(parts.path)
            self._send(404 if found is None else 200, found)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._send(*provider.exchange(form, self.headers.get("Authorization", "")))

        def _send(self, status: int, content: Any) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider = IdentityProvider(f"http://{host}:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
