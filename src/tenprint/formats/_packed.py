"""Our compact stored form of a template: lossless, versioned, checksummed.

The byte layout is in docs/formats.md. Minutiae take 41 bits each, in planes (first all x and y,
then all angles, then all qualities and kinds), so that NumPy packs them without a loop.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tenprint.model import (
    MINUTIA_DTYPE,
    Finger,
    Impression,
    Template,
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


def unpack_all(data: bytes) -> list[Template]:
    """Templates packed one after the other. Thread-safe; errors as `unpack`."""
    found, at = [], 0
    while at < len(data):
        template, at = unpack_from(data, at)
        found.append(template)
    return found


def unpack_from(data: bytes, start: int, source: str = "tenprint template") -> tuple[Template, int]:
    """One template of several packed one after the other, and where the next would start."""
    header = read_header(data, start, source)
    minutiae = decode_planes(
        np.frombuffer(data, np.uint8, 3 * header.number, header.at),
        np.frombuffer(data, np.uint8, header.number, header.at + 3 * header.number),
        np.frombuffer(data, np.uint8, header.number, header.at + 4 * header.number),
        unpack_bits(data, header),
    )
    try:
        if header.number and minutiae["kind"].max() > 2:
            raise TemplateRangeError("A minutia's kind is not 0, 1 or 2.", field="kind")
        template = Template(
            minutiae,
            header.width,
            header.height,
            header.quality,
            Finger(header.finger),
            Impression(header.impression),
            data[header.reason : header.stop].decode("utf-8", "surrogatepass"),
        )
    except TemplateRangeError as error:
        raise TemplateRangeError(error.message, source=source, field=error.field) from error
    except ValueError as cause:
        raise _damaged(f"A field is impossible ({cause}).", start, source) from cause
    return template, header.end


class Header(NamedTuple):
    """The fields of a record whose lengths and checksum are right."""

    width: int
    height: int
    quality: int
    finger: int
    impression: int
    number: int
    at: int  # where the planes start
    reason: int  # where the reason starts
    stop: int  # where the checksum starts
    end: int


def read_header(data: bytes, start: int, source: str) -> Header:
    """Check a record's magic, version, length and checksum, and take its fields."""
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
    reason = at + 5 * count + (count + 7) // 8
    stop = reason + reason_size
    end = stop + _CRC.size
    if len(data) < end:
        raise _damaged(f"The record is cut off: {end - start} bytes stated.", start, source)
    if _CRC.unpack_from(data, stop)[0] != zlib.crc32(data[start:stop]):
        raise _damaged("The checksum is wrong: the record was changed or damaged.", stop, source)
    return Header(width, height, quality, finger, impression, count, at, reason, stop, end)


def unpack_bits(data: bytes, header: Header) -> NDArray[np.uint8]:
    """The high bit of each minutia's kind."""
    at = header.at + 5 * header.number
    packed = np.frombuffer(data, np.uint8, header.reason - at, at)
    return np.unpackbits(packed, count=header.number)


def decode_planes(
    xy: NDArray[np.uint8],
    angles: NDArray[np.uint8],
    coded: NDArray[np.uint8],
    high: NDArray[np.uint8],
) -> NDArray[Any]:
    """Planes of n minutiae (3n position bytes, n angles, n coded qualities, n bits) as an array."""
    positions = np.zeros((len(angles), 4), np.uint8)
    positions[:, :3] = xy.reshape(-1, 3)
    packed = positions.view("<u4")[:, 0]
    minutiae = np.empty(len(angles), MINUTIA_DTYPE)
    minutiae["x"] = packed & 0xFFF
    minutiae["y"] = packed >> 12
    minutiae["angle"] = _ANGLES[angles]
    minutiae["quality"] = coded & 0x7F
    minutiae["kind"] = coded >> 7 | high << 1
    return minutiae


def _damaged(message: str, offset: int, source: str = "tenprint template") -> TemplateFormatError:
    return TemplateFormatError(
        message,
        source=source,
        field=f"byte {offset}",
        remedy="Restore it from a backup or extract it again.",
    )
