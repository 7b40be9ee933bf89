"""A fingerprint image, ready for extraction: 8-bit grey at 500 ppi."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class FingerImage:
    """One grey image at 500 ppi, dark ridges on a light ground.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (H, W)
        Grey levels, 0 black; C-contiguous, read-only.
    ppi : float
        The resolution the image came with (before resampling), pixels per inch.
    ppi_assumed : bool
        Whether no usable resolution was given or found, and 500 was assumed.
    source : str
        Where it came from (a path or a short description), for messages.
    """

    pixels: NDArray[np.uint8]
    ppi: float = 500.0
    ppi_assumed: bool = False
    source: str = "image"

    def __post_init__(self) -> None:
        pixels: NDArray[Any] = np.ascontiguousarray(self.pixels)
        if pixels.dtype != np.uint8 or pixels.ndim != 2:
            raise TypeError("FingerImage.pixels must be a uint8 array of shape (H, W)")
        pixels.flags.writeable = False
        object.__setattr__(self, "pixels", pixels)
