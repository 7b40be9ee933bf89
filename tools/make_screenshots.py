"""Pictures of the console's pages for the documentation, of the demo's fictitious town.

Run after ``tenprint demo --no-serve``: ``python tools/make_screenshots.py demo docs/images``. Needs
Playwright and a Chromium; Debian's package chromium is found by itself. Look at them afterwards.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tenprint.api import Settings, desk_settings, serving
from tenprint.console import add_console
from tenprint.desk import Desk

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

#: File name, who looks, address, and what must be there.
PAGES = (
    ("home", "operator", "/", ".tiles"),
    ("cases", "examiner-1", "/cases", "table"),
    ("case", "examiner-1", "case", "[data-ready=true]"),
    ("search", "operator", "/search/names?family=Brookhurst&purpose=administration", "table"),
    ("person", "operator", "/people/T-003?purpose=administration", ".sheet"),
    ("transactions", "border-1", "/transactions", "table"),
    ("transaction", "border-1", "/transactions/morning-0800", "pre"),
    ("operate", "operator", "/operate", "table"),
    ("agencies", "operator", "/agencies", "table"),
    ("audit", "operator", "/audit", "table"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("demo", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--scheme", default="light", choices=("light", "dark"))
    parser.add_argument("--width", default=1280, type=int)
    given = parser.parse_args()
    lines = (given.demo / "sign-in.txt").read_text(encoding="utf-8").splitlines()
    words = dict(line.split() for line in lines)
    settings = Settings(folder=given.demo / "service", port=0, second_factor=False)
    with (
        Desk.open(desk_settings(settings)) as desk,
        serving(desk, settings, extend=add_console) as url,
        sync_playwright() as driver,
    ):
        where = shutil.which("chromium")
        browser = driver.chromium.launch(executable_path=where, args=FLAGS)
        for name, user, path, wanted in PAGES:
            page = _page(browser, given.scheme, given.width)
            if user:
                _sign_in(page, url, user, words[user])
            if path == "case":
                page.goto(f"{url}/cases")
                page.click("td a.button")
            else:
                page.goto(url + path)
            page.wait_for_selector(wanted)
            page.wait_for_timeout(400)
            picture = given.out / f"{name}.png"
            page.screenshot(path=picture, full_page=path != "case")
            # A hundred colours are enough for these pages, and a third of the size.
            Image.open(picture).convert("RGB").quantize(96, dither=Image.Dither.NONE).save(
                picture, optimize=True
            )
            print(picture)
            page.close()
        browser.close()


def _page(browser: Browser, scheme: str, width: int) -> Page:
    colours = "dark" if scheme == "dark" else "light"
    size = {"width": width, "height": 900 if width > 600 else 800}
    return browser.new_context(color_scheme=colours, viewport=size).new_page()  # type: ignore[arg-type]


def _sign_in(page: Page, url: str, user: str, word: str) -> None:
    page.goto(f"{url}/sign-in")
    page.fill("#name", user)
    page.fill("#password", word)
    page.click("button.main")
    page.wait_for_url(lambda address: "sign-in" not in address)


if __name__ == "__main__":
    main()
