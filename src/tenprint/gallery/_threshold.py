"""From a wanted rate of false identifications to a score."""

from __future__ import annotations

import math

from tenprint.model import InputError


def needed_score(people: int, fpir: float) -> float:
    """The score from which a candidate is called a hit.

    A score is minus log10 of the chance that one stranger reaches it, and a search tries as many
    strangers as the gallery holds.

    Parameters
    ----------
    people : int
        Size of the gallery.
    fpir : float
        False-positive identification rate: the share of searches for people who are not enrolled
        that may bring a hit, above 0, at most 1.

    Raises
    ------
    InputError
    """
    if not 0 < fpir <= 1:
        raise InputError("A rate lies above 0 and is at most 1.", field="fpir")
    return max(0.0, math.log10(max(people, 1)) - math.log10(fpir))
