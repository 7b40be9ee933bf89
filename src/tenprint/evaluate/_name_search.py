"""Names by the million: who is found, how fast, in how much memory."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tenprint.evaluate._machine import describe_run
from tenprint.evaluate._progress import Progress
from tenprint.model import Biographics, InputError, PersonName
from tenprint.names import NameIndex
from tenprint.synth import VARIATIONS, biographics, vary, vary_as

#: Queries of one search are asked for so many candidates.
_LIMIT = 10

#: About so many people are kept to make queries of.
_KEPT = 20_000

#: Frequent names, searched alone and with a birth date.
_COMMON = (
    ("Maria", "Garcia"), ("John", "Smith"), ("Mohammed", "Ahmed"), ("James", "Johnson"),
    ("Mary", "Smith"), ("Jose", "Rodriguez"), ("David", "Williams"), ("Wei", "Li"),
)  # fmt: skip


def evaluate_names(
    people: int, searches: int = 1000, *, seed: int = 0, progress: Progress | None = None
) -> dict[str, Any]:
    """Fill an index with fictitious people and search for some of them as others write them.

    Parameters
    ----------
    people : int
        How many, 1000 or more.
    searches : int
        Searches for each kind of variation, for two and for three changes together, and for
        each measurement of time.
    seed : int
        Other people and variants.

    Returns
    -------
    dict
        The figures, ready for JSON. `recall` says, for each variation, how often the person
        was among the first ten and first; `search_ms` is processor time of the searching thread,
        and `while_writing` the same, and the wall time of a search, with a writer at work.

    Raises
    ------
    InputError
        If a number is out of range.
    """
    if people < 1000 or not 1 <= searches <= 100_000:
        raise InputError("At least 1000 people; searches are 1 .. 100,000.", field="people")
    report: dict[str, Any] = {"run": describe_run(), "people": people, "searches": searches}
    index = NameIndex()
    known: dict[int, Biographics] = {}
    report |= _build(index, people, seed, known, progress)
    rng = np.random.default_rng(seed)
    seconds: list[float] = []
    recall: dict[str, Any] = {}
    kinds = [*VARIATIONS, "two changes", "three changes"]
    for at, kind in enumerate(kinds):
        recall[kind] = _recall(index, kind, known, searches, rng, seconds)
        if progress:
            progress("variations", at + 1, len(kinds))
    asked = sum(each["searches"] for each in recall.values())
    report["recall"] = recall
    report["recall_at_10"] = sum(r["at_10"] * r["searches"] for r in recall.values()) / asked
    report["recall_at_1"] = sum(r["at_1"] * r["searches"] for r in recall.values()) / asked
    report["search_ms"] = _quantiles(seconds)
    report["common_names_ms"] = _quantiles(_common(index, searches))
    report["while_writing"] = _while_writing(index, known, people, searches, seed)
    report["missed_by_identifier"] = _by_identifier(index, known)
    return report


def _build(
    index: NameIndex, people: int, seed: int, known: dict[int, Biographics],
    progress: Progress | None,
) -> dict[str, Any]:  # fmt: skip
    """Put everybody, and keep some to ask for; making the fictitious people is not counted."""
    every = max(1, people // _KEPT)
    wall = own = 0.0
    portion = 250_000
    for first in range(0, people, portion):
        some = [
            (number, (who,))
            for number, who in biographics(first, min(portion, people - first), seed)
        ]
        known.update({number: who for number, (who,) in some if number % every == 0})
        gc.collect()
        start, cpu = time.perf_counter(), time.process_time()
        index.put_many(some)
        wall += time.perf_counter() - start
        own += time.process_time() - cpu
        if progress:
            progress("people", first + len(some), people)
    index.settle()
    return {
        "build_s": round(wall, 2),
        "build_cpu_s": round(own, 2),
        "bytes_per_person": round(index.nbytes / people, 1),
    }


def _recall(
    index: NameIndex, kind: str, known: dict[int, Biographics], searches: int,
    rng: np.random.Generator, seconds: list[float],
) -> dict[str, Any]:  # fmt: skip
    asked = ten = one = 0
    for number, query in _queries(kind, known, searches, rng):
        start = time.thread_time()
        found = [candidate.key for candidate in index.search(query, _LIMIT)]
        seconds.append(time.thread_time() - start)
        asked += 1
        ten += number in found
        one += found[:1] == [number]
    return {"searches": asked, "at_10": ten / max(1, asked), "at_1": one / max(1, asked)}


def _queries(
    kind: str, known: dict[int, Biographics], searches: int, rng: np.random.Generator
) -> Iterator[tuple[int, Biographics]]:
    """People of the index, varied; fewer where the variation applies to few."""
    numbers = list(known)
    made = 0
    for at in rng.permutation(len(numbers)).tolist():
        number = numbers[at]
        query: Biographics | None
        if kind in VARIATIONS:
            query = vary_as(known[number], kind, number)
        else:
            query, _ = vary(known[number], number, 2 if kind == "two changes" else 3)
        if query is not None:
            made += 1
            yield number, query
        if made == searches:
            return


def _common(index: NameIndex, searches: int) -> list[float]:
    """Frequent names alone, and with a birth date."""
    seconds = []
    for n in range(searches):
        given, family = _COMMON[n // 2 % len(_COMMON)]
        born = (f"{1945 + n % 60}-{1 + n % 12:02}-{1 + n % 28:02}",) if n % 2 else ()
        query = Biographics(names=(PersonName(given, family),), birth_dates=born)
        start = time.thread_time()
        index.search(query, _LIMIT)
        seconds.append(time.thread_time() - start)
    return seconds


def _while_writing(
    index: NameIndex, known: dict[int, Biographics], people: int, searches: int, seed: int
) -> dict[str, Any]:
    """Searches while another thread puts and removes people as fast as it can."""
    stop = threading.Event()
    written = [0]

    def write() -> None:
        for number, who in biographics(people, 1_000_000, seed):
            if stop.is_set():
                return
            index.put(number, [who])
            if number % 3 == 0:
                index.remove(number)
            written[0] += 1

    rng = np.random.default_rng(seed + 1)
    queries = list(_queries("two changes", known, min(searches, 500), rng))
    writer = threading.Thread(target=write)
    writer.start()
    own: list[float] = []
    wall: list[float] = []
    for _, query in queries:
        start, cpu = time.perf_counter(), time.thread_time()
        index.search(query, _LIMIT)
        own.append(time.thread_time() - cpu)
        wall.append(time.perf_counter() - start)
    stop.set()
    writer.join()
    return {"written": written[0], "search_ms": _quantiles(own), "search_wall_ms": _quantiles(wall)}


def _by_identifier(index: NameIndex, known: dict[int, Biographics]) -> int:
    """How many people their identifiers do not lead to; none, it must be."""
    return sum(
        number not in index.by_identifier(each.kind, f" {each.value.lower()}-")
        for number, who in known.items()
        for each in who.identifiers
    )


def _quantiles(seconds: Sequence[float]) -> dict[str, float]:
    names = {"median": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {
        name: round(float(np.quantile(seconds, share)) * 1e3, 2) for name, share in names.items()
    }
