"""Error rates from scores: pure functions of arrays, no files and no matcher.

The convention everywhere: a comparison is called a match at threshold t if its score is >= t.
FMR(t) is the share of impostor scores >= t, FNMR(t) the share of genuine scores < t. Both are step
functions, so all operating points lie at the distinct observed scores and at plus infinity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class OperatingPoints:
    """Every operating point of a matcher on one set of scores.

    Attributes
    ----------
    threshold : ndarray of float64, shape (k,)
        Distinct observed scores, ascending, then plus infinity.
    fmr, fnmr : ndarray of float64, shape (k,)
        False-match and false-non-match rate at each threshold, fractions; `fmr` falls from 1 to 0,
        `fnmr` rises from 0 to 1.
    """

    threshold: Floats
    fmr: Floats
    fnmr: Floats

    @property
    def eer(self) -> float:
        """Equal error rate as FVC defines it (Maio et al., FVC2000, PAMI 24(3), 2002).

        The two steps around the crossing are looked at: the last threshold with FNMR <= FMR and
        the first with FNMR >= FMR. The one where FMR + FNMR is smaller counts (the lower threshold
        on a tie), and the rate is the mean of FMR and FNMR there.
        """
        below = int(np.flatnonzero(self.fnmr <= self.fmr)[-1])
        above = int(np.flatnonzero(self.fnmr >= self.fmr)[0])
        low, high = (float(self.fmr[k] + self.fnmr[k]) for k in (below, above))
        return min(low, high) / 2

    def at_fmr(self, fmr: float) -> int:
        """Index of the lowest threshold whose FMR is at most `fmr`."""
        return int(np.flatnonzero(self.fmr <= fmr)[0])

    def fnmr_at_fmr(self, fmr: float) -> float:
        """Lowest FNMR at an FMR of at most `fmr` (FMR100: 0.01, FMR1000: 0.001, ZeroFMR: 0)."""
        return float(self.fnmr[self.at_fmr(fmr)])

    def threshold_at_fmr(self, fmr: float) -> float:
        """Lowest threshold whose FMR is at most `fmr`; may be infinite."""
        return float(self.threshold[self.at_fmr(fmr)])


class ScoreTable:
    """Scores sorted once, so that many weightings of the same comparisons are cheap.

    Parameters
    ----------
    genuine, impostor : array_like of float
        Scores, higher is more alike, shape (n,) and (m,), neither empty, no NaN.

    Raises
    ------
    ValueError
        If a set is empty or holds a NaN.
    """

    def __init__(self, genuine: ArrayLike, impostor: ArrayLike) -> None:
        mated, unmated = as_scores(genuine, "genuine"), as_scores(impostor, "impostor")
        values, where = np.unique(np.concatenate([mated, unmated]), return_inverse=True)
        self.threshold: Floats = np.append(values, np.inf)
        self._genuine, self._impostor = where[: len(mated)], where[len(mated) :]

    def points(
        self,
        genuine_weight: NDArray[Any] | None = None,
        impostor_weight: NDArray[Any] | None = None,
    ) -> OperatingPoints:
        """Operating points, each comparison counted `weight` times (default once).

        Whole-number weights are counted exactly. Each set must keep a positive total weight.
        """
        rejected = self._below(self._genuine, genuine_weight)
        passed_over = self._below(self._impostor, impostor_weight)
        return OperatingPoints(
            self.threshold,
            fmr=(passed_over[-1] - passed_over) / passed_over[-1],
            fnmr=rejected / rejected[-1],
        )

    def _below(self, where: NDArray[Any], weight: NDArray[Any] | None) -> Floats:
        """Total weight of the scores strictly below each threshold."""
        counts = np.bincount(where, weight, minlength=len(self.threshold) - 1)
        return np.concatenate([[0.0], np.cumsum(counts)])


def as_scores(scores: ArrayLike, name: str) -> Floats:
    """`scores` as a flat float64 array; ValueError if empty or holding a NaN."""
    values = np.asarray(scores, np.float64).ravel()
    if not len(values) or np.isnan(values).any():
        raise ValueError(f"{name} scores must not be empty or NaN")
    return values


def operating_points(genuine: ArrayLike, impostor: ArrayLike) -> OperatingPoints:
    """Every operating point of these scores; see `ScoreTable` for what is accepted."""
    return ScoreTable(genuine, impostor).points()


def equal_error_rate(genuine: ArrayLike, impostor: ArrayLike) -> float:
    """Equal error rate of these scores, a fraction; the convention is `OperatingPoints.eer`."""
    return operating_points(genuine, impostor).eer


def fnmr_at_fmr(genuine: ArrayLike, impostor: ArrayLike, fmr: float) -> float:
    """Lowest FNMR reachable with an FMR of at most `fmr`, both fractions."""
    return operating_points(genuine, impostor).fnmr_at_fmr(fmr)


def rank_one(scores: Floats, mate: NDArray[np.integer[Any]]) -> float:
    """Share of probes whose mate scores strictly above everyone else.

    Parameters
    ----------
    scores : ndarray of float64, shape (probes, gallery)
    mate : ndarray of int, shape (probes,)
        Column of each probe's mate. A tie for the first place counts as a miss.
    """
    rows = np.arange(len(scores))
    others = scores.copy()
    others[rows, mate] = -np.inf
    return float(np.mean(scores[rows, mate] > others.max(axis=1)))
