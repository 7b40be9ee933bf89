"""The network's peaks as minutiae."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.model import KIND_BIFURCATION, KIND_ENDING, make_minutiae

#: Peaks below this probability are not minutiae; matchers may ask for more.
MIN_PROBABILITY = 0.30


def to_minutiae(
    peaks: NDArray[np.float32], top: int, left: int, height: int, width: int
) -> NDArray[Any]:
    """Peaks as an array of `MINUTIA_DTYPE`, in the given order.

    Parameters
    ----------
    peaks : ndarray of float32, shape (n, 6)
        Row and column in the padded image; smoothed probability; cosine and sine of the direction
        of ISO/IEC 19794-2 (y upwards) up to scale; probability of a ridge ending.
    top, left : int
        Where the impression begins in the padded image; peaks outside it are dropped.
    height, width : int
        Extent of the impression.
    """
    row, column = peaks[:, 0] - top, peaks[:, 1] - left
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    row, column, peaks = row[inside], column[inside], peaks[inside]
    angle = np.arctan2(peaks[:, 4], peaks[:, 3]) % (2 * np.pi)
    kind = np.where(peaks[:, 5] >= 0.5, KIND_ENDING, KIND_BIFURCATION)
    percent = np.clip(np.rint(100 * peaks[:, 2]), 0, 100).astype(np.uint8)
    return make_minutiae(column, row, angle, kind, percent)
