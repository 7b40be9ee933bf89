"""The second generation of minutiae records: ISO/IEC 19794-2:2011 and ANSI/INCITS 378-2009.

Every view has its own image size and resolution. INCITS 378-2009 Amendment 1 differs only in its
version number, 035; the other two share 030, and only an ISO record has view lengths that add up.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from tenprint.formats._reader import Reader
from tenprint.formats._records_v20 import ANSI_DEGREES, ISO_DEGREES, UNKNOWN_VENDOR, view_numbers
from tenprint.formats._view import (
    PIXELS_PER_CM,
    Grid,
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
from tenprint.model import Impression, Template

_ISO_HEADER, _ISO_SMALLEST_VIEW = 15, 34
_MINUTIA_BYTES = (5, 6)


def is_iso_2011(data: bytes) -> bool:
    """Whether the view lengths of a record of version 030 add up as those of ISO 19794-2:2011."""
    if len(data) < _ISO_HEADER:
        return False
    total, count = struct.unpack_from(">IH", data, 8)
    at = _ISO_HEADER
    for _ in range(count):
        if at + 4 > len(data):
            return False
        (length,) = struct.unpack_from(">I", data, at)
        if length < _ISO_SMALLEST_VIEW:
            return False
        at += length
    return bool(total == at)


def read_iso_2011(data: bytes, source: str, ppi: float | None) -> list[Template]:
    """All representations of an ISO/IEC 19794-2:2011 record."""
    reader = Reader(data, source, 12)
    count = reader.number(2, "number of representations")
    certified = reader.number(1, "certification flag") != 0
    templates = []
    for _ in range(count):
        start = reader.at
        length = reader.number(4, "representation length")
        if start + length > len(data):
            raise reader.broken(f"The template is cut off: {length} bytes stated.", "view length")
        view = Reader(data, source, reader.at, start + length)
        templates.append(_iso_view(view, certified, ppi))
        reader.at = start + length
    return templates


def _iso_view(reader: Reader, certified: bool, ppi: float | None) -> Template:
    reader.take(9, "capture date")
    reader.take(5, "capture device")
    qualities = []
    for _ in range(reader.number(1, "number of quality blocks")):
        qualities.append(to_quality(reader.number(1, "finger quality"), reader, "finger quality"))
        reader.take(4, "quality algorithm")
    if certified:
        reader.take(3 * reader.number(1, "number of certification blocks"), "certification blocks")
    finger = read_finger(reader)
    reader.take(1, "view number")
    across, down = reader.number(2, "x resolution"), reader.number(2, "y resolution")
    impression = to_impression(reader.number(1, "impression type"), legacy=False)
    grid = Grid(reader.number(2, "image width"), reader.number(2, "image height"), across, down)
    size = reader.number(1, "minutia size") >> 4
    if size not in _MINUTIA_BYTES:
        raise reader.broken(f"A minutia has {size} bytes instead of 5 or 6.", "minutia size")
    count = reader.number(1, "number of minutiae")
    rows = read_minutiae(reader, count, with_quality=size == 6)
    skip_extended(reader)
    return to_template(
        reader,
        rows,
        ISO_DEGREES,
        grid,
        ppi,
        quality=next((value for value in qualities if value is not None), None),
        finger=finger,
        impression=impression,
    )


def read_ansi_2009(data: bytes, source: str, ppi: float | None) -> list[Template]:
    """All views of an INCITS 378-2009 record, with or without Amendment 1."""
    reader = Reader(data, source, 8)
    length = reader.number(4, "record length")
    if length > len(data):
        raise reader.broken(
            f"The template is cut off: {length} bytes stated, {len(data)} there.", "record length"
        )
    reader.take(4, "product identifier")
    reader.take(3, "capture equipment")
    count = reader.number(1, "number of views")
    reader.take(1, "reserved byte")
    templates = []
    for _ in range(count):
        finger = read_finger(reader)
        reader.take(1, "view number")
        impression = to_impression(reader.number(1, "impression type"), legacy=True)
        quality = to_quality(reader.number(1, "finger quality"), reader, "finger quality")
        reader.take(4, "quality algorithm")
        grid = read_grid(reader)
        rows = read_minutiae(reader, reader.number(1, "number of minutiae"))
        skip_extended(reader)
        templates.append(
            to_template(
                reader,
                rows,
                ANSI_DEGREES,
                grid,
                ppi,
                quality=quality,
                finger=finger,
                impression=impression,
            )
        )
    return templates


def write_iso_2011(templates: Sequence[Template]) -> bytes:
    """An ISO/IEC 19794-2:2011 record; capture date and device are written as unknown."""
    parts = []
    for template, view in zip(templates, view_numbers(templates, 16), strict=True):
        body = b"".join(
            (
                b"\xff" * 9,  # no capture date
                struct.pack(">BHH", 0, 0, 0),
                struct.pack(">BBHH", 1, template.quality, UNKNOWN_VENDOR, 0),
                struct.pack(
                    ">BBHHBHHBB",
                    written_finger(template.finger),
                    view,
                    PIXELS_PER_CM,
                    PIXELS_PER_CM,
                    template.impression,
                    template.width,
                    template.height,
                    6 << 4,  # six bytes a minutia; an ending is where the valley forks
                    len(template),
                ),
                written_minutiae(template, ISO_DEGREES),
                b"\0\0",
            )
        )
        parts.append(struct.pack(">I", 4 + len(body)) + body)
    views = b"".join(parts)
    return b"FMR\x00030\0" + struct.pack(">IHB", 15 + len(views), len(templates), 0) + views


def write_ansi_2009(templates: Sequence[Template]) -> bytes:
    """An INCITS 378-2009 record."""
    parts = []
    for template, view in zip(templates, view_numbers(templates, 256), strict=True):
        parts.append(
            struct.pack(
                ">BBBBHHHHHHB",
                written_finger(template.finger),
                view,
                _ansi_impression(template.impression),
                template.quality,
                UNKNOWN_VENDOR,
                0,
                template.width,
                template.height,
                PIXELS_PER_CM,
                PIXELS_PER_CM,
                len(template),
            )
        )
        parts += (written_minutiae(template, ANSI_DEGREES), b"\0\0")
    body = struct.pack(">HHBHBB", UNKNOWN_VENDOR, 0, 0, 0, len(templates), 0) + b"".join(parts)
    return b"FMR\x00030\0" + struct.pack(">I", 12 + len(body)) + body


def _ansi_impression(impression: Impression) -> int:
    """INCITS 378-2009 has one code, 7, for every latent print."""
    return 7 if 4 <= impression <= 7 else int(impression)
