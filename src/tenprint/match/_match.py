"""One template against one, and one against many: calibrated scores and their explanation."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from tenprint._native import PreparedSet, PreparedTemplate, match_explain, match_score
from tenprint.match._model import calibration
from tenprint.model import Template, angle_units

#: One pair of corresponding minutiae. ``probe``, ``candidate``: positions in the templates'
#: minutiae. ``contribution``: how much lower the score would be without the pair (log10 FMR).
#: ``distance``: pixels at 500 ppi left after alignment. ``angle``: direction left, radians.
#: ``similarity``: of the two minutiae's neighbourhoods, 0..1.
PAIR_DTYPE = np.dtype(
    [
        ("probe", "u1"),
        ("candidate", "u1"),
        ("contribution", "<f4"),
        ("distance", "<f4"),
        ("angle", "<f4"),
        ("similarity", "<f4"),
    ]
)


@dataclass(frozen=True, eq=False)
class Comparison:
    """A score and why it is so.

    Attributes
    ----------
    score : float
        Minus log10 of the false-match rate: 4.0 means that one in 10,000 comparisons of different
        fingers of such sizes scores as high.
    extrapolated : bool
        Whether the score lies beyond the false-match rates that were really observed.
    pairs : ndarray of `PAIR_DTYPE`
        The corresponding minutiae, the strongest contribution first.
    rotation : float
        Radians, counterclockwise as seen, that turn the probe onto the candidate.
    dx, dy : float
        Pixels at 500 ppi, y downwards: a probe point p lies at ``R p + (dx, dy)`` on the candidate.
    """

    score: float
    extrapolated: bool
    pairs: NDArray[Any]
    rotation: float
    dx: float
    dy: float


def native_rows(template: Template) -> NDArray[np.int32]:
    """The minutiae as the kernels take them: x, y, angle unit, confidence in percent."""
    m = template.minutiae
    return np.ascontiguousarray(
        np.stack([m["x"], m["y"], angle_units(m["angle"]), m["quality"]], axis=1), dtype=np.int32
    )


# Preparing costs more than comparing, and the same template is often compared again.
_prepared: weakref.WeakKeyDictionary[Template, PreparedTemplate] = weakref.WeakKeyDictionary()


def _prepare(template: Template) -> PreparedTemplate:
    ready = _prepared.get(template)
    if ready is None:
        ready = _prepared[template] = PreparedTemplate(native_rows(template))
    return ready


def extrapolated(score: float) -> bool:
    """Whether a score lies beyond the false-match rates that were really observed."""
    return score > calibration().support


def compare(probe: Template, candidate: Template) -> float:
    """How sure it is that two templates are of one finger.

    Thread-safe. Prints may be turned by up to 67 degrees against each other.

    Parameters
    ----------
    probe, candidate : Template
        The print in question and the one it is held against. The score is nearly, not exactly,
        the same when they change places.

    Returns
    -------
    float
        Minus log10 of the false-match rate, 0 to 20: 3 means that one in 1,000 comparisons of
        different fingers scores as high. Templates of fewer than two minutiae score 0.

    Notes
    -----
    Local descriptors are binary minutia cylinders (Cappelli, Ferrara & Maltoni 2010); their
    agreement is found by spectral matching (Leordeanu & Hebert 2005); the second look aligns
    both prints, allows for the skin's stretching, and weighs what corresponds against what
    does not.
    """
    return match_score(_prepare(probe), _prepare(candidate), calibration().native)


def explain(probe: Template, candidate: Template) -> Comparison:
    """The score of `compare` with the correspondence behind it. Thread-safe."""
    found = match_explain(_prepare(probe), _prepare(candidate), calibration().native)
    score, _, listed, cosine, sine, dx, dy, *_ = cast(tuple[Any, ...], found)
    pairs = np.array(listed, PAIR_DTYPE)
    pairs["angle"] *= 2 * np.pi / 256
    pairs = pairs[np.argsort(-pairs["contribution"], kind="stable")]
    # The kernels turn (x, y) to (c x - s y, s x + c y) with y downwards: clockwise as seen.
    rotation = float(np.arctan2(-sine, cosine))
    return Comparison(score, extrapolated(score), pairs, rotation, dx, dy)


@dataclass
class TemplateSet:
    """Many templates prepared in memory, to be searched one probe at a time.

    Thread-safe: searches run together, additions wait for them.

    Parameters
    ----------
    templates : iterable of Template
        What the set starts with; each gets the next row, from 0.
    """

    templates: Iterable[Template] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        self._set = PreparedSet()
        for template in self.templates:
            self.append(template)
        self.templates = ()

    def __len__(self) -> int:
        return len(self._set)

    @property
    def nbytes(self) -> int:
        """Memory that the prepared templates take, bytes."""
        return self._set.bytes

    def append(self, template: Template) -> int:
        """Add a template; returns its row."""
        return self._set.append(PreparedTemplate(native_rows(template)))

    def discard(self, row: int) -> None:
        """Forget the template in `row`; the row stays and scores 0."""
        self._set.discard(row)

    def compare(
        self, probe: Template, rows: Sequence[int] | NDArray[np.integer[Any]] | None = None
    ) -> NDArray[np.float32]:
        """Scores of one probe against all rows, or against `rows` in their order.

        One thread; the GIL is released meanwhile.

        Returns
        -------
        ndarray of float32, shape (len(rows),) or (len(self),)
            As `compare` gives them.
        """
        chosen = None if rows is None else np.ascontiguousarray(rows, dtype=np.int64)
        return self._set.compare(_prepare(probe), calibration().native, chosen)
