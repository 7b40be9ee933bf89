"""Signing in at an identity provider: away, back, and everything that must not get in."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from cryptography.hazmat.primitives.asymmetric import rsa
from playwright.sync_api import Browser, expect
from tests.access.provider import CLIENT, SECRET, IdentityProvider, identity_provider
from tests.cli.process import serving, tenprint_
from tests.console.test_pages import looked_at
from tests.console.world import COOKIE, PASSWORD, World, send

from tenprint.api import Settings
from tenprint.audit import read_entries
from tenprint.console._provider import make_provider
from tenprint.model import InputError
from tenprint.store import TruthStore

START = "/sign-in/provider"
BACK = f"{START}/back"


@pytest.fixture(scope="module")
def provider() -> Iterator[IdentityProvider]:
    # Another site than the service, for a browser: what it does with cookies is to be seen.
    with identity_provider("localhost") as made:
        yield made


@dataclass
class Office:
    """``tenprint serve``, whose people sign in at the provider."""

    url: str
    folder: Path

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=60)

    def reason(self) -> str:
        """The outcome of what was logged last."""
        path = self.folder / "people.tenprint"
        with TruthStore.open(path, create=False) as store, store.reading() as connection:
            return read_entries(connection, limit=1)[0].outcome


@pytest.fixture(scope="module")
def office(
    provider: IdentityProvider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Office]:
    """Ada may, gone is shut out, pia has a password."""
    folder = tmp_path_factory.mktemp("office") / "data"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    given = {
        "TENPRINT_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "TENPRINT_OIDC_ISSUER": provider.issuer,
        "TENPRINT_OIDC_CLIENT_ID": CLIENT,
        "TENPRINT_OIDC_CLIENT_SECRET": SECRET,
        "TENPRINT_STOP_SECONDS": "1",
    }
    with serving(folder, port=port, **given) as process:
        words = ("--role", "examine", "--role", "audit", "--purpose", "administration")
        codes = {}
        for name in ("ada", "gone", "pia"):
            told = tenprint_("user", "add", name, "--agency", "LOCAL", *words, folder=folder)
            codes[name] = told.strip()
        tenprint_("user", "set", "gone", "--inactive", folder=folder)
        with httpx.Client(base_url=process.url, timeout=60) as client:
            fields = {"code": codes["pia"], "name": "pia", "password": PASSWORD, "again": PASSWORD}
            assert send(client, "/first-start", fields).status_code == 303
        yield Office(process.url, folder)


@pytest.fixture(autouse=True)
def as_before(provider: IdentityProvider) -> Iterator[None]:
    user, key = provider.user, provider.key
    yield
    provider.user, provider.key, provider.more = user, key, {}


def away(client: httpx.Client, to: str = "/cases") -> str:
    """Where the provider sends the browser back to, once it has signed somebody in."""
    left = client.get(START, params={"next": to})
    assert left.status_code == 303, left.text
    there = httpx.get(left.headers["Location"])
    assert there.status_code == 302
    return there.headers["Location"]


def refused(office: Office, client: httpx.Client, where: str) -> str:
    """Why, by the log; the page says nothing of it."""
    answer = client.get(where)
    assert answer.status_code == 401, answer.text
    assert COOKIE not in client.cookies
    return office.reason()


def test_a_browser_goes_there_and_comes_back(
    office: Office, provider: IdentityProvider, chromium: Browser
) -> None:
    context = chromium.new_context(base_url=office.url)
    context.set_default_timeout(10_000)
    try:
        page = context.new_page()
        page.goto("/cases?finger=2")
        page.click("text=Sign in with your organisation's account")
        page.wait_for_url("**/cases")
        expect(page.locator("h1")).to_have_text("Cases")
        (cookie,) = [each for each in context.cookies() if each["name"] == COOKIE]
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        assert page.request.get("/audit").status == 200  # the second factor was the provider's
        page.click("text=Sign out")
        expect(page.locator("h1")).to_have_text("Sign in")
    finally:
        context.close()
    asked = provider.asked[-1]
    assert asked["prompt"] == "login"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{office.url}{BACK}"


def test_each_attempt_is_another_and_is_good_once(
    office: Office, provider: IdentityProvider
) -> None:
    with office.client() as client:
        where = away(client)
        answer = client.get(where)
        assert answer.status_code == 200
        assert 'content="0; url=/cases"' in answer.text
        assert client.get("/cases").status_code == 200
        replayed = client.get(where)
        assert replayed.status_code == 401
    first, second = provider.asked[-1], None
    with office.client() as client:
        away(client)
        second = provider.asked[-1]
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 43
        assert first[name] != second[name]


@pytest.mark.parametrize("to", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_nobody_is_sent_elsewhere(office: Office, to: str) -> None:
    with office.client() as client:
        assert 'content="0; url=/"' in client.get(away(client, to)).text


def test_what_another_browser_began_ends_nowhere(office: Office) -> None:
    with office.client() as one, office.client() as other:
        where = away(one)
        assert other.get(where).status_code == 401  # no attempt of its own
        mine = away(other)
        assert refused(office, other, where) == "state"
        assert other.get(mine).status_code == 401  # one attempt, one return
        other.cookies.set("tenprint_attempt", "gAAAAA" + "x" * 80, path=START)
        assert other.get(mine).status_code == 401


def test_answers_that_do_not_fit(office: Office, provider: IdentityProvider) -> None:
    with office.client() as client:
        where = away(client)
        assert refused(office, client, where.replace("code=", "code=0")) == "code"
        where = away(client)
        other = re.sub(r"iss=[^&]+", "iss=https%3A%2F%2Fevil.example", where)
        assert refused(office, client, other) == "issuer"
        where = away(client)
        state = parse_qs(urlsplit(where).query)["state"][0]
        denied = f"{BACK}?error=access_denied&state={state}"
        assert refused(office, client, denied) == "provider"
        where = away(client)
        code = parse_qs(urlsplit(where).query)["code"][0]
        provider.codes[code]["code_challenge"] = "x" * 43  # of another verifier
        assert refused(office, client, where) == "code"
    now = int(time.time())
    wrong = {
        "nonce": {"nonce": "x" * 43},
        "token": {"aud": "others"},
        "expired": {"exp": now - 60, "iat": now - 600},
        "not-asked": {"auth_time": now - 3600},
        "second-factor": {"amr": ["pwd"]},
        "malformed": {"iss": "https://id.example.org"},
        "unknown": {"sub": "nobody"},
        "inactive": {"sub": "gone"},
        "password": {"sub": "pia"},
    }
    for reason, claims in wrong.items():
        provider.more = claims
        with office.client() as client:
            assert refused(office, client, away(client)) == reason
    provider.more = {"azp": "others"}
    with office.client() as client:
        assert refused(office, client, away(client)) == "token"
    provider.more, provider.key = {}, rsa.generate_private_key(65537, 2048)
    with office.client() as client:
        assert refused(office, client, away(client)) == "token"


def test_the_page_with_the_providers_button_is_accessible(
    office: Office, chromium: Browser
) -> None:
    context = chromium.new_context(
        base_url=office.url, bypass_csp=True, reduced_motion="reduce",
        viewport={"width": 1100, "height": 640},
    )  # fmt: skip
    try:
        page = context.new_page()
        for path in ("/sign-in?next=/cases", "/unlock?next=/cases"):
            page.goto(path)
            expect(page.get_by_role("link", name="your organisation's account")).to_be_visible()
            assert looked_at(page, Axe().axe_script, path) == []
    finally:
        context.close()


def test_a_password_still_signs_in(office: Office) -> None:
    with office.client() as client:
        fields = {"name": "pia", "password": PASSWORD, "next": "/"}
        assert send(client, "/sign-in", fields).status_code == 303


def test_without_a_provider_there_is_nothing(town: World) -> None:
    with town.client() as client:
        assert START not in client.get("/sign-in").text
        assert client.get(START).status_code == 404


def test_settings_that_are_not_whole(tmp_path: Path) -> None:
    assert make_provider(Settings()) is None
    assert make_provider(Settings(oidc_issuer="https://id.example.org")) is None
    whole = {"oidc_issuer": "https://id.example.org", "oidc_client_id": "c"}
    with pytest.raises(InputError, match="issuer"):
        make_provider(Settings(oidc_client_id="c"))
    with pytest.raises(InputError) as caught:
        make_provider(Settings(**whole))
    assert caught.value.field == "public_url"
    with pytest.raises(InputError):
        make_provider(Settings(**whole, public_url="http://tenprint.example"))
    assert make_provider(Settings(**whole, public_url="https://tenprint.example/")) is not None
