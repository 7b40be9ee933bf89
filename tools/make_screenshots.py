"""Pictures of the console's pages for the documentation, of the demo's fictitious town.

Run after ``tenprint demo --no-serve``: ``python tools/make_screenshots.py demo docs/images``. Needs
Playwright and a Chromium; Debian's package chromium is found by itself. Look at them afterwards.
"""

from __future__ import annotations

import argparse
import itertools
import random
import shutil
import time
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from tenprint.access import add_key, authenticate_key
from tenprint.api import Settings, desk_settings, serving
from tenprint.console import add_console
from tenprint.desk import Desk, NameQuery, Print, RecordQuery, Submission
from tenprint.model import Biographics, Finger, PersonName, Purpose, Role, TransactionClass

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

#: File name, who looks, address, and what must be there.
PAGES = (
    ("home", "operator", "/", ".tiles"),
    ("cases", "examiner-1", "/cases", "table"),
    ("case", "examiner-1", "case", "[data-ready=true]"),
    ("found", "operator", "/search", "table"),
    ("search", "operator", "/search/names?family=Brookhurst&purpose=administration", "table"),
    ("person", "operator", "/people/T-003?purpose=administration", ".prints"),
    ("transactions", "border-1", "/transactions", "table"),
    ("transaction", "border-1", "/transactions/morning-0800", "pre"),
    ("operate", "operator", "/operate", "table"),
    ("agencies", "operator", "/agencies", "table"),
    ("audit", "operator", "/audit", "table"),
)

#: Difference of a pixel from its colour, all three added up, from which a mark may be nearer.
FAR = 24

#: A print of somebody who is known, as the border took it.
VISITOR = "1-a-border-check_right-index.png"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("demo", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--scheme", default="light", choices=("light", "dark"))
    parser.add_argument("--width", default=1280, type=int)
    parser.add_argument(
        "--minutes", default=0.0, type=float, help="of requests before, for the operator's curves"
    )
    parser.add_argument("--only", choices=[each[0] for each in PAGES], help="one of the pictures")
    given = parser.parse_args()
    lines = (given.demo / "sign-in.txt").read_text(encoding="utf-8").splitlines()
    words = dict(line.split() for line in lines)
    settings = Settings(
        folder=given.demo / "service", port=0, second_factor=False, log_level="warning"
    )
    with (
        Desk.open(desk_settings(settings)) as desk,
        serving(desk, settings, extend=add_console) as url,
        sync_playwright() as driver,
    ):
        _play(desk, given.demo, 60 * given.minutes)
        where = shutil.which("chromium")
        browser = driver.chromium.launch(executable_path=where, args=FLAGS)
        for name, user, path, wanted in PAGES:
            if given.only not in (None, name):
                continue
            page = _page(browser, given.scheme, given.width)
            if user:
                _sign_in(page, url, user, words[user])
            if path == "case":
                page.goto(f"{url}/cases")
                page.click("td a.button")
            else:
                page.goto(url + path)
            if name == "found":
                page.set_input_files("#files", given.demo / "prints" / VISITOR)
                page.click("text=Search by prints")
            page.wait_for_selector(wanted)
            if name == "found":
                page.locator("table").scroll_into_view_if_needed()
            page.wait_for_timeout(400)
            picture = given.out / f"{name}.png"
            page.screenshot(path=picture, full_page=name not in ("case", "found", "audit"))
            _save(Image.open(picture).convert("RGB"), picture)
            print(picture)
            page.close()
        browser.close()


def _play(desk: Desk, demo: Path, seconds: float) -> None:
    """Ask what agencies ask, several times a second, for so long."""
    callers = []
    with desk.store.transaction() as connection:
        for agency, purpose in (
            ("POLICE001", Purpose.CRIMINAL_JUSTICE),
            ("BORDER001", Purpose.BORDER),
        ):
            roles = (Role.SUBMIT, Role.SEARCH)
            _, secret = add_key(
                connection, agency, label="pictures", roles=roles, purposes=(purpose,)
            )
            callers.append(authenticate_key(connection, secret))
    police, border = callers
    probes = [path.read_bytes() for path in sorted((demo / "prints").glob("*border*.png"))]
    rng, until = random.Random(1), time.monotonic() + seconds
    for number in itertools.count():
        if time.monotonic() >= until:
            return
        person = f"T-{rng.randrange(1, 13):03d}"
        desk.record_query(police, RecordQuery(Purpose.CRIMINAL_JUSTICE, person))
        name = PersonName("", rng.choice(("Brookhurst", "Otterstead", "Willowgate", "Nobody")))
        desk.name_search(police, NameQuery(Biographics(names=(name,)), Purpose.CRIMINAL_JUSTICE))
        if number % 12 == 0:
            prints = (Print(rng.choice(probes), Finger.UNKNOWN, ppi=500.0),)
            sent = f"again-{time.time_ns()}"
            asked = Submission(sent, TransactionClass.BORDER_CHECK, Purpose.BORDER, prints=prints)
            desk.submit(border, asked)
        time.sleep(rng.expovariate(2.0))


def _save(picture: Image.Image, path: Path) -> None:
    """As PNG of 88 colours: those of the marks, which are rare, and the page's own."""
    marks = np.array(
        [(190, 95, 30), (11, 107, 156), (163, 58, 36), (138, 90, 0), (28, 107, 74), (31, 95, 158)]
    )
    own = picture.quantize(88 - len(marks), kmeans=3, dither=Image.Dither.NONE)
    colours = np.array(own.getpalette() or []).reshape(-1, 3)[: 88 - len(marks)]
    pixels, place = np.asarray(picture, int), np.array(own)
    far = np.abs(pixels - colours[place]).sum(axis=2) > FAR
    apart = np.abs(pixels[far][:, None] - marks[None]).sum(axis=2)
    near = apart.min(axis=1) < np.abs(pixels[far] - colours[place[far]]).sum(axis=1)
    place[far] = np.where(near, len(colours) + apart.argmin(axis=1), place[far])
    few = Image.fromarray(place.astype(np.uint8), "P")
    few.putpalette(np.concatenate([colours, marks]).astype(np.uint8).tobytes())
    few.save(path, optimize=True)


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
