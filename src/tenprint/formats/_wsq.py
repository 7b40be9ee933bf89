"""WSQ images: the FBI's wavelet scalar quantization, by our own kernel."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint._native import wsq_decode, wsq_encode
from tenprint.formats._headers import wsq_size
from tenprint.formats._limits import MAX_PIXELS, MAX_SIDE, check_size
from tenprint.model import ImageError, ImageFormatError, ImageSizeError

# NISTCOM: "PPI 500" on a line of its own in a comment segment.
_PPI = re.compile(rb"(?m)^PPI\s+(\d{1,5})\s*$")

#: Nominal bits a pixel between which an encoder is asked for anything useful.
_LEAST_RATE, _MOST_RATE = 0.1, 8.0

#: The shortest side written. The coarsest splits of a shorter one mirror its ends more than once,
#: which a widespread decoder gets wrong (up to reading and writing outside its memory).
_LEAST_SIDE = 81


def wsq_shape(data: bytes, source: str = "WSQ image") -> tuple[int, int]:
    """Height and width of a WSQ image, from its frame header alone: nothing is decoded.

    Parameters
    ----------
    data : bytes
        A WSQ stream, at least up to its frame header (marker FFA2).
    source : str
        What messages call it.

    Raises
    ------
    ImageFormatError
        If this is no WSQ stream, or ends before a frame header.
    """
    size = wsq_size(data) if data[:2] == b"\xff\xa0" else None
    if size is None:
        raise ImageFormatError(
            "There is no WSQ frame header: this is no WSQ image, or is damaged or cut off.",
            source=source,
            remedy="Fetch it again from where it came from.",
        )
    return size[1], size[0]


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


def encode_wsq(
    pixels: NDArray[np.uint8],
    ppi: float = 500,
    bitrate: float = 0.75,
    source: str = "image",
) -> bytes:
    """A grey image as a WSQ stream.

    Follows the FBI's IAFIS-IC-0110 (version 3), encoder number two: 9/7 wavelets, 64 subbands,
    bins chosen from the subbands' variances, canonical Huffman codes. A NISTCOM comment states
    size, resolution and rate. The same pixels give the same bytes. Thread-safe; the GIL is
    released.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W)
        Grey levels; each side 81 to 16,000 pixels.
    ppi : float
        Pixels per inch, 1 to 99,999; written as a whole number.
    bitrate : float
        Nominal bits a pixel, 0.1 to 8: the rate in the standard's formula for its bins. Real
        prints come out at about two thirds of it: 0.75 is the usual 15:1, 2.25 about 5:1.

    Raises
    ------
    ImageSizeError
        If a side is under 81 pixels (common decoders misread those) or past 16,000, or the
        image has more than 64 million pixels.
    ImageError
        If the pixels are not two-dimensional uint8, or `ppi` or `bitrate` is out of range.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 2:
        raise ImageError(
            f"WSQ holds 8-bit grey images; these are {pixels.dtype}, {pixels.ndim} dimensions.",
            source=source,
            remedy="Give a uint8 array of shape (H, W).",
        )
    height, width = pixels.shape
    check_size(width, height, source)
    if min(height, width) < _LEAST_SIDE:
        raise ImageSizeError(
            f"The image has {width}x{height} pixels; WSQ is written from {_LEAST_SIDE} a side.",
            source=source,
            remedy="Store so small an image as PNG.",
        )
    for name, value, low, high in (
        ("ppi", ppi, 1, 99_999),
        ("bitrate", bitrate, _LEAST_RATE, _MOST_RATE),
    ):
        if not low <= value <= high:
            raise ImageError(f"{value} is not {low} to {high}.", source=source, field=name)
    fields = {
        "NIST_COM": 9,
        "PIX_WIDTH": width,
        "PIX_HEIGHT": height,
        "PIX_DEPTH": 8,
        "PPI": round(ppi),
        "LOSSY": 1,
        "COLORSPACE": "GRAY",
        "COMPRESSION": "WSQ",
        "WSQ_BITRATE": f"{bitrate:.6f}",
    }
    comment = "\n".join(f"{name} {value}" for name, value in fields.items())
    return wsq_encode(np.ascontiguousarray(pixels), bitrate, comment)
