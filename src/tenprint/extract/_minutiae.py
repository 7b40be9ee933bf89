"""From the network's maps to minutiae: peaks of the smoothed position map."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.model import KIND_BIFURCATION, KIND_ENDING, MAX_MINUTIAE, make_minutiae

#: Peaks below this probability are not minutiae; matchers may ask for more.
MIN_PROBABILITY = 0.30

#: The binomial 5-tap kernel that the network's last layer smooths the position map with.
_TAPS = np.array([1, 4, 6, 4, 1], np.float32) / 16

#: A peak is the maximum of a square of 2 * _REACH + 1 pixels.
_REACH = 3


def smooth(position: NDArray[np.float32]) -> NDArray[np.float32]:
    """The 5x5 binomial blur of a map, zero outside."""
    height, width = position.shape
    rows = np.pad(position, ((2, 2), (0, 0)))
    blurred = sum((tap * rows[i : i + height] for i, tap in enumerate(_TAPS)), np.float32(0))
    columns = np.pad(blurred, ((0, 0), (2, 2)))
    result: NDArray[np.float32] = sum(
        (tap * columns[:, i : i + width] for i, tap in enumerate(_TAPS)), np.float32(0)
    )
    return result


def peaks(
    position: NDArray[np.float32],
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Rows, columns and smoothed probabilities of the peaks, best first.

    A peak is the largest smoothed value within 3 pixels in both directions, and at least
    `MIN_PROBABILITY`; ties (a plateau) all count, as in the published network.
    """
    height, width = position.shape
    smoothed = smooth(position)
    padded = np.pad(smoothed, _REACH, constant_values=-np.inf)
    size = 2 * _REACH + 1
    highest = np.maximum.reduce([padded[i : i + height] for i in range(size)])
    highest = np.maximum.reduce([highest[:, i : i + width] for i in range(size)])
    rows, columns = np.nonzero((smoothed == highest) & (smoothed >= MIN_PROBABILITY))
    values = smoothed[rows, columns]
    order = np.argsort(-values, kind="stable")
    return rows[order], columns[order], values[order]


def to_minutiae(
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    quality: NDArray[np.float32],
    direction: NDArray[np.float32],
    ending: NDArray[np.float32],
) -> NDArray[Any]:
    """Peaks as an array of `MINUTIA_DTYPE`, best first, at most `MAX_MINUTIAE`.

    Parameters
    ----------
    rows, columns : ndarray of int, shape (n,)
        Where, in pixels of the impression.
    quality : ndarray of float32, shape (n,)
        Smoothed probability, 0-1.
    direction : ndarray of float32, shape (n, 2)
        Cosine and sine of the ISO direction, up to scale (y upwards).
    ending : ndarray of float32, shape (n,)
        Probability of a ridge ending; a bifurcation otherwise.
    """
    n = min(len(rows), MAX_MINUTIAE)
    angle = np.arctan2(direction[:n, 1], direction[:n, 0]) % (2 * np.pi)
    kind = np.where(ending[:n] >= 0.5, KIND_ENDING, KIND_BIFURCATION)
    percent = np.clip(np.rint(100 * quality[:n]), 0, 100)
    return make_minutiae(columns[:n], rows[:n], angle, kind, percent.astype(np.uint8))
