"""First paint of each page of the console in a town, and what an operator's open page costs.

``python benchmarks/console_speed.py FOLDER``, where FOLDER is a town of ``tenprint bench day --keep
FOLDER``. The service runs in a process of its own; Chromium opens its pages over loopback, each
several times with a filled browser cache. First paint counts from the start of the navigation; a
case is interactive when both prints are drawn and its keys work, a person's page when all
prints are there. At the end the day's requests are sent with and without somebody who follows the
operator's page; a page in a browser elsewhere is played by its requests. Needs Playwright and
Debian's package chromium.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import shutil
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from console_town import OPENING, Scene, make_scene, read_town
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tenprint.cli.day._play import Slice, _play
from tenprint.cli.day._server import Server, started
from tenprint.cli.day._town import Town, person_name
from tenprint.evaluate import describe_run

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]

#: Seconds between two refreshes of the operator's page, as its template says.
REFRESH = 2.0

PAINT = """() => new Promise((done) => {
  const look = () => {
    const found = performance.getEntriesByName("first-contentful-paint")[0];
    found ? done(found.startTime) : setTimeout(look, 5);
  };
  look();
})"""
CASE_READY = """() => new Promise((done) => {
  const look = () => document.querySelector("[data-ready=true]")
    ? done(performance.now()) : requestAnimationFrame(look);
  look();
})"""
PRINTS_READY = """() => new Promise((done) => {
  const look = () => {
    const all = [...document.querySelectorAll(".prints img")];
    all.length && all.every((each) => each.complete && each.naturalWidth)
      ? done(performance.now()) : requestAnimationFrame(look);
  };
  look();
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", type=int, default=9, help="openings of each page")
    parser.add_argument("--rate", type=float, default=300.0, help="requests a second, or 0")
    parser.add_argument("--seconds", type=float, default=60.0, help="of requests, each time")
    parser.add_argument("--json", type=Path, help="file for the figures")
    given = parser.parse_args()
    town = read_town(given.folder)
    scene = make_scene(given.folder, town)
    os.environ["TENPRINT_SECOND_FACTOR"] = "false"
    found: dict[str, Any] = {"people": town.people, "times": given.times}
    with started(town.folder, None, given.folder / "service.log", OPENING) as server:
        found["pages"], token = _pages(server, scene, given.times)
        found["refresh"] = _refresh_cost(server, token)
        if given.rate:
            found["followed"] = _followed(server, town, token, given.rate, given.seconds)
    found["run"] = describe_run()
    if given.json:
        given.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def _pages(server: Server, scene: Scene, times: int) -> tuple[dict[str, Any], str]:
    """Milliseconds of each page, and a session for what follows."""
    where = shutil.which("chromium")
    if where is None:
        sys.exit("There is no Chromium; apt-get install chromium.")
    search = "/search/names?family=Brookhurst&purpose=administration"
    paths = {
        path: path
        for path in (
            "/sign-in", "/", "/cases", "/search", search, f"/people/{person_name(17)}",
            "/transactions", "/operate", "/agencies", "/audit",
            f"/audit?person={scene.person}", "/audit/verify",
        )
    } | {
        "a person of ten prints": f"/people/{scene.person}",
        "a case of one print": f"/cases/{scene.one}",
        "a case of ten prints": f"/cases/{scene.ten}",
    }  # fmt: skip
    found = {}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=where, args=FLAGS)
        url = f"http://{server.host}:{server.port}"
        context = browser.new_context(base_url=url, viewport={"width": 1280, "height": 900})
        page = context.new_page()
        token = _sign_in(context, page, scene)
        for name, path in paths.items():
            page.goto(path, wait_until="networkidle")  # fills the browser's cache
            got = [_measured(page, path, PAINT) for _ in range(times)]
            found[f"{name}: first paint"] = _told(f"{name}: first paint", got)
        for name, script in (
            ("a case of one print", CASE_READY),
            ("a case of ten prints", CASE_READY),
            ("a person of ten prints", PRINTS_READY),
        ):
            what = f"{name}: " + ("interactive" if script is CASE_READY else "prints shown")
            got = [_measured(page, paths[name], script) for _ in range(times)]
            found[what] = _told(what, got)
        browser.close()
    return found, token


def _sign_in(context: BrowserContext, page: Page, scene: Scene) -> str:
    page.goto("/sign-in")
    page.fill("#name", scene.user)
    page.fill("#password", scene.password)
    page.press("#password", "Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    return next(
        str(each["value"]) for each in context.cookies() if each["name"] == "tenprint_session"
    )


def _measured(page: Page, path: str, script: str) -> float:
    page.goto(path, wait_until="commit")
    found = float(page.evaluate(script))
    page.wait_for_load_state("networkidle")  # the next one is not to wait for these pictures
    return found


def _told(what: str, times: list[float]) -> dict[str, float]:
    found = {"median_ms": round(statistics.median(times), 1), "worst_ms": round(max(times), 1)}
    print(f"{what:66} median {found['median_ms']:5.0f} ms, worst {found['worst_ms']:5.0f} ms")
    return found


def _ask(line: http.client.HTTPConnection, token: str) -> None:
    """One refresh of the operator's page, as its script sends it."""
    headers = {"Cookie": f"tenprint_session={token}", "HX-Request": "true", "Accept": "*/*"}
    line.request("GET", "/operate", headers=headers)
    answer = line.getresponse()
    answer.read()
    if answer.status != 200:
        raise SystemExit(f"The operator's page answered {answer.status}.")


def _refresh_cost(server: Server, token: str, count: int = 30) -> dict[str, float]:
    """Processor time of the service for one refresh, nothing else asked; the page's own pace."""
    line = http.client.HTTPConnection(server.host, server.port, timeout=60)
    idle = server.processor_seconds()
    time.sleep(10)
    idle = (server.processor_seconds() - idle) / 10
    begun, before, took = time.monotonic(), server.processor_seconds(), []
    for _ in range(count):
        asked = time.monotonic()
        _ask(line, token)
        took.append(1000 * (time.monotonic() - asked))
        time.sleep(max(0.0, REFRESH / 4 - (time.monotonic() - asked)))
    used = server.processor_seconds() - before - idle * (time.monotonic() - begun)
    found = {"cpu_ms": round(1000 * used / count, 1), "median_ms": statistics.median(took)}
    print(f"one refresh of /operate: {found['cpu_ms']:.1f} ms of processor time")
    return found


@contextmanager
def _followers(server: Server, token: str, count: int) -> Iterator[None]:
    """So many open pages that refresh themselves."""
    stop = threading.Event()

    def follow(number: int) -> None:
        line = http.client.HTTPConnection(server.host, server.port, timeout=60)
        stop.wait(REFRESH * number / count)  # they were not opened at the same moment
        while not stop.wait(REFRESH):
            _ask(line, token)

    threads = [threading.Thread(target=follow, args=(n,)) for n in range(count)]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        stop.set()
        for each in threads:
            each.join()


def _followed(
    server: Server, town: Town, token: str, rate: float, seconds: float
) -> list[dict[str, Any]]:
    """The day's requests without and with one and ten open pages."""
    found = []
    for pages in (0, 1, 0, 10):
        part = Slice(seconds / 60, rate)
        with _followers(server, token, pages):
            played = asyncio.run(_play(town, server, part, int(time.time()) * 10, lambda *_: None))
        kinds = played["requests"]
        slow = {kind: each["p99_ms"] for kind, each in kinds.items()}
        print(
            f"{pages:2} open pages at {rate:g} requests a second: {played['server_cores']:.2f} "
            "cores; p99 " + ", ".join(f"{kind} {ms:.0f} ms" for kind, ms in slow.items())
        )
        found.append({"pages": pages, **played})
    return found


if __name__ == "__main__":
    main()
