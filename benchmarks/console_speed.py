"""First paint of each page of the console, and when a case with two prints is interactive.

``python benchmarks/console_speed.py`` makes a service with fictitious people in a temporary folder
and opens its pages in Chromium on loopback, each several times with a filled browser cache. Needs
Playwright and a Chromium. First paint counts from the start of the navigation; a case is
interactive when both prints are drawn and its keys work.
"""

from __future__ import annotations

import argparse
import io
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tenprint.access import (
    Agency,
    AgencyKind,
    Caller,
    SignInRules,
    add_agency,
    add_key,
    add_user,
    authenticate_key,
    hash_password,
    sign_in,
)
from tenprint.api import Settings, desk_settings, serving
from tenprint.console import add_console
from tenprint.desk import Desk, Options, Print, Submission
from tenprint.model import TEN_FINGERS, Finger, Purpose, Role, TransactionClass
from tenprint.synth import ImpressionStyle, person

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PAGES = (
    "/sign-in", "/", "/cases", "/search", "/search/names?identifier=A-1&purpose=administration",
    "/people/P1", "/transactions", "/operate", "/agencies", "/audit",
)  # fmt: skip
WORD = "for this benchmark only"
PAINT = """() => new Promise((done) => {
  const look = () => {
    const found = performance.getEntriesByName("first-contentful-paint")[0];
    found ? done(found.startTime) : setTimeout(look, 5);
  };
  look();
})"""
READY = """() => new Promise((done) => {
  const look = () => document.querySelector("[data-ready=true]")
    ? done(performance.now()) : requestAnimationFrame(look);
  look();
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=9)
    given = parser.parse_args()
    where = shutil.which("chromium")
    if where is None:
        sys.exit("There is no Chromium; apt-get install chromium.")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            folder=Path(folder) / "data", port=0, second_factor=False, hit_fpir=1e-40,
            log_level="error",
        )  # fmt: skip
        with (
            Desk.open(desk_settings(settings)) as desk,
            serving(desk, settings, extend=add_console) as url,
            sync_playwright() as driver,
        ):
            case, token = _fill(desk)
            browser = driver.chromium.launch(executable_path=where, args=FLAGS)
            context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 900})
            cookie = {"name": "tenprint_session", "value": token, "url": url}
            context.add_cookies([cookie])  # type: ignore[list-item]
            page = context.new_page()
            for path in (*PAGES, f"/cases/{case}"):
                shown = path.replace(case, "ID")
                page.goto(path)  # fills the browser's cache
                _tell(f"{shown}: first paint", [_paint(page, path) for _ in range(given.times)])
            ready = [_ready(page, f"/cases/{case}") for _ in range(given.times)]
            _tell("a case with two 1000 ppi prints: interactive", ready)
            browser.close()


def _tell(what: str, times: list[float]) -> None:
    print(f"{what:68} median {statistics.median(times):4.0f} ms, worst {max(times):4.0f} ms")


def _paint(page: Page, path: str) -> float:
    page.goto(path, wait_until="commit")
    found = float(page.evaluate(PAINT))
    page.wait_for_load_state("networkidle")  # the next one is not to wait for this one's pictures
    return found


def _ready(page: Page, path: str) -> float:
    page.goto(path, wait_until="commit")
    found = float(page.evaluate(READY))
    page.wait_for_load_state("networkidle")
    return found


def _fill(desk: Desk) -> tuple[str, str]:
    """Two people with ten prints at 1000 ppi, a case of one finger; a session that sees all."""
    with desk.store.transaction() as connection:
        add_agency(connection, Agency("POLICE", "Police", AgencyKind.POLICE))
        add_agency(connection, Agency("OPERATOR", "Operator", AgencyKind.OPERATOR))
        purposes = (Purpose.CRIMINAL_JUSTICE,)
        _, secret = add_key(
            connection, "POLICE", label="bench", roles=(Role.SUBMIT,), purposes=purposes
        )
        police = authenticate_key(connection, secret)
        add_user(
            connection, "operator", "OPERATOR", roles=tuple(Role),
            purposes=(Purpose.ADMINISTRATION,), password_hash=hash_password(WORD),
        )  # fmt: skip
    for number in (1, 2):
        prints = tuple(Print(_image(number, f, 0), f, ppi=1000.0) for f in TEN_FINGERS)
        _send(desk, police, Submission(
            f"enrol-{number}", TransactionClass.ENROL, Purpose.CRIMINAL_JUSTICE, prints=prints,
            person=f"P{number}", options=Options(search_first=False),
        ))  # fmt: skip
    finger = Finger.RIGHT_INDEX
    prints = (Print(_image(1, finger, 1), finger, ppi=1000.0),)
    _send(desk, police, Submission(
        "case", TransactionClass.CRIMINAL_TENPRINT, Purpose.CRIMINAL_JUSTICE, prints=prints
    ))  # fmt: skip
    rules = SignInRules(second_factor=False)
    session = sign_in(desk.store, "operator", WORD, rules=rules)
    (case,) = desk.cases(session.caller)
    return case.id, session.token


def _send(desk: Desk, caller: Caller, submission: Submission) -> None:
    desk.submit(caller, submission)
    while True:
        status = desk.status(caller, submission.transaction)
        if status.answered_at or status.under_review:
            return
        time.sleep(0.05)


def _image(who: int, finger: Finger, impression: int) -> bytes:
    """A rolled print, twice as large as it was drawn: 1000 ppi."""
    pixels = (
        person(900 + who).fingers[finger].impression(impression, style=ImpressionStyle.rolled())
    )
    drawn = Image.fromarray(pixels)
    out = io.BytesIO()
    large = drawn.resize((2 * drawn.width, 2 * drawn.height), Image.Resampling.BICUBIC)
    large.save(out, "PNG", dpi=(1000, 1000))
    return out.getvalue()


if __name__ == "__main__":
    main()
