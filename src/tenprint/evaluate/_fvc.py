"""The report of an FVC evaluation: rates, intervals and the scores they come from."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.evaluate._bootstrap import FingerScores, Interval, bootstrap
from tenprint.evaluate._curves import Calibration, calibrate
from tenprint.evaluate._dataset import Database
from tenprint.evaluate._metrics import Floats, OperatingPoints, operating_points
from tenprint.model import Template

#: Rates of one database, in the order they are computed and printed.
RATES = ("eer", "fmr100", "fmr1000", "zerofmr")

#: Rates of all databases together, one threshold for all.
POOLED_RATES = ("fnmr_at_fmr_1e-3", "fnmr_at_fmr_1e-4")

#: Stated false-match rates whose observed rate is reported.
STATED = {"1e-1": 1e-1, "1e-2": 1e-2, "1e-3": 1e-3, "1e-4": 1e-4}

#: The key of all databases together among the calibrations.
POOLED = "pooled"


#: A drawn band needs no finer edge than so many replicates give.
_BAND_REPLICATES = 300


@dataclass(frozen=True)
class Failure:
    """An image that gave no template (failure to enrol): its scores are 0."""

    database: str
    file: str
    reason: str


@dataclass(frozen=True, eq=False)
class ScoredDatabase:
    """One database with the scores of all its pairs, from any matcher.

    Attributes
    ----------
    database : Database
    genuine, impostor : ndarray of float64
        Scores in the order of `Database.genuine_pairs` and `Database.impostor_pairs`.
    quality : ndarray of int, shape (files,)
        Quality of each image, 0-100 (0 where extraction failed).
    templates : list of Template or None
        Where tenprint's own matcher made the scores: lets the report join the minutiae that the
        hardest pairs have in common.
    """

    database: Database
    genuine: Floats
    impostor: Floats
    quality: NDArray[np.int64]
    templates: Sequence[Template | None] = ()

    @property
    def name(self) -> str:
        """The database's name."""
        return self.database.name

    def points(self) -> OperatingPoints:
        """The operating points of this database."""
        return operating_points(self.genuine, self.impostor)

    def pair_quality(self) -> NDArray[np.int64]:
        """The lower quality of the two prints of each genuine pair."""
        quality: NDArray[np.int64] = self.quality[self.database.genuine_pairs()].min(axis=1)
        return quality

    def by_finger(self) -> FingerScores:
        """The scores with the fingers they belong to, for the bootstrap."""
        finger = self.database.finger
        return FingerScores(
            self.genuine,
            finger[self.database.genuine_pairs()[:, 0]],
            self.impostor,
            finger[self.database.impostor_pairs()],
            len(self.database.labels),
        )


@dataclass(frozen=True)
class Rates:
    """Error rates of one database, fractions; ``interval`` holds 95 % bounds of each."""

    eer: float
    fmr100: float
    fmr1000: float
    zerofmr: float
    genuine: int
    impostor: int
    interval: dict[str, Interval] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Rates and counts, without the intervals."""
        return {name: getattr(self, name) for name in RATES} | {
            "genuine": self.genuine,
            "impostor": self.impostor,
        }


@dataclass(frozen=True, eq=False)
class FvcReport:
    """What an evaluation by the FVC protocol found.

    Attributes
    ----------
    scored : list of ScoredDatabase
        The scores themselves.
    databases : dict of str to Rates
    mean_eer : float
        Mean of the databases' equal error rates, a fraction.
    pooled : dict of str to float
        FNMR at FMR 1e-3 and 1e-4 over all databases with one threshold.
    intervals : dict of str to (float, float)
        95 % bounds of ``mean_eer`` and of the pooled rates.
    calibration : dict of str to Calibration
        Stated against observed false-match rate of each database, and ``"pooled"``.
    rank1 : float
        Share of probes found first in the gallery of all first impressions.
    extract_ms, compare_us : float or None
        Median milliseconds an image, microseconds a non-mated comparison, one thread.
    failures : list of Failure
    details : dict
        Machine, version, date, command, settings, further timings.
    """

    scored: list[ScoredDatabase]
    databases: dict[str, Rates]
    mean_eer: float
    pooled: dict[str, float]
    intervals: dict[str, Interval]
    calibration: dict[str, Calibration]
    rank1: float | None = None
    extract_ms: float | None = None
    compare_us: float | None = None
    failures: list[Failure] = field(default_factory=list)
    details: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The report as JSON-ready data (no scores, no pictures)."""
        return {
            "databases": {name: rates.to_json() for name, rates in self.databases.items()},
            "mean_eer": self.mean_eer,
            "pooled": self.pooled,
            "rank1": self.rank1,
            "extract_ms": self.extract_ms,
            "compare_us": self.compare_us,
            "intervals": {
                "databases": {
                    name: {rate: list(bounds) for rate, bounds in rates.interval.items()}
                    for name, rates in self.databases.items()
                },
                **{name: list(bounds) for name, bounds in self.intervals.items()},
            },
            "calibration": {
                name: {
                    label: dict(zip(("observed", "interval"), curve.at(stated), strict=True))
                    for label, stated in STATED.items()
                }
                for name, curve in self.calibration.items()
            },
            "failures": [vars(failure) for failure in self.failures],
            **self.details,
        }

    def write_json(self, path: Path | str) -> None:
        """Write `to_json` to a file."""
        Path(path).write_text(json.dumps(self.to_json(), indent=2) + "\n", encoding="utf-8")


def assess(
    scored: Sequence[ScoredDatabase],
    *,
    replicates: int = 1000,
    seed: int = 0,
    tick: Callable[[], None] | None = None,
    **found: Any,
) -> FvcReport:
    """Error rates with intervals from the scores of any matcher.

    Parameters
    ----------
    scored : sequence of ScoredDatabase
        At least one, names distinct.
    replicates, seed : int
        Of the bootstrap over fingers; no replicates, no intervals.
    tick : callable, optional
        Called after each replicate.
    **found
        Further fields of `FvcReport`, such as ``rank1``.

    Returns
    -------
    FvcReport
    """
    points = [each.points() for each in scored]
    together = operating_points(
        np.concatenate([each.genuine for each in scored]),
        np.concatenate([each.impostor for each in scored]),
    )
    values = _measures(points, together)
    bounds = (
        bootstrap(
            [each.by_finger() for each in scored],
            _measures,
            replicates=replicates,
            seed=seed,
            tick=tick,
        )
        if replicates
        else []
    )
    databases = {}
    for row, each in enumerate(scored):
        own = slice(row * len(RATES), (row + 1) * len(RATES))
        databases[each.name] = Rates(
            **dict(zip(RATES, values[own], strict=True)),
            genuine=len(each.genuine),
            impostor=len(each.impostor),
            interval=dict(zip(RATES, bounds[own], strict=False)),
        )
    shared = len(RATES) * len(scored)
    return FvcReport(
        scored=list(scored),
        databases=databases,
        mean_eer=values[shared],
        pooled=dict(zip(POOLED_RATES, values[shared + 1 :], strict=True)),
        intervals=dict(zip(("mean_eer", *POOLED_RATES), bounds[shared:], strict=False)),
        calibration=_calibrations(scored, replicates, seed),
        **found,
    )


def _calibrations(
    scored: Sequence[ScoredDatabase], replicates: int, seed: int
) -> dict[str, Calibration]:
    """One of each database, and of all together where there are several."""
    sets = {each.name: [each.by_finger()] for each in scored}
    sets[POOLED] = [each.by_finger() for each in scored]
    draws = min(replicates, _BAND_REPLICATES)
    return {name: calibrate(scores, replicates=draws, seed=seed) for name, scores in sets.items()}


def _measures(points: list[OperatingPoints], together: OperatingPoints) -> list[float]:
    """Four rates a database, then mean EER, then the pooled rates."""
    values = []
    for each in points:
        values += [each.eer, *(each.fnmr_at_fmr(fmr) for fmr in (0.01, 0.001, 0.0))]
    mean = float(np.mean([each.eer for each in points]))
    return [*values, mean, *(together.fnmr_at_fmr(fmr) for fmr in (1e-3, 1e-4))]
