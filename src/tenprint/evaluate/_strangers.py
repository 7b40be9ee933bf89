"""Does a rate of false identifications mean what it says? Searches for people not enrolled."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.evaluate._machine import describe_run
from tenprint.evaluate._progress import Progress
from tenprint.evaluate._scale import (
    BATCH,
    HANDS,
    STRANGERS,
    build_gallery,
    command,
    make_pools,
    make_probes,
)
from tenprint.gallery import (
    CodeMatrix,
    Passes,
    Searcher,
    Whom,
    extrapolated_fpir,
    load_parameters,
    needed_score,
    stated_fpir,
)
from tenprint.model import InputError, StoreError

#: Rates that are looked at.
RATES = (1e-1, 1e-2, 1e-3)

#: Searches whose hands are also tried the other way round, to see what that adds.
BOTH_WAYS = 100

#: Candidates kept of each search: the best by score need not be the best by rate.
_KEPT = 3

#: Searches between two writes of what was found.
_PART = 200

#: Enrolled people with hands of their own, as galleries of `tenprint bench scale` have.
_OWN = 100


def evaluate_strangers(
    people: int,
    searches: int = 10_000,
    *,
    keep: Path,
    fingers: Sequence[int] = (10, 2),
    threads: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Search for fictitious people who are not enrolled, and count whom they are taken for.

    Parameters
    ----------
    people : int
        Size of the gallery.
    searches : int
        How many strangers, each searched for once for every number of fingers.
    keep : Path
        Folder of the pool, the gallery and the searches made; an interrupted run goes on, and more
        searches are added to those that were made.
    fingers : sequence of int
        10, 4, 2, 1.
    threads : int, optional
        Default: as many as there are processors.

    Returns
    -------
    dict
        For each number of fingers the false candidates at each rate, how many are allowed, and
        the observed rate's 95 % interval (Wilson 1927); ready for JSON. Strangers and gallery are
        of another population than the one that the rates were fitted on.

    Raises
    ------
    InputError
        If a number is out of range.
    StoreError
        If the disk has too little room, or the gallery is damaged.
    """
    if people < 2 * _OWN or not 1 <= searches <= 1_000_000:
        raise InputError("Searches are 1 .. 1,000,000, people 200 or more.", field="searches")
    if unknown := [n for n in fingers if n not in HANDS]:
        raise InputError(f"{unknown[0]} fingers; 10, 4, 2 or 1.", field="fingers")
    threads = threads or os.cpu_count() or 1
    keep.mkdir(parents=True, exist_ok=True)
    folks = make_pools(keep, people, _OWN, threads, progress)
    folder = keep / folks.name
    build_gallery(folder, folks, progress)
    code = load_parameters()
    matrix = CodeMatrix(folder, code.name)
    report: dict[str, Any] = {
        "run": describe_run(command()),
        "people": people,
        "recombined": folks.mixed > folks.pool.people,
        "by_fingers": {},
    }
    try:
        if matrix.damaged or matrix.rows != people:
            raise StoreError("The gallery is damaged.", source=folder, remedy="Remove the folder.")
        passes = Passes(matrix, threads)
        searcher = Searcher(matrix, code, folks.fetch, str(folder), threads, passes)
        for count in fingers:
            path = keep / f"strangers-{people}-{count}-{code.name:08x}-{_matcher()}.npz"
            once = _searched(searcher, people, count, searches, path, False, progress)
            path = path.with_name("both-" + path.name)
            both = _searched(
                searcher, people, count, min(BOTH_WAYS, searches), path, True, progress
            )
            found = _counted(people, count, once)
            found["both_ways"] = {
                "searches": len(both),
                "other_best": int((both[:, 0, 0] != once[: len(both), 0, 0]).sum()),
            }
            report["by_fingers"][str(count)] = found
    finally:
        matrix.close()
        folks.pool.close()
        folks.own.close()
    return report


def _matcher() -> str:
    """A name of the matcher's numbers, so that searches made with others are not mixed in."""
    return hashlib.sha256(files("tenprint.match").joinpath("model.json").read_bytes()).hexdigest()[
        :8
    ]


def _searched(
    searcher: Searcher,
    people: int,
    count: int,
    searches: int,
    path: Path,
    both_ways: bool,
    progress: Progress | None,
) -> NDArray[np.float64]:
    """Score and fingers compared of the best candidates, (searches, kept, 2)."""
    parts = [np.load(path)["best"]] if path.exists() else []
    made = sum(map(len, parts))
    while made < searches:
        some = min(_PART, searches - made)
        best = np.zeros((some, _KEPT, 2))
        probes = make_probes(HANDS[count], some, STRANGERS + made)
        for at in range(0, some, BATCH):
            chunk = probes[at : at + BATCH]
            answers = searcher.search(chunk, people, Whom(), swapped=both_ways)
            for number, answer in enumerate(answers):
                for place, (_, each) in enumerate(answer[:_KEPT]):
                    best[at + number, place] = each.score, max(1, len(each.fingers))
        parts = [np.concatenate([*parts, best])]
        made += some
        draft = path.with_suffix(".new.npz")
        np.savez(draft, best=parts[0])
        draft.replace(path)
        if progress:
            progress(f"{count} fingers{', both ways' if both_ways else ''}", made, searches)
    return np.asarray(parts[0][:searches])


def _counted(people: int, count: int, best: NDArray[np.float64]) -> dict[str, Any]:
    lowest = np.array(
        [
            min(stated_fpir(score, people, fingers=int(n) or 1) for score, n in each)
            for each in best.tolist()
        ]
    )
    searches = len(best)
    rates = {}
    for rate in RATES:
        events = int((lowest <= rate).sum())
        rates[f"{rate:.0e}"] = {
            "false_candidates": events,
            "allowed": round(rate * searches, 1),
            "observed": events / searches,
            "interval_95": [round(x, 6) for x in _wilson(events, searches)],
            "needed_score": round(needed_score(people, rate, fingers=count), 3),
            "extrapolated": extrapolated_fpir(rate, people, fingers=count),
        }
    quantiles = {
        str(q): round(float(np.quantile(best[:, 0, 0], q)), 3) for q in (0.5, 0.9, 0.99, 0.999)
    }
    return {"searches": searches, "at": rates, "best_score_quantiles": quantiles}


def _wilson(events: int, trials: int) -> tuple[float, float]:
    """The 95 % score interval of a rate."""
    z = 1.959964
    rate = events / trials
    middle = rate + z * z / (2 * trials)
    half = z * math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)
