"""Fits what a score means in a search (src/tenprint/gallery/search.json), on fictitious people.

    python tools/fit_search.py --cache FOLDER             # report
    python tools/fit_search.py --cache FOLDER --write     # and ship it
    python tools/fit_search.py --check DIR --ppi DB2_B=569   # what is shipped, against real prints

People who are not enrolled are searched for in galleries of two sizes, with one, two, four and ten
fingers: in the small one everybody gets the second look, in the large one the scan chooses. Of each
search the best candidates are kept, each with its score and its place in the scan.

The best of n strangers follows a law of extreme values (Gumbel): a location and a scale for each
number of fingers and size of gallery, from the upper tail of the best scores. Sizes in between and
beyond come from the same searches. In a gallery m times as large whose scan passes on the share q,
the best of the share q of this one is tried m times. In a smaller one it is the best of a part.

The people here are of another population (another seed) than those whom reports are made with.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.formats import unpack, unpack_all
from tenprint.gallery import CodeMatrix, Rows, load_parameters, needed_score
from tenprint.gallery._plan import candidates, make_plan
from tenprint.gallery._second import BY_ONE, BY_SCAN, BY_SCORE, FIRST_PRINTS
from tenprint.gallery._threshold import VERSION
from tenprint.match import TemplateSet, fuse, packed_directory
from tenprint.model import Finger, Template
from tenprint.synth import population

Floats = NDArray[np.float64]
SEED = 1968  # of the population; reports use another one
STRANGERS = 1_000_000_000  # number of the first person searched for
SMALL, LARGE = 2_000, 50_000
SIZES = (1, 10, 100, 1_000, 2_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
HANDS: dict[int, tuple[Finger, ...]] = {
    1: (Finger(2),),
    2: (Finger(2), Finger(7)),
    4: (Finger(2), Finger(3), Finger(7), Finger(8)),
    10: tuple(Finger(code) for code in range(1, 11)),
}
KEPT = 100  # candidates of each search
BATCH = 8
UPPER = 0.2  # of best scores make the tail that is fitted
LEAST_EVENTS = 10  # a rate with fewer searches beyond it is called extrapolated


class People:
    """A gallery in memory: codes for the scan, prepared templates for the second look."""

    part = 10_000

    def __init__(self, threads: int, cache: Path) -> None:
        self.code, self.threads = load_parameters(), threads
        self.prints = [TemplateSet() for _ in range(11)]
        self.matrices = {size: CodeMatrix(None, self.code.name) for size in (SMALL, LARGE)}
        for start in range(0, LARGE, self.part):
            path = cache / f"people-{start}-{self.code.name}.npz"
            if not path.exists():
                made = population(start, self.part, seed=SEED, threads=threads)
                at = made.offsets
                fresh = self.code.encode(made.data, at[:-1], at[1:], threads=threads)
                grade = packed_directory(made.data, at[:-1], at[1:]).quality
                np.savez(path, data=made.data, at=at, codes=fresh, quality=grade)
            self._enrol(start, np.load(path))
            print(f"enrolled {start + self.part}", flush=True)

    def _enrol(self, start: int, stored: Any) -> None:
        codes = np.full((self.part, 11, 24), 0xFF, np.uint8)
        quality = np.zeros((self.part, 11), np.uint8)
        codes[:, 1:] = stored["codes"].reshape(-1, 10, 24)
        quality[:, 1:] = stored["quality"].reshape(-1, 10)
        for each in unpack_all(stored["data"].tobytes()):
            self.prints[each.finger].append(each)
        for size, matrix in self.matrices.items():
            some = min(self.part, size - start)
            if some > 0:
                ids = np.arange(start, start + some)
                ones, none = np.ones(some, np.uint32), np.zeros(some, np.uint8)
                matrix.write(Rows(ids, codes[:some], quality[:some], ones, none))

    def scan(self, size: int, chunk: list[list[Template]]) -> list[NDArray[np.int64]]:
        """For each search the numbers of those worth a second look, the most alike first."""
        plans = [make_plan(p, self.code, size, has_unknown=False) for p in chunk]
        queries = [plan.queries[0] for plan in plans]
        hits = self.matrices[size].scan(queries, plans[0].candidates, threads=self.threads)
        return [rows for rows, _ in hits]

    def scores(self, probe: list[Template], ids: NDArray[np.int64]) -> Floats:
        """Scores by finger as `tenprint.gallery` compares them, (people, fingers); -1 where not.

        Its cascade once more, over templates that are ready: an order of magnitude faster.
        """
        table = np.full((len(ids), len(probe)), -1.0)
        order = sorted(range(len(probe)), key=lambda n: (-probe[n].quality, n))
        cascade = len(ids) > BY_SCORE + BY_SCAN and len(probe) > FIRST_PRINTS
        kept = np.arange(len(ids))
        for step, n in enumerate(order):
            if cascade and 0 < step <= FIRST_PRINTS:
                most = BY_ONE if step < FIRST_PRINTS else 1
                known = table[:, order[:step]].sum(1)
                known[np.setdiff1d(np.arange(len(ids)), kept)] = -np.inf
                best = np.argsort(-known, kind="stable")[: most * BY_SCORE]
                kept = np.union1d(best[: len(kept)], np.arange(most * BY_SCAN))
            table[kept, n] = self.prints[probe[n].finger].compare(probe[n], ids[kept])
        return table


@dataclass
class Searches:
    """The best candidates of searches for strangers, `KEPT` of each."""

    people: int
    score: Floats  # (searches, KEPT), descending; 0 where there are fewer
    place: NDArray[np.int64]  # of the same candidates in the scan, from 0

    def best(self, within: int) -> Floats:
        """The best score of each search among those the scan puts first."""
        return np.asarray(np.where(self.place < within, self.score, 0.0).max(1))


def probes(fingers: tuple[Finger, ...], first: int, count: int) -> list[list[Template]]:
    """Usable prints of strangers."""
    made = population(STRANGERS + first, count, seed=SEED, impression=1, fingers=fingers)
    prints = [unpack(record) for record in made]
    own = [prints[k * len(fingers) : (k + 1) * len(fingers)] for k in range(count)]
    return [[t for t in each if t.quality > 0 and len(t)] for each in own]


def search(people: People, size: int, fingers: tuple[Finger, ...], count: int, path: Path) -> None:
    """Search as a gallery does, hands as they are given; goes on with what is in the file."""
    score, place = np.zeros((0, KEPT)), np.zeros((0, KEPT), np.int64)
    if path.exists():
        stored = np.load(path)
        score, place = stored["score"], stored["place"]

    def look(probe: list[Template], ids: NDArray[np.int64]) -> tuple[Floats, NDArray[np.int64]]:
        table = people.scores(probe, ids)
        merit = np.where((table >= 0).all(1), table.sum(1), -np.inf)
        likely = np.argsort(-merit, kind="stable")[: min(KEPT, int((merit >= 0).sum()))]
        fused = np.array([fuse(table[row].tolist()) for row in likely])
        order = np.argsort(-fused, kind="stable")
        return fused[order], likely[order]

    with ThreadPoolExecutor(people.threads) as pool:
        while len(score) < count:
            some = probes(fingers, len(score), min(25 * BATCH, count - len(score)))
            found: list[tuple[Floats, NDArray[np.int64]]] = []
            for at in range(0, len(some), BATCH):
                chunk = [p for p in some[at : at + BATCH] if p]
                # Probes without a usable print are no searches.
                found += pool.map(look, chunk, people.scan(size, chunk))
            score = np.concatenate([score, np.stack([s for s, _ in found])])
            place = np.concatenate([place, np.stack([p for _, p in found])])
            np.savez(path, score=score, place=place)
            print(f"{len(fingers)} fingers, {size} people: {len(score)}", flush=True)


def law(found: Searches, people: int, fingers: int) -> tuple[float, float, float]:
    """Location, scale, and the lowest rate behind which enough searches stand."""
    searches, size = len(found.score), found.people
    least = people / size * LEAST_EVENTS / searches
    if people >= size:
        share = min(1.0, candidates(people, fingers) / people)
        best = np.sort(found.best(max(1, round(share * size))))[::-1]
        rate = (np.arange(searches) + 0.5) / searches
        location, scale = fit(best, rate, LEAST_EVENTS / searches)
        return location + scale * np.log(people / size), scale, least
    # A random part of a gallery where everybody is compared: k of `size` people reach the score.
    levels = np.sort(np.unique(found.score[:, :40]))[::-1]
    levels = levels[np.unique(np.geomspace(1, len(levels), 2000).astype(int) - 1)]
    rate = np.array(
        [np.mean(-np.expm1(people * np.log1p(-(found.score >= s).sum(1) / size))) for s in levels]
    )
    return *fit(levels, rate, least), least


def fit(score: Floats, rate: Floats, least: float) -> tuple[float, float]:
    """Location and scale of the law whose upper tail this is."""
    tail = (rate <= max(UPPER, 8 * least)) & (rate >= 0.3 * least) & (rate < 0.95) & (score > 0)
    y = -np.log(-np.log1p(-rate[tail]))
    # Equal steps of the rate's logarithm count alike: points crowd where many searches end.
    weight = np.gradient(np.log(rate[tail])) if tail.sum() > 2 else np.ones(int(tail.sum()))
    weight = np.sqrt(np.clip(weight, 0, None) * np.sqrt(rate[tail]))
    slope, start = np.polyfit(y, score[tail], 1, w=weight)
    return float(start), float(slope)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--cache", type=Path, default=Path("search-fit"), help="searches made")
    parser.add_argument("--check", type=Path, metavar="DIR", help="a folder in the FVC layout")
    parser.add_argument("--ppi", action="append", default=[], metavar="DB=PPI")
    parser.add_argument("--searches", type=int, default=2000, help="in the large gallery")
    parser.add_argument("--small-searches", type=int, default=800)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    if options.check:
        given = (item.split("=") for item in options.ppi)
        check(options.check, {name: float(value) for name, value in given})
        return
    options.cache.mkdir(parents=True, exist_ok=True)
    made: People | None = None
    found: dict[tuple[int, int], Searches] = {}
    for count, fingers in sorted(HANDS.items(), key=lambda each: (each[0] not in (2, 10), each[0])):
        for size, wanted in ((LARGE, options.searches), (SMALL, options.small_searches)):
            path = options.cache / f"{count}-{size}.npz"
            if not path.exists() or len(np.load(path)["score"]) < wanted:
                made = made or People(options.threads, options.cache)
                search(made, size, fingers, wanted, path)
            loaded = np.load(path)
            found[count, size] = Searches(size, loaded["score"], loaded["place"])
    write(found, shipped() if options.write else options.cache / "search.json")


def check(folder: Path, ppi: dict[str, float]) -> None:
    """What is shipped against real impostors: virtual strangers from one FVC database each.

    A stranger has at each position an impression of some finger, each person of the gallery one of
    another finger there. Ten fingers a database make few people, so chances of one person are
    counted and raised to the gallery's size.
    """
    from tenprint.extract import extract

    for each in sorted(p for p in folder.iterdir() if p.is_dir()):
        paths = sorted(each.glob("*_*.*"))
        templates = [extract(path, ppi=ppi.get(each.name, 500.0)) for path in paths]
        finger = np.array([int(path.stem.split("_")[0]) for path in paths])
        ready = TemplateSet(templates)
        table = np.stack([ready.compare(template) for template in templates]).astype(float)
        for count in HANDS:
            observed = _virtual(table, finger, count)
            for people in (1, 30, 1000):
                ratios = []
                for rate in (1e-1, 1e-2):
                    score = needed_score(people, rate, fingers=count)
                    chance = float(np.mean(observed >= score))
                    ratios.append(-np.expm1(people * np.log1p(-min(chance, 0.999))) / rate)
                words = "  ".join(f"{ratio:6.2f}" for ratio in ratios)
                print(f"{each.name} {count:2} fingers {people:5} people, observed/stated {words}")


def _virtual(table: Floats, finger: NDArray[np.int64], count: int) -> Floats:
    """Fused scores of many pairs of virtual strangers."""
    random = np.random.default_rng(3)
    pairs = 2_000_000 if count > 1 else 200_000
    total = np.zeros(pairs)
    for _ in range(count):
        one, two = random.integers(len(finger), size=(2, pairs))
        while (same := finger[one] == finger[two]).any():
            two[same] = random.integers(len(finger), size=int(same.sum()))
        total += table[one, two]
    # What `fuse` gives depends on the sum alone.
    at = np.linspace(0, total.max() + 0.1, 2000)
    return np.asarray(np.interp(total, at, [fuse([x / count] * count) for x in at]))


def shipped() -> Path:
    return Path(__file__).parents[1] / "src/tenprint/gallery/search.json"


def steadied(laws: Floats) -> Floats:
    """The same with scales on a line over the sizes searched, and more people never easier."""
    size, known = np.log10(SIZES), np.array(SIZES) <= 2 * LARGE
    slope, start = np.polyfit(size[known], laws[known, 1], 1)
    scale = start + slope * np.minimum(size, size[known].max())
    # Kept where the tail was best seen: the score of one search in twenty.
    middle = np.log(-np.log1p(-0.05))
    location = laws[:, 0] + (scale - laws[:, 1]) * middle
    return np.stack([np.maximum.accumulate(location), scale, laws[:, 2]], 1)


def write(found: dict[tuple[int, int], Searches], target: Path) -> None:
    """Fit all, print, and write the numbers."""
    location, scale, least = [], [], []
    for count in HANDS:
        laws = np.array(
            [law(found[count, LARGE if n >= LARGE else SMALL], n, count) for n in SIZES]
        )
        smooth = steadied(laws)
        for people, row, raw in zip(SIZES, smooth, laws, strict=True):
            needed = [round(row[0] - row[1] * np.log(-np.log1p(-r)), 2) for r in (1e-1, 1e-2, 1e-3)]
            print(count, f"{people:>11,}", np.round(raw, 4), "needed", needed, flush=True)
        location.append([round(row[0], 4) for row in smooth.tolist()])
        scale.append([round(row[1], 4) for row in smooth.tolist()])
        least.append([float(f"{min(1.0, row[2]):.2g}") for row in smooth.tolist()])
    numbers: dict[str, Any] = {
        "version": VERSION,
        "fingers": list(HANDS),
        "people": list(SIZES),
        "location": location,
        "scale": scale,
        "least_fpir": least,
        "fitted_on": "searches for fictitious strangers, seed "
        f"{SEED}: "
        + ", ".join(f"{len(f.score)} of {n} in {f.people}" for (n, _), f in sorted(found.items())),
    }
    target.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
