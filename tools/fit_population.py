"""Holds the fictitious population (`tenprint.synth.population`) against real prints, and fits it.

    python tools/fit_population.py DIR --ppi DB2_B=569              # report
    python tools/fit_population.py DIR --ppi DB2_B=569 --rounds 2   # and look for better numbers

DIR is a folder in the FVC layout. Everything is measured with our own extractor and matcher. The
fit tries each number a step up and down and keeps what lies nearer to the real prints; what it
prints belongs into src/tenprint/synth/_population_style.py.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.formats import unpack_many
from tenprint.match import TemplateSet, fuse
from tenprint.model import Finger, Template
from tenprint.synth import PopulationStyle, population
from tenprint.synth import _population as room

Floats = NDArray[np.float64]
FMRS = (1e-1, 1e-2, 1e-3)
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
FIT_SEED, REPORT_SEED = 20_020, 20_021  # what is reported is not what was fitted
IMPRESSIONS = 4

#: What the fit may change, and its first step.
STEPS = {
    "contact_height": 10.0, "contact_width": 8.0, "contact_person": 0.02, "contact_finger": 0.02,
    "contact_touch": 0.015, "offset": 3.0, "distortion": 0.1, "clarity": 0.15,
    "clarity_person": 0.1, "clarity_finger": 0.1, "clarity_touch": 0.1, "clarity_minutia": 0.15,
    "clarity_chance": 0.15, "rim": 0.4, "spurious": 0.01, "jitter": 0.1, "jitter_angle": 0.005,
    "anatomy.density": 0.008, "anatomy.wobble": 0.01, "anatomy.variety": 0.1,
    "anatomy.pairing": 0.08, "anatomy.lean": 0.01,
}  # fmt: skip


@dataclasses.dataclass
class Measured:
    """Scores and templates of one set of prints."""

    genuine: Floats
    strangers: Floats
    counts: Floats
    qualities: Floats
    neighbours: (
        Floats  # shares within 30 pixels that point alike, and oppositely, within 30 degrees
    )


def distance(a: Floats, b: Floats) -> float:
    """Kolmogorov and Smirnov's: the widest gap between two distribution functions."""
    at = np.concatenate([a, b])
    one = np.searchsorted(np.sort(a), at, "right") / len(a)
    two = np.searchsorted(np.sort(b), at, "right") / len(b)
    return float(np.abs(one - two).max())


def at_fmr(scores: Floats) -> Floats:
    return np.quantile(scores, [1 - fmr for fmr in FMRS])


def describe(templates: list[Template]) -> tuple[Floats, Floats, Floats]:
    turns = []
    for m in (t.minutiae for t in templates[:400]):
        one, two = np.triu_indices(len(m), 1)
        x, y = m["x"].astype(float), m["y"].astype(float)
        near = np.hypot(x[one] - x[two], y[one] - y[two]) < 30
        turns.append(np.cos(m["angle"][one] - m["angle"][two])[near])
    cosine, limit = np.concatenate(turns), np.cos(np.pi / 6)
    return (
        np.array([len(t) for t in templates], float),
        np.array([t.quality for t in templates], float),
        np.array([(cosine > limit).mean(), (cosine < -limit).mean()]),
    )


def real(folder: Path, ppi: dict[str, float]) -> tuple[Measured, Floats]:
    """Pairs of one database, as its protocol has them; and strangers of different databases."""
    from tenprint.extract import extract

    templates, labels = [], []
    for index, database in enumerate(sorted(p for p in folder.iterdir() if p.is_dir())):
        for path in sorted(database.glob("*_*.*")):
            templates.append(extract(path, ppi=ppi.get(database.name, 500.0)))
            labels.append((index, int(path.stem.split("_")[0])))
    everybody = TemplateSet(templates)
    scores = np.stack([everybody.compare(t) for t in templates]).astype(float)
    database, finger = np.array(labels).T
    one = database[:, None] == database
    mated = one & (finger[:, None] == finger)
    first = ~np.tri(len(templates), dtype=bool)
    own = Measured(scores[mated & first], scores[one & ~mated & first], *describe(templates))
    return own, scores[~one & first]


def fictitious(
    style: PopulationStyle, people: int, probes: int, seed: int = FIT_SEED
) -> tuple[Measured, Floats]:
    """Mated scores of four impressions, strangers of any two fingers, strangers' same fingers."""
    prints = [
        unpack_many(list(population(1, people, seed=seed, impression=i, style=style)))
        for i in range(IMPRESSIONS)
    ]
    sets = [TemplateSet(p) for p in prints]
    genuine = [
        float(sets[b].compare(prints[a][k], [k])[0])
        for a, b in itertools.combinations(range(IMPRESSIONS), 2)
        for k in range(10 * people)
    ]
    person, position = np.divmod(np.arange(10 * people), 10)
    strangers, same = [], []
    for k in np.random.default_rng(5).permutation(10 * people)[:probes]:
        scores = sets[1].compare(prints[0][k]).astype(float)
        other = person != person[k]
        strangers.append(scores[other])
        same.append(scores[other & (position == position[k])])
    both = describe([t for p in prints for t in p])
    return Measured(np.array(genuine), np.concatenate(strangers), *both), np.concatenate(same)


def cost(found: Measured, wanted: Measured) -> float:
    """How far the population is from real prints; 1 is at the edge of what is asked for."""
    return (
        distance(found.genuine, wanted.genuine) / 0.1
        + float(np.abs(at_fmr(found.strangers) - at_fmr(wanted.strangers)).mean()) / 0.3
        + distance(found.counts, wanted.counts) / 0.2
        + distance(found.qualities, wanted.qualities) / 0.2
        + float(np.abs(np.quantile(found.genuine, (0.01, 0.05, 0.95)) - np.quantile(
            wanted.genuine, (0.01, 0.05, 0.95))).mean()) / 2
    )  # fmt: skip


def search(wanted: Measured, rounds: int, people: int) -> PopulationStyle:
    """Coordinate descent: each number a step up, a step down; steps are halved every round."""
    values = {name: float(get(name, PopulationStyle.plain())) for name in STEPS}

    def tried(values: dict[str, float]) -> float:
        return cost(fictitious(applied(values), people, 10 * people)[0], wanted)

    best = tried(values)
    for turn in range(rounds):
        for name, step in STEPS.items():
            for sign in (1, -1):
                change = values | {name: max(values[name] + sign * step / 2**turn, 0.0)}
                if (now := tried(change)) < best - 1e-3:
                    best, values = now, change
                    print(f"{best:.3f} {name} = {values[name]:.4g}", flush=True)
                    break
    return applied(values)


def get(name: str, style: PopulationStyle) -> Any:
    anatomy = name.removeprefix("anatomy.")
    return getattr(style, name) if anatomy == name else getattr(room.ANATOMY, anatomy)


def applied(values: dict[str, float]) -> PopulationStyle:
    """The plain style with these numbers; those of the anatomy are put in force."""
    body = {n.removeprefix("anatomy."): v for n, v in values.items() if n.startswith("anatomy.")}
    room.ANATOMY = dataclasses.replace(room.ANATOMY, **body)
    return PopulationStyle.plain(**{n: v for n, v in values.items() if "." not in n})


def row(name: str, values: Floats, digits: int = 2) -> None:
    print(f"| {name} | " + " | ".join(f"{v:.{digits}f}" for v in values) + " |")


def report(wanted: Measured, across: Floats, style: PopulationStyle, people: int) -> None:
    found, same = fictitious(style, people, 1000, REPORT_SEED)
    print(
        f"\n| strangers' score at FMR | {' | '.join(f'{f:g}' for f in FMRS)} |\n|---|---|---|---|"
    )
    row("FVC2002, in one database", at_fmr(wanted.strangers))
    row("FVC2002, in two", at_fmr(across))
    row("fictitious, any two fingers", at_fmr(found.strangers))
    row("fictitious, the same finger of two people", at_fmr(same))
    rolled, same_rolled = fictitious(PopulationStyle.rolled(), people, 200, REPORT_SEED)
    row("fictitious, any two fingers, rolled", at_fmr(rolled.strangers))
    row("fictitious, the same finger, rolled", at_fmr(same_rolled))
    row("fictitious, ten fingers fused", at_fmr(fused_strangers(style, people)))
    levels = (0.01, *LEVELS)
    print(f"\n| quantile | {' | '.join(f'{100 * q:g} %' for q in levels)} |\n|---|{'---|' * 6}")
    for name, real_values, ours, digits in (
        ("genuine score", wanted.genuine, found.genuine, 2),
        ("minutiae", wanted.counts, found.counts, 0),
        ("quality", wanted.qualities, found.qualities, 0),
    ):
        row(f"{name}, FVC2002", np.quantile(real_values, levels), digits)
        row(f"{name}, fictitious", np.quantile(ours, levels), digits)
    row("genuine score, fictitious, rolled", np.quantile(rolled.genuine, levels))
    row("minutiae, fictitious, rolled", np.quantile(rolled.counts, levels), 0)
    row("quality, fictitious, rolled", np.quantile(rolled.qualities, levels), 0)
    print()
    quality = found.qualities.reshape(IMPRESSIONS, people, 10)[0]
    within = np.corrcoef(quality.T)[~np.eye(10, dtype=bool)].mean()
    for name, kind in (("FVC2002", wanted), ("fictitious", found)):
        alike, opposite = kind.neighbours
        print(f"neighbours, {name}: {alike:.2f} point alike, {opposite:.2f} oppositely")
    apart = distance(found.genuine, wanted.genuine)
    print(f"Kolmogorov-Smirnov distance of genuine scores: {apart:.3f}")
    print(f"correlation of quality between two fingers of a person: {within:.2f}")
    for name, kind in (("plain", style), ("rolled", PopulationStyle.rolled())):
        start = time.process_time()
        made = population(0, 2000, style=kind)
        rate = len(made) / (time.process_time() - start)
        size = len(made.data) / len(made)
        print(f"{name}: {rate:,.0f} fingers a second and core, {size:.0f} bytes each")


def fused_strangers(style: PopulationStyle, people: int) -> Floats:
    """Scores of whole persons against strangers, finger by finger, fused."""
    enrolled, later = (
        unpack_many(list(population(1, people, seed=REPORT_SEED, impression=i, style=style)))
        for i in (0, 1)
    )
    gallery = TemplateSet(later)
    scores = np.empty((10, people, people))
    for position, person in np.ndindex(10, people):
        rows = np.arange(people) * 10 + position
        scores[position, person] = gallery.compare(enrolled[10 * person + position], rows)
    pairs = scores[:, ~np.eye(people, dtype=bool)]
    return np.array([fuse(column) for column in pairs.T.tolist()])


def tail(people: int = 4000, probes: int = 700, persons: int = 250) -> None:
    """How often fictitious strangers reach a score: right index fingers, and all ten fused."""
    index = [Finger.RIGHT_INDEX]
    gallery = TemplateSet(unpack_many(list(population(0, people, fingers=index))))
    searched = unpack_many(list(population(10_000, probes, impression=1, fingers=index)))
    single = np.concatenate([gallery.compare(probe) for probe in searched])
    enrolled = unpack_many(list(population(0, persons)))
    others = unpack_many(list(population(50_000, persons, impression=1)))
    scores = np.empty((10, persons, persons))
    for position in range(10):
        fingers = TemplateSet(others[position::10])
        for person in range(persons):
            scores[position, person] = fingers.compare(enrolled[10 * person + position])
    fused = np.array([fuse(column) for column in scores.reshape(10, -1).T.tolist()])
    print("\n| strangers' share above | 1 | 2 | 3 | 4 | 5 |\n|---|---|---|---|---|---|")
    for name, found in (("right index fingers", single), ("ten fingers fused", fused)):
        shares = " | ".join(f"{(found > score).mean():.2g}" for score in (1, 2, 3, 4, 5))
        print(f"| {name}, {len(found):,} pairs | {shares} |")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--ppi", action="append", default=[], metavar="DB=PPI")
    parser.add_argument("--people", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=0, help="of the search for better numbers")
    parser.add_argument("--tail", action="store_true", help="three million strangers' scores too")
    options = parser.parse_args()
    ppi = {name: float(value) for name, value in (item.split("=") for item in options.ppi)}
    wanted, across = real(options.folder, ppi)
    style = PopulationStyle.plain()
    if options.rounds:
        style = search(wanted, options.rounds, max(options.people // 4, 10))
        print(room.ANATOMY, style, sep="\n")
    report(wanted, across, style, options.people)
    if options.tail:
        tail()


if __name__ == "__main__":
    main()
