"""Template against template: a calibrated score, its explanation, fusion over fingers."""

from tenprint.match._fusion import best_of, fuse
from tenprint.match._match import (
    PAIR_DTYPE,
    Comparison,
    TemplateSet,
    compare,
    explain,
    extrapolated,
)
from tenprint.match._model import calibration


def support() -> float:
    """Highest score (minus log10 FMR) that rests on observed false matches, not on the tail."""
    return calibration().support


__all__ = [
    "PAIR_DTYPE",
    "Comparison",
    "TemplateSet",
    "best_of",
    "compare",
    "explain",
    "extrapolated",
    "fuse",
    "support",
]
