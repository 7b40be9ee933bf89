"""Our compact stored form of a template: lossless, versioned, checksummed.

The byte layout is in docs/formats.md. Minutiae take 41 bits each, in planes (first all x and y,
then all angles, then all qualities and kinds), so that NumPy packs them without a loop.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from tenprint.model import (
    MINUTIA_DTYPE,
    Finger,
    Impression,
    Template,
    TemplateError,
    TemplateFormatError,
    TemplateRangeError,
    units_angle,
)

MAGIC = b"TPM"
VERSION = 1

# magic, version, width, height, quality, finger, impression, minutiae, bytes of the reason
_HEADER = struct.Struct("<3sBHHBBBBH")
_CRC = struct.Struct("<I")
_ANGLES = units_angle(np.arange(256))
_UNITS_PER_RADIAN = np.float32(256 / (2 * np.pi))


def pack(template: Template) -> bytes:
    """A template in the compact stored form: 18 bytes and 41 bits a minutia (90: 480 bytes).

    `unpack` gives back an equal template, minutiae in the same order. Thread-safe.

    Raises
    ------
    TemplateRangeError
        If a minutia's kind is not 0-2 or the reason is longer than 65,535 bytes.
    """
    minutiae = template.minutiae
    count = len(minutiae)
    kinds = minutiae["kind"]
    if count and kinds.max() > 2:
        raise TemplateRangeError("A minutia's kind is not 0, 1 or 2.", field="kind")
    reason = template.reason.encode("utf-8", "surrogatepass")
    if len(reason) > 0xFFFF:
        raise TemplateRangeError("The reason is longer than 65,535 bytes.", field="reason")
    positions = minutiae["y"].astype("<u4")
    positions <<= 12
    positions |= minutiae["x"]
    units = np.rint(minutiae["angle"] * _UNITS_PER_RADIAN)
    body = b"".join(
        (
            _HEADER.pack(
                MAGIC,
                VERSION,
                template.width,
                template.height,
                template.quality,
                template.finger,
                template.impression,
                count,
                len(reason),
            ),
            positions.view(np.uint8).reshape(count, 4)[:, :3].tobytes(),
            units.astype(np.uint8).tobytes(),
            (minutiae["quality"] | (kinds & 1) << 7).tobytes(),
            np.packbits(kinds >> 1).tobytes(),
            reason,
        )
    )
    return body + _CRC.pack(zlib.crc32(body))


def unpack(data: bytes) -> Template:
    """A template from its compact stored form. Thread-safe.

    Raises
    ------
    TemplateFormatError
        If the bytes are no such record, of a newer version, cut off, or changed (checksum).
    TemplateRangeError
        If the record is whole but holds an impossible value.
    """
    template, end = unpack_from(data, 0)
    if end != len(data):
        raise _damaged(f"{len(data) - end} bytes follow the record.", end)
    return template


def unpack_from(data: bytes, start: int, source: str = "tenprint template") -> tuple[Template, int]:
    """One template of several packed one after the other, and where the next would start."""
    if data[start : start + 3] != MAGIC:
        raise _damaged("These bytes are not a tenprint template.", start, source)
    if len(data) < start + _HEADER.size + _CRC.size:
        raise _damaged("The record is cut off in its header.", len(data), source)
    _, version, width, height, quality, finger, impression, count, reason_size = (
        _HEADER.unpack_from(data, start)
    )
    if version != VERSION:
        raise TemplateFormatError(
            f"The template is of version {version}; this tenprint reads version {VERSION}.",
            source=source,
            field=f"byte {start + 3}",
            remedy="Read it with a newer tenprint." if version > VERSION else "It is damaged.",
        )
    at = start + _HEADER.size
    stop = at + 5 * count + (count + 7) // 8 + reason_size
    if len(data) < stop + _CRC.size:
        raise _damaged(
            f"The record is cut off: {stop + _CRC.size - start} bytes stated.", start, source
        )
    body = data[start:stop]
    if _CRC.unpack_from(data, stop)[0] != zlib.crc32(body):
        raise _damaged("The checksum is wrong: the record was changed or damaged.", stop, source)
    template = _template(
        np.frombuffer(data, np.uint8, stop - at - reason_size, at),
        data[stop - reason_size : stop],
        (width, height, quality, finger, impression, count),
        source,
    )
    return template, stop + _CRC.size


def _template(
    planes: NDArray[np.uint8],
    reason: bytes,
    fields: tuple[int, int, int, int, int, int],
    source: str,
) -> Template:
    """The template of a record whose lengths and checksum are right."""
    width, height, quality, finger, impression, count = fields
    coded = planes[4 * count : 5 * count]
    positions = np.zeros((count, 4), np.uint8)
    positions[:, :3] = planes[: 3 * count].reshape(count, 3)
    packed = positions.view("<u4")[:, 0]
    minutiae = np.empty(count, MINUTIA_DTYPE)
    minutiae["x"] = packed & 0xFFF
    minutiae["y"] = packed >> 12
    minutiae["angle"] = _ANGLES[planes[3 * count : 4 * count]]
    minutiae["quality"] = coded & 0x7F
    minutiae["kind"] = coded >> 7
    high = planes[5 * count :]
    if high.any():
        minutiae["kind"] |= np.unpackbits(high, count=count) << 1
    try:
        return Template(
            minutiae,
            width,
            height,
            quality,
            Finger(finger),
            Impression(impression),
            reason.decode("utf-8", "surrogatepass"),
        )
    except TemplateError:
        raise
    except ValueError as cause:
        raise _damaged(f"A field is impossible ({cause}).", 0, source) from cause


def _damaged(message: str, offset: int, source: str = "tenprint template") -> TemplateFormatError:
    return TemplateFormatError(
        message,
        source=source,
        field=f"byte {offset}",
        remedy="Restore it from a backup or extract it again.",
    )
