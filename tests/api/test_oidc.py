"""Tokens of an identity provider over HTTP: who gets in, who does not, and what is logged."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.access.provider import IdentityProvider, identity_provider
from tests.api.world import World, world

from tenprint import access
from tenprint.audit import read_entries
from tenprint.model import Purpose, Role


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    with identity_provider() as made:
        yield made


@pytest.fixture(scope="module")
def service(
    provider: IdentityProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """A service that is told the issuer alone; where its keys are, it asks."""
    folder: Path = tmp_path_factory.mktemp("oidc") / "data"
    with world(folder, oidc_issuer=provider.issuer) as made:
        yield made


def ask(service: World, token: str, path: str = "/v1/me") -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{service.url}{path}", headers=headers, timeout=60)


def good(provider: IdentityProvider, **more: Any) -> str:
    known = {"aud": "tenprint", "agency": "BORDER", "roles": ["submit", "search", "gardening"]}
    return provider.token(**(known | more))


def test_a_good_token_is_its_users_agency(service: World, provider: IdentityProvider) -> None:
    token = good(provider, sub="ada")
    found = ask(service, token)
    assert found.status_code == 200, found.text
    assert (found.json()["agency"], found.json()["user"]) == ("BORDER", "ada")
    assert sorted(found.json()["roles"]) == ["search", "submit"]
    assert ask(service, token, "/v1/transactions").status_code == 200
    # What the agency's kind or the token's roles do not allow stays forbidden.
    assert ask(service, token, "/v1/load").status_code == 403
    headers = {"Authorization": f"Bearer {token}"}
    query = {"biographics": {"names": [{"family": "Example"}]}, "purpose": "criminal-justice"}
    where = f"{service.url}/v1/names/search"
    assert httpx.post(where, json=query, headers=headers, timeout=60).status_code == 403
    query["purpose"] = "border"
    assert httpx.post(where, json=query, headers=headers, timeout=60).status_code == 200
    service.desk.bring_log()
    with service.desk.store.reading() as connection:
        actors = {entry.actor for entry in read_entries(connection, limit=1000)}
    assert "ada" in actors or "token:ada" in actors


def test_tokens_that_get_nobody_in(service: World, provider: IdentityProvider) -> None:
    now = int(time.time())
    with service.desk.store.transaction() as connection:
        access.add_user(
            connection, "gone", "BORDER", roles=[Role.SUBMIT], purposes=[Purpose.BORDER]
        )
        access.set_user(connection, "gone", active=False)
    wrong = rsa.generate_private_key(65537, 2048)
    head, body, signature = good(provider).split(".")
    unsigned = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    tokens = {
        "expired": good(provider, exp=now - 60, iat=now - 600),
        "not yet": good(provider, nbf=now + 600),
        "for ever": good(provider, exp=...),
        "of another audience": good(provider, aud="others"),
        "of another issuer": good(provider, iss="https://id.example.org"),
        "by another key": good(provider, key=wrong),
        "by a shared secret": good(provider, key="x" * 40, algorithm="HS256"),
        "unsigned": f"{unsigned}.{body}.",
        "cut": f"{head}.{body}.{signature[:-8]}",
        "of an unknown agency": good(provider, agency="NOBODY"),
        "of no agency": good(provider, agency=...),
        "of nobody": good(provider, sub=...),
        "of somebody shut out": good(provider, sub="gone"),
        "nonsense": "a.b.c",
    }
    told = set()
    for what, token in tokens.items():
        found = ask(service, token)
        assert found.status_code == 401, (what, found.text)
        assert found.headers["www-authenticate"].startswith("Bearer")
        told.add(found.json()["detail"])
    assert len(told) == 1  # nobody learns what was wrong; the log knows
    service.desk.bring_log()
    with service.desk.store.reading() as connection:
        entries = read_entries(connection, limit=1000)
    reasons = {
        each.detail.get("reason") for each in entries if each.kind == "access.sign-in-refused"
    }
    assert reasons >= {"expired", "token", "malformed", "algorithm", "inactive", "claims"}


def test_an_inactive_agency_keeps_its_people_out(
    service: World, provider: IdentityProvider
) -> None:
    token = good(provider, agency="OTHER", sub="otto")
    assert ask(service, token).status_code == 200
    change = service.of("operator").patch("/v1/agencies/OTHER", json={"active": False})
    assert change.status_code == 200
    deadline = time.monotonic() + 10
    while ask(service, token).status_code == 200:  # believed for two seconds at most
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert ask(service, token).status_code == 401
    service.of("operator").patch("/v1/agencies/OTHER", json={"active": True})
