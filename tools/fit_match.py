"""Fits the matcher's numbers (src/tenprint/match/model.json) on a folder in the FVC layout.

    python tools/fit_match.py DIR --ppi DB2_B=569            # report leaving one database out
    python tools/fit_match.py DIR --ppi DB2_B=569 --write    # and fit on all, for shipping

What is fitted: six weights (logistic regression on mated against non-mated comparisons), what
chance gives templates of any two sizes (quantile regressions on non-mated comparisons, of whole
prints and of random parts of them, so that small contact areas are covered), and the two score
curves (observed survival functions, straight tails).
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
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
CEILING = 12.0
LEVELS = (0.9, 0.98)  # quantiles of chance: location, and location plus spread
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


def compare_all(prints: Prints, model: Calibration) -> Pairs:
    """Every pair of prints: whole with whole, part with whole, part with part."""
    first, second = np.triu_indices(len(prints.whole), 1)
    terms, counts, whole = [], [], []
    for probes, candidates in (
        (prints.whole, prints.whole),
        (prints.part, prints.whole),
        (prints.whole, prints.part),
        (prints.part, prints.part),
    ):
        for i, j in zip(first, second, strict=True):
            found: Any = match_explain(probes[i], candidates[j], model.native)
            terms.append(found[7])
            counts.append((len(probes[i]), len(candidates[j])))
            whole.append(probes is prints.whole and candidates is prints.whole)
    db, finger = prints.database, prints.finger
    same_db = db[first] == db[second]
    return Pairs(
        np.array(terms),
        np.array(counts, np.float64),
        np.tile(same_db & (finger[first] == finger[second]), 4),
        np.tile(db[first], 4),
        np.tile(db[second], 4),
        np.array(whole),
    )


def logistic(features: Floats, mated: NDArray[np.bool_], penalty: float = 10.0) -> Floats:
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


def basis(counts: Floats) -> Floats:
    a, b = np.log(counts.min(1) + 1), np.log(counts.max(1) + 1)
    return np.stack([np.ones(len(a)), a, b, a * a, b * b, a * b], 1)


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
    inside = np.isin(pairs.first_db, list(databases)) & np.isin(pairs.second_db, list(databases))
    learn = inside & pairs.whole & (pairs.first_db == pairs.second_db)
    weights = logistic(pairs.terms[learn], pairs.mated[learn])
    strangers = inside & ~pairs.mated
    x = basis(pairs.counts[strangers])
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
    points.append((end[0] + 4 / slope, end[1] + 4))
    floor = (points[0][0] - (points[0][1] + np.log10(GATE_PASSES)) / slope, -np.log10(GATE_PASSES))
    second["curve"] = rising([floor, *points])
    return {
        "version": MODEL_VERSION,
        "first": first,
        "gate": gate,
        "weights": weights.tolist(),
        "second": second,
        "ceiling": CEILING,
        "support": round(float(end[1]), 3),
    }


def scores(numbers: dict[str, Any], pairs: Pairs, chosen: NDArray[np.bool_]) -> Floats:
    """The same arithmetic as the kernels', on features."""
    x, terms = basis(pairs.counts[chosen]), pairs.terms[chosen]
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
    run(templates, database, finger, options.write)


def run(templates: list[Template], database: list[int], finger: list[int], write: bool) -> None:
    """Fit, report leaving one database out, and write where asked."""
    target = Path(__file__).parents[1] / "src/tenprint/match/model.json"
    neutral = {
        "version": MODEL_VERSION,
        "first": {
            "location": [0.0] * 6,
            "spread": [0.0] * 6,
            "least_spread": 1.0,
            "curve": [[0, 1], [0, 1]],
        },
        "gate": 0.0,
        "weights": [1.0] * 6,
        "second": {
            "location": [0.0] * 6,
            "spread": [0.0] * 6,
            "least_spread": 1.0,
            "curve": [[0, 1], [0, 1]],
        },
        "ceiling": CEILING,
        "support": 0.0,
    }
    pairs = compare_all(prepare(templates, database, finger), build(neutral))
    everything = set(database)
    for out in sorted(everything):
        print(
            out,
            {k: round(v, 5) for k, v in report(fit(pairs, everything - {out}), pairs, out).items()},
        )
    numbers = fit(pairs, everything)
    print("weights", np.round(numbers["weights"], 3), "support", numbers["support"])
    if write:
        numbers["fitted_on"] = f"{len(templates)} impressions of {len(everything)} databases"
        target.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
