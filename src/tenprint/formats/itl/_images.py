"""The images inside a transaction: what they show, and their pixels."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

from PIL import Image

from tenprint.formats._headers import detect, wsq_size
from tenprint.formats._images import read_image
from tenprint.formats._resolution import resample, usable
from tenprint.formats._view import to_impression
from tenprint.formats.itl._model import ItlFile, ItlRecord
from tenprint.model import Finger, FingerImage, ImageError, ImageFormatError, Impression

#: Field 8 of types 4 and 7 in the words of 14.011 (ANSI/NIST-ITL 1-2011 table 15).
COMPRESSIONS = ("NONE", "WSQ20", "JPEGB", "JPEGL", "JP2", "JP2L", "PNG")

#: What the bytes of each compression begin as.
_KINDS = {
    "WSQ20": "WSQ",
    "WSQ": "WSQ",
    "JPEGB": "JPEG",
    "JPEGL": "JPEG",
    "JP2": "JPEG2000",
    "JP2L": "JPEG2000",
    "PNG": "PNG",
}
_BINARY, _TAGGED = frozenset({3, 4, 5, 6, 7, 8}), frozenset({10, 13, 14, 15, 16, 17, 19})
_RIDGES = frozenset({3, 4, 7, 13, 14, 15, 19})
_MM_PER_INCH, _CM_PER_INCH = 25.4, 2.54
_NO_POSITION = 255
_LOW, _MINIMUM = 250.0, 500.0  # ppi: the standard's transmitting resolutions of types 3, 5 and 4


@dataclass(frozen=True)
class Segment:
    """Where one finger lies in an image: corners (x, y) in pixels of the image as transmitted."""

    finger: Finger
    corners: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class ItlImage:
    """One image of a transaction.

    Attributes
    ----------
    record : int
        Which record of the file, from 1.
    type : int
        Record type: 4 and 14 fingers, 13 latents, 15 palms, 10 faces and marks, 17 irises.
    idc : int
    position : int
        The position code as it stands (0-15 fingers, 19 whole joints, 20 and above palms); 0 where
        several are possible, -1 where the record has none.
    finger : Finger
        The finger or slap; `Finger.UNKNOWN` for everything else. Of position 19 the finger of
        14.014 if the image is a rolled tip.
    impression : Impression
    ppi : float or None
        Horizontal resolution as the record or 1.012 states it, pixels per inch.
    width, height : int
        As the record states them.
    compression : str
        ``NONE``, ``WSQ20``, ``JPEGB``, ``JPEGL``, ``JP2``, ``JP2L``, ``PNG``, or what it says.
    data : bytes
        The encoded image as it was sent.
    missing : tuple of (Finger, str)
        14.018: fingers that are not there, ``XX`` amputated or ``UP`` unable to print.
    segments : tuple of Segment
        14.025, else 14.021: where the fingers of a slap lie.
    ppi_down : float or None
        Vertical resolution.
    source : str
        For messages.
    """

    record: int
    type: int
    idc: int
    position: int
    finger: Finger
    impression: Impression
    ppi: float | None
    width: int
    height: int
    compression: str
    data: bytes = field(repr=False)
    missing: tuple[tuple[Finger, str], ...] = ()
    segments: tuple[Segment, ...] = ()
    ppi_down: float | None = None
    source: str = "transaction"

    def decode(self) -> FingerImage:
        """The pixels at 500 ppi by the record's own resolution, whatever the image states.

        Faces, marks and irises (types 10, 16, 17) keep their pixels. Types 5, 6 and 8 (black and
        white) are not decoded. Thread-safe.

        Raises
        ------
        ImageFormatError, ImageSizeError
            If it cannot be decoded, its size is not the stated one, or the record states no usable
            resolution.
        """
        where = f"{self.source}, record {self.record}"
        if self.type in (5, 6, 8):
            raise ImageFormatError("Black and white images are not decoded.", source=where)
        if trouble := self.mismatch():  # before anything large is decoded
            raise ImageFormatError(trouble, source=where)
        shape = (self.height, self.width) if self.compression == "NONE" else None
        try:
            # Called 500 ppi nothing is resampled: these are the pixels as transmitted.
            pixels = read_image(self.data, 500.0, raw_shape=shape).pixels
        except ImageError as cause:
            raise type(cause)(cause.message, source=where, remedy=cause.remedy) from cause
        if pixels.shape != (self.height, self.width):  # turned by a tag of its own
            raise ImageFormatError("The image is not as wide and high as stated.", source=where)
        across, down = self.ppi, self.ppi_down or self.ppi
        if self.type not in _RIDGES:
            return FingerImage(pixels, 500.0, True, where)
        if across is None or down is None or not (usable(across) and usable(down)):
            raise ImageFormatError(
                "The record states no usable resolution.",
                source=where,
                remedy="It must be 100 to 2000 pixels per inch, with a unit.",
            )
        return FingerImage(resample(pixels, (across, down), where), across, False, where)

    def mismatch(self) -> str | None:
        """What the encoded bytes contradict the record in; None if nothing. Decodes nothing."""
        if not self.data:
            return "There is no image."
        if self.type in (5, 6, 7, 8):
            return None
        if self.compression == "NONE":
            depth = 3 if self.type in (10, 16) else 1
            right = len(self.data) in (self.width * self.height, self.width * self.height * depth)
            return None if right else "The image's bytes are not width times height."
        wanted, found = _KINDS.get(self.compression), detect(self.data)
        if wanted is None:
            return "The compression is not known."
        if found != wanted:
            return f"The image is not {self.compression}."
        size = _size(self.data, found)
        if size is None:
            return "The image's header is damaged."
        if size != (self.width, self.height):
            return f"The image has {size[0]}x{size[1]} pixels, not {self.width}x{self.height}."
        return None


def itl_images(file: ItlFile) -> list[ItlImage]:
    """All images of a transaction (types 3 to 8, 10, 13 to 17, 19), in its order."""
    kinds = _BINARY | _TAGGED
    return [
        _binary(file, index, record) if record.binary else _tagged(file, index, record)
        for index, record in enumerate(file.records, 1)
        if record.type in kinds and record.image is not None
    ]


def finger_images(file: ItlFile) -> list[ItlImage]:
    """The ten-print images of a transaction: types 4 and 14, positions 0 to 15, in its order.

    Of position 19 (joints) only rolled tips of one known finger. Latents (type 13) are in
    `itl_images` alone.
    """
    return [
        image
        for image in itl_images(file)
        if image.type in (4, 14)
        and (0 <= image.position <= 15 or image.finger is not Finger.UNKNOWN)
    ]


def _binary(file: ItlFile, index: int, record: ItlRecord) -> ItlImage:
    codes = [_small(each) for each in _values(record, 4)]
    positions = [each for each in codes if each is not None and each != _NO_POSITION]
    position = -1 if record.type == 8 or not positions else positions[0]
    if len(positions) > 1:
        position = 0
    code = record.number(8) if record.type != 8 else None
    compression = "NONE" if code is None else str(code)
    if code is not None and code < len(COMPRESSIONS):
        compression = COMPRESSIONS[code]
    ppi = _LOW if record.type in (3, 5) else _MINIMUM
    if record.number(5) == 1:  # the native one, or what 1.012 says it was brought to
        ppi = _per_mm(file.header, 12) or _per_mm(file.header, 11) or ppi
    return ItlImage(
        index,
        record.type,
        record.idc or 0,
        position,
        _finger(position),
        _impression(record) if record.type != 8 else Impression.UNKNOWN,
        ppi,
        record.number(6) or 0,
        record.number(7) or 0,
        compression,
        record.image or b"",
        source=file.source or "transaction",
    )


def _tagged(file: ItlFile, index: int, record: ItlRecord) -> ItlImage:
    across, down = (_scale(record, number) for number in (9, 10))
    position, finger = -1, Finger.UNKNOWN
    if record.type in _RIDGES:
        positions = [each for each in map(_small, _values(record, 13)) if each is not None]
        position = positions[0] if len(positions) == 1 else 0
        finger = _finger(position)
    parts = record.items(14)
    if position == 19 and len(parts) == 1 and len(parts[0]) == 2 and parts[0][1] == "TIP":
        finger = _finger(_small(parts[0][0]))
    return ItlImage(
        index,
        record.type,
        record.idc or 0,
        position,
        finger,
        _impression(record) if record.type in _RIDGES else Impression.UNKNOWN,
        across,
        record.number(6) or 0,
        record.number(7) or 0,
        record.text(11).upper() or "NONE",
        record.image or b"",
        _missing(record) if record.type == 14 else (),
        _segments(record) if record.type == 14 else (),
        down,
        source=file.source or "transaction",
    )


def _missing(record: ItlRecord) -> tuple[tuple[Finger, str], ...]:
    """14.018."""
    found = []
    for items in record.items(18):
        finger = _finger(_small(items[0]))
        if len(items) == 2 and finger.is_single:
            found.append((finger, items[1]))
    return tuple(found)


def _segments(record: ItlRecord) -> tuple[Segment, ...]:
    """14.025 (polygons), or where there is none 14.021 (rectangles); what is no number is not."""
    found = []
    for number in (25, 21):
        for items in record.items(number):
            values = [_small(each, 5) for each in items]
            finger, rest = _finger(values[0]), [each for each in values[1:] if each is not None]
            if number == 21 and len(values) == 5 and len(rest) == 4:
                left, right, top, bottom = rest
                corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
            elif number == 25 and len(rest) >= 7 and len(rest) == len(values) - 1:
                corners = list(zip(rest[1::2], rest[2::2], strict=False))
                if rest[0] != len(corners) or len(rest) % 2 == 0:
                    continue
            else:
                continue
            found.append(Segment(finger, tuple(corners)))
        if found:
            break
    return tuple(found)


def _scale(record: ItlRecord, number: int) -> float | None:
    """Pixels per inch from scale units (field 8) and a pixel scale; None for a mere aspect."""
    value, unit = record.number(number), record.number(8)
    if not value or unit not in (1, 2):
        return None
    return float(value) if unit == 1 else value * _CM_PER_INCH


def _per_mm(header: ItlRecord, number: int) -> float | None:
    """1.011 or 1.012 in pixels per inch; None if zero or no number."""
    text = header.text(number)
    if not text.isascii() or not text.replace(".", "", 1).isdigit() or len(text) > 8:
        return None
    return float(text) * _MM_PER_INCH or None


def _finger(position: int | None) -> Finger:
    return Finger(position) if position is not None and 0 <= position <= 15 else Finger.UNKNOWN


def _impression(record: ItlRecord) -> Impression:
    code = record.number(3)
    return Impression.UNKNOWN if code is None else to_impression(code, legacy=False)


def _small(text: str, digits: int = 3) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def _values(record: ItlRecord, number: int) -> tuple[str, ...]:
    return tuple(items[0] for items in record.items(number))


def _size(data: bytes, kind: str) -> tuple[int, int] | None:
    """Width and height from an encoded image's header."""
    if kind == "WSQ":
        return wsq_size(data)
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as image:
            return image.size
    except Exception:  # decoders raise nearly anything on hostile bytes
        return None
