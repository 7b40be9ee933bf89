"""Who is found where positions are unknown, or fingers and hands are mixed up.

    python benchmarks/positions_accuracy.py FOLDER --people 10000 --searches 40

Fictitious people are enrolled with ten fingers; second impressions of the last of them are searched
for with their positions as they are, not stated, and stated wrongly. Prints, for each, percent
found first, percent that are hits at FPIR 1e-3, percent of wrong orders that were named, and
seconds a search in the median.
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


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--searches", type=int, default=40)
    asked = parser.parse_args()
    with Gallery.open(new_file(asked.folder, "positions.tenprint")) as gallery:
        everybody = sets(population(0, asked.people, seed=SEED), asked.people)
        gallery.enroll_packed(list(everybody), batch=1000)
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
                "seconds": round(float(np.median(times)), 3),
            }
            print(case, json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
