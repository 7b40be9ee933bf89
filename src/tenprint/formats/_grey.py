"""Any kind of pixel as 8-bit grey."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tenprint.model import ImageFormatError

_TIFF_BITS, _TIFF_PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0


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
        white = Image.new("L", image.size, 255)
        image = Image.composite(layered.convert("L"), white, layered.getchannel("A"))
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
    tags = getattr(image, "tag_v2", {})
    deepest = 4095 if tags.get(_TIFF_BITS) == (12,) else 65535
    table = np.minimum((np.arange(65536) * 255 + deepest // 2) // deepest, 255).astype(np.uint8)
    if tags.get(_TIFF_PHOTOMETRIC) == _WHITE_IS_ZERO:
        table = 255 - table
    transparent = image.info.get("transparency")
    if isinstance(transparent, int) and 0 <= transparent <= 65535:
        table[transparent] = 255
    result: NDArray[Any] = table[np.asarray(image).astype(np.uint16)]
    return result
