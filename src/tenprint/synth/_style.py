"""How a finger is pressed and what the sensor makes of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from tenprint.model import ImageSizeError, InputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

#: The largest width or height of an impression that can be asked for.
MAX_SIDE = 1024

Style = TypeVar("Style", bound="DataclassInstance")

_WHAT = "an impression style"


@dataclass(frozen=True)
class ImpressionStyle:
    """What impressions of one kind have in common; each draws its own values around these.

    Use one of `plain`, `rolled`, `partial`, `poor`, changed as needed:
    ``ImpressionStyle.plain(height=400, noise=0.5)``.

    Attributes
    ----------
    height, width : int
        Size of the image, pixels at 500 ppi, 64 .. 1024.
    contact_height, contact_width : float
        Mean extent of the area that touches, pixels.
    contact_spread : float
        Standard deviation of its extent, as a fraction.
    shift : float
        Standard deviation of the finger's place on the sensor, pixels.
    offset : float
        Standard deviation of which part of the finger touches, pixels.
    rotation : float
        Standard deviation of the rotation, radians.
    distortion : float
        Strength of the skin's elastic distortion; 1 is usual, 0 none.
    pressure : float
        Mean pressure, -1 (faint, thin ridges) .. 1 (heavy, valleys fill up).
    pressure_spread : float
        Standard deviation of the pressure from impression to impression and over one impression.
    noise : float
        Strength of breaks, smudges and grain; 1 is usual, 0 none.
    pores : float
        How strongly pores show, 0 .. 1.
    scratches : float
        Mean number of white lines across the print.
    paper, ink : int
        Grey levels of the ground and of full ridge contact.
    ground : float
        Unevenness of the ground, grey levels.
    """

    height: int
    width: int
    contact_height: float
    contact_width: float
    contact_spread: float = 0.10
    shift: float = 14.0
    offset: float = 14.0
    rotation: float = 0.14
    distortion: float = 1.0
    pressure: float = 0.0
    pressure_spread: float = 0.3
    noise: float = 1.0
    pores: float = 0.6
    scratches: float = 0.7
    paper: int = 250
    ink: int = 32
    ground: float = 3.0

    def __post_init__(self) -> None:
        for name in ("height", "width"):
            value = check_whole(self, name)
            if not 64 <= value <= MAX_SIDE:
                raise ImageSizeError(f"{value} pixels, not 64 .. {MAX_SIDE}.", field=name)
        check_ranges(self, _RANGES)
        if self.ink >= self.paper:
            raise InputError("The ink must be darker than the paper.", field="ink")

    @classmethod
    def plain(cls, **changes: Any) -> ImpressionStyle:
        """A finger laid flat on an optical sensor."""
        return changed(cls(416, 368, 330.0, 255.0), changes, _WHAT)

    @classmethod
    def rolled(cls, **changes: Any) -> ImpressionStyle:
        """A finger rolled from nail to nail: the whole pattern, more distortion."""
        rolled = cls(
            704, 640, 560.0, 500.0, contact_spread=0.04, shift=6.0, offset=6.0, rotation=0.06,
            distortion=1.3, pressure=0.1, pores=0.3, scratches=1.5,
        )  # fmt: skip
        return changed(rolled, changes, _WHAT)

    @classmethod
    def partial(cls, **changes: Any) -> ImpressionStyle:
        """A small or badly placed touch, as on a telephone's sensor."""
        partial = cls(
            320, 288, 200.0, 170.0, contact_spread=0.15, shift=25.0, offset=45.0, rotation=0.3
        )
        return changed(partial, changes, _WHAT)

    @classmethod
    def poor(cls, **changes: Any) -> ImpressionStyle:
        """A dry or wet, worn and noisy finger."""
        poor = cls(
            416, 368, 310.0, 240.0, contact_spread=0.13, rotation=0.2, distortion=1.4,
            pressure_spread=0.75, noise=1.9, pores=0.9, scratches=4.0, ground=8.0,
        )  # fmt: skip
        return changed(poor, changes, _WHAT)

    def resized(self, height: int, width: int) -> ImpressionStyle:
        """The same style on an image of another size."""
        return dataclasses.replace(self, height=height, width=width)


_RANGES = {
    "contact_height": (40.0, 700.0),
    "contact_width": (40.0, 640.0),
    "contact_spread": (0.0, 0.5),
    "shift": (0.0, 200.0),
    "offset": (0.0, 200.0),
    "rotation": (0.0, 3.2),
    "distortion": (0.0, 4.0),
    "pressure": (-1.0, 1.0),
    "pressure_spread": (0.0, 1.0),
    "noise": (0.0, 4.0),
    "pores": (0.0, 1.0),
    "scratches": (0.0, 50.0),
    "paper": (1, 255),
    "ink": (0, 254),
    "ground": (0.0, 60.0),
}


def check_whole(style: Any, name: str) -> int:
    """A style's height or width; `InputError` unless it is a whole number."""
    value = getattr(style, name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InputError("A size must be a whole number of pixels.", field=name)
    return value


def check_ranges(style: Any, ranges: Mapping[str, tuple[float, float]]) -> None:
    """`InputError` unless each named property of a style is a number within its bounds."""
    for name, (low, high) in ranges.items():
        value = getattr(style, name)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise InputError("The value must be a number.", field=name)
        if not low <= value <= high:
            raise InputError(f"{value} does not lie in {low} .. {high}.", field=name)


def changed(style: Style, changes: Mapping[str, Any], what: str) -> Style:
    """A style with some properties changed; `InputError` if `what` has no such property."""
    unknown = sorted(set(changes) - {f.name for f in dataclasses.fields(style)})
    if unknown:
        raise InputError(f"No such property of {what}.", field=unknown[0])
    return dataclasses.replace(style, **changes)
