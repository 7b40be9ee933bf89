"""Which resolution an image has, and bringing it to 500 ppi."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tenprint.formats._limits import check_size
from tenprint.model import InputError

#: The resolution everything after `formats` works at.
TARGET_PPI = 500.0

#: Resolutions outside this range are mistakes or belong to screens, not to fingerprint scanners.
MIN_PPI, MAX_PPI = 100.0, 2000.0

#: Within this fraction of 500 ppi (a 197 pixels-per-cm header is 500.4 ppi) nothing is resampled.
TOLERANCE = 0.01


class ResolutionWarning(UserWarning):
    """A file states no usable resolution, and 500 ppi is assumed."""


def usable(ppi: float) -> bool:
    """Whether a resolution is a finite number a fingerprint scanner can have."""
    return math.isfinite(ppi) and MIN_PPI <= ppi <= MAX_PPI


def choose_resolution(
    given: float | None, found: tuple[float, float] | None, source: str, *, warn: bool = True
) -> tuple[float, float, bool]:
    """Horizontal and vertical ppi, and whether 500 was assumed.

    Parameters
    ----------
    given : float or None
        What the caller says; wins over the file.
    found : (float, float) or None
        Horizontal and vertical ppi from the file's metadata, where it has an absolute unit.
    warn : bool
        Whether an assumed resolution is worth a `ResolutionWarning`.
    """
    if given is not None:
        try:
            value = float(given)
        except (TypeError, ValueError, OverflowError):
            value = math.nan
        if not usable(value):
            raise InputError(
                f"The resolution {given!r} is not in {MIN_PPI:g}..{MAX_PPI:g} ppi.",
                source=source,
                field="ppi",
                remedy="Give the scanner's pixels per inch, such as 500.",
            )
        return value, value, False
    if found is not None and usable(found[0]) and usable(found[1]):
        return found[0], found[1], False
    if warn:
        stated = "none" if found is None else f"{found[0]:g} x {found[1]:g} ppi"
        warnings.warn(
            f"{source}: no usable resolution (stated: {stated}); {TARGET_PPI:g} ppi assumed. "
            "Give ppi= if the scanner had another one.",
            ResolutionWarning,
            stacklevel=3,
        )
    return TARGET_PPI, TARGET_PPI, True


def resample(
    pixels: NDArray[np.uint8], ppi: float | tuple[float, float], source: str = "image"
) -> NDArray[np.uint8]:
    """An image at another resolution as one of 500 ppi.

    Downwards with a Lanczos filter as wide as the reduction (antialiased), upwards with a cubic
    one; each axis by its own factor, so that pixels become square. Within 1 % of 500 ppi the
    image is returned as it is. Thread-safe.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W)
    ppi : float or (float, float)
        Resolution of `pixels`, pixels per inch: of both axes, or horizontal and vertical.
    source : str
        Name for messages.

    Returns
    -------
    ndarray of uint8, shape (round(H * 500 / vertical), round(W * 500 / horizontal)), at least 1x1

    Raises
    ------
    ImageSizeError
        If the result would be larger than an image may be.
    """
    across, down = ppi if isinstance(ppi, tuple) else (ppi, ppi)
    if all(abs(value - TARGET_PPI) <= TOLERANCE * TARGET_PPI for value in (across, down)):
        return pixels
    height, width = pixels.shape
    size = (
        max(1, round(width * TARGET_PPI / across)),
        max(1, round(height * TARGET_PPI / down)),
    )
    check_size(*size, source, "at 500 ppi")
    image = Image.fromarray(np.ascontiguousarray(pixels))
    # Pillow resamples one axis after the other, so each may have its own filter.
    for axis, value in ((0, across), (1, down)):
        step = (size[0], image.height) if axis == 0 else (image.width, size[1])
        kind = Image.Resampling.LANCZOS if value > TARGET_PPI else Image.Resampling.BICUBIC
        image = image.resize(step, kind)
    result: NDArray[Any] = np.asarray(image)
    return result
