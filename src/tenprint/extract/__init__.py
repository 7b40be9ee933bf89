"""Image to template: quality, minutiae, and the trace of every stage."""

from __future__ import annotations

from functools import cache

import numpy as np

from tenprint.extract._extractor import Extractor
from tenprint.extract.trace import Trace
from tenprint.model import Finger, FingerImage, Impression, Template

__all__ = ["Extractor", "Trace", "extract"]


@cache
def _extractor() -> Extractor:
    return Extractor()


def extract(
    source: object,
    ppi: float | None = None,
    *,
    finger: Finger = Finger.UNKNOWN,
    impression: Impression = Impression.LIVE_SCAN_PLAIN,
    trace: Trace | None = None,
) -> Template:
    """The template of one image of one finger (a path, an array or a `FingerImage`)."""
    if not isinstance(source, FingerImage):
        if isinstance(source, np.ndarray):
            source = FingerImage(source)
        else:
            from PIL import Image

            with Image.open(str(source)) as picture:
                grey = picture.convert("L")
                scale = 500 / (ppi or 500)
                size = (round(grey.width * scale), round(grey.height * scale))
                source = FingerImage(np.asarray(grey.resize(size, Image.Resampling.BOX)))
    return _extractor().extract(source, finger=finger, impression=impression, trace=trace)
