"""Image to template: quality, minutiae, and the trace of every stage."""

from tenprint.extract._extract import extract, extract_slap
from tenprint.extract._extractor import Extractor
from tenprint.extract._picture import draw_extraction
from tenprint.extract._slap import SlapFinger, split_slap
from tenprint.extract.trace import Trace

__all__ = [
    "Extractor",
    "SlapFinger",
    "Trace",
    "draw_extraction",
    "extract",
    "extract_slap",
    "split_slap",
]
