"""Four fingers, or both thumbs, pressed down at once."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenprint.model import Finger, InputError
from tenprint.synth._finger import SyntheticFinger
from tenprint.synth._impression import Plane, sense, touch
from tenprint.synth._master import MasterPrint
from tenprint.synth._random import bell, stream
from tenprint.synth._skin import Placement
from tenprint.synth._style import ImpressionStyle

#: Rows and columns of a slap, pixels at 500 ppi (2 x 3.2 inches, as on a ten-print card).
SLAP_SHAPE = (1000, 1600)
_TILE = (720, 560)
#: Largest rotation of the whole hand that can be asked for, radians.
_MAX_ROTATION = 0.8

# Where the fingertips of a right hand lie, from the middle of the image (x right, y down, pixels),
# and how far they lean to the right (radians). A left hand is its mirror image.
_HAND = {
    Finger.RIGHT_INDEX: (-505.0, 60.0, -0.10),
    Finger.RIGHT_MIDDLE: (-165.0, -160.0, -0.02),
    Finger.RIGHT_RING: (185.0, -110.0, 0.06),
    Finger.RIGHT_LITTLE: (525.0, 120.0, 0.16),
}
_THUMBS = {Finger.LEFT_THUMB: (-230.0, -60.0, 0.08), Finger.RIGHT_THUMB: (230.0, -60.0, -0.08)}


@dataclass(frozen=True)
class SlapBox:
    """Where one distal phalanx lies in a slap.

    Attributes
    ----------
    finger : Finger
        Which finger.
    left, top, right, bottom : int
        The upright box around its print, pixels; right and bottom are exclusive.
    angle : float
        Radians by which the finger leans to the right.
    """

    finger: Finger
    left: int
    top: int
    right: int
    bottom: int
    angle: float


@dataclass(frozen=True, eq=False)
class SlapImage:
    """A slap and what is in it.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (1000, 1600)
        Dark ridges on light ground, 500 ppi.
    boxes : tuple of SlapBox
        The fingers' distal phalanges from left to right; those wholly outside are left out.
    """

    pixels: NDArray[np.uint8]
    boxes: tuple[SlapBox, ...]


def layout(hand: Finger) -> dict[Finger, tuple[float, float, float]]:
    """x, y and lean of the fingers of a slap position, from left to right."""
    if hand is Finger.PLAIN_RIGHT_FOUR:
        return _HAND
    if hand is Finger.PLAIN_LEFT_FOUR:
        return {Finger(f + 5): (-x, y, -lean) for f, (x, y, lean) in reversed(_HAND.items())}
    if hand is Finger.PLAIN_THUMBS:
        return _THUMBS
    raise InputError(
        "Only four fingers of a hand, or both thumbs, make a slap.",
        field="hand",
        remedy="Use Finger.PLAIN_RIGHT_FOUR, PLAIN_LEFT_FOUR or PLAIN_THUMBS.",
    )


def make_slap(
    person_seed: int,
    fingers: Mapping[Finger, SyntheticFinger],
    seed: int,
    hand: Finger,
    missing: Collection[Finger],
    rotation: float,
    style: ImpressionStyle | None,
) -> SlapImage:
    """Press the fingers of `hand` down together; see `Person.slap`."""
    places = layout(hand)
    for finger in missing:
        if finger not in places:
            raise InputError("A missing finger is not one of this slap.", field="missing")
    if not abs(rotation) <= _MAX_ROTATION:
        raise InputError(f"The rotation must lie within +-{_MAX_ROTATION}.", field="rotation")
    style = style or ImpressionStyle.plain(contact_height=430.0, contact_width=280.0)
    rng = stream("slap", person_seed, seed, int(hand))
    lean_all = rotation + 0.03 * bell(rng)
    cos, sin = math.cos(lean_all), math.sin(lean_all)
    spread = 1.0 + 0.04 * bell(rng)
    covered = np.zeros(SLAP_SHAPE, np.float32)
    boxes = []
    for finger, (x, y, lean) in places.items():
        own = stream("slap finger", person_seed, seed, int(finger))
        x, y = spread * x + 12.0 * bell(own), y + 14.0 * bell(own)
        centre = (cos * x - sin * y + SLAP_SHAPE[1] / 2, sin * x + cos * y + SLAP_SHAPE[0] / 2 - 40)
        angle = lean_all + lean + 0.03 * bell(own)
        if finger in missing:
            continue
        one = fingers[finger]
        box = _lay(own, covered, one.master(), style, one.size, centre, angle, (1.0, 1.0))
        if box:
            boxes.append(SlapBox(finger, *box, angle))
        # The middle phalanx, below the crease, touches more lightly.
        down = (450.0 + 15.0 * bell(own)) * one.size
        below = (centre[0] - math.sin(angle) * down, centre[1] + math.cos(angle) * down)
        _lay(own, covered, one.middle_phalanx(), style, one.size, below, angle, (0.62, 0.78))
    return SlapImage(sense(rng, covered, style), tuple(boxes))


def _lay(
    rng: np.random.Generator,
    covered: Plane,
    master: MasterPrint,
    style: ImpressionStyle,
    size: float,
    centre: tuple[float, float],
    angle: float,
    extent: tuple[float, float],
) -> tuple[int, int, int, int] | None:
    """Press one phalanx into the slap; the box of what can be seen of it."""
    tall, wide = _TILE
    left, top = math.floor(centre[0]) - wide // 2, math.floor(centre[1]) - tall // 2
    vary = 1.0 + style.contact_spread * bell(rng)
    placement = Placement(
        image=(centre[0] - left, centre[1] - top),
        finger=(0.5 * style.offset * bell(rng), 0.5 * style.offset * bell(rng)),
        rotation=-angle,
        contact_height=style.contact_height * size * vary * extent[0],
        contact_width=style.contact_width * size * vary * extent[1],
        square=extent[0] < 1.0,
    )
    tile = touch(rng, master, style.resized(tall, wide), placement)
    rows = slice(max(top, 0), min(top + tall, covered.shape[0]))
    columns = slice(max(left, 0), min(left + wide, covered.shape[1]))
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return None
    seen = tile[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    np.maximum(covered[rows, columns], seen, out=covered[rows, columns])
    inked = seen > 0.4
    down, right = np.flatnonzero(inked.any(1)), np.flatnonzero(inked.any(0))
    if not len(down):
        return None
    return (
        columns.start + int(right[0]),
        rows.start + int(down[0]),
        columns.start + int(right[-1]) + 1,
        rows.start + int(down[-1]) + 1,
    )
