"""Pictures of the console's pages for the documentation, of the demo's fictitious town.

``python tools/make_screenshots.py docs/images`` plays the demo's morning and takes every picture
from the service that played it, some of them in the dark and on a phone; `--only` takes some. Needs
Playwright and a Chromium; Debian's package chromium is found by itself. Look at them afterwards.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tenprint.api import Settings, desk_settings, serving
from tenprint.cli.demo import Morning, TownClock, fictitious_town, play, write_page
from tenprint.console import add_console
from tenprint.desk import Desk

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

#: Difference of a pixel from its colour, all three added up, from which a mark may be nearer.
FAR = 24

#: The most bytes of one picture in the documentation.
LARGEST = 300_000


@dataclass(frozen=True)
class Picture:
    """A picture: file name, who looks, how to get there, and what must be there then."""

    name: str
    user: str
    go: Callable[[Page, Town], None]
    wanted: str
    scheme: str = "light"
    width: int = 1280


@dataclass(frozen=True)
class Town:
    """Where the demo is, and what it made."""

    url: str
    morning: Morning
    out: Path


def at(path: str) -> Callable[[Page, Town], None]:
    """Straight to an address."""
    return lambda page, town: _goto(page, town.url + path)


def booking(page: Page, town: Town) -> None:
    """The case of ten fingers, from the queue."""
    _goto(page, f"{town.url}/cases")
    page.locator("tr", has_text="criminal tenprint").locator("a.button").click()


def found(page: Page, town: Town) -> None:
    """A search by the print of the first visitor."""
    _goto(page, f"{town.url}/search")
    visit = town.morning.visits[0]
    scan = town.out / "right-index.png"
    Image.fromarray(visit.images[0].pixels).save(scan, dpi=(500, 500))
    page.set_input_files("#files", scan)
    page.click("text=Search by prints")
    page.wait_for_selector(".candidate")


def compared(page: Page, town: Town) -> None:
    """From that search to its comparison."""
    found(page, town)
    page.click("text=Compare finger by finger")


def demo(page: Page, town: Town) -> None:
    """The page that the demo leaves, not of the console, as far as the first visit goes."""
    write_page(town.morning, town.out / "index.html")
    page.goto((town.out / "index.html").resolve().as_uri())
    page.wait_for_selector("section")
    box = page.locator("section").first.bounding_box()
    assert box is not None  # noqa: S101 - it is there
    page.set_viewport_size({"width": 900, "height": round(box["y"] + box["height"]) + 24})


PICTURES = (
    Picture("home", "operator", at("/"), ".tour"),
    Picture("home-dark", "operator", at("/"), ".tour", scheme="dark"),
    Picture("cases", "examiner-1", at("/cases"), "table"),
    Picture("case", "examiner-1", booking, "[data-ready=true]"),
    Picture("found", "operator", found, ".candidate img"),
    Picture("found-phone", "operator", found, ".candidate img", width=390),
    Picture("comparison", "operator", compared, "figure img"),
    Picture(
        "search",
        "operator",
        at("/search/names?given=Ortybel&family=Bruckhurst&purpose=administration"),
        ".people",
    ),
    Picture("person", "operator", at("/people/T-003?purpose=administration"), ".prints"),
    Picture("transactions", "border-1", at("/transactions"), "table"),
    Picture("transaction", "border-1", at("/transactions/smudged-1"), "pre"),
    Picture("operate", "operator", at("/operate"), ".charts"),
    Picture("agencies", "operator", at("/agencies"), "table"),
    Picture("audit", "operator", at("/audit"), "table"),
    Picture("demo", "", demo, "section", width=900),
)

#: Pages that go on for ever, and are shown as far as a window does.
CUT = ("audit", "demo", "transactions")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    names = [each.name for each in PICTURES]
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="some of them")
    parser.add_argument("--demo", type=Path, help="folder for the town; default: a temporary one")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        town = given.demo or Path(temporary)
        settings = Settings(
            folder=town / "service", port=0, second_factor=False, log_level="warning"
        )
        clock = TownClock()
        with Desk.open(replace(desk_settings(settings), clock=clock)) as desk:
            tell = lambda stage, done, total: None  # noqa: E731
            morning = play(fictitious_town(12), desk, clock, town / "sign-in.txt", tell)
            with serving(desk, settings, extend=add_console) as url, sync_playwright() as driver:
                where = os.environ.get("TENPRINT_CHROMIUM") or shutil.which("chromium")
                browser = driver.chromium.launch(executable_path=where, args=FLAGS)
                for picture in PICTURES:
                    if picture.name in given.only:
                        take(browser, picture, Town(url, morning, town), given.out)
                browser.close()


def take(browser: Browser, picture: Picture, town: Town, out: Path) -> None:
    """One picture, the whole page."""
    size = {"width": picture.width, "height": 800}
    context = browser.new_context(color_scheme=picture.scheme, viewport=size)  # type: ignore[arg-type]
    page = context.new_page()
    if picture.user:
        _sign_in(page, town.url, picture.user, town.morning.users[picture.user])
    picture.go(page, town)
    page.wait_for_selector(picture.wanted)
    for image in page.locator("img[loading=lazy]").all():
        image.scroll_into_view_if_needed()
        image.evaluate("(each) => each.decode()")
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(400)
    path = out / f"{picture.name}.png"
    page.screenshot(path=path, full_page=picture.name not in CUT)
    save(Image.open(path).convert("RGB"), path)
    print(f"{path}, {path.stat().st_size >> 10} KiB")
    context.close()


def save(picture: Image.Image, path: Path) -> None:
    """As PNG of 88 colours, those of the marks, which are rare, and the page's own; or fewer."""
    for count in (88, 48, 24):
        _save(picture, path, count)
        if path.stat().st_size < LARGEST:
            return
    while path.stat().st_size >= LARGEST:
        picture = picture.reduce(2)
        _save(picture, path, 48)


def _save(picture: Image.Image, path: Path, count: int) -> None:
    marks = np.array(
        [(190, 95, 30), (11, 107, 156), (163, 58, 36), (138, 90, 0), (28, 107, 74), (31, 95, 158)]
    )
    own = picture.quantize(count - len(marks), kmeans=3, dither=Image.Dither.NONE)
    colours = np.array(own.getpalette() or []).reshape(-1, 3)[: count - len(marks)]
    pixels, place = np.asarray(picture, int), np.array(own)
    far = np.abs(pixels - colours[place]).sum(axis=2) > FAR
    apart = np.abs(pixels[far][:, None] - marks[None]).sum(axis=2)
    near = apart.min(axis=1) < np.abs(pixels[far] - colours[place[far]]).sum(axis=1)
    place[far] = np.where(near, len(colours) + apart.argmin(axis=1), place[far])
    few = Image.fromarray(place.astype(np.uint8), "P")
    few.putpalette(np.concatenate([colours, marks]).astype(np.uint8).tobytes())
    few.save(path, optimize=True)


def _goto(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_load_state("load")


def _sign_in(page: Page, url: str, user: str, word: str) -> None:
    page.goto(f"{url}/sign-in")
    page.fill("#name", user)
    page.fill("#password", word)
    page.click("button.main")
    page.wait_for_url(lambda address: "sign-in" not in address)


if __name__ == "__main__":
    main()
