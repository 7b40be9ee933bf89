"""How searches grow with the gallery: time, memory and misses, up to a country."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint._native import read_memory
from tenprint.evaluate._machine import describe_run
from tenprint.evaluate._peers import load_peers, time_peers
from tenprint.evaluate._pool import SEED, Pool, Recombined
from tenprint.evaluate._progress import Progress
from tenprint.formats import unpack
from tenprint.gallery import CodeMatrix, Passes, Searcher, Whom, load_parameters, needed_score
from tenprint.model import Finger, InputError, StoreError, Template
from tenprint.synth import population

#: Members of the pool that larger galleries are recombined from.
POOL = 2_000_000

#: Numbers, in the fictitious population, of the people searched for and of strangers to everybody.
SEARCHED, STRANGERS = 1_000_000_000, 2_000_000_000

#: Which fingers a search brings, by their number.
HANDS: dict[int, tuple[Finger, ...]] = {
    10: tuple(Finger(code) for code in range(1, 11)),
    4: (Finger(2), Finger(3), Finger(7), Finger(8)),
    2: (Finger(2), Finger(7)),
    1: (Finger(2),),
}

#: Rows written between two checkpoints of a gallery being built.
_BUILD = 65_536
_CHECKPOINT = 32 * _BUILD

#: Up to this many people, searches are also answered by comparing with everybody.
ORACLE = 20_000

#: How many of them, and how many are made at all where each looks twice at very many people.
ORACLE_SEARCHES, LONG_SEARCHES, LONG = 25, 40, 20_000

#: Searches that share a pass when throughput is measured.
BATCH = 16


@dataclass(frozen=True, eq=False)
class _Built:
    """A gallery ready to be searched."""

    matrix: CodeMatrix
    people: Recombined
    searcher: Searcher


def evaluate_scale(
    people: int,
    searches: int = 100,
    *,
    keep: Path,
    strangers: int = 0,
    fingers: Sequence[int] = (10, 4, 2, 1),
    threads: int | None = None,
    peers: bool = True,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Build a gallery of fictitious people, or take it up again, and measure searches in it.

    Parameters
    ----------
    people : int
        How many people, each with ten fingers.
    searches : int
        How many enrolled people are searched for, 1 .. 20,000; each with a later impression.
    keep : Path
        Folder for the pool and the galleries; what is there already is used.
    strangers : int
        How many people who are not enrolled are searched for, to count false candidates.
    fingers : sequence of int
        Of how many fingers searches are measured: 10, 4, 2, 1.
    threads : int, optional
        Default: as many as there are processors.
    peers : bool
        Whether faiss and usearch, where installed, search the same codes for comparison.

    Returns
    -------
    dict
        The figures, ready for JSON; docs/performance.md explains each.

    Raises
    ------
    InputError
        If a number is out of range.
    StoreError
        If the disk has too little room.
    """
    if not 1 <= searches <= 20_000 or people < 2 * searches:
        raise InputError("Searches are 1 .. 20,000 and at most half the people.", field="searches")
    if unknown := [n for n in fingers if n not in HANDS]:
        raise InputError(f"{unknown[0]} fingers; 10, 4, 2 or 1.", field="fingers")
    threads = threads or os.cpu_count() or 1
    known_peers = load_peers() if peers else {}
    keep.mkdir(parents=True, exist_ok=True)
    _check_room(keep, people)
    report: dict[str, Any] = {
        "run": describe_run(command()),
        "people": people,
        "searches": searches,
    }
    folks = make_pools(keep, people, searches, threads, progress)
    report |= {"pool_people": folks.pool.people, "recombined": folks.mixed > folks.pool.people}
    folder = keep / folks.name
    report |= build_gallery(folder, folks, progress)
    built, opened = _open_cold(folder, folks, threads)
    report |= opened
    try:
        report |= _speeds(built, searches, threads, progress)
        report["by_fingers"] = {
            str(count): _accuracy(built, HANDS[count], searches, progress) for count in fingers
        }
        first = report["by_fingers"][str(fingers[0])]
        report |= {key: first[key] for key in ("miss_rate_stage1", "penetration", "rank1")}
        if strangers:
            report["strangers"] = _false_candidates(built, strangers, progress)
        if peers:
            report["peers"] = time_peers(known_peers, built.matrix, built.people.rows, threads)
        report["rss_gb"] = _memory("VmRSS") / 1e6
        report["rss_own_gb"] = _memory("RssAnon") / 1e6
    finally:
        built.matrix.close()
        folks.pool.close()
        folks.own.close()
    return report


def command() -> str:
    """The command line, folders left out: they say nothing and belong to somebody's machine."""
    names = [Path(word).name if "/" in word else word for word in sys.argv]
    return shlex.join(names)


def _check_room(keep: Path, people: int) -> None:
    pool = min(people, POOL)
    present = sum(f.stat().st_size for f in keep.rglob("*") if f.is_file())
    needed = people * 251 + pool * 2900 - present
    if shutil.disk_usage(keep).free < needed * 1.02:
        raise StoreError(
            f"It takes {needed / 1e9:.0f} GB, which the disk does not have.", source=keep
        )


def make_pools(
    keep: Path, people: int, searches: int, threads: int, progress: Progress | None
) -> Recombined:
    pool = Pool(keep / "pool", min(people, POOL))
    own = Pool(keep / "searched", searches, SEARCHED)
    for each, stage in ((pool, "pool"), (own, "searched people")):

        def tell(done: int, total: int, stage: str = stage) -> None:
            if progress:
                progress(stage, done, total)

        each.make(threads, tell)
        each.open()
    return Recombined(pool, people, own)


def build_gallery(folder: Path, folks: Recombined, progress: Progress | None) -> dict[str, Any]:
    """Write the code matrix; goes on where an interrupted run stopped."""
    start = time.perf_counter()
    matrix = CodeMatrix(folder, load_parameters().name)
    at = matrix.rows
    resumed = at > 0
    try:
        while at < folks.people:
            count = min(_BUILD, folks.people - at)
            matrix.write(folks.rows(at + 1, count))
            at += count
            if at % _CHECKPOINT == 0:
                matrix.checkpoint()
            if progress:
                progress("gallery", at, folks.people)
        bytes_per_person = matrix.bytes_per_person()
    finally:
        matrix.close()
    seconds = None if resumed else round(time.perf_counter() - start, 3)
    return {"bytes_per_person": round(bytes_per_person, 2), "build_s": seconds}


def _open_cold(folder: Path, folks: Recombined, threads: int) -> tuple[_Built, dict[str, Any]]:
    """Open with nothing in memory, all checksums verified, and find the first person."""
    for path in folder.iterdir():
        file = os.open(path, os.O_RDONLY)
        os.fsync(file)
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)
    folks.pool.forget()
    folks.own.forget()
    probe, number = make_probes(HANDS[10], 1)[0], folks.mixed + 1
    start = time.perf_counter()
    code = load_parameters()
    matrix = CodeMatrix(folder, code.name)
    if matrix.damaged or matrix.rows != folks.people:
        matrix.close()
        raise StoreError("The gallery is damaged.", source=folder, remedy="Remove the folder.")
    opened = time.perf_counter() - start
    passes = Passes(matrix, threads)
    searcher = Searcher(matrix, code, folks.fetch, str(folder), threads, passes)
    found = searcher.search([probe], folks.people, Whom())[0]
    first = time.perf_counter() - start
    right = bool(found) and found[0][0] == number
    facts = {
        "open_s": round(opened, 3),
        "first_answer_s": round(first, 3),
        "first_answer_right": right,
        "checksums_verified": True,
    }
    return _Built(matrix, folks, searcher), facts


def _speeds(
    built: _Built, searches: int, threads: int, progress: Progress | None
) -> dict[str, Any]:
    """Times of ten-finger searches, one at a time and sharing passes, and of the scan alone."""
    probes = make_probes(HANDS[10], min(searches, 100))
    people = built.people.people
    warm: list[float] = []
    cold: list[float] = []
    for number, probe in enumerate(probes):
        built.people.pool.forget()
        start = time.perf_counter()
        built.searcher.search([probe], people, Whom())
        cold.append(time.perf_counter() - start)
        start = time.perf_counter()
        built.searcher.search([probe], people, Whom())
        warm.append(time.perf_counter() - start)
        if progress:
            progress("searches", number + 1, len(probes))
    together = probes[: min(len(probes), 32) // BATCH * BATCH or len(probes)]
    unknown = make_probes(HANDS[10], min(len(together), 16), STRANGERS)
    batched: list[float] = []
    core_seconds: list[float] = []
    for some in (together, unknown):
        built.people.pool.forget()
        start, begun = time.perf_counter(), time.process_time()
        built.searcher.search(some, people, Whom())
        batched.append(len(some) / (time.perf_counter() - start))
        core_seconds.append((time.process_time() - begun) / len(some))
    return {
        "search_s_median": round(float(np.median(cold)), 4),
        "search_s_p95": round(float(np.quantile(cold, 0.95)), 4),
        "search_s_median_warm": round(float(np.median(warm)), 4),
        "search_s_p95_warm": round(float(np.quantile(warm, 0.95)), 4),
        "searches_per_s_batched": round(batched[0], 3),
        "core_s_per_search_batched": round(core_seconds[0], 4),
        "strangers_per_s_batched": round(batched[1], 3),
        "core_s_per_stranger_batched": round(core_seconds[1], 4),
    } | _bandwidth(built, probes[0], threads)


def _bandwidth(built: _Built, probe: list[Template], threads: int) -> dict[str, Any]:
    """The scan of one search and of eight beside a plain read of the same planes, in turn."""
    plan = built.searcher.plan(probe, built.people.people)
    asked = plan.asked()[:1]
    positions = asked[0][0][0]
    first = plan.early[0] if plan.early else len(positions)
    planes = [plane.data for p in positions[:first] if (plane := built.matrix.planes[p])]
    rows = built.matrix.rows
    size = rows * 24 * len(planes)
    seconds: dict[str, list[float]] = {"one": [], "eight": [], "read": []}

    def scan(count: int) -> None:
        built.searcher.passes.scan(asked * count, Whom())

    def read() -> None:
        for plane in planes:
            read_memory(plane[: rows * 24], threads)

    works: dict[str, Callable[[], None]] = {
        "one": lambda: scan(1),
        "read": read,
        "eight": lambda: scan(8),
    }
    for _ in range(5):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - start)
    one, eight, reading = (float(np.median(seconds[name])) for name in ("one", "eight", "read"))
    return {
        "planes_scanned": len(planes),
        "scan_s": round(one, 4),
        "scan_of_eight_s": round(eight, 4),
        "scan_gb_per_s": round(size / one / 1e9, 2),
        "memory_read_gb_per_s": round(size / reading / 1e9, 2),
    }


def _accuracy(
    built: _Built, fingers: tuple[Finger, ...], searches: int, progress: Progress | None
) -> dict[str, Any]:
    """Who is missed by the scan, who is not first in the end, and how long it takes."""
    people, whom = built.people.people, Whom()
    probes = make_probes(fingers, searches)
    missed = first = lost = hit = agreed = asked = 0
    plan = built.searcher.plan(probes[0], people)
    if plan.candidates > LONG:
        searches = min(searches, LONG_SEARCHES)
    needed = needed_score(people, 1e-3, fingers=len(fingers))
    seconds: list[float] = []
    for done, probe in enumerate(probes[:searches], start=1):
        number = built.people.mixed + done
        passed: list[NDArray[np.int64]] = []
        begun = time.perf_counter()
        found = built.searcher.search([probe], people, whom, passed=passed)[0]
        seconds.append(time.perf_counter() - begun)
        present = bool((passed[0] == number).any())
        missed += not present
        right = bool(found) and found[0][0] == number
        first += right
        hit += right and found[0][1].score >= needed
        lost += present and number not in {key for key, _ in found}
        if people <= ORACLE and asked < ORACLE_SEARCHES:
            asked += 1
            agreed += right == _exhaustive(built, probe, number)
        if progress:
            progress(f"{len(fingers)} fingers", done, searches)
    figures = {
        "searches": searches,
        "miss_rate_stage1": missed / searches,
        "penetration": min(1.0, plan.candidates / people),
        "candidates": min(plan.candidates, people),
        "lost_by_cascade": lost / searches,
        "rank1": first / searches,
        "hit_at_fpir_1e-3": hit / searches,
        "search_s_median": round(float(np.median(seconds)), 4),
        "search_s_p95": round(float(np.quantile(seconds, 0.95)), 4),
    }
    if asked:
        figures["agrees_with_exhaustive"] = agreed / asked
    return figures


def _exhaustive(built: _Built, probe: list[Template], number: int) -> bool:
    """Whether comparing every finger with everybody puts this person first."""
    from tenprint.match import compare_packed, fuse, packed_directory

    encounters = built.people.fetch(range(1, built.people.people + 1))
    data = np.frombuffer(b"".join(each.packed for each in encounters), np.uint8)
    ends = np.cumsum([len(each.packed) for each in encounters], dtype=np.int64)
    found = packed_directory(data, np.concatenate([np.zeros(1, np.int64), ends[:-1]]), ends)
    scores: list[NDArray[np.float32]] = []
    for n, template in enumerate(probe):
        mine = found.finger == template.finger
        spans = np.stack([found.starts[mine], found.stops[mine]], 1)
        asked = np.full(len(spans), n, np.int32)
        scores.append(compare_packed(probe, data, spans, asked, threads=built.searcher.threads))
    table = np.stack(scores, 1)
    likely = np.argsort(-table.sum(1))[:100]
    fused = [fuse(table[row].tolist()) for row in likely]
    return bool(likely[int(np.argmax(fused))] + 1 == number)


def _false_candidates(built: _Built, strangers: int, progress: Progress | None) -> dict[str, Any]:
    """Searches for people who are not enrolled: how many bring a candidate at each rate."""
    people = built.people.people
    best: list[float] = []
    for start in range(0, strangers, 200):
        count = min(200, strangers - start)
        probes = make_probes(HANDS[10], count, STRANGERS + start)
        for answer in built.searcher.search(probes, people, Whom()):
            best.append(answer[0][1].score if answer else 0.0)
        if progress:
            progress("strangers", start + count, strangers)
    scores = np.array(best)
    return {
        "searches": strangers,
        "false_candidates": {
            f"{rate:.0e}": int((scores >= needed_score(people, rate)).sum())
            for rate in (1e-1, 1e-2, 1e-3)
        },
        "best_score_quantiles": {
            str(q): round(float(np.quantile(scores, q)), 3) for q in (0.5, 0.9, 0.99, 0.999)
        },
    }


def make_probes(
    fingers: tuple[Finger, ...], count: int, first: int = SEARCHED
) -> list[list[Template]]:
    """Later impressions of people first .. first + count - 1."""
    made = population(first, count, seed=SEED, impression=1, fingers=fingers)
    templates = [unpack(record) for record in made]
    size = len(fingers)
    usable: Callable[[Template], bool] = lambda t: t.quality > 0 and len(t) > 0  # noqa: E731
    return [[t for t in templates[k * size : (k + 1) * size] if usable(t)] for k in range(count)]


def _memory(field: str) -> int:
    """A field of this process's memory, kB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1])
    return 0
