"""The scan alone: processor seconds of a search when one, eight or sixteen share a pass.

    python benchmarks/scan_speed.py [--people 1000000] [--scale 68000000] [--rounds 9]

Random codes of ten fingers in memory, or in files of FOLDER (`--folder`), which are mapped as an
index's are; one thread. Times are the least of the rounds (portable: of one), by search, and for
`--scale` people. Every instruction set; then with seven planes read of everybody and three of the
best 0.03 %.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np

from tenprint import _native
from tenprint._native import read_memory, scan_codes
from tenprint.evaluate._machine import LEVELS

PLANES, BYTES, LANES = 10, 24, 16


def make_planes(people: int, folder: Path | None) -> list[Any]:
    """Planes of random codes."""
    random = np.random.default_rng(1)
    planes = []
    for number in range(PLANES):
        codes = random.integers(0, 256, -(-people // LANES) * LANES * BYTES, np.uint8)
        if folder is not None:
            path = folder / f"scan-speed-{number}.bin"
            codes.tofile(path)
            codes = np.memmap(path, np.uint8, "r")
        planes.append(codes)
    return planes


def least(work: Any, rounds: int) -> float:
    """The least processor time of some rounds."""
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--scale", type=int, default=68_000_000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    planes = make_planes(asked.people, asked.folder)
    random = np.random.default_rng(2)
    tables = random.integers(0, 22, (16, PLANES, 48, 16)).astype(np.uint8)
    factor = asked.scale / asked.people
    # Which seven planes are read of everybody differs from search to search.
    orders = [random.permutation(PLANES).tolist() for _ in range(16)]
    k = max(1, int(asked.people * 3e-5))
    early = (7, max(k, int(asked.people * 3e-4)))

    def scan(count: int, first: tuple[int, int] | None) -> None:
        queries = [(orders[q], tables[q]) for q in range(count)]
        scan_codes(
            planes, queries, asked.people, [k] * count, early=[first] * count if first else []
        )

    for level in reversed(range(_native.best_level() + 1)):
        _native.set_level(level)
        for name, first in (("ten planes", None), ("seven first", early)):
            line = f"{LEVELS[level]:9s} {name:12s}"
            for count in (1, 8, 16):
                seconds = (
                    least(lambda c=count, f=first: scan(c, f), asked.rounds if level else 1) / count
                )
                line += f"  {count:2d}: {seconds * factor:.3f} s"
            print(line, flush=True)
    reading = least(lambda: [read_memory(plane, 1) for plane in planes], asked.rounds)
    print(f"reading ten planes: {reading * factor:.3f} s")


if __name__ == "__main__":
    main()
