"""Any kind of pixel as 8-bit grey."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tenprint.model import ImageFormatError

_TIFF_BITS, _TIFF_PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0

#: 16-bit levels are divided by this, so that 65535 becomes 255.
_DEEP = 257


def to_grey(image: Image.Image, source: str) -> NDArray[np.uint8]:
    """Grey levels of a loaded Pillow image, uint8 (H, W), 0 black.

    Colour as luma (ITU-R BT.601), transparency composed on white, 1 bit as 0 and 255, 16 bits
    divided by 257.
    """
    if image.mode.startswith("I"):
        return _deep(image, source)
    if image.mode in ("F", "LAB"):
        raise ImageFormatError(
            f"Pixels of kind {image.mode} are not read.",
            source=source,
            remedy="Export it as 8-bit grey.",
        )
    if "transparency" in image.info or image.mode in ("LA", "PA", "RGBA", "La", "RGBa"):
        layered = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, layered).convert("RGB")
    elif image.mode not in ("1", "L", "RGB"):  # palette, CMYK, YCbCr
        image = image.convert("RGB")
    result: NDArray[Any] = np.asarray(image.convert("L"))
    return result


def _deep(image: Image.Image, source: str) -> NDArray[np.uint8]:
    """16-bit grey: mode I;16 of any byte order, and the mode I that Pillow makes of a deep PGM."""
    if image.mode == "I" and image.format != "PPM":
        raise ImageFormatError(
            "32-bit grey levels are not read.", source=source, remedy="Export it as 8-bit grey."
        )
    levels: NDArray[Any] = np.asarray(image).astype(np.int64)
    transparent = image.info.get("transparency")
    tags = getattr(image, "tag_v2", {})
    if tags.get(_TIFF_BITS) == (12,):
        levels = levels * 65535 // 4095
    if tags.get(_TIFF_PHOTOMETRIC) == _WHITE_IS_ZERO:
        levels = 65535 - levels
    if isinstance(transparent, int):
        levels = np.where(levels == transparent, 65535, levels)
    result: NDArray[Any] = (np.clip(levels, 0, 65535) + _DEEP // 2) // _DEEP
    return result.astype(np.uint8)
