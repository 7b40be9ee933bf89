"""Template against template: a calibrated score, its explanation, fusion over fingers."""

from tenprint.match._fusion import best_of, fuse
from tenprint.match._many import PackedDirectory, compare_packed, packed_directory
from tenprint.match._match import (
    PAIR_DTYPE,
    Comparison,
    TemplateSet,
    compare,
    explain,
    extrapolated,
)
from tenprint.match._model import calibration
from tenprint.match._picture import draw_comparison
from tenprint.match._picture_words import odds


def support() -> float:
    """Highest score (minus log10 FMR) that rests on observed false matches, not on the tail."""
    return calibration().support


__all__ = [
    "PAIR_DTYPE",
    "Comparison",
    "PackedDirectory",
    "TemplateSet",
    "best_of",
    "compare",
    "compare_packed",
    "draw_comparison",
    "explain",
    "extrapolated",
    "fuse",
    "odds",
    "packed_directory",
    "support",
]
