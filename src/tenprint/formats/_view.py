"""What the minutiae record formats share: the finger view, its codes and its units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.formats._reader import Reader
from tenprint.formats._resolution import TARGET_PPI, TOLERANCE, choose_resolution
from tenprint.model import (
    KIND_OTHER,
    MAX_EXTENT,
    Finger,
    Impression,
    Template,
    TemplateRangeError,
    make_minutiae,
)

#: 500 ppi in whole pixels per centimetre, as every writer puts it.
PIXELS_PER_CM = 197

NOT_REPORTED, NOT_COMPUTED = 254, 255

QUALITY_NOT_REPORTED = "The file reports no quality."

#: Codes of ISO/IEC 19794-2:2005 and INCITS 378 that differ from the model's: 9 is contactless, and
#: 7 any latent print.
_LEGACY_IMPRESSIONS = {
    7: Impression.LATENT_IMPRESSION,
    9: Impression.LIVE_SCAN_CONTACTLESS_PLAIN,
}

#: Codes of the later formats for kinds of scanner the model does not tell apart.
_FINER_IMPRESSIONS = {
    20: Impression.LIVE_SCAN_PLAIN,
    21: Impression.LIVE_SCAN_ROLLED,
    22: Impression.LIVE_SCAN_PLAIN,
    23: Impression.LIVE_SCAN_ROLLED,
    26: Impression.LIVE_SCAN_CONTACTLESS_PLAIN,
}

_CODES = frozenset(int(member) for member in Impression)
_LATENT = range(4, 8)


class TemplateWarning(UserWarning):
    """A template breaks its standard, in a way that has one sensible reading."""


@dataclass(frozen=True)
class Grid:
    """The pixel grid that a view's coordinates count in."""

    width: int
    height: int
    across: int  # pixels per centimetre
    down: int


def read_grid(reader: Reader) -> Grid:
    """Image size, then resolution in pixels per centimetre, each across and down."""
    width, height = reader.number(2, "image width"), reader.number(2, "image height")
    across, down = reader.number(2, "x resolution"), reader.number(2, "y resolution")
    return Grid(width, height, across, down)


def read_finger(reader: Reader) -> Finger:
    """A finger position; codes of several fingers and of palms are no single print's."""
    code = reader.number(1, "finger position")
    if code > Finger.PLAIN_THUMBS:
        raise reader.impossible(f"The finger position {code} is not known.", "finger position")
    return Finger(code)


def to_impression(code: int, *, legacy: bool) -> Impression:
    """An impression type; codes the model has no name for become `OTHER`."""
    if legacy and code in _LEGACY_IMPRESSIONS:
        return _LEGACY_IMPRESSIONS[code]
    if code in _FINER_IMPRESSIONS:
        return _FINER_IMPRESSIONS[code]
    if code == 9:
        return Impression.LIVE_SCAN_CONTACTLESS_PLAIN
    return Impression(code) if code in _CODES else Impression.OTHER


def legacy_impression(impression: Impression) -> int:
    """The code of an impression type in the formats that have four bits for it."""
    if impression in _LATENT:
        return 7
    if impression is Impression.LIVE_SCAN_CONTACTLESS_PLAIN:
        return 9
    if impression > 9:
        raise TemplateRangeError(
            f"The format has no code for the impression type {impression.name}.",
            field="impression",
            remedy="Write ISO_2011 or ANSI_2009, or set a known impression type.",
        )
    return int(impression)


def to_quality(code: int, reader: Reader, field: str) -> int | None:
    """A quality of 0-100, or None for the codes of one that was not reported or not computed."""
    if code in (NOT_REPORTED, NOT_COMPUTED):
        return None
    if code > 100:
        raise reader.impossible(f"The quality is {code}, not in 0..100.", field)
    return code


def read_minutiae(reader: Reader, count: int, *, with_quality: bool = True) -> NDArray[np.int64]:
    """The minutia records of a view as rows of x, y, angle unit, kind, quality.

    Two bits of type and fourteen of x, two reserved and fourteen of y, an angle of one byte,
    and a quality of one byte where the record has it.
    """
    size = 6 if with_quality else 5
    raw = reader.take(count * size, "minutiae")
    records = np.frombuffer(raw, np.uint8).reshape(count, size).astype(np.int64)
    x, y = records[:, 0] << 8 | records[:, 1], records[:, 2] << 8 | records[:, 3]
    quality = records[:, 5] if with_quality else np.zeros(count, np.int64)
    quality = np.where(quality >= NOT_REPORTED, 0, quality)
    rows = np.stack([x & 0x3FFF, y & 0x3FFF, records[:, 4], x >> 14, quality], axis=1)
    rows[rows[:, 3] == 3, 3] = KIND_OTHER  # a reserved code
    if (quality > 100).any():
        raise reader.impossible(f"A quality is {quality.max()}, not in 0..100.", "minutia quality")
    return rows


def skip_extended(reader: Reader) -> None:
    """Pass over the extended data (ridge counts, cores, deltas, vendor data) of a view."""
    reader.take(reader.number(2, "extended data length"), "extended data")


def to_template(
    reader: Reader,
    rows: NDArray[np.int64],
    degrees: float,
    grid: Grid,
    ppi: float | None,
    *,
    quality: int | None,
    finger: Finger,
    impression: Impression,
) -> Template:
    """A view as a template at 500 ppi; its coordinates must lie inside its image."""
    for name, column, limit in (("x", 0, grid.width), ("y", 1, grid.height)):
        if limit < 1:
            raise reader.impossible("The image has no extent.", f"image size in {name}")
        if len(rows) and rows[:, column].max() >= limit:
            raise reader.impossible(
                f"A minutia's {name} is {rows[:, column].max()}, outside the image of "
                f"{grid.width}x{grid.height}.",
                f"minutia {name}",
            )
    if len(rows) and rows[:, 2].max() * degrees >= 360:
        raise reader.impossible(f"An angle is {rows[:, 2].max()} x {degrees:g} degrees.", "angle")
    stated = (grid.across * 2.54, grid.down * 2.54)
    across, down, _ = choose_resolution(ppi, stated, reader.source)
    scales, sides = [], []
    for side, value in ((grid.width, across), (grid.height, down)):
        near = abs(value - TARGET_PPI) <= TOLERANCE * TARGET_PPI
        scales.append(1.0 if near else TARGET_PPI / value)
        sides.append(max(1, round(side * scales[-1])))
        if sides[-1] > MAX_EXTENT:
            raise reader.impossible(
                f"The image is {sides[-1]} pixels wide or high at 500 ppi; at most {MAX_EXTENT} "
                "are possible.",
                "image size",
            )
    minutiae: NDArray[Any] = make_minutiae(
        np.minimum(rows[:, 0] * scales[0], sides[0] - 1),
        np.minimum(rows[:, 1] * scales[1], sides[1] - 1),
        np.deg2rad(rows[:, 2] * degrees),
        rows[:, 3],
        rows[:, 4],
    )
    return Template(
        minutiae,
        sides[0],
        sides[1],
        quality=quality or 0,
        finger=finger,
        impression=impression,
        reason=QUALITY_NOT_REPORTED if quality is None else "",
    )


def written_minutiae(template: Template, degrees: float) -> bytes:
    """The minutia records of a template, six bytes each."""
    minutiae = template.minutiae
    if len(minutiae) and minutiae["kind"].max() > 2:
        raise TemplateRangeError("A minutia's kind is not 0, 1 or 2.", field="kind")
    turn = round(360 / degrees)
    records = np.zeros((len(minutiae), 6), np.uint8)
    x = minutiae["x"].astype(np.int64) | minutiae["kind"].astype(np.int64) << 14
    y = minutiae["y"].astype(np.int64)
    records[:, 0], records[:, 1] = x >> 8, x & 0xFF
    records[:, 2], records[:, 3] = y >> 8, y & 0xFF
    records[:, 4] = np.rint(np.rad2deg(minutiae["angle"].astype(np.float64)) / degrees) % turn
    records[:, 5] = minutiae["quality"]
    return records.tobytes()


def written_finger(finger: Finger) -> int:
    """The code of a position; a plain thumb is a thumb, and a slap is no single print."""
    if finger.is_slap:
        raise TemplateRangeError(
            f"A template of {finger.label} has no place in a minutiae record: it is no one finger.",
            field="finger",
            remedy="Cut the slap into fingers first.",
        )
    return int(finger.anatomical)
