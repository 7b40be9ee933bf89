"""What the first bytes of an image file say: its format, and what Pillow does not read."""

from __future__ import annotations

import struct

#: First bytes of each format, and the name Pillow has for it ("WSQ": our own decoder).
SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"BM", "BMP"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG2000"),
    (b"\xff\x4f\xff\x51", "JPEG2000"),
    (b"\xff\xa0", "WSQ"),
    (b"P2", "PPM"),
    (b"P5", "PPM"),
)

#: Media types of the formats.
_MEDIA = {
    "PNG": "image/png",
    "TIFF": "image/tiff",
    "BMP": "image/bmp",
    "JPEG": "image/jpeg",
    "JPEG2000": "image/jp2",
    "WSQ": "image/x-wsq",
    "PPM": "image/x-portable-graymap",
}

SUPPORTED = "PNG, TIFF, BMP, JPEG, JPEG 2000, WSQ or PGM"

_PIXELS_PER_METRE = 0.0254  # times this: pixels per inch

#: A JPEG 2000 codestream's first markers, and the one of its default coding style.
_CODESTREAM, _CODING_STYLE = b"\xff\x4f\xff\x51", 0xFF52


def detect(data: bytes) -> str | None:
    """The format of image bytes by their signature, or None."""
    return next((name for start, name in SIGNATURES if data.startswith(start)), None)


def media_type(data: bytes) -> str | None:
    """The media type of image bytes by their signature, such as ``image/x-wsq``, or None."""
    kind = detect(data)
    if kind == "JPEG2000" and data.startswith(b"\xff\x4f"):
        return "image/j2c"
    return None if kind is None else _MEDIA[kind]


def wsq_size(data: bytes) -> tuple[int, int] | None:
    """Width and height from the frame header of a WSQ file (FBI IAFIS-IC-0110, B.2), or None.

    Segments before it have a marker and a length; the frame header is marker FFA2, its length,
    black and white level, then height and width.
    """
    at = 2
    while at + 4 <= len(data):
        marker, length = struct.unpack_from(">HH", data, at)
        if marker == 0xFFA2:
            if length < 8 or at + 10 > len(data):
                return None
            height, width = struct.unpack_from(">HH", data, at + 6)
            return width, height
        if marker >> 8 != 0xFF or length < 2:
            return None
        at += 2 + length
    return None


def jp2_resolution(data: bytes) -> tuple[float, float] | None:
    """Horizontal and vertical ppi from a JP2 file's resolution box (ISO/IEC 15444-1, I.5.3.7).

    The capture resolution, or where there is none the display resolution; None without either.
    """
    header = _find_box(data, 0, len(data), b"jp2h")
    box = header and _find_box(data, *header, b"res ")
    if not box:
        return None
    found = _find_box(data, *box, b"resc") or _find_box(data, *box, b"resd")
    if not found or found[1] - found[0] < 10:
        return None
    down, down_by, across, across_by, down_exp, across_exp = struct.unpack_from(
        ">HHHHbb", data, found[0]
    )
    if not down_by or not across_by:
        return None
    return (
        across / across_by * 10.0**across_exp * _PIXELS_PER_METRE,
        down / down_by * 10.0**down_exp * _PIXELS_PER_METRE,
    )


def jp2_levels(data: bytes) -> int:
    """How often a JPEG 2000 picture can be halved while it is decoded (ISO/IEC 15444-1, A.6.1).

    0 where the header does not say it.
    """
    box = (0, len(data)) if data[:4] == _CODESTREAM else _find_box(data, 0, len(data), b"jp2c")
    if box is None:
        return 0
    at, end = box[0] + 2, min(box[1], len(data))
    while at + 10 <= end:
        marker, length = struct.unpack_from(">HH", data, at)
        if marker == _CODING_STYLE:
            return min(data[at + 9], 32)
        if not 0xFF50 <= marker < 0xFF90 or length < 2:
            return 0
        at += 2 + length
    return 0


def _find_box(data: bytes, start: int, end: int, kind: bytes) -> tuple[int, int] | None:
    """Where the content of the first box of a kind lies between two offsets, or None."""
    while start + 8 <= end:
        length, name = struct.unpack_from(">I4s", data, start)
        head = 8
        if length == 1:
            if start + 16 > end:
                return None
            (length,) = struct.unpack_from(">Q", data, start + 8)
            head = 16
        stop = end if length == 0 else start + length
        if stop > end or stop < start + head:
            return None
        if name == kind:
            return start + head, stop
        start = stop
    return None
