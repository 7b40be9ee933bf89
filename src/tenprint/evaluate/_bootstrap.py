"""Confidence intervals from a bootstrap over fingers.

Comparisons that share a finger are not independent, so whole fingers are drawn: in each replicate
as many fingers as the database has, with replacement. A finger drawn c times brings each of its
genuine pairs c times; two distinct fingers drawn c and d times bring each impostor pair between
them c * d times. Two draws of the same finger are never an impostor pair. (Bolle, Ratha, Pankanti:
Error analysis of pattern recognition systems - the subsets bootstrap, CVIU 93, 2004.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.evaluate._metrics import Floats, OperatingPoints, ScoreTable

Interval = tuple[float, float]


@dataclass(frozen=True, eq=False)
class FingerScores:
    """Scores of one database with the fingers that took part.

    Attributes
    ----------
    genuine : ndarray of float64, shape (n,)
    genuine_finger : ndarray of int, shape (n,)
        The finger of each genuine pair, 0 .. fingers - 1.
    impostor : ndarray of float64, shape (m,)
    impostor_fingers : ndarray of int, shape (m, 2)
        The two different fingers of each impostor pair.
    fingers : int
        How many fingers the database has, at least 2.
    """

    genuine: Floats
    genuine_finger: NDArray[np.integer[Any]]
    impostor: Floats
    impostor_fingers: NDArray[np.integer[Any]]
    fingers: int

    def by_score(self) -> FingerScores:
        """The same with both kinds in ascending order: tables of it are filled front to back."""
        genuine, impostor = np.argsort(self.genuine), np.argsort(self.impostor)
        return FingerScores(
            self.genuine[genuine],
            self.genuine_finger[genuine],
            self.impostor[impostor],
            np.asfortranarray(self.impostor_fingers[impostor]),
            self.fingers,
        )

    def weights(self, drawn: NDArray[np.integer[Any]]) -> tuple[Floats, Floats]:
        """How often each genuine and each impostor pair counts, given how often each finger is."""
        times = drawn.astype(np.float64)
        left, right = self.impostor_fingers[:, 0], self.impostor_fingers[:, 1]
        return times[self.genuine_finger], times[left] * times[right]


def draw_fingers(fingers: int, has_mates: NDArray[np.bool_], rng: np.random.Generator) -> Any:
    """How often each finger is drawn; drawn again until genuine and impostor pairs exist."""
    while True:
        times = np.bincount(rng.integers(0, fingers, fingers), minlength=fingers)
        if np.count_nonzero(times) > 1 and times[has_mates].any():
            return times


def bootstrap(
    databases: Sequence[FingerScores],
    measure: Callable[[list[OperatingPoints], OperatingPoints], Sequence[float]],
    *,
    replicates: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    tick: Callable[[], None] | None = None,
) -> list[Interval]:
    """Percentile intervals of several measures at once, fingers drawn within each database.

    Parameters
    ----------
    databases : sequence of FingerScores
    measure : callable
        Gets the operating points of each database and those of all scores pooled, returns numbers.
    replicates : int
        How many times the fingers are drawn.
    seed : int
        The same seed gives the same intervals.
    level : float
        Coverage, a fraction.
    tick : callable, optional
        Called after each replicate.

    Returns
    -------
    list of (float, float)
        Lower and upper bound of each measure. Where no error was observed at all both are 0:
        a bootstrap cannot see what never happened.
    """
    rng = np.random.default_rng(seed)
    databases = [each.by_score() for each in databases]
    tables = [ScoreTable(each.genuine, each.impostor) for each in databases]
    pooled = ScoreTable(
        np.concatenate([each.genuine for each in databases]),
        np.concatenate([each.impostor for each in databases]),
    )
    mates = [np.bincount(each.genuine_finger, minlength=each.fingers) > 0 for each in databases]
    values = []
    for _ in range(replicates):
        weights = [
            each.weights(draw_fingers(each.fingers, has_mates, rng))
            for each, has_mates in zip(databases, mates, strict=True)
        ]
        points = [table.points(*pair) for table, pair in zip(tables, weights, strict=True)]
        together = pooled.points(
            np.concatenate([genuine for genuine, _ in weights]),
            np.concatenate([impostor for _, impostor in weights]),
        )
        values.append(measure(points, together))
        if tick:
            tick()
    tail = (1 - level) / 2
    bounds = np.quantile(np.array(values, np.float64), [tail, 1 - tail], axis=0)
    return [(float(low), float(high)) for low, high in bounds.T]
