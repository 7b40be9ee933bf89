"""Images in: any supported file as grey levels at 500 ppi."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps
from PIL.Jpeg2KImagePlugin import Jpeg2KImageFile

from tenprint.formats._grey import to_grey
from tenprint.formats._headers import SUPPORTED, detect, jp2_levels, jp2_resolution, wsq_size
from tenprint.formats._jpeg import with_lossless_tables
from tenprint.formats._limits import check_size
from tenprint.formats._resolution import choose_resolution, resample
from tenprint.formats._source import read_bytes
from tenprint.formats._wsq import decode_wsq
from tenprint.model import FingerImage, ImageError, ImageFormatError, ImageSizeError

ImageSource = str | Path | bytes | bytearray | memoryview | BinaryIO | NDArray[Any] | FingerImage

Resolution = tuple[float, float] | None


def read_image(
    source: ImageSource,
    ppi: float | None = None,
    *,
    raw_shape: tuple[int, int] | None = None,
    warn: bool = True,
) -> FingerImage:
    """Read a fingerprint image: any supported file, as 8-bit grey at 500 ppi.

    PNG, TIFF, BMP, JPEG (lossless too), JPEG 2000, WSQ and PGM are told apart by content, whatever
    the file is called. Colour becomes luma, 16 bits are scaled to 8, transparent parts lie on
    white, the orientation tag is obeyed, and of several frames the first is read. The rules and
    limits are in docs/formats.md. Thread-safe.

    Parameters
    ----------
    source : path, bytes, binary file, ndarray of uint8 of shape (H, W), or FingerImage
        A `FingerImage` is returned as it is.
    ppi : float, optional
        Resolution in pixels per inch, 100-2000; wins over the file's own. Without it the file's
        metadata count, and where they state none with an absolute unit in that range, 500 is
        assumed: with a `ResolutionWarning` for a file, silently for an array, and
        `FingerImage.ppi_assumed` set for both.
    raw_shape : (int, int), optional
        Height and width: the source then holds exactly that many 8-bit grey levels, row by row.
    warn : bool
        Whether a file without a resolution is worth the warning.

    Returns
    -------
    FingerImage
        At 500 ppi (within 1 %); its `ppi` is the horizontal resolution before resampling.

    Raises
    ------
    ImageFormatError
        If the bytes are not a readable image of a supported format.
    ImageSizeError
        If it is larger than 16,000 pixels a side, 64 million pixels or 256 MiB, or empty.
    InputError
        If `ppi` is not in 100-2000.
    """
    if isinstance(source, FingerImage):
        if raw_shape is not None or (ppi is not None and ppi != source.ppi):
            raise ImageError(
                "The image is ready at 500 ppi; it takes neither ppi nor raw_shape.",
                source=source.source,
            )
        return source
    if isinstance(source, np.ndarray):
        name = "array"
        pixels, found = _from_array(source, raw_shape), None
    else:
        data, name = read_bytes(source, ImageFormatError, ImageSizeError)
        if raw_shape is not None:
            pixels, found = _from_raw(data, raw_shape, name), None
        else:
            pixels, found = _from_file(data, name)
    is_file = not isinstance(source, np.ndarray)
    across, down, assumed = choose_resolution(ppi, found, name, warn=warn and is_file)
    return FingerImage(resample(pixels, (across, down), name), across, assumed, name)


def read_small(source: bytes, longest: int) -> NDArray[np.uint8]:
    """A fingerprint image as a small picture to look at, in the file's own proportions.

    Where the format allows it (JPEG, JPEG 2000) only that much is decoded, several times faster
    than `read_image`. Not for extraction: the resolution is lost. Thread-safe.

    Parameters
    ----------
    source : bytes
        A file that `read_image` reads.
    longest : int
        The most pixels of the longer side, 1 or more; a smaller image stays as it is.

    Returns
    -------
    ndarray of uint8 of shape (H, W)

    Raises
    ------
    ImageFormatError, ImageSizeError
        As `read_image`.
    """
    pixels, _ = _from_file(source, "bytes", longest)
    picture = Image.fromarray(pixels)
    picture.thumbnail((longest, longest), Image.Resampling.BOX)
    return np.asarray(picture)


def _from_array(array: NDArray[Any], raw_shape: tuple[int, int] | None) -> NDArray[np.uint8]:
    """A private copy of an array of grey levels."""
    if raw_shape is not None or array.dtype != np.uint8 or array.ndim != 2:
        raise ImageFormatError(
            f"An array of {array.dtype} and shape {array.shape} is not an image.",
            source="array",
            remedy="Give grey levels as uint8 of shape (H, W), 0 black, without raw_shape.",
        )
    check_size(array.shape[1], array.shape[0], "array")
    return array.copy()


def _from_raw(data: bytes, shape: tuple[int, int], name: str) -> NDArray[np.uint8]:
    """Grey levels without a header."""
    try:
        height, width = (int(side) for side in shape)
    except (TypeError, ValueError) as cause:
        raise ImageFormatError(
            f"raw_shape is {shape!r}.", source=name, remedy="Give (height, width)."
        ) from cause
    check_size(width, height, name)
    if len(data) != width * height:
        raise ImageFormatError(
            f"{len(data)} bytes are not {height} rows of {width} grey levels.",
            source=name,
            remedy="Correct raw_shape, which is (height, width).",
        )
    return np.frombuffer(data, np.uint8).reshape(height, width)


def _from_file(data: bytes, name: str, longest: int = 0) -> tuple[NDArray[np.uint8], Resolution]:
    """Grey levels of an image file and the resolution it states.

    With `longest` as few of them as are at hand, of so many on the longer side at least.
    """
    kind = detect(data)
    if kind is None:
        raise ImageFormatError(
            f"The content is not {SUPPORTED}.",
            source=name,
            remedy="Convert it, or give raw_shape if it is raw grey levels.",
        )
    try:
        if kind == "WSQ":
            return _decode_wsq(data, name)
        return _decode_pillow(data, kind, name, longest)
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as cause:
        raise ImageSizeError(
            "The image is too large to decode.", source=name, remedy="Cut the print out of it."
        ) from cause
    except Exception as cause:  # decoders raise nearly anything on hostile bytes
        raise ImageFormatError(
            f"The {kind} file is damaged, cut off or of an unsupported kind ({cause}).",
            source=name,
            remedy="Export it again as 8-bit grey.",
        ) from cause


def _decode_wsq(data: bytes, name: str) -> tuple[NDArray[np.uint8], Resolution]:
    """A WSQ file: the frame header's size is checked before the decoder sees the bytes."""
    size = wsq_size(data)
    if size is None:
        raise ImageFormatError(
            "The WSQ file has no frame header: it is damaged or cut off.", source=name
        )
    check_size(*size, name)
    pixels, ppi = decode_wsq(data, name)
    return pixels, None if ppi is None else (float(ppi), float(ppi))


def _decode_pillow(
    data: bytes, kind: str, name: str, longest: int
) -> tuple[NDArray[np.uint8], Resolution]:
    """A file of one of Pillow's formats; only that one decoder is let near the bytes."""
    if kind == "JPEG":
        data = with_lossless_tables(data)
    with Image.open(io.BytesIO(data), formats=[kind]) as image:
        check_size(*image.size, name)  # open() has read the header only
        # Taken before loading: Pillow turns a TIFF upright, and forgets the tag, as it loads.
        turned = image.getexif().get(0x0112) in (5, 6, 7, 8)
        found = jp2_resolution(data) if kind == "JPEG2000" else _stated(image)
        if longest:
            _halve(image, data, longest)
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        grey = to_grey(image, name)
    return grey, found[::-1] if turned and found else found


def _halve(image: Image.Image, data: bytes, longest: int) -> None:
    """Have the decoder halve the picture as often as leaves so many pixels of its longer side."""
    if isinstance(image, Jpeg2KImageFile):
        often = min((max(image.size) // longest).bit_length() - 1, jp2_levels(data))
        # Pillow rounds halves of odd sizes in its own way, and then refuses what the decoder gives.
        while often > 0 and any(
            (n + (1 << often - 1)) >> often != -(-n >> often) for n in image.size
        ):
            often -= 1
        image.reduce = max(0, often)
    else:
        image.draft(None, (min(longest, image.width), min(longest, image.height)))


def _stated(image: Image.Image) -> Resolution:
    """The resolution in the metadata, horizontal and vertical; Pillow has it as ppi with a unit.

    Pillow sets `dpi` only from an absolute unit: PNG's metre, TIFF's and JFIF's inch and cm, BMP's
    metre; without a unit it sets other names, so what is not there counts as absent.
    """
    dpi = image.info.get("dpi")
    if dpi is None or len(dpi) != 2:
        return None
    try:
        return float(dpi[0]), float(dpi[1])
    except (TypeError, ValueError, ArithmeticError):
        return None
