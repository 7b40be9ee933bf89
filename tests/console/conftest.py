"""One running service and one browser for the tests of each file.

Not for the folder: the desk of another folder could not be opened beside it, and a browser that is
driven leaves an event loop running.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright
from tests.console.world import COOKIE, PASSWORD, World, enrol, world

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

#: Gives a page in a new context, signed in where a user is named.
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A service with two enrolled people."""
    with world(tmp_path_factory.mktemp("console") / "data") as made:
        enrol(made.desk)
        yield made


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Chromium without a window."""
    where = os.environ.get("TENPRINT_CHROMIUM") or shutil.which("chromium")
    if where is None:
        pytest.skip("there is no browser; install one with: apt-get install chromium")
    with sync_playwright() as driver:
        try:
            started = driver.chromium.launch(executable_path=where, args=FLAGS)
        except Error as error:
            pytest.skip(f"the browser does not start: {str(error).splitlines()[0]}")
        yield started
        started.close()


@pytest.fixture
def open_page(chromium: Browser, town: World) -> Iterator[Open]:
    """Pages, signed in where a user is named, that are closed after the test.

    What they ask of another place, and what breaks in them, fails it.
    """
    made: list[BrowserContext] = []
    asked: list[str] = []
    broken: list[str] = []

    def give(user: str | None = None, url: str = "", **options: Any) -> Page:
        where = url or town.url
        context = chromium.new_context(
            base_url=where, **{"viewport": {"width": 1100, "height": 640}, **options}
        )
        context.set_default_timeout(10_000)
        made.append(context)
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.on("pageerror", lambda error: broken.append(str(error)))
        page.on("dialog", lambda dialog: (broken.append(dialog.message), dialog.dismiss()))
        page.on(
            "console",
            lambda said: broken.append(said.text) if "Content Security Policy" in said.text else 0,
        )
        if user:
            cookie = {"name": COOKIE, "value": town.session(user), "url": where}
            context.add_cookies([cookie])  # type: ignore[list-item]
        return page

    yield give
    for context in made:
        context.close()
    own = ("http://127.0.0.1:", "blob:", "data:")
    assert [url for url in asked if not url.startswith(own)] == []
    assert broken == []


def sign_in(page: Page, user: str, password: str = PASSWORD) -> None:
    """Through the form, from wherever the page was sent."""
    if "/sign-in" not in page.url:
        page.goto("/sign-in")
    page.fill("#name", user)
    page.fill("#password", password)
    page.press("#password", "Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
