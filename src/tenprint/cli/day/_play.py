"""Playing a day's slices and checking every answer."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tenprint.cli.day._images import image_cost
from tenprint.cli.day._server import Server, started
from tenprint.cli.day._town import Progress, Town, make_town
from tenprint.cli.day._traffic import Ask, draw
from tenprint.cli.day._wire import Wire
from tenprint.evaluate import describe_run

#: Seconds that answers are waited for after the last request of a slice.
DRAIN = 900.0

#: Seconds an examiner takes for a case.
HUMAN = 8.0

#: Requests in flight at the most; more are sent late, which their latency tells.
AT_ONCE = 400

#: Wrong answers to ten-print searches that are told one by one.
MISTAKES = 20


@dataclass(frozen=True)
class Slice:
    """A part of the day."""

    minutes: float
    rate: float


@dataclass
class _Tally:
    """What came of a slice's requests."""

    sent: int = 0
    latency: dict[str, list[float]] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    waiting: dict[str, Ask] = field(default_factory=dict)
    answered: list[dict[str, Any]] = field(default_factory=list)
    mistakes: list[dict[str, Any]] = field(default_factory=list)
    lost: int = 0
    cases: int = 0


def play_day(
    keep: Path,
    people: int,
    slices: Sequence[Slice],
    *,
    agencies: int = 200,
    database: str | None = None,
    images: int = 0,
    progress: Progress = lambda *_: None,
) -> dict[str, Any]:
    """Make the town, start the service, play the slices, check the answers.

    Parameters
    ----------
    keep : Path
        Folder of the town; used again.
    people : int
    slices : sequence of Slice
        Each begins when everything of the one before is answered.
    agencies : int
        At least 10.
    database : str, optional
        PostgreSQL address; else SQLite in the folder.
    images : int
        Ten-print searches from images at the end, to measure what they cost.

    Returns
    -------
    dict
        JSON-ready figures; docs/performance.md says what each means.
    """
    begun = time.monotonic()
    town = make_town(keep, people, agencies, database, progress)
    made = time.monotonic() - begun
    begun = time.monotonic()
    played = []
    with started(town.folder, database, keep / "service.log", 1800) as server:
        open_s = time.monotonic() - begun
        for number, each in enumerate(slices):
            seed = int(time.time()) * 10 + number  # transaction identifiers are used once
            played.append(asyncio.run(_play(town, server, each, seed, progress)))
        from_images = asyncio.run(image_cost(town, server, images, progress)) if images else None
        load = asyncio.run(_load(town, server))
    return {
        "people": people,
        "agencies": agencies,
        "database": "postgresql" if database else "sqlite",
        "build_s": round(made, 1),
        "open_s": round(open_s, 1),
        "slices": played,
        "images": from_images,
        "load": load,
        "disk_bytes": _disk(town.folder),
        "run": describe_run(),
    }


async def _play(
    town: Town, server: Server, part: Slice, seed: int, progress: Progress
) -> dict[str, Any]:
    """One slice: everything is sent at its own time, whatever the service does."""
    asks = list(draw(town, 60 * part.minutes, part.rate, seed))
    tally = _Tally()
    wire = Wire(server.host, server.port)
    gate = asyncio.Semaphore(AT_ONCE)
    stop = asyncio.Event()
    truth: dict[str, str | None] = {each.transaction: each.person for each in asks}
    examiners = asyncio.create_task(_examine(town, wire, truth, tally, stop))
    server_before, client_before = server.processor_seconds(), time.process_time()
    start = time.monotonic()
    running: set[asyncio.Task[None]] = set()
    for number, ask in enumerate(asks):
        pause = start + ask.at - time.monotonic()
        if pause > 0:
            await asyncio.sleep(pause)
        task = asyncio.create_task(_send(wire, ask, start + ask.at, gate, tally))
        running.add(task)
        task.add_done_callback(running.discard)
        if number % 500 == 0:
            progress(f"{part.rate:g} a second", number, len(asks))
    await asyncio.gather(*running)
    elapsed = time.monotonic() - start
    server_busy = server.processor_seconds() - server_before
    client_busy = time.process_time() - client_before
    drained = await _drain(wire, tally)
    stop.set()
    await examiners
    await wire.close()
    progress(f"{part.rate:g} a second", len(asks), len(asks))
    return {
        "rate": part.rate,
        "minutes": part.minutes,
        **_summary(tally),
        "elapsed_s": round(elapsed, 1),
        "drain_s": round(drained, 1),
        "server_cores": round(server_busy / elapsed, 2),
        "client_cores": round(client_busy / elapsed, 2),
        "server_rss_bytes": server.memory_bytes(),
    }


async def _send(wire: Wire, ask: Ask, due: float, gate: asyncio.Semaphore, tally: _Tally) -> None:
    """One request; its latency counts from when it should have been sent."""
    tally.sent += 1
    async with gate:
        try:
            status, body = await wire.ask("POST", ask.path, ask.key, ask.body)
        except OSError as error:
            tally.statuses[type(error).__name__] += 1
            return
    tally.latency.setdefault(ask.kind, []).append(time.monotonic() - due)
    tally.statuses[str(status)] += 1
    if ask.transaction:
        if status in (200, 202):
            tally.waiting[ask.transaction] = ask
        return
    good = status == 200 and ask.person is not None and ask.person.encode() in body
    (tally.right if good else tally.wrong)[ask.kind] += 1


async def _drain(wire: Wire, tally: _Tally) -> float:
    """Wait until all that was accepted is answered; what is not then is lost."""
    begun = time.monotonic()
    while tally.waiting and time.monotonic() - begun < DRAIN:
        for name, ask in list(tally.waiting.items()):
            status, body = await wire.ask("GET", f"/v1/transactions/{name}", ask.key)
            if status != 200:
                continue
            found = json.loads(body)
            if found["state"] == "answered" and not found["under_review"]:
                tally.answered.append({"kind": ask.kind, **found})
                _check(tally, ask, found)
                del tally.waiting[name]
        await asyncio.sleep(1.0)
    tally.lost = len(tally.waiting)
    return time.monotonic() - begun


def _check(tally: _Tally, ask: Ask, found: dict[str, Any]) -> None:
    expected = ("hit", "done") if ask.person else ("no-hit", "done")
    good = found["outcome"] in expected and found["answers"] >= 1
    (tally.right if good else tally.wrong)[ask.kind] += 1
    if not good and len(tally.mistakes) < MISTAKES:
        told = {key: found[key] for key in ("transaction", "outcome")}
        tally.mistakes.append({"kind": ask.kind, "expected": ask.person, **told})


async def _examine(
    town: Town, wire: Wire, truth: dict[str, str | None], tally: _Tally, stop: asyncio.Event
) -> None:
    """Examiners who always see what is true, each after a while; two agree on every case."""
    seen: dict[str, float] = {}
    while not stop.is_set():
        status, body = await wire.ask("GET", "/v1/cases", town.examiners[0])
        cases = json.loads(body) if status == 200 else []
        for case in cases:
            first = seen.setdefault(case["id"], time.monotonic())
            if case["transaction"] not in truth or time.monotonic() - first < HUMAN:
                continue  # what is not of this slice is somebody else's to decide
            right = truth.get(case["transaction"]) == case["person"]
            finding = "identification" if right else "exclusion"
            decision = json.dumps({"finding": finding, "reason": "simulated"}).encode()
            for key in town.examiners[:2]:
                await wire.ask("POST", f"/v1/cases/{case['id']}/decision", key, decision)
            tally.cases += 1
        try:
            await asyncio.wait_for(stop.wait(), 2.0)
        except TimeoutError:
            continue


async def _load(town: Town, server: Server) -> Any:
    wire = Wire(server.host, server.port)
    status, body = await wire.ask("GET", "/v1/load", town.examiners[0])
    await wire.close()
    return json.loads(body) if status == 200 else None


def _summary(tally: _Tally) -> dict[str, Any]:
    """The figures of a slice."""
    queries = {}
    for kind, found in sorted(tally.latency.items()):
        ms = 1000 * np.asarray(found)
        queries[kind] = {
            "count": len(found),
            "p50_ms": round(float(np.percentile(ms, 50)), 1),
            "p95_ms": round(float(np.percentile(ms, 95)), 1),
            "p99_ms": round(float(np.percentile(ms, 99)), 1),
            "max_ms": round(float(ms.max()), 1),
            "right": tally.right[kind],
            "wrong": tally.wrong[kind],
        }
    answers = {}
    for kind in sorted({each["kind"] for each in tally.answered}):
        own = [each for each in tally.answered if each["kind"] == kind]
        machine = np.array([each["machine_seconds"] for each in own])
        answers[kind] = {
            "count": len(own),
            "machine_p50_s": round(float(np.percentile(machine, 50)), 3),
            "machine_p99_s": round(float(np.percentile(machine, 99)), 3),
            "machine_max_s": round(float(machine.max()), 3),
            "late": sum(bool(each["late"]) for each in own),
            "outcomes": dict(Counter(each["outcome"] for each in own)),
        }
    return {
        "sent": tally.sent,
        "statuses": dict(tally.statuses),
        "lost": tally.lost,
        "late": sum(each["late"] for each in answers.values()),
        "requests": queries,
        "answers": answers,
        "cases_decided": tally.cases,
        "mistakes": tally.mistakes,
    }


def _disk(folder: Path) -> dict[str, int]:
    """Bytes of the folder's parts."""
    found: Counter[str] = Counter()
    for root, _, files in os.walk(folder):
        part = Path(root).relative_to(folder).parts
        for name in files:
            try:
                size = (Path(root) / name).stat().st_size
            except OSError:
                continue
            found[part[0] if part else name] += size
    return dict(found)
