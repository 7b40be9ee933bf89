"""Are the fictitious prints like real ones? Their statistics beside those of FVC2002.

Run from the repository: `.venv/bin/python benchmarks/synth_report.py --fvc FOLDER --json out.json`.
Without `--fvc` only the fictitious prints are measured. FVC2002 DB2 is read at 569 ppi.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tenprint.extract import extract
from tenprint.match import compare
from tenprint.model import TEN_FINGERS, Template
from tenprint.synth import ImpressionStyle, person

#: FVC2002's files carry no resolution.
RESOLUTION = {"DB2_B": 569.0}
#: A minutia counts from this quality on.
GOOD = 50


def statistics(prints: Sequence[Sequence[Template]]) -> dict[str, Any]:
    """What is compared: `prints[k]` are the impressions of finger k."""
    every = [t for finger in prints for t in finger]
    count = [int((t.minutiae["quality"] >= GOOD).sum()) for t in every]
    genuine = [
        compare(finger[i], finger[j])
        for finger in prints
        for i in range(len(finger))
        for j in range(i + 1, len(finger))
    ]
    impostor = [
        compare(a, b)
        for i, one in enumerate(prints)
        for other in prints[i + 1 :]
        for a in one[:4]
        for b in other[:4]
    ]
    return {
        "fingers": len(prints),
        "images": len(every),
        "minutiae_mean": float(np.mean(count)),
        "minutiae_sd": float(np.std(count)),
        "quality": quantiles([t.quality for t in every], (5, 50, 95)),
        "genuine_pairs": len(genuine),
        "genuine": quantiles(genuine, (1, 5, 25, 50, 95)),
        "impostor_pairs": len(impostor),
        "impostor": quantiles(impostor, (50, 95, 99, 100)),
        "impostor_above_1.3": round(float(np.mean(np.array(impostor) > 1.3)), 4),
    }


def quantiles(values: Sequence[float], percent: Sequence[int]) -> dict[str, float]:
    if not values:
        return {}
    return {
        str(p): round(float(q), 3)
        for p, q in zip(percent, np.percentile(values, percent), strict=True)
    }


def fictitious(style: ImpressionStyle, fingers: int, impressions: int) -> list[list[Template]]:
    prints = []
    for k in range(fingers):
        finger = person(10_000 + k).fingers[TEN_FINGERS[k % 10]]
        prints.append([extract(finger.impression(i, style=style)) for i in range(impressions)])
    return prints


def real(folder: Path) -> list[list[Template]]:
    prints: dict[str, list[Template]] = {}
    for path in sorted(folder.glob("*_*.tif")):
        template = extract(path, RESOLUTION.get(folder.name, 500.0))
        prints.setdefault(path.stem.split("_")[0], []).append(template)
    return list(prints.values())


def seconds() -> dict[str, float]:
    """Processor time of one master print and one impression, best of five."""
    masters, impressions = [], []
    for k in range(6):  # the first one also computes the filters
        finger = person(500 + k).fingers[TEN_FINGERS[k]]
        start = time.process_time()
        finger.master()
        middle = time.process_time()
        finger.impression(1)
        masters.append(middle - start)
        impressions.append(time.process_time() - middle)
    return {"master": min(masters), "plain_impression": min(impressions)}


def groups(args: argparse.Namespace) -> Iterator[tuple[str, list[list[Template]]]]:
    if args.fvc:
        for folder in sorted(p for p in args.fvc.iterdir() if p.is_dir()):
            yield f"FVC2002 {folder.name}", real(folder)
    for name in ("plain", "partial", "poor", "rolled") if args.fingers else ():
        few = 1 if name == "plain" else 2
        style = getattr(ImpressionStyle, name)()
        yield f"synth {name}", fictitious(style, args.fingers // few, args.impressions // few)


def line(name: str, figures: dict[str, Any]) -> str:
    def row(key: str) -> str:
        return " ".join(f"{v:6.2f}" for v in figures[key].values())

    quality = " ".join(f"{v:3.0f}" for v in figures["quality"].values())
    return (
        f"{name:<14} {figures['images']:4d}  {figures['minutiae_mean']:5.1f} "
        f"{figures['minutiae_sd']:4.1f}  {quality}  {row('genuine')}  {row('impostor')}  "
        f"{figures['impostor_above_1.3']:.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fvc", type=Path, help="folder with DB1_B .. DB4_B")
    parser.add_argument("--fingers", type=int, default=30, help="fictitious fingers")
    parser.add_argument("--impressions", type=int, default=8, help="impressions of each")
    parser.add_argument("--json", type=Path, help="write the figures here too")
    args = parser.parse_args()
    print(
        f"{'':<14} {'n':>4}  minutiae sd   quality      "
        f"{'genuine 1, 5, 25, 50, 95 %':<34}  {'impostor 50, 95, 99, 100 %':<27}  >1.3"
    )
    report: dict[str, Any] = {"seconds": seconds(), "groups": {}}
    kept: dict[str, list[list[Template]]] = {}
    for name, prints in groups(args):
        kept[name] = prints
        figures = report["groups"][name] = statistics(prints)
        print(line(name, figures), flush=True)
    if "synth rolled" in kept:
        across = report["rolled_against_plain"] = quantiles(
            [
                compare(a, b)
                for rolled, plain in zip(kept["synth rolled"], kept["synth plain"], strict=False)
                for a in rolled
                for b in plain
            ],
            (1, 5, 25, 50, 95),
        )
        print("rolled against plain, same finger, 1, 5, 25, 50, 95 %:", *across.values())
    took = report["seconds"]
    print(
        f"\nmaster {took['master']:.3f} s, impression {took['plain_impression']:.3f} s (one thread)"
    )
    if args.json:
        args.json.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
