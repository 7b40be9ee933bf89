"""The quality of a template: how likely a mated comparison with it is to succeed, 0-100."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Fewer minutiae than this cannot be told from chance.
_FEW = 4

#: Sum of confidences at which the curve has risen to 63 %: a good flat print has 25 to 45.
_TYPICAL = 20.0


def template_quality(minutiae: NDArray[Any], foreground_pixels: int) -> tuple[int, str]:
    """Quality 0-100 and, where it is low, the reason for people.

    Parameters
    ----------
    minutiae : ndarray of `MINUTIA_DTYPE`
        All minutiae found, any confidence.
    foreground_pixels : int
        Area of the finger in the image, pixels at 500 ppi.

    Returns
    -------
    quality : int
        100 best; 0 means unusable. A saturating sum of the minutiae's confidences: over FVC2002 it
        ranks prints as their mean mated score does (rank correlation 0.79-0.87 in each database).
    reason : str
        Empty where nothing is wrong.
    """
    if foreground_pixels == 0:
        return 0, "no finger in the image"
    if not len(minutiae):
        return 0, "no minutiae found"
    sure = int((minutiae["quality"] >= 50).sum())
    if sure < _FEW:
        return 0, f"only {sure} sure minutiae found"
    confidence = float(minutiae["quality"].astype(np.float64).sum()) / 100
    quality = max(1, round(100 * (1 - float(np.exp(-confidence / _TYPICAL)))))
    return quality, "few minutiae" if quality < 40 else ""
