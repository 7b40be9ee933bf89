"""Slap images cut into fingers: four of one hand, or both thumbs, in one image."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tenprint.extract._hand import ORDER, Tip, find_hand
from tenprint.extract._ridges import CELL, dilate, ridge_map
from tenprint.model import Finger, FingerImage, ImageError, InputError

#: A distal phalanx is at most this many times as long as it is wide.
_LONGEST = 2.0
_MARGIN = 16.0  # pixels kept around a finger


@dataclass(frozen=True, eq=False)
class SlapFinger:
    """One finger cut out of a slap, upright.

    Attributes
    ----------
    finger : Finger
        Which finger it is.
    image : FingerImage
        The distal phalanx, pointing up, 500 ppi; what belongs to other fingers is white.
    corners : ndarray of float64, shape (4, 2)
        x, y in the slap (pixels at 500 ppi) of the cut's corners: top left, top right, bottom
        right, bottom left of `image`.
    angle : float
        Radians by which the finger leans to the right in the slap.
    certain : bool
        Whether all expected fingers were found, so that the labels follow from their order; else
        the label is the likeliest one.
    other_hand : bool
        Whether the arc of the fingertips looks like the other hand's. Declared positions are kept.
    """

    finger: Finger
    image: FingerImage
    corners: NDArray[np.float64]
    angle: float
    certain: bool
    other_hand: bool = False

    def to_slap(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of `image` lies in the slap, both in pixels at 500 ppi."""
        height, width = self.image.pixels.shape
        top_left, top_right, _, bottom_left = self.corners
        at = top_left + x / width * (top_right - top_left) + y / height * (bottom_left - top_left)
        return float(at[0]), float(at[1])


def split_slap(
    image: FingerImage,
    position: Finger,
    *,
    boxes: Mapping[Finger, Sequence[Any]] | None = None,
    missing: Iterable[Finger] = (),
) -> list[SlapFinger]:
    """Cut a slap into its fingers.

    Thread-safe.

    Parameters
    ----------
    image : FingerImage
        The slap at 500 ppi.
    position : Finger
        13, 14 (four fingers of the right, left hand) or 15 (both thumbs).
    boxes : mapping of Finger to box or polygon, optional
        Where a record says the fingers are (ANSI/NIST-ITL 14.021, 14.025): left, top, right,
        bottom, or points (x, y), in pixels at the image's own resolution (`image.ppi`). They are
        used as given; nothing is searched.
    missing : iterable of Finger
        Fingers that cannot be there: amputated or bandaged (14.018).

    Returns
    -------
    list of SlapFinger
        From left to right. Fewer than expected where fewer look like fingertips.

    Raises
    ------
    InputError
        If `position` is not a slap's, or a box names another hand's finger or lies outside.
    ImageError
        If no fingertip is found.
    """
    if not position.is_slap:
        raise InputError(
            f"Position {int(position)} ({position.label}) is not a slap.",
            source=image.source,
            field="position",
            remedy="Use 13, 14 or 15.",
        )
    if boxes is not None:
        return [_given(image, position, finger, box) for finger, box in boxes.items()]
    if min(image.pixels.shape) < 4 * CELL:
        raise ImageError("The image is too small for a slap.", source=image.source)
    hand = find_hand(ridge_map(image.pixels), position, frozenset(missing))
    if not hand.fingers:
        raise ImageError(
            "No fingertip was found in the slap.",
            source=image.source,
            remedy="Check that the image holds the distal phalanges, at the resolution it states.",
        )
    return [
        _cut(image, finger, tip, hand.angle, hand.certain, hand.other_hand)
        for finger, tip in hand.fingers.items()
    ]


def _given(image: FingerImage, position: Finger, finger: Finger, box: Sequence[Any]) -> SlapFinger:
    field = f"box of {finger.label}"
    if finger not in ORDER[position]:
        raise InputError(
            f"{finger.label} is not part of a {position.label} slap.",
            source=image.source,
            field=field,
        )
    points = np.array(box, np.float64).reshape(-1, 2) * (500.0 / image.ppi)
    height, width = image.pixels.shape
    left, top = np.floor(points.min(0)).astype(int)
    right, bottom = np.ceil(points.max(0)).astype(int)
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, width), min(bottom, height)
    if not np.isfinite(points).all() or right - left < 32 or bottom - top < 32:
        raise InputError(
            "The box lies outside the image or is smaller than 32 pixels.",
            source=image.source,
            field=field,
        )
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)
    cut = FingerImage(
        image.pixels[top:bottom, left:right], image.ppi, image.ppi_assumed, image.source
    )
    return SlapFinger(finger, cut, corners, 0.0, True)


def _cut(
    image: FingerImage, finger: Finger, tip: Tip, degrees: float, certain: bool, other_hand: bool
) -> SlapFinger:
    c, s = cos(radians(degrees)), sin(radians(degrees))
    patch = tip.patch
    u, v = c * patch.x + s * patch.y, -s * patch.x + c * patch.y
    length = min(float(v.max()), tip.v + _LONGEST * max(tip.width, 120.0))
    kept = v <= length
    left, right = float(u[kept].min()) - _MARGIN, float(u[kept].max()) + _MARGIN
    top, bottom = float(v.min()) - _MARGIN, length + _MARGIN
    width, height = round(right - left), round(bottom - top)
    # Upright (u, v) back to the slap: x = c u - s v, y = s u + c v.
    grid_u, grid_v = left + 0.5, top + 0.5
    transform = (c, -s, c * grid_u - s * grid_v - 0.5, s, c, s * grid_u + c * grid_v - 0.5)
    own = np.kron(dilate(patch.cells, 2), np.ones((CELL, CELL), np.uint8)).astype(bool)
    white = np.full_like(image.pixels, 255)
    white[: own.shape[0], : own.shape[1]][own] = image.pixels[: own.shape[0], : own.shape[1]][own]
    upright = Image.fromarray(white).transform(
        (width, height),
        Image.Transform.AFFINE,
        transform,
        resample=Image.Resampling.NEAREST if degrees == 0 else Image.Resampling.BICUBIC,
        fillcolor=255,
    )
    square = [(left, top), (right, top), (right, bottom), (left, bottom)]
    corners = np.array([(c * a - s * b, s * a + c * b) for a, b in square])
    cut = FingerImage(np.asarray(upright), image.ppi, image.ppi_assumed, image.source)
    return SlapFinger(finger, cut, corners, radians(degrees), certain, other_hand)
