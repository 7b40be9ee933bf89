"""A template: the minutiae of one impression of one finger, and how good they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.model.errors import TemplateRangeError
from tenprint.model.finger import Finger, Impression

#: One minutia. ``x``, ``y``: pixels at 500 ppi, origin top left, y downwards. ``angle``: radians in
#: [0, 2 pi), counterclockwise from the x axis as seen on the image, the direction of
#: ISO/IEC 19794-2 (a ridge ending points along its ridge, a bifurcation along its valley), a whole
#: multiple of 2 pi / 256. ``kind``: 0 other, 1 ending, 2 bifurcation. ``quality``: 0-100, the
#: extractor's confidence in percent.
MINUTIA_DTYPE = np.dtype(
    [("x", "<u2"), ("y", "<u2"), ("angle", "<f4"), ("kind", "u1"), ("quality", "u1")]
)

#: Minutia kinds as ISO/IEC 19794-2 codes them.
KIND_OTHER, KIND_ENDING, KIND_BIFURCATION = 0, 1, 2

#: Angles are kept in 1/256 of a full turn (the unit of ISO/IEC 19794-2:2005).
ANGLE_UNITS = 256

#: The largest width or height of an impression, in pixels at 500 ppi.
MAX_EXTENT = 4095

#: The most minutiae a template may hold (the count is one byte in every interchange format).
MAX_MINUTIAE = 255


def angle_units(angle: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    """Angles in radians as whole units of 2 pi / 256, 0-255."""
    units = np.rint(np.asarray(angle, np.float64) * (ANGLE_UNITS / (2 * np.pi)))
    return (units.astype(np.int64) % ANGLE_UNITS).astype(np.uint8)


def units_angle(units: NDArray[np.integer[Any]]) -> NDArray[np.float32]:
    """Units of 2 pi / 256 as radians in [0, 2 pi), float32."""
    return (np.asarray(units, np.float64) * (2 * np.pi / ANGLE_UNITS)).astype(np.float32)


def make_minutiae(
    x: Iterable[float] | NDArray[Any],
    y: Iterable[float] | NDArray[Any],
    angle: Iterable[float] | NDArray[Any],
    kind: int | NDArray[Any] = KIND_OTHER,
    quality: int | NDArray[Any] = 100,
) -> NDArray[Any]:
    """Columns as an array of `MINUTIA_DTYPE`; positions and angles are rounded to their units.

    Raises
    ------
    TemplateRangeError
        If a value is not finite or a coordinate lies outside 0 .. `MAX_EXTENT`.
    """
    xs, ys, angles = (
        np.asarray(list(v) if not isinstance(v, np.ndarray) else v, np.float64)
        for v in (x, y, angle)
    )
    for name, values in (("x", xs), ("y", ys), ("angle", angles)):
        if not np.isfinite(values).all():
            raise TemplateRangeError("A minutia's value is not a finite number.", field=name)
    for name, values in (("x", xs), ("y", ys)):
        if values.size and (np.rint(values).min() < 0 or np.rint(values).max() > MAX_EXTENT):
            raise TemplateRangeError(
                f"A minutia's coordinate lies outside 0..{MAX_EXTENT}.", field=name
            )
    minutiae = np.zeros(len(xs), MINUTIA_DTYPE)
    minutiae["x"], minutiae["y"] = np.rint(xs), np.rint(ys)
    minutiae["angle"] = units_angle(angle_units(angles))
    minutiae["kind"], minutiae["quality"] = kind, quality
    return minutiae


@dataclass(frozen=True, eq=False)
class Template:
    """The minutiae of one impression of one finger.

    Immutable and safe to share between threads; the minutiae array is made read-only.

    Attributes
    ----------
    minutiae : ndarray of `MINUTIA_DTYPE`, shape (n,)
        At most 255, x and y inside the impression. Order carries no meaning.
    width, height : int
        Extent of the impression in pixels at 500 ppi, 1 .. 4095.
    quality : int
        0-100; predicts how likely a mated comparison is to succeed (100 best).
        0 means unusable, with `reason` saying why.
    finger : Finger
        The position, where known.
    impression : Impression
        How the print was taken.
    reason : str
        Why the quality is low, for people; empty where nothing is wrong.
    """

    minutiae: NDArray[Any]
    width: int
    height: int
    quality: int = 100
    finger: Finger = Finger.UNKNOWN
    impression: Impression = Impression.LIVE_SCAN_PLAIN
    reason: str = field(default="")

    def __post_init__(self) -> None:
        minutiae = np.array(self.minutiae, dtype=MINUTIA_DTYPE, ndmin=1)
        for name in ("width", "height"):
            value = getattr(self, name)
            if not 1 <= value <= MAX_EXTENT:
                raise TemplateRangeError(f"{name} is {value}, not in 1..{MAX_EXTENT}.", field=name)
        if len(minutiae) > MAX_MINUTIAE:
            raise TemplateRangeError(
                f"{len(minutiae)} minutiae; a template holds at most {MAX_MINUTIAE}.",
                field="minutiae",
            )
        if not 0 <= self.quality <= 100:
            raise TemplateRangeError(f"quality is {self.quality}, not in 0..100.", field="quality")
        for name, limit in (("x", self.width), ("y", self.height)):
            if len(minutiae) and int(minutiae[name].max()) >= limit:
                raise TemplateRangeError(
                    f"A minutia's {name} is {int(minutiae[name].max())}, outside the impression "
                    f"({self.width}x{self.height}).",
                    field=name,
                )
        if len(minutiae) and int(minutiae["quality"].max()) > 100:
            raise TemplateRangeError("A minutia's quality is above 100.", field="quality")
        if not np.isfinite(minutiae["angle"]).all():
            raise TemplateRangeError("A minutia's angle is not a finite number.", field="angle")
        minutiae["angle"] = units_angle(angle_units(minutiae["angle"]))
        minutiae.flags.writeable = False
        object.__setattr__(self, "minutiae", minutiae)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Template):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[Any, ...]:
        return (
            self.minutiae.tobytes(),
            self.width,
            self.height,
            self.quality,
            self.finger,
            self.impression,
            self.reason,
        )

    def __len__(self) -> int:
        return len(self.minutiae)
