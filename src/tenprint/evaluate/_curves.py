"""The curves of a report, as numbers: calibration, error against reject, histogram."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.evaluate._bootstrap import FingerScores, Interval, draw_fingers
from tenprint.evaluate._metrics import Floats

#: Two-sided 95 % quantile of the normal distribution.
_Z = 1.959963984540054


@dataclass(frozen=True, eq=False)
class Calibration:
    """Stated against observed false-match rate.

    Attributes
    ----------
    stated : ndarray of float64, shape (k,)
        10 ** -score, the false-match rate a score claims, falling from 1.
    observed : ndarray of float64, shape (k,)
        Share of impostor comparisons that scored at least that.
    low, high : ndarray of float64, shape (k,)
        95 % band of `observed`: the wider of a bootstrap over fingers and, because a bootstrap
        cannot see what never happened, Wilson's interval of independent comparisons.
    comparisons : int
        How many impostor comparisons there were.
    """

    stated: Floats
    observed: Floats
    low: Floats
    high: Floats
    comparisons: int

    def at(self, stated: float) -> tuple[float, Interval]:
        """Observed rate and its band at the grid's nearest stated rate."""
        k = int(np.argmin(np.abs(np.log(self.stated) - np.log(stated))))
        return float(self.observed[k]), (float(self.low[k]), float(self.high[k]))


def calibrate(
    databases: Sequence[FingerScores],
    *,
    decades: float = 5,
    per_decade: int = 10,
    replicates: int = 500,
    seed: int = 0,
) -> Calibration:
    """How often impostors really reach the false-match rates that scores state.

    Parameters
    ----------
    databases : sequence of FingerScores
        All their impostor scores are pooled; scores are minus log10 of the false-match rate.
    decades, per_decade
        The grid: stated rates from 1 down to ``10 ** -decades``.
    replicates, seed : int
        Of the bootstrap over fingers.
    """
    levels = np.round(np.arange(0, decades * per_decade + 1) / per_decade, 6)
    # A score that equals the level up to float32 rounding reaches it.
    reached = [
        np.searchsorted(levels, each.impostor + 1e-6, side="right") - 1 for each in databases
    ]
    total = sum(len(each.impostor) for each in databases)
    observed = _shares([np.ones(len(each)) for each in reached], reached, len(levels))
    rng = np.random.default_rng(seed)
    draws = np.empty((replicates, len(levels)))
    for row in draws:
        weights = []
        for each in databases:
            mates = np.bincount(each.genuine_finger, minlength=each.fingers) > 0
            weights.append(each.weights(draw_fingers(each.fingers, mates, rng))[1])
        row[:] = _shares(weights, reached, len(levels))
    low, high = wilson(observed, total)
    if replicates:
        drawn_low, drawn_high = np.quantile(draws, [0.025, 0.975], axis=0)
        low, high = np.minimum(low, drawn_low), np.maximum(high, drawn_high)
    return Calibration(10.0**-levels, observed, low, high, total)


def _shares(weights: list[Floats], reached: list[NDArray[Any]], size: int) -> Floats:
    """Weighted share of scores at or above each level."""
    counts = np.zeros(size)
    for weight, where in zip(weights, reached, strict=True):
        inside = where >= 0
        counts += np.bincount(where[inside], weight[inside], minlength=size)
    everything = sum(float(weight.sum()) for weight in weights)
    shares: Floats = np.cumsum(counts[::-1])[::-1] / everything
    return shares


def wilson(share: Floats, count: int) -> tuple[Floats, Floats]:
    """Wilson's 95 % score interval of a share seen in `count` independent trials."""
    centre = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    reach = np.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2)) * _Z
    reach = reach / (1 + _Z**2 / count)
    return np.maximum(centre - reach, 0.0), np.minimum(centre + reach, 1.0)


@dataclass(frozen=True, eq=False)
class RejectCurve:
    """FNMR of what is left after the prints of lowest quality are refused.

    Attributes
    ----------
    rejected : ndarray of float64, shape (k,)
        Share of genuine comparisons refused, rising from 0.
    fnmr : ndarray of float64, shape (k,)
        False-non-match rate of the others at the same threshold.
    threshold : float
        The score below which a genuine comparison counts as missed.
    """

    rejected: Floats
    fnmr: Floats
    threshold: float

    @property
    def initial(self) -> float:
        """The FNMR before anything is refused."""
        return float(self.fnmr[0])


def reject_curve(
    genuine: Floats, quality: NDArray[np.integer[Any]], threshold: float
) -> RejectCurve:
    """Error against reject (Grother, Tabassi: Performance of biometric quality measures, 2007).

    Parameters
    ----------
    genuine : ndarray of float64, shape (n,)
    quality : ndarray of int, shape (n,)
        Quality of each comparison: the lower of its two prints'.
    threshold : float
        A genuine comparison below it is missed.

    Notes
    -----
    Comparisons of equal quality are refused together, so their order cannot flatter the curve.
    """
    missed = genuine < threshold
    order = np.argsort(quality, kind="stable")
    steps = np.flatnonzero(np.diff(quality[order])) + 1
    gone = np.concatenate([[0], steps])
    misses_gone = np.concatenate([[0], np.cumsum(missed[order])])[gone]
    left = len(genuine) - gone
    return RejectCurve(gone / len(genuine), (missed.sum() - misses_gone) / left, threshold)


def threshold_for_fnmr(genuine: Floats, fnmr: float) -> float:
    """The threshold that misses the share `fnmr` of these genuine comparisons, or just above."""
    ordered = np.sort(genuine)
    return float(ordered[min(int(np.ceil(fnmr * len(ordered))), len(ordered) - 1)])


def histogram(genuine: Floats, impostor: Floats, bins: int = 60) -> tuple[Floats, Floats, Floats]:
    """Shares of genuine and impostor scores in equal bins from 0 to the largest score.

    Returns
    -------
    edges : ndarray of float64, shape (bins + 1,)
    genuine_share, impostor_share : ndarray of float64, shape (bins,)
    """
    top = max(float(genuine.max()), float(impostor.max()), 1e-9)
    edges = np.linspace(min(0.0, float(genuine.min()), float(impostor.min())), top, bins + 1)
    mated, unmated = (
        np.histogram(scores, edges)[0] / len(scores) for scores in (genuine, impostor)
    )
    return edges, mated, unmated
