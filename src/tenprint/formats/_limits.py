"""How large an image may be; checked from its header, before anything is decoded."""

from __future__ import annotations

from tenprint.model import ImageSizeError

#: The longest side of an image, in pixels (a ten-print card at 1000 ppi is 8000).
MAX_SIDE = 16_000

#: The most pixels of an image (a ten-print card at 1000 ppi has 60 million).
MAX_PIXELS = 64_000_000


def check_size(width: int, height: int, source: str, when: str = "") -> None:
    """Refuse an empty image and one past the limits."""
    shape = f"{width}x{height} pixels{' ' + when if when else ''}"
    if width < 1 or height < 1:
        raise ImageSizeError(
            f"The image has {shape}: nothing in it.",
            source=source,
            remedy="Give an image of at least 1x1.",
        )
    if width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
        raise ImageSizeError(
            f"The image has {shape}; at most {MAX_SIDE} a side and {MAX_PIXELS // 10**6} million "
            "in all are read.",
            source=source,
            remedy="Cut the print out of it.",
        )
