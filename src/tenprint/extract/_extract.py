"""From anything that holds a fingerprint image to its template."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.extract._extractor import Extractor
from tenprint.extract._slap import split_slap
from tenprint.extract.trace import Trace
from tenprint.formats import read_image
from tenprint.model import Finger, FingerImage, Impression, Template

Source = str | Path | bytes | NDArray[np.uint8] | FingerImage


@cache
def _extractor() -> Extractor:
    return Extractor()


def extract(
    source: Source,
    ppi: float | None = None,
    *,
    finger: Finger = Finger.UNKNOWN,
    impression: Impression = Impression.LIVE_SCAN_PLAIN,
    trace: Trace | None = None,
) -> Template:
    """The template of one image of one finger.

    Thread-safe; one thread works on the image (see `Extractor` for more).

    Parameters
    ----------
    source : path, bytes, uint8 array of shape (H, W), or FingerImage
        Any format that `tenprint.formats.read_image` reads; dark ridges on a light ground.
    ppi : float, optional
        Its resolution, pixels per inch. Default: what the file says, else 500 is assumed (with a
        warning where the file should have said).
    finger : Finger
        Which finger it is, where known; kept in the template.
    impression : Impression
        How it was taken; kept in the template.
    trace : Trace, optional
        Receives what every stage saw.

    Returns
    -------
    Template
        Minutiae at 500 ppi. Quality 0 and a reason where the image holds no usable finger.

    Raises
    ------
    ImageError
        If the image cannot be read or is too large.
    """
    image = read_image(source, ppi)
    return _extractor().extract(image, finger=finger, impression=impression, trace=trace)


def extract_slap(
    source: Source,
    position: Finger,
    ppi: float | None = None,
    *,
    boxes: Mapping[Finger, Sequence[Any]] | None = None,
    missing: Iterable[Finger] = (),
    impression: Impression = Impression.LIVE_SCAN_PLAIN,
) -> dict[Finger, Template]:
    """The templates of the fingers in one slap image.

    Parameters and errors as of `extract` and `split_slap`.

    Returns
    -------
    dict of Finger to Template
        From left to right in the image; coordinates are those of each finger's own cut.
    """
    image = read_image(source, ppi)
    return {
        part.finger: _extractor().extract(part.image, finger=part.finger, impression=impression)
        for part in split_slap(image, position, boxes=boxes, missing=missing)
    }
