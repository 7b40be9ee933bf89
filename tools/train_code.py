"""Trains the fingers' codes (src/tenprint/gallery/code.tpc) on fictitious prints.

    python tools/train_code.py --people 600 --cache build/code-prints.npz --write
    python tools/train_code.py --cache build/code-prints.npz --report DIR --ppi DB2_B=569

Prints are drawn by tenprint.synth in five styles, so that sensors, places and pressures vary, and
extracted (about four seconds a person; the cache keeps them). The report never trains on DIR in
what is written; it sets beside the shipped parameters a training that leaves one database out, and
a quantiser refitted without labels on a gallery of the database itself. The last people of the
cache are left out of the training and serve as the fictitious background.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint._native import CodeModel, PreparedTemplate
from tenprint.formats import pack, unpack
from tenprint.gallery._code import CodeParameters, load_parameters, with_quantiser
from tenprint.match._match import native_rows
from tenprint.model import Template

Floats = NDArray[np.float32]
FIRST = (20_000, 30_000)  # seeds: one run of people for each of two processes
STYLES = 5
COMPONENTS, SHAPE = 64, 48
KEPT, SHRINK = 900, 0.3  # principal components before the discriminant analysis; its shrinkage
HELD_OUT = 50  # people


class Prints:
    """Packed templates and whose finger each is."""

    def __init__(self, templates: list[bytes], labels: list[int]) -> None:
        self.data = np.frombuffer(b"".join(templates), np.uint8)
        ends = np.cumsum([len(t) for t in templates])
        self.stops = ends.astype(np.int64)
        self.starts = np.concatenate([[0], ends[:-1]]).astype(np.int64)
        self.labels = np.array(labels)
        self.templates = templates
        self.quality = np.array([t[8] for t in templates])

    def chosen(self, mask: NDArray[Any]) -> Prints:
        """Those of the mask."""
        where = np.flatnonzero(mask)
        return Prints([self.templates[k] for k in where], self.labels[where].tolist())


def fictitious(seed: int) -> list[tuple[int, bytes]]:
    """Five impressions of each finger of one person."""
    from tenprint.extract import extract
    from tenprint.model import Finger
    from tenprint.synth import ImpressionStyle, person

    random = np.random.default_rng(seed)
    found = []
    for finger, source in person(seed).fingers.items():
        plain = ImpressionStyle.plain
        styles = [
            plain(),
            plain(height=374, width=388, contact_spread=0.16, offset=28.0, rotation=0.25,
                  noise=float(random.uniform(0.5, 1.6))),
            plain(offset=35.0, contact_height=float(random.uniform(220, 330)),
                  contact_width=float(random.uniform(180, 260)),
                  noise=float(random.uniform(0.6, 1.8)), rotation=0.25, pressure_spread=0.5),
            plain(height=480, width=300, contact_spread=0.14, offset=28.0, rotation=0.2,
                  noise=float(random.uniform(0.6, 1.6))),
            plain(height=300, width=300, offset=35.0, rotation=0.2,
                  noise=float(random.uniform(0.6, 1.6))),
        ]  # fmt: skip
        for number, style in enumerate(styles):
            template = extract(source.impression(number + 1, style=style))
            if template.quality > 10 and len(template) >= 8:
                found.append((seed * 16 + int(Finger(finger)), pack(template)))
        source.forget()
    return found


def load_or_make(cache: Path, people: int) -> Prints:
    """The cached prints, or new ones."""
    if not cache.exists():
        seeds = [first + k for first in FIRST for k in range(people // len(FIRST))]
        with ProcessPoolExecutor() as pool:
            rows = [row for found in pool.map(fictitious, seeds) for row in found]
        cache.parent.mkdir(parents=True, exist_ok=True)
        made = Prints([blob for _, blob in rows], [label for label, _ in rows])
        np.savez(cache, data=made.data, stops=made.stops, labels=made.labels)
    with np.load(cache) as kept:
        data, stops, labels = kept["data"].tobytes(), kept["stops"], kept["labels"]
    starts = np.concatenate([[0], stops[:-1]])
    return Prints([data[a:b] for a, b in zip(starts, stops, strict=True)], labels.tolist())


def descriptors(template: Template) -> tuple[Floats, Floats]:
    """Bits (n, 312) of a template's minutiae, and their rows x, y, angle unit, percent."""
    rows = native_rows(template)
    words = np.array(PreparedTemplate(rows).words(), np.int64)
    bits = np.unpackbits(
        words[:, 1:].astype("<u4").view(np.uint8).reshape(len(words), -1), axis=1, bitorder="little"
    )
    return bits[:, :312].astype(np.float32), rows[words[:, 0]].astype(np.float32)


def mixture(x: Floats, rounds: int = 20, seed: int = 0) -> tuple[Floats, Floats, Floats]:
    """Mean, variance and share of Gaussians with diagonal covariance (expectation maximisation)."""
    random = np.random.default_rng(seed)
    mean = x[random.choice(len(x), COMPONENTS, replace=False)].copy()
    variance, share = np.tile(x.var(0), (COMPONENTS, 1)), np.full(COMPONENTS, 1 / COMPONENTS)
    for _ in range(rounds):
        inverse = 1 / variance
        log = (np.log(share) - 0.5 * np.log(variance).sum(1) - 0.5 * (mean**2 * inverse).sum(1)
               + x @ (mean * inverse).T - 0.5 * (x * x) @ inverse.T)  # fmt: skip
        log -= log.max(1, keepdims=True)
        part = np.exp(log)
        part /= part.sum(1, keepdims=True)
        count = part.sum(0) + 1e-6
        mean = part.T @ x / count[:, None]
        variance = np.maximum(part.T @ (x * x) / count[:, None] - mean**2, 0.05 * x.var(0))
        share = count / count.sum()
    return mean.astype(np.float32), variance.astype(np.float32), share.astype(np.float32)


def describe(prints: Prints) -> dict[str, Floats]:
    """Principal components of the descriptors and the Gaussians, from some of the prints."""
    some = range(0, len(prints.templates), max(1, len(prints.templates) // 4000))
    listed = [descriptors(unpack(prints.templates[k])) for k in some]
    bits = np.concatenate([b for b, _ in listed])
    middle = bits.mean(0)
    _, vectors = np.linalg.eigh(np.cov((bits - middle).T))
    shape = vectors[:, ::-1][:, :SHAPE].astype(np.float32)
    shape /= ((bits - middle) @ shape).std(0)[0]
    features = []
    for own, rows in listed:
        angle = rows[:, 2] * (2 * np.pi / 256)
        place = (rows[:, :2] - np.average(rows[:, :2], axis=0, weights=rows[:, 3] + 1)) / 100
        features.append(
            np.c_[(own - middle) @ shape, np.cos(angle), np.sin(angle), place].astype(np.float32)
        )
    x = np.concatenate(features)
    some = np.random.default_rng(0).choice(len(x), min(60_000, len(x)), replace=False)
    mean, variance, share = mixture(x[some])
    return {"shape": shape, "shape_zero": -(middle @ shape).astype(np.float32),
            "mean": mean, "variance": variance, "share": share}  # fmt: skip


def discriminant(vectors: Floats, labels: NDArray[Any], size: int = 192) -> tuple[Floats, Floats]:
    """The mean, and the directions (d, size) in which fingers differ most for their own spread."""
    mean = vectors.mean(0)
    x = vectors - mean
    _, axes = np.linalg.eigh((x.T @ x / len(x)).astype(np.float64))
    axes = axes[:, ::-1][:, :KEPT].astype(np.float32)
    y = x @ axes
    _, own = np.unique(labels, return_inverse=True)
    count = np.bincount(own)
    means = np.stack([np.bincount(own, y[:, k]) for k in range(y.shape[1])], 1) / count[:, None]
    rest = y - means[own]
    within = rest.T @ rest / (len(y) - len(count))
    between = y.T @ y / len(y) - within
    within = (1 - SHRINK) * within + SHRINK * np.trace(within) / len(within) * np.eye(len(within))
    values, turn = np.linalg.eigh(within)
    white = turn / np.sqrt(values)
    _, best = np.linalg.eigh(white.T @ between @ white)
    return mean, (axes @ white @ best[:, ::-1][:, :size]).astype(np.float32)


def parameters(shape: dict[str, Floats], mean: Floats, axes: Floats) -> CodeParameters:
    """Parameters without a quantiser yet."""
    unit = np.abs(axes).max(0) / 127
    projection = np.rint(axes / unit).astype(np.int8)
    return CodeParameters(
        **shape,
        projection=projection,
        unit=unit.astype(np.float32),
        origin=(mean @ (projection * unit)).astype(np.float32),
        rotation=np.eye(192, dtype=np.float32),
        centroids=np.zeros((48, 15, 4), np.float32),
        middle=np.zeros(192, np.float32),
        scatter=np.eye(192, dtype=np.float32),
        weight=np.array([[0, 100], [1, 1]], np.float32),
    )


def fishers(model: CodeModel, prints: Prints) -> Floats:
    end, found = model.fisher(prints.data, prints.starts, prints.stops)
    if end != len(prints.starts):
        raise SystemExit(f"packed template {end} is damaged")
    return np.asarray(found)


def vectors_of(known: CodeParameters, prints: Prints) -> Floats:
    return known.vectors(prints.data, prints.starts, prints.stops, threads=2)


def standing(known: CodeParameters, probes: Floats, codes: Floats) -> Floats:
    """What probes have in common with codes, in the spreads that the search uses."""
    spread = np.sqrt(np.einsum("fi,ij,fj->f", probes, known.scatter, probes))
    return np.asarray((probes @ codes.T - (probes @ known.middle)[:, None]) / spread[:, None])


def weigh(known: CodeParameters, prints: Prints) -> CodeParameters:
    """How far mated fingers stand out, by the probe's quality."""
    vectors = vectors_of(known, prints)
    codes = known.decode(known.native.quantise(vectors))
    order = np.argsort(prints.labels, kind="stable")
    quality, found = [], []
    for group in np.split(order, np.flatnonzero(np.diff(prints.labels[order])) + 1):
        table = standing(known, vectors[group], codes[group])
        for row, probe in enumerate(group):
            rest = np.delete(table[row], row)
            quality.extend([int(prints.quality[probe])] * len(rest))
            found.extend(rest.tolist())
    quality_of, value = np.array(quality), np.array(found)
    edges = np.unique(np.quantile(quality_of, np.linspace(0, 1, 9)))
    points = []
    for low, high in pairwise(edges):
        inside = (quality_of >= low) & (quality_of <= high)
        points.append((float(quality_of[inside].mean()), float(value[inside].mean())))
    x, y = np.array(points).T
    rising = np.maximum.accumulate(np.maximum(y, 0.1))
    return replace(known, weight=np.stack([x, rising]).astype(np.float32))


def train(prints: Prints, shape: dict[str, Floats], extra: Prints | None = None) -> CodeParameters:
    """Everything, from these prints and, for the leave-one-out report, others' labels too."""
    base = parameters(shape, np.zeros(3392, np.float32), np.eye(3392, 192, dtype=np.float32))
    found, labels = fishers(base.native, prints), prints.labels
    if extra is not None:
        own = fishers(base.native, extra)
        found = np.concatenate([found] + [own] * 5)
        labels = np.concatenate([labels] + [extra.labels] * 5)
    known = parameters(shape, *discriminant(found, labels))
    known = with_quantiser(known, vectors_of(known, prints)[::2])
    return weigh(known, prints)


def missed(
    mates: list[Floats],
    strangers: list[Floats],
    weight: Floats,
    known: NDArray[Any],
    task: tuple[int, float],
    *,
    draws: int = 400,
    seed: int = 1,
) -> float:
    """Percent of searches whose person is not among the best share `task[1]`.

    Virtual people of `task[0]` fingers: each finger's probe is drawn from `known`, its mate from
    all mated pairs, and strangers' fingers from the strangers of the same probes.
    """
    random = np.random.default_rng(seed)
    lost, (fingers, penetration) = 0, task
    many = max(20_000, int(20 / penetration))
    for _ in range(draws):
        chosen = random.choice(known, fingers)
        mated = sum(weight[p] * random.choice(mates[p], 25) for p in chosen)
        others = sum(weight[p] * random.choice(strangers[p], many) for p in chosen)
        lost += int((mated < np.quantile(others, 1 - penetration)).sum())
    return 100 * lost / (25 * draws)


def interval(
    mates: list[Floats],
    strangers: list[Floats],
    weight: Floats,
    labels: NDArray[Any],
    task: tuple[int, float],
) -> str:
    """The 90 % interval of `missed` when fingers are drawn anew with replacement."""
    random = np.random.default_rng(2)
    fingers, found = np.unique(labels), []
    for turn in range(40):
        drawn = random.choice(fingers, len(fingers))
        known = np.concatenate([np.flatnonzero(labels == f) for f in drawn])
        draws = 15 if task[0] > 2 else 60
        found.append(missed(mates, strangers, weight, known, task, draws=draws, seed=turn))
    return f"{np.quantile(found, 0.05):.2f}-{np.quantile(found, 0.95):.2f}"


TASKS = ((1, 1e-2), (2, 1e-2), (10, 1e-4))


#: Of how many of ten fingers, and among which share of strangers, `early` looks.
BEST, SHARES = (5, 6, 7, 8, 10), (1e-5, 1e-4, 2e-4, 5e-4, 1e-3)


def early(
    mates: list[Floats],
    strangers: list[Floats],
    weight: Floats,
    *,
    draws: int = 40,
    many: int = 10**6,
) -> dict[int, list[float]]:
    """Percent missed by the best 5, 6, ... of ten fingers alone, for each of `SHARES`.

    As `missed`, with the fingers of a virtual person in the order of their weights.
    """
    random = np.random.default_rng(3)
    lost = {count: np.zeros(len(SHARES)) for count in BEST}
    for _ in range(draws):
        chosen = random.choice(len(mates), 10)
        chosen = chosen[np.argsort(-weight[chosen], kind="stable")]
        mated, others = np.zeros(100), np.zeros(many, np.float32)
        for count, p in enumerate(chosen, start=1):
            mated += weight[p] * random.choice(mates[p], 100)
            others += np.float32(weight[p]) * random.choice(strangers[p].astype(np.float32), many)
            if count in lost:
                least = np.quantile(others, [1 - share for share in SHARES])
                lost[count] += [(mated < bound).sum() for bound in least]
    return {count: (found / draws).tolist() for count, found in lost.items()}


def report(
    known: CodeParameters, prints: Prints, background: Prints, title: str, *, bounds: bool = False
) -> None:
    """Misses of the scan alone, by database: one finger, two fingers at 1e-2, ten at 1e-4."""
    vectors = vectors_of(known, prints)
    codes = known.decode(known.native.quantise(vectors))
    others = known.decode(known.native.quantise(vectors_of(known, background)))
    table, far = standing(known, vectors, codes), standing(known, vectors, others)
    weight = np.interp(prints.quality, *known.weight)
    database = prints.labels // 1000
    for db in np.unique(database):
        rows = np.flatnonzero(database == db)
        labels = prints.labels[rows]
        mates, real = [], []
        for r, probe in enumerate(rows):
            same = labels == labels[r]
            real.append(table[probe, rows[~same]])
            same[r] = False
            mates.append(table[probe, rows[same]])
        probes = np.array([k for k, own in enumerate(mates) if len(own)])
        line = f"{title:34s} DB{db}"
        for name, strangers in (("real", real), ("fictitious", list(far[rows]))):
            line += f"  {name}"
            for task in TASKS:
                line += f" {missed(mates, strangers, weight[rows], probes, task):6.3f}"
                if bounds and task[0] > 1:
                    line += f" ({interval(mates, strangers, weight[rows], labels, task)})"
        print(line, flush=True)
        if bounds and all(len(own) for own in mates):
            for count, found in early(mates, real, weight[rows]).items():
                words = "  ".join(
                    f"{100 * p:g} %: {m:.3f}" for p, m in zip(SHARES, found, strict=True)
                )
                print(f"  missed by the best {count} of ten fingers at {words}", flush=True)


def real_prints(folder: Path, ppi: list[str]) -> Prints:
    """Prints of a folder in the FVC layout; labels 1000 x database + finger."""
    from tenprint.extract import extract
    from tenprint.formats import read_image

    known = dict(each.split("=") for each in ppi)
    templates, labels = [], []
    for number, db in enumerate(sorted(p for p in folder.iterdir() if p.is_dir()), start=1):
        for path in sorted(db.glob("*_*.tif")):
            image = read_image(path, ppi=int(known.get(db.name, 500)))
            templates.append(pack(extract(image)))
            labels.append(1000 * number + int(path.stem.split("_")[0]))
    return Prints(templates, labels)


def main() -> None:
    as_written = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=as_written)
    parser.add_argument("--people", type=int, default=600)
    parser.add_argument("--cache", type=Path, default=Path("build/code-prints.npz"))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--report", type=Path)
    parser.add_argument("--ppi", action="append", default=[])
    asked = parser.parse_args()
    prints = load_or_make(asked.cache, asked.people)
    people = np.unique(prints.labels // 16)
    held = np.isin(prints.labels // 16, people[-HELD_OUT:])
    learned, background = prints.chosen(~held), prints.chosen(held)
    print(f"{len(learned.starts)} prints of {len(np.unique(learned.labels))} fingers", flush=True)
    target = Path(__file__).parents[1] / "src/tenprint/gallery/code.tpc"
    if asked.write:
        known = train(learned, describe(learned))
        known.save(target)
        print(f"{target}: {target.stat().st_size} bytes; weights {known.weight.round(2).tolist()}")
    if asked.report is None:
        return
    known = load_parameters(target)
    real = real_prints(asked.report, asked.ppi)
    shape = {f: getattr(known, f) for f in ("shape", "shape_zero", "mean", "variance", "share")}
    print("percent missed: one finger and two at 1e-2, ten at 1e-4")
    report(known, real, background, "trained on fictitious prints", bounds=True)
    for db in np.unique(real.labels // 1000):
        mine = real.labels // 1000 == db
        test = real.chosen(mine)
        refitted = with_quantiser(known, np.concatenate([vectors_of(known, test)] * 3))
        report(refitted, test, background, "  refitted without labels")
        left_out = train(learned, shape, real.chosen(~mine))
        report(left_out, test, background, "  with the other real databases")


if __name__ == "__main__":
    main()
