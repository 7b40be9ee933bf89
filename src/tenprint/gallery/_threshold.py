"""From a wanted rate of false identifications to a score, and back.

How well the best of n strangers scores depends on how many fingers are fused, on how many people
there are, on whom the scan passes on, and on how much fingers of one hand resemble each other. So
it was not derived but measured, on searches for fictitious people who are not enrolled, and fitted
as a law of extreme values (Gumbel 1958): ``search.json``, made by ``tools/fit_search.py``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.gallery._candidate import Candidate
from tenprint.model import InputError

#: The layout of ``search.json`` that this code reads.
VERSION = 1


@dataclass(frozen=True, eq=False)
class SearchCalibration:
    """What the best of a gallery's strangers reaches; immutable.

    Attributes
    ----------
    fingers : ndarray, (f,)
        Logarithms of the numbers of fingers it was measured for.
    people : ndarray, (n,)
        Logarithms (base 10) of sizes of galleries.
    location, scale : ndarray, (f, n)
        Of the law, in units of score.
    least : ndarray, (f, n)
        Logarithms (base 10) of the lowest rates that searches stand behind.
    """

    fingers: NDArray[np.float64]
    people: NDArray[np.float64]
    location: NDArray[np.float64]
    scale: NDArray[np.float64]
    least: NDArray[np.float64]

    def law(self, people: int, fingers: int) -> tuple[float, float]:
        """Location and scale."""
        return self._at(self.location, people, fingers), self._at(self.scale, people, fingers)

    def supported(self, people: int, fingers: int) -> float:
        """The lowest rate that searches stand behind."""
        return float(min(1.0, 10.0 ** self._at(self.least, people, fingers)))

    def _at(self, table: NDArray[np.float64], people: int, fingers: int) -> float:
        """Interpolated; straight on beyond the largest gallery."""
        size = math.log10(max(people, 1))
        at = int(np.clip(np.searchsorted(self.people, size) - 1, 0, len(self.people) - 2))
        part = (size - self.people[at]) / (self.people[at + 1] - self.people[at])
        columns = table[:, at] + part * (table[:, at + 1] - table[:, at])
        return float(np.interp(math.log(max(fingers, 1)), self.fingers, columns))


def build(numbers: Mapping[str, Any]) -> SearchCalibration:
    """A `SearchCalibration` from the content of ``search.json``."""
    if numbers["version"] != VERSION:
        raise ValueError(f"search calibration version {numbers['version']}, not {VERSION}")
    return SearchCalibration(
        np.log(numbers["fingers"]),
        np.log10(numbers["people"]),
        np.array(numbers["location"], float),
        np.array(numbers["scale"], float),
        np.log10(numbers["least_fpir"]),
    )


@cache
def calibration() -> SearchCalibration:
    """The shipped calibration; read once per process."""
    text = files("tenprint.gallery").joinpath("search.json").read_text(encoding="utf-8")
    return build(json.loads(text))


@lru_cache(1024)
def _laws(people: int, fingers: int) -> tuple[tuple[tuple[float, float], ...], float]:
    """Locations and scales, and the supported rate; kept, as they serve every candidate.

    Of this size and of each smaller one that was measured: a larger gallery never brings strangers
    less often, though where the fitted scale falls its law by itself would say so of low rates.
    """
    known = calibration()
    smaller = [size for size in (10.0**known.people).round().astype(int).tolist() if size < people]
    laws = tuple(known.law(size, fingers) for size in (*smaller, people))
    return laws, known.supported(people, fingers)


def needed_score(people: int, fpir: float, *, fingers: int = 10) -> float:
    """The score from which a candidate is called a hit.

    Parameters
    ----------
    people : int
        Size of the gallery.
    fpir : float
        False-positive identification rate: the share of searches for people who are not enrolled
        that may bring a hit, above 0, at most 1.
    fingers : int
        How many fingers are compared; more than ten count as ten.

    Returns
    -------
    float
        At least 0. `extrapolated_fpir` says whether it rests on searches really made.

    Raises
    ------
    InputError
    """
    if not 0 < fpir <= 1:
        raise InputError("A rate lies above 0 and is at most 1.", field="fpir")
    if fpir == 1:
        return 0.0
    laws, _ = _laws(people, fingers)
    reduced = math.log(-math.log1p(-fpir))
    return max(0.0, *(location - scale * reduced for location, scale in laws))


def stated_fpir(score: float, people: int, *, fingers: int) -> float:
    """How often a search for somebody who is not enrolled brings a candidate as good.

    The inverse of `needed_score`; parameters as there.

    Returns
    -------
    float
        0 .. 1.
    """
    if score <= 0:
        return 1.0
    laws, _ = _laws(people, fingers)
    reduced = max((location - score) / scale for location, scale in laws)
    return -math.expm1(-math.exp(min(700.0, reduced)))


def extrapolated_fpir(fpir: float, people: int, *, fingers: int) -> bool:
    """Whether a rate is lower than the searches that were made can show for such a gallery."""
    return fpir < _laws(people, fingers)[1]


def rated(candidate: Candidate, people: int) -> Candidate:
    """The candidate with its rate in a gallery of so many people."""
    fingers = max(1, len(candidate.fingers))
    fpir = stated_fpir(candidate.score, people, fingers=fingers)
    beyond = extrapolated_fpir(fpir, people, fingers=fingers)
    return replace(candidate, fpir=fpir, fpir_extrapolated=beyond)
