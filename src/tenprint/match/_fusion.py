"""Several fingers, one score: how rarely strangers agree so well in all of them together."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from tenprint.model import Finger


def fuse(scores: Mapping[Finger, float] | Sequence[float]) -> float:
    """One calibrated score of a person from the scores of single fingers.

    Fisher's method (Fisher 1932): scores are minus log10 of probabilities, and for a stranger
    the sum of their natural logarithms, doubled, follows a chi-square law with two degrees of
    freedom a finger. So a person's score means the same as a finger's, whatever the number of
    fingers: fingers that are missing on either side are simply left out.

    Parameters
    ----------
    scores : mapping of Finger to float, or sequence of float
        Minus log10 FMR of each finger that both sides have; each at least 0.

    Returns
    -------
    float
        Minus log10 of the rate at which strangers would reach it; the score itself for one
        finger, 0 for none. It assumes that different fingers of strangers match independently.
    """
    values = list(scores.values() if isinstance(scores, Mapping) else scores)
    if not values:
        return 0.0
    x = math.log(10.0) * math.fsum(values)
    # Tail of the chi-square law with an even number of degrees of freedom, in logarithms.
    term, total = 1.0, 1.0
    for k in range(1, len(values)):
        term *= x / k
        total += term
    return max(0.0, (x - math.log(total)) / math.log(10.0))


def best_of(scores: Sequence[float]) -> float:
    """The score of the best of several tries, corrected for having tried several.

    For a print of unknown position held against each finger of a person: the chance that the best
    of n strangers reaches p is 1 - (1 - p)^n (Sidak 1967).

    Parameters
    ----------
    scores : sequence of float
        Minus log10 FMR of each try.

    Returns
    -------
    float
        Minus log10 of the corrected rate, 0 where nothing was tried.
    """
    if not scores:
        return 0.0
    p = 10.0 ** -max(scores)
    return max(0.0, -math.log10(-math.expm1(len(scores) * math.log1p(-min(p, 1 - 1e-12)))))
