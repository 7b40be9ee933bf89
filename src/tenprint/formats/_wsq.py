"""WSQ images: the FBI's wavelet scalar quantization, decoded by our own kernel."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint._native import wsq_decode
from tenprint.formats._limits import MAX_PIXELS, MAX_SIDE
from tenprint.model import ImageFormatError

# NISTCOM: "PPI 500" on a line of its own in a comment segment.
_PPI = re.compile(rb"(?m)^PPI\s+(\d{1,5})\s*$")


def decode_wsq(data: bytes, source: str = "WSQ image") -> tuple[NDArray[np.uint8], float | None]:
    """The pixels of a WSQ image and the resolution its comments state.

    Follows the FBI's IAFIS-IC-0110 (version 3); gives the pixels of the reference decodes exactly.
    Thread-safe; the GIL is released.

    Parameters
    ----------
    data : bytes
        A whole WSQ stream, FFA0 to FFA1.
    source : str
        What messages call it.

    Returns
    -------
    pixels : ndarray of uint8, shape (H, W)
    ppi : float or None
        Pixels per inch from a NISTCOM comment; None where there is none.

    Raises
    ------
    ImageFormatError
        If the stream is damaged, cut off, too large, or uses wavelet filters of even length.
    """
    try:
        found: tuple[Any, bytes] = wsq_decode(data, MAX_SIDE, MAX_PIXELS)
    except ValueError as cause:
        raise ImageFormatError(
            f"The WSQ image cannot be decoded: {cause}.",
            source=source,
            remedy="Fetch it again from where it came from.",
        ) from cause
    pixels, comments = found
    stated = _PPI.search(comments)
    return pixels, float(stated.group(1)) if stated else None
