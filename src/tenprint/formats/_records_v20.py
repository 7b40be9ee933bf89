"""The first generation of minutiae records: ISO/IEC 19794-2:2005 and ANSI/INCITS 378-2004.

One record header with the size and resolution of all images, then the views. They differ in the
length field (four bytes against two, or zero and four more), in the product identifier that only
the ANSI format has, and in the unit of angles (1.40625 degrees against 2).
"""

from __future__ import annotations

import struct
import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tenprint.formats._reader import Reader
from tenprint.formats._view import (
    PIXELS_PER_CM,
    TemplateWarning,
    legacy_impression,
    read_finger,
    read_grid,
    read_minutiae,
    skip_extended,
    to_impression,
    to_quality,
    to_template,
    written_finger,
    written_minutiae,
)
from tenprint.model import Finger, Impression, Template, TemplateRangeError

ISO_DEGREES, ANSI_DEGREES = 360 / 256, 2.0

#: The registered organisation code for "no registered organisation" (IBIA).
UNKNOWN_VENDOR = 0x0103

#: The shortest record header of either format.
_ISO_HEADER, _ANSI_HEADER = 24, 26


def is_ansi_2004(data: bytes) -> bool:
    """Whether a record of version 20 is INCITS 378: its length field is two bytes, or 0 and four.

    The first two length bytes of an ISO record are 0 up to 64 KiB and hold at most 25 up to the
    longest possible one; of an ANSI record they hold at least 26, or 0 before a long length whose
    upper half is small.
    """
    first = int.from_bytes(data[8:10], "big")
    second = int.from_bytes(data[10:12], "big")
    return first >= _ANSI_HEADER or (first == 0 and second < _ISO_HEADER)


def read_v20(data: bytes, source: str, ppi: float | None) -> list[Template]:
    """All views of an ISO/IEC 19794-2:2005 or INCITS 378-2004 record."""
    reader = Reader(data, source, 8)
    ansi = is_ansi_2004(data)
    if ansi:
        length = reader.number(2, "record length") or reader.number(4, "record length")
        reader.take(4, "product identifier")
    else:
        length = reader.number(4, "record length")
    if length > len(data):
        raise reader.broken(
            f"The template is cut off: {length} bytes stated, {len(data)} there.", "record length"
        )
    reader.take(2, "capture equipment")
    grid = read_grid(reader)
    count = reader.number(1, "number of views")
    reader.take(1, "reserved byte")
    views = [_read_view(reader) for _ in range(count)]
    degrees = _angle_unit(views, source) if ansi else ISO_DEGREES
    return [
        to_template(
            reader,
            view.rows,
            degrees,
            grid,
            ppi,
            quality=view.quality,
            finger=view.finger,
            impression=view.impression,
        )
        for view in views
    ]


class _View(NamedTuple):
    finger: Finger
    impression: Impression
    quality: int | None
    rows: NDArray[np.int64]


def _read_view(reader: Reader) -> _View:
    finger = read_finger(reader)
    impression = to_impression(reader.number(1, "impression type") & 0x0F, legacy=True)
    quality = to_quality(reader.number(1, "finger quality"), reader, "finger quality")
    rows = read_minutiae(reader, reader.number(1, "number of minutiae"))
    skip_extended(reader)
    return _View(finger, impression, quality, rows)


def _angle_unit(views: Sequence[_View], source: str) -> float:
    """The unit of angles in an INCITS 378-2004 record, in degrees.

    The standard's unit is 2 degrees, so no angle is above 179. There are writers that put ISO
    angles into ANSI records; one angle above 179 gives such a record away.
    """
    if not any(len(view.rows) and view.rows[:, 2].max() >= 360 / ANSI_DEGREES for view in views):
        return ANSI_DEGREES
    warnings.warn(
        f"{source}: an angle is above 179, impossible in ANSI/INCITS 378-2004; all angles are "
        "read in the unit of ISO/IEC 19794-2 (1.40625 degrees).",
        TemplateWarning,
        stacklevel=4,
    )
    return ISO_DEGREES


def write_iso_2005(templates: Sequence[Template]) -> bytes:
    """An ISO/IEC 19794-2:2005 record of templates of one capture."""
    body = _header(templates) + _views(templates, ISO_DEGREES)
    return b"FMR\0 20\0" + struct.pack(">I", 12 + len(body)) + body


def write_ansi_2004(templates: Sequence[Template]) -> bytes:
    """An INCITS 378-2004 record of templates of one capture."""
    body = struct.pack(">HH", UNKNOWN_VENDOR, 0) + _header(templates)
    body += _views(templates, ANSI_DEGREES)
    length = 10 + len(body)
    field = struct.pack(">H", length) if length < 0x10000 else struct.pack(">HI", 0, length + 4)
    return b"FMR\0 20\0" + field + body


def _header(templates: Sequence[Template]) -> bytes:
    """Capture equipment, image size and resolution, number of views, reserved byte.

    The record has one image size for all its views: the largest, so every coordinate lies inside.
    """
    width = max(template.width for template in templates)
    height = max(template.height for template in templates)
    return struct.pack(
        ">HHHHHBB", 0, width, height, PIXELS_PER_CM, PIXELS_PER_CM, len(templates), 0
    )


def _views(templates: Sequence[Template], degrees: float) -> bytes:
    parts = []
    for template, view in zip(templates, view_numbers(templates, 16), strict=True):
        parts.append(
            struct.pack(
                ">BBBB",
                written_finger(template.finger),
                view << 4 | legacy_impression(template.impression),
                template.quality,
                len(template),
            )
        )
        parts += (written_minutiae(template, degrees), b"\0\0")
    return b"".join(parts)


def view_numbers(templates: Sequence[Template], limit: int) -> list[int]:
    """Which view of its finger each template is, counted from 0."""
    seen: dict[int, int] = {}
    numbers = []
    for template in templates:
        code = written_finger(template.finger)
        numbers.append(seen.get(code, 0))
        seen[code] = numbers[-1] + 1
        if numbers[-1] >= limit:
            raise TemplateRangeError(
                f"More than {limit} views of one finger do not fit into one record.",
                field="finger",
                remedy="Write several records.",
            )
    return numbers
