"""Minutiae of Type 9 as templates."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from tenprint.formats._resolution import TARGET_PPI, TOLERANCE, usable
from tenprint.formats._view import QUALITY_NOT_REPORTED, to_impression
from tenprint.formats.itl._images import ItlImage, itl_images
from tenprint.formats.itl._model import ItlFile, ItlRecord
from tenprint.model import (
    KIND_BIFURCATION,
    KIND_ENDING,
    KIND_OTHER,
    MAX_EXTENT,
    MAX_MINUTIAE,
    Finger,
    RecordError,
    Template,
    TemplateError,
    make_minutiae,
)

_PIXELS_PER_UNIT = TARGET_PPI / 2540  # a hundredth of a millimetre
_CM_PER_INCH = 2.54
_M1_DEGREES = 2.0
_KINDS = {"A": KIND_ENDING, "B": KIND_BIFURCATION}
_M1_KINDS = {"1": KIND_ENDING, "2": KIND_BIFURCATION}

# x, y (pixels at 500 ppi), angle (degrees, of ISO/IEC 19794-2), kind, quality.
_Row = tuple[float, float, float, int, int]


@dataclass(frozen=True)
class ItlMinutiae:
    """One Type 9 record; its minutiae are read when they are asked for.

    Attributes
    ----------
    record : int
        Which record of the file, from 1.
    idc : int
    block : str
        Which of its blocks is read: ``incits`` (9.126 to 9.150), ``standard`` (9.005 to 9.012) or
        ``fbi`` (9.013 to 9.023); empty where there is only another one.
    image : ItlImage or None
        The image of the same IDC.
    """

    record: int
    idc: int
    block: str
    image: ItlImage | None = field(repr=False)
    _of: ItlRecord = field(repr=False)
    _source: str = field(repr=False)

    def read(self) -> Template:
        """The template, as `itl_templates` describes it. Thread-safe.

        Raises
        ------
        RecordError
            As `itl_templates`; also where no block is read.
        """
        known = (each for each in _BLOCKS if each[1] == self.block)
        number, _, reader = next(known, (1, "", _unread))
        where = f"record {self.record}, {self._of.name(number)}"
        try:
            return reader(self._of, self.image)
        except (ValueError, IndexError, OverflowError) as cause:
            raise RecordError(
                "A minutia or its heading is not as its block asks.",
                source=self._source or None,
                field=where,
            ) from cause
        except TemplateError as cause:
            raise RecordError(cause.message, source=self._source or None, field=where) from cause


def itl_minutiae(file: ItlFile) -> list[ItlMinutiae]:
    """The Type 9 records of a transaction, in its order."""
    images = itl_images(file)
    return [
        ItlMinutiae(
            index,
            record.idc or 0,
            next((block for number, block, _ in _BLOCKS if record.get(number)), ""),
            next((i for i in images if i.idc == record.idc and i.type != 10), None),
            record,
            file.source,
        )
        for index, record in enumerate(file.records, 1)
        if record.type == 9
    ]


def itl_templates(file: ItlFile) -> list[Template]:
    """The templates of the Type 9 records of a transaction, in its order.

    Read are the standard block (9.005 to 9.012), the INCITS 378 block (9.126 to 9.150) and the
    FBI's block (9.013 to 9.023). Coordinates become pixels at 500 ppi from the top left, angles
    those of ISO/IEC 19794-2; more than 255 minutiae: the first 255. The extent comes from the
    record or from the image of the same IDC. Vendor blocks and the extended feature set (9.300 and
    above) are not read; records of nothing else give no template. Thread-safe.

    Raises
    ------
    RecordError
        If a minutia is no such thing, lies outside of its image, or nothing says how large that is.
    """
    return [each.read() for each in itl_minutiae(file) if each.block]


def _unread(record: ItlRecord, image: ItlImage | None) -> Template:
    raise ValueError


def _incits(record: ItlRecord, image: ItlImage | None) -> Template:
    """Fields 9.126 to 9.150: pixels of the image, angles in units of two degrees."""
    width, height = _whole(record.text(128)), _whole(record.text(129))
    unit = _CM_PER_INCH if _whole(record.text(130)) == 2 else 1.0
    scales = []
    for number in (131, 132):
        ppi = _whole(record.text(number)) * unit
        if not usable(ppi):
            raise ValueError
        near = abs(ppi - TARGET_PPI) <= TOLERANCE * TARGET_PPI
        scales.append(1.0 if near else TARGET_PPI / ppi)
    rows: list[_Row] = []
    for _, x, y, angle, kind, quality, *_rest in record.items(137)[:MAX_MINUTIAE]:
        if not 0 <= _whole(angle) < 180 or _whole(x) >= width or _whole(y) >= height:
            raise ValueError
        trust = _whole(quality)
        rows.append(
            (
                _whole(x) * scales[0],
                _whole(y) * scales[1],
                _whole(angle) * _M1_DEGREES,
                _M1_KINDS.get(kind, KIND_OTHER),
                trust if trust <= 100 else 0,
            )
        )
    first = (record.items(135) or ((),))[0]
    score = _whole(first[0]) if first and first[0] else 255
    size = (math.ceil(width * scales[0]), math.ceil(height * scales[1]))
    return _template(record, rows, size, record.text(134), score if score <= 100 else None)


def _standard(record: ItlRecord, image: ItlImage | None) -> Template:
    """Fields 9.005 to 9.012: hundredths of a millimetre from the bottom left.

    Directions point along the ridge, away from where ISO's point (seen in NIST's reference files,
    which hold one print in each of the blocks).
    """
    width, height = _extent(image)
    rows: list[_Row] = []
    for _, place, quality, kind, *_rest in record.items(12)[:MAX_MINUTIAE]:
        x, y, angle = _place(place)
        rows.append((x, height - y, angle + 180, _KINDS.get(kind, KIND_OTHER), _trust(quality)))
    position = record.items(6)
    finger = position[0][0] if len(position) == 1 else "0"
    return _template(record, rows, (width, height), finger, None)


def _fbi(record: ItlRecord, image: ItlImage | None) -> Template:
    """Fields 9.013 to 9.023: hundredths of a millimetre from the top left, ISO's directions."""
    width, height = _extent(image)
    rows: list[_Row] = []
    for _, place, quality, kind, *_rest in record.items(23)[:MAX_MINUTIAE]:
        x, y, angle = _place(place)
        rows.append((x, y, angle, _KINDS.get(kind, KIND_OTHER), _trust(quality)))
    position = record.items(14)
    finger = position[0][0] if len(position) == 1 else "0"
    return _template(record, rows, (width, height), finger, None)


# The field of a block's minutiae, its name, and what reads it.
_BLOCKS: tuple[tuple[int, str, Callable[[ItlRecord, ItlImage | None], Template]], ...] = (
    (137, "incits", _incits),
    (12, "standard", _standard),
    (23, "fbi", _fbi),
)


def _template(
    record: ItlRecord, rows: list[_Row], size: tuple[int, int], finger: str, quality: int | None
) -> Template:
    width, height = size
    xs, ys, angles, kinds, trusts = (
        (list(each) for each in zip(*rows, strict=True)) if rows else ([] for _ in range(5))
    )
    # Positions are rounded: one on the last half pixel stays inside.
    minutiae = make_minutiae(
        [min(x, width - 1) if x < width + 0.5 else x for x in xs],
        [min(max(y, 0), height - 1) if -0.5 < y < height + 0.5 else y for y in ys],
        [math.radians(angle % 360) for angle in angles],
    )
    minutiae["kind"], minutiae["quality"] = kinds, trusts
    position = _whole(finger)
    return Template(
        minutiae,
        width,
        height,
        quality or 0,
        Finger(position) if position <= 15 else Finger.UNKNOWN,
        to_impression(_whole(record.text(3)), legacy=False),
        QUALITY_NOT_REPORTED if quality is None else "",
    )


def _extent(image: ItlImage | None) -> tuple[int, int]:
    """Width and height at 500 ppi of the image that the minutiae were found in."""
    if image is None or image.ppi is None or not usable(image.ppi):
        raise ValueError
    scale = TARGET_PPI / image.ppi
    if abs(scale - 1) <= TOLERANCE:
        scale = 1.0
    return min(math.ceil(image.width * scale), MAX_EXTENT), min(
        math.ceil(image.height * scale), MAX_EXTENT
    )


def _place(text: str) -> tuple[float, float, float]:
    """Four digits of x, four of y, three of degrees."""
    if len(text) != 11:
        raise ValueError
    x, y, angle = _whole(text[:4]), _whole(text[4:8]), _whole(text[8:])
    if angle > 360:
        raise ValueError
    return x * _PIXELS_PER_UNIT, y * _PIXELS_PER_UNIT, float(angle)


def _trust(text: str) -> int:
    """A minutia's quality in percent: 2 (worst) to 63 (best); 0 and 1 say that there is none.

    ANSI/NIST-ITL 1-2007, field 9.012, third item.
    """
    value = _whole(text) if text.strip() else 0
    return 0 if value < 2 else round(100 * (min(value, 63) - 1) / 62)


def _whole(text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ValueError
    return int(text)
