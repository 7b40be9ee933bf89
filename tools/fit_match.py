"""Fits the matcher's numbers (src/tenprint/match/model.json) on a folder in the FVC layout.

    python tools/fit_match.py DIR --ppi DB2_B=569            # report leaving one database out
    python tools/fit_match.py DIR --ppi DB2_B=569 --write    # and fit on all, for shipping

What is fitted: six weights (logistic regression on mated against non-mated comparisons), what
chance gives templates of any two sizes (quantile regressions on non-mated comparisons, of whole
prints, of random parts of them, so that small contact areas are covered, and of fictitious rolled
prints, so that large ones are), and the two score curves (observed survival functions, straight
tails).
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from tenprint._native import PreparedTemplate, match_explain
from tenprint.match._match import native_rows
from tenprint.match._model import MODEL_VERSION, Calibration, build
from tenprint.model import Template

Floats = NDArray[np.float64]
GATE_PASSES = 0.06  # of non-mated comparisons get the second look
CEILING = 20.0
FICTITIOUS = -1  # the database number of prints that are nobody's
ROLLED_PAIRS = 10_000
LEVELS = (0.9, 0.98)  # quantiles of chance: location, and location plus spread
MOST_TYPICAL = 0.999  # of strangers' typical similarities lie below where it stops to count
FMRS = (0.05, 0.03, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001)


@dataclass
class Prints:
    """Templates of a folder, each with its database and finger, and a random part of each."""

    whole: list[PreparedTemplate]
    part: list[PreparedTemplate]
    database: NDArray[np.int64]
    finger: NDArray[np.int64]


@dataclass
class Pairs:
    """Features of comparisons and what is known of each pair."""

    terms: Floats  # (n, 6)
    counts: Floats  # (n, 2)
    typical: Floats  # (n,)
    mated: NDArray[np.bool_]
    first_db: NDArray[np.int64]
    second_db: NDArray[np.int64]
    whole: NDArray[np.bool_]


def part_of(rows: NDArray[np.int32], random: np.random.Generator) -> NDArray[np.int32]:
    """The minutiae on one side of a random line or within a random disc."""
    if len(rows) < 8:
        return rows
    turn, centre = random.uniform(0, 2 * np.pi), rows[random.integers(len(rows))]
    along = rows[:, 0] * np.cos(turn) + rows[:, 1] * np.sin(turn)
    away = np.hypot(rows[:, 0] - centre[0], rows[:, 1] - centre[1])
    measure = along if random.random() < 0.5 else away
    kept = rows[measure <= np.quantile(measure, random.uniform(0.25, 0.85))]
    return np.ascontiguousarray(kept if len(kept) >= 6 else rows)


def prepare(templates: list[Template], database: list[int], finger: list[int]) -> Prints:
    random = np.random.default_rng(7)
    rows = [native_rows(t) for t in templates]
    return Prints(
        [PreparedTemplate(r) for r in rows],
        [PreparedTemplate(part_of(r, random)) for r in rows],
        np.array(database),
        np.array(finger),
    )


def gather(
    probes: list[PreparedTemplate],
    candidates: list[PreparedTemplate],
    mated: NDArray[np.bool_],
    databases: tuple[NDArray[np.int64], NDArray[np.int64]],
    whole: bool,
    model: Calibration,
) -> Pairs:
    """Features of comparisons, one for each probe and candidate in turn."""
    terms, typical = [], []
    for probe, candidate in zip(probes, candidates, strict=True):
        found: Any = match_explain(probe, candidate, model.native)
        terms.append(found[7])
        typical.append(found[8])
    counts = [(len(p), len(c)) for p, c in zip(probes, candidates, strict=True)]
    return Pairs(
        np.array(terms),
        np.array(counts, np.float64),
        np.array(typical),
        mated,
        *databases,
        np.full(len(terms), whole),
    )


def together(parts: list[Pairs]) -> Pairs:
    return Pairs(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Pairs)))


def compare_all(prints: Prints, model: Calibration) -> Pairs:
    """Every pair of prints: whole with whole, part with whole, part with part."""
    first, second = np.triu_indices(len(prints.whole), 1)
    db, finger = prints.database, prints.finger
    mated = (db[first] == db[second]) & (finger[first] == finger[second])
    return together(
        [
            gather(
                [probes[i] for i in first],
                [candidates[j] for j in second],
                mated,
                (db[first], db[second]),
                probes is prints.whole and candidates is prints.whole,
                model,
            )
            for probes in (prints.whole, prints.part)
            for candidates in (prints.whole, prints.part)
        ]
    )


def rolled_strangers(people: list[list[tuple[Template, Template]]], model: Calibration) -> Pairs:
    """Rolled prints of fictitious people against other people's rolled and plain ones.

    FVC databases hold no rolled prints; without these, chance would be extrapolated to their size.
    """
    rolled = [[PreparedTemplate(native_rows(r)) for _, r in person] for person in people]
    plain = [[PreparedTemplate(native_rows(p)) for p, _ in person] for person in people]
    random = np.random.default_rng(11)
    probes, candidates = [], []
    for _ in range(ROLLED_PAIRS):
        one, two = random.choice(len(people), 2, replace=False)
        finger = random.integers(10)
        other = finger if random.random() < 0.5 else random.integers(10)
        kind = random.integers(3)
        probes.append((plain if kind == 1 else rolled)[one][finger])
        candidates.append((plain if kind == 2 else rolled)[two][other])
    nobody = np.full(len(probes), FICTITIOUS)
    no = np.zeros(len(probes), bool)
    return gather(probes, candidates, no, (nobody, nobody), False, model)


def fictitious_people(count: int) -> list[list[tuple[Template, Template]]]:
    """Ten plain and ten rolled templates of each person; about six seconds a person."""
    from tenprint.extract import extract
    from tenprint.synth import ImpressionStyle, person

    out = []
    for seed in range(5000, 5000 + count):
        hands = person(seed).fingers.values()
        rolled = ImpressionStyle.rolled()
        out.append(
            [(extract(f.impression(1)), extract(f.impression(3, style=rolled))) for f in hands]
        )
    return out


def logistic(features: Floats, mated: NDArray[np.bool_], penalty: float = 1.0) -> Floats:
    """Weights that separate mated from non-mated, both kinds counting alike."""
    mean, sd = features.mean(0), features.std(0) + 1e-9
    x = (features - mean) / sd
    sign = np.where(mated, 1.0, -1.0)
    balance = np.where(mated, 0.5 / mated.mean(), 0.5 / (1 - mated.mean()))

    def loss(w: Floats) -> tuple[float, Floats]:
        margin = sign * (x @ w[:-1] + w[-1])
        cost = float(
            (balance * np.logaddexp(0, -margin)).sum() + 0.5 * penalty * (w[:-1] ** 2).sum()
        )
        pull = -balance * sign / (1 + np.exp(np.clip(margin, -500, 500)))
        return cost, np.append(x.T @ pull + penalty * w[:-1], pull.sum())

    best = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B").x
    return np.asarray(best[:-1] / sd)


def basis(pairs: Pairs, chosen: NDArray[np.bool_], most_typical: float) -> Floats:
    counts = pairs.counts[chosen]
    a, b = np.log(counts.min(1) + 1), np.log(counts.max(1) + 1)
    typical = np.minimum(pairs.typical[chosen], most_typical)
    return np.stack([np.ones(len(a)), a, b, a * a, b * b, a * b, typical], 1)


def quantile_fit(x: Floats, y: Floats, level: float) -> Floats:
    """Coefficients of the `level` quantile of y given x (smoothed check loss)."""
    mean, sd = x[:, 1:].mean(0), x[:, 1:].std(0) + 1e-9
    z = np.c_[np.ones(len(x)), (x[:, 1:] - mean) / sd]
    width = 0.06 * y.std()

    def loss(w: Floats) -> tuple[float, Floats]:
        e = y - z @ w
        cost = np.mean(level * e + width * np.logaddexp(0, -e / width))
        share = 1 / (1 + np.exp(np.clip(e / width, -500, 500)))
        return float(cost), -(z * (level - share)[:, None]).mean(0)

    start = np.zeros(z.shape[1])
    start[0] = np.quantile(y, level)
    w = minimize(loss, start, jac=True, method="BFGS").x
    slopes = w[1:] / sd
    return np.concatenate([[w[0] - slopes @ mean], slopes])


def chance(x: Floats, y: Floats) -> tuple[dict[str, Any], Floats]:
    """What non-mated templates give, and how far each value stands out from it."""
    low, high = (quantile_fit(x, y, level) for level in LEVELS)
    spread = x @ (high - low)
    least = float(max(0.25 * np.median(spread), 1e-3))
    numbers = {"location": low.tolist(), "spread": (high - low).tolist(), "least_spread": least}
    return numbers, (y - x @ low) / np.maximum(spread, least)


def standing(numbers: dict[str, Any], x: Floats, y: Floats) -> Floats:
    spread = np.maximum(x @ np.array(numbers["spread"]), numbers["least_spread"])
    return np.asarray((y - x @ np.array(numbers["location"])) / spread)


def rising(points: list[tuple[float, float]]) -> list[list[float]]:
    kept = [points[0]]
    for x, y in points[1:]:
        if x > kept[-1][0] + 1e-6 and y >= kept[-1][1]:
            kept.append((x, y))
    return [[x for x, _ in kept], [y for _, y in kept]]


def fit(pairs: Pairs, databases: set[int]) -> dict[str, Any]:
    """Everything in model.json, from the pairs inside these databases."""
    known = [*databases, FICTITIOUS]
    inside = np.isin(pairs.first_db, known) & np.isin(pairs.second_db, known)
    learn = inside & pairs.whole & (pairs.first_db == pairs.second_db)
    # Sizes and typical similarity are at hand while weights are learned, so that the weights say
    # what a feature means given them; their own part belongs to chance, below.
    strangers = inside & ~pairs.mated
    # A print compared with itself is more alike than strangers ever are; nothing is known of
    # chance there, and the line drawn on would take self-agreement for chance.
    most = round(float(np.quantile(pairs.typical[strangers], MOST_TYPICAL)), 4)
    given = np.c_[pairs.terms[learn], basis(pairs, learn, most)[:, 1:]]
    weights = logistic(given, pairs.mated[learn])[: pairs.terms.shape[1]]
    x = basis(pairs, strangers, most)
    first, stand1 = chance(x, pairs.terms[strangers, 0])
    second, stand2 = chance(x, pairs.terms[strangers] @ weights)
    gate = float(np.quantile(stand1, 1 - GATE_PASSES))
    below = [
        (float(np.quantile(stand1, 1 - f)), -np.log10(f))
        for f in (0.999, 0.9, 0.7, 0.5, 0.3, 0.2, 0.1)
    ]
    first["curve"] = rising([*below, (gate, -np.log10(GATE_PASSES))])
    passed = np.sort(np.where(stand1 > gate, stand2, -np.inf))[::-1]
    fmrs = [f for f in FMRS if f * len(passed) >= 10]
    points = [(float(passed[int(f * len(passed))]), -np.log10(f)) for f in fmrs]
    tail = [p for p in points if p[1] >= 2]
    slope = float(np.polyfit([p[0] for p in tail], [p[1] for p in tail], 1)[0])
    end = points[-1]
    # Beyond what was observed each further step is trusted less: the tail bends down.
    at, score = end
    for rise, trust in ((2, 1.0), (2, 0.5), (2, 0.25), (4, 0.125)):
        at, score = at + rise / (slope * trust), score + rise
        points.append((at, score))
    floor = (points[0][0] - (points[0][1] + np.log10(GATE_PASSES)) / slope, -np.log10(GATE_PASSES))
    second["curve"] = rising([floor, *points])
    return {
        "version": MODEL_VERSION,
        "first": first,
        "gate": gate,
        "weights": weights.tolist(),
        "second": second,
        "ceiling": CEILING,
        "most_typical": most,
        "support": round(float(end[1]), 3),
    }


def scores(numbers: dict[str, Any], pairs: Pairs, chosen: NDArray[np.bool_]) -> Floats:
    """The same arithmetic as the kernels', on features."""
    x, terms = basis(pairs, chosen, numbers["most_typical"]), pairs.terms[chosen]
    one = standing(numbers["first"], x, terms[:, 0])
    two = standing(numbers["second"], x, terms @ np.array(numbers["weights"]))

    def curve(points: list[list[float]], values: Floats) -> Floats:
        px, py = np.array(points[0]), np.array(points[1])
        slope = (py[-1] - py[-2]) / (px[-1] - px[-2])
        return np.where(
            values > px[-1], py[-1] + slope * (values - px[-1]), np.interp(values, px, py)
        )

    low = np.clip(curve(numbers["first"]["curve"], one), 0, -np.log10(GATE_PASSES))
    high = np.maximum(curve(numbers["second"]["curve"], two), -np.log10(GATE_PASSES))
    return np.where(one > numbers["gate"], np.minimum(high, CEILING), low)


def report(numbers: dict[str, Any], pairs: Pairs, database: int) -> dict[str, float]:
    """Errors and calibration on one database with numbers fitted elsewhere."""
    chosen = pairs.whole & (pairs.first_db == database) & (pairs.second_db == database)
    s, mated = scores(numbers, pairs, chosen), pairs.mated[chosen]
    genuine, impostor = np.sort(s[mated]), np.sort(s[~mated])
    at = np.unique(s)
    fnmr = np.searchsorted(genuine, at, "left") / len(genuine)
    fmr = 1 - np.searchsorted(impostor, at, "left") / len(impostor)
    cross = int(np.argmax(fnmr >= fmr))
    out = {"eer": float(fnmr[cross] + fmr[cross]) / 2}
    for rate in (1e-2, 1e-3):
        bound = impostor[::-1][int(rate * len(impostor))]
        out[f"fnmr@{rate:g}"] = float(np.mean(genuine <= bound))
        out[f"fmr/stated@{rate:g}"] = float(np.mean(impostor >= -np.log10(rate)) / rate)
        out[f"fnmr@stated {rate:g}"] = float(np.mean(genuine < -np.log10(rate)))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--ppi", action="append", default=[], metavar="DB=PPI")
    parser.add_argument("--people", type=int, default=30, help="fictitious people for rolled sizes")
    parser.add_argument("--write", action="store_true", help="fit on all databases and ship that")
    options = parser.parse_args()
    from tenprint.extract import extract

    ppi = {name: float(value) for name, value in (item.split("=") for item in options.ppi)}
    templates, database, finger = [], [], []
    for index, folder in enumerate(sorted(p for p in options.folder.iterdir() if p.is_dir())):
        for path in sorted(folder.glob("*_*.*")):
            templates.append(extract(path, ppi=ppi.get(folder.name, 500.0)))
            database.append(index)
            finger.append(int(path.stem.split("_")[0]))
    run(templates, database, finger, fictitious_people(options.people), options.write)


def run(
    templates: list[Template],
    database: list[int],
    finger: list[int],
    people: list[list[tuple[Template, Template]]],
    write: bool,
) -> None:
    """Fit, report leaving one database out, and write where asked."""
    target = Path(__file__).parents[1] / "src/tenprint/match/model.json"
    neutral = {
        "version": MODEL_VERSION,
        "first": {
            "location": [0.0] * 7,
            "spread": [0.0] * 7,
            "least_spread": 1.0,
            "curve": [[0, 1], [0, 1]],
        },
        "gate": 0.0,
        "weights": [1.0] * 6,
        "second": {
            "location": [0.0] * 7,
            "spread": [0.0] * 7,
            "least_spread": 1.0,
            "curve": [[0, 1], [0, 1]],
        },
        "ceiling": CEILING,
        "most_typical": 1.0,
        "support": 0.0,
    }
    model = build(neutral)
    pairs = compare_all(prepare(templates, database, finger), model)
    pairs = together([pairs, rolled_strangers(people, model)])
    everything = set(database)
    for out in sorted(everything):
        print(
            out,
            {k: round(v, 5) for k, v in report(fit(pairs, everything - {out}), pairs, out).items()},
        )
    numbers = fit(pairs, everything)
    print("weights", np.round(numbers["weights"], 3), "support", numbers["support"])
    if write:
        numbers["fitted_on"] = (
            f"{len(templates)} impressions of {len(everything)} databases, "
            f"rolled prints of {len(people)} fictitious people"
        )
        target.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
