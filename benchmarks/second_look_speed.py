"""The second look from packed templates: how long preparing takes, and comparisons a second.

    python benchmarks/second_look_speed.py [DIR] [--ppi DB=PPI] [--records 3000]

Without DIR the prints are those of a fictitious person, flat and rolled. The records of a few dozen
prints are laid one after the other many times over, and compared with prints of other fingers
(mated ones with prints of the same finger). *Preparing* is the time a record with a probe of no
minutiae: reading, checking and preparing, nothing else. One thread: processor time; more: elapsed,
which other programs on the machine make longer. Medians of `--rounds` runs.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

from tenprint import _native
from tenprint.evaluate._machine import LEVELS
from tenprint.evaluate._subjects import Subject, folder_subjects, synthetic_subjects
from tenprint.formats import pack
from tenprint.match import TemplateSet, compare_packed, packed_directory
from tenprint.model import Template, make_minutiae

NOBODY = Template(make_minutiae([], [], []), 1, 1)


def median(work: Callable[[], object], rounds: int, clock: Callable[[], float]) -> float:
    """Median seconds, after one run that is not counted."""
    work()
    taken = []
    for _ in range(rounds):
        start = clock()
        work()
        taken.append(clock() - start)
    return float(np.median(taken))


def measure(subject: Subject, records: int, rounds: int, threads: int) -> None:
    templates = subject.templates
    random = np.random.default_rng(0)
    chosen = random.integers(0, len(templates), records)
    packed = [pack(templates[k]) for k in chosen]
    data, ends = b"".join(packed), np.cumsum([0, *map(len, packed)])
    probes = [*templates, NOBODY]
    nobody = np.full(records, len(templates), np.int32)
    other = np.array(
        [random.choice(np.flatnonzero(subject.finger != subject.finger[k])) for k in chosen],
        np.int32,
    )
    same = np.array([_mate(subject, int(k), random) for k in chosen], np.int32)
    counts = [len(template) for template in templates]
    print(f"\n{subject.name}: {np.median(counts):.0f} minutiae, {len(data) / records:.0f} bytes")
    for level in range(_native.best_level(), -1, -1):
        _native.set_level(level)
        seconds = [
            median(lambda of=of: compare_packed(probes, data, ends, of), rounds, time.process_time)
            for of in (nobody, other, same)
        ]
        print(
            f"  {LEVELS[level]:9} preparing {seconds[0] / records * 1e6:5.1f} us; a second, "
            f"one thread: non-mated {records / seconds[1]:,.0f}, mated {records / seconds[2]:,.0f}"
        )
    _native.set_level(_native.best_level())
    for several in range(1, threads + 1):
        elapsed = median(
            lambda several=several: compare_packed(probes, data, ends, other, threads=several),
            rounds,
            time.perf_counter,
        )
        print(f"  elapsed, {several} thread(s): non-mated {records / elapsed:,.0f} a second")
    prepared = TemplateSet([templates[k] for k in chosen])
    ready = median(lambda: prepared.compare(templates[0]), rounds, time.process_time)
    print(f"  of prepared templates: {records / ready:,.0f} a second")
    listing = median(
        lambda: packed_directory(
            data, ends[:-1:10], ends[np.append(np.arange(10, records, 10), -1)]
        ),
        rounds,
        time.process_time,
    )
    print(f"  directory: {listing / records * 1e9:.0f} ns a record")


def _mate(subject: Subject, k: int, random: np.random.Generator) -> int:
    """Another print of the same finger, or the print itself where there is none."""
    mates = np.flatnonzero(subject.finger == subject.finger[k])
    return int(random.choice(mates[mates != k])) if len(mates) > 1 else k


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", nargs="?")
    parser.add_argument("--ppi", action="append", default=[], metavar="DB=PPI")
    parser.add_argument("--records", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    ppi = {name: float(value) for name, value in (item.split("=") for item in given.ppi)}
    subjects = (
        folder_subjects(given.directory, ppi=ppi) if given.directory else synthetic_subjects()
    )
    for subject in subjects:
        measure(subject, given.records, given.rounds, given.threads)


if __name__ == "__main__":
    main()
