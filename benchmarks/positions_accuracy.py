"""Who is found where positions are unknown, or fingers and hands are mixed up.

    python benchmarks/positions_accuracy.py FOLDER --people 10000 --searches 40

Fictitious people are enrolled with ten fingers; second impressions of the last of them are searched
for with their positions as they are, not stated, and stated wrongly. Prints, for each, percent
found first, percent that are hits at FPIR 1e-3, percent of wrong orders that were named, and
seconds a search in the median and the 95th percentile. Strangers are searched for last, for their
seconds. With --keep the gallery that an earlier run left in FOLDER is searched again.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from enroll_speed import new_file, sets

from tenprint.gallery import Gallery
from tenprint.model import Finger, Template
from tenprint.synth import population, population_person

SEED = 77
PART = 10_000  # people made at a time
STRANGERS = 1_000_000_000  # number of the first person who is not enrolled
Hand = dict[Finger, Template]

_OTHER_HAND = {Finger(n): Finger((n + 4) % 10 + 1) for n in range(1, 11)}
_TWO = {Finger.RIGHT_INDEX: Finger.RIGHT_MIDDLE, Finger.RIGHT_MIDDLE: Finger.RIGHT_INDEX}


def moved(prints: Hand, to: dict[Finger, Finger]) -> list[Template]:
    """The prints, each under another position."""
    return [replace(one, finger=to.get(finger, finger)) for finger, one in prints.items()]


def unstated(prints: Hand, fingers: Sequence[Finger]) -> list[Template]:
    """Some of the prints without their positions."""
    return [replace(prints[each], finger=Finger.UNKNOWN) for each in fingers]


CASES: dict[str, Callable[[Hand], list[Template]]] = {
    "ten, as they are": lambda prints: list(prints.values()),
    "one, position unknown": lambda prints: unstated(prints, [Finger.RIGHT_INDEX]),
    "two, positions unknown": lambda prints: unstated(
        prints, [Finger.RIGHT_INDEX, Finger.LEFT_INDEX]
    ),
    "ten, two fingers swapped": lambda prints: moved(prints, _TWO),
    "ten, hands swapped": lambda prints: moved(prints, _OTHER_HAND),
}


def seconds(times: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    median, late = np.percentile(times, [50, 95]).round(3).tolist()
    return {"seconds": median, "seconds, 95 %": late}


def fill(gallery: Gallery, people: int) -> None:
    """Enrol everybody."""
    for start in range(0, people, PART):
        count = min(PART, people - start)
        part = sets(population(start, count, seed=SEED), count)
        packed = [(f"P{start + n:08}", data) for n, (_, data) in enumerate(part)]
        gallery.enroll_packed(packed, batch=1000)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--searches", type=int, default=40)
    parser.add_argument("--keep", action="store_true")
    asked = parser.parse_args()
    name = f"positions-{asked.people}.tenprint"
    kept = asked.keep and (asked.folder / name).exists()
    with Gallery.open(asked.folder / name if kept else new_file(asked.folder, name)) as gallery:
        if len(gallery) != asked.people:
            fill(gallery, asked.people)
        for case, change in CASES.items():
            first = hits = named = 0
            times = []
            for number in range(asked.people - asked.searches, asked.people):
                probe = change(population_person(number, seed=SEED, impression=1))
                begun = time.perf_counter()
                candidates = gallery.identify(probe, 1)
                times.append(time.perf_counter() - begun)
                if candidates and candidates[0].person == f"P{number:08}":
                    first += 1
                    hits += candidates[0].fpir <= 1e-3
                    named += bool(candidates[0].sequence)
            found = {
                "first": 100 * first / asked.searches,
                "hit": 100 * hits / asked.searches,
                "order named": 100 * named / asked.searches,
            } | seconds(times)
            print(case, json.dumps(found), flush=True)
        for case, change in CASES.items():
            times = []
            for number in range(STRANGERS, STRANGERS + asked.searches):
                probe = change(population_person(number, seed=SEED))
                begun = time.perf_counter()
                gallery.identify(probe, 1)
                times.append(time.perf_counter() - begun)
            print("stranger:", case, json.dumps(seconds(times)), flush=True)


if __name__ == "__main__":
    main()
