"""Where each pixel of an impression comes from on the finger: placement and elastic skin."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenprint.synth._fields import smooth_noise
from tenprint.synth._master import CENTRE
from tenprint.synth._random import bell
from tenprint.synth._style import ImpressionStyle

#: Distance of the knots of the map, pixels.
STEP = 8

Grid = NDArray[np.float32]


@dataclass(frozen=True)
class Placement:
    """One way of laying a finger down; lengths in pixels at 500 ppi, y down.

    The finger's point `finger` (from its centre) lies at `image` (row 0, column 0 top left),
    turned by `rotation` radians counterclockwise. The area that touches is a fingertip's, or a
    rounded square (a middle phalanx).
    """

    image: tuple[float, float]
    finger: tuple[float, float]
    rotation: float
    contact_height: float
    contact_width: float
    square: bool = False


def place(rng: np.random.Generator, style: ImpressionStyle, size: float) -> Placement:
    """Draw a placement; `size` is the finger's size (1 is usual)."""
    scale = size * (1.0 + style.contact_spread * bell(rng))
    squat = 1.0 + 0.5 * style.contact_spread * bell(rng)
    return Placement(
        image=(
            style.width / 2 + style.shift * bell(rng),
            style.height / 2 + style.shift * bell(rng),
        ),
        finger=(style.offset * bell(rng), style.offset * bell(rng) - 10.0),
        rotation=style.rotation * bell(rng),
        contact_height=style.contact_height * scale / squat,
        contact_width=style.contact_width * scale * squat,
    )


def finger_grid(placement: Placement, height: int, width: int) -> tuple[Grid, Grid]:
    """(x, y) on the undistorted finger, from its centre, of knots `STEP` pixels apart."""
    rows, columns = (height - 1) // STEP + 2, (width - 1) // STEP + 2
    u = (np.arange(columns, dtype=np.float32) * STEP - np.float32(placement.image[0]))[None, :]
    v = (np.arange(rows, dtype=np.float32) * STEP - np.float32(placement.image[1]))[:, None]
    cos, sin = np.float32(math.cos(placement.rotation)), np.float32(math.sin(placement.rotation))
    # The finger is turned counterclockwise on the screen, so its points are found clockwise.
    x = cos * u - sin * v + np.float32(placement.finger[0])
    y = sin * u + cos * v + np.float32(placement.finger[1])
    return x, y


def distort(
    rng: np.random.Generator, x: Grid, y: Grid, placement: Placement, strength: float
) -> tuple[Grid, Grid]:
    """Places on the master print of the points (x, y) of a pressed finger.

    The plastic distortion model of R. Cappelli, D. Maio and D. Maltoni ("Modelling plastic
    distortion in fingerprint images", ICAPR 2001): the firmly pressed middle does not slip; beyond
    it the skin is dragged and turned, the more the farther out. A weak smooth random field adds
    what the model leaves out.
    """
    drag_x, drag_y = 7.0 * strength * bell(rng), 8.5 * strength * bell(rng)
    turn = 0.04 * strength * bell(rng)
    firm_x = 0.20 * placement.contact_width * (1.0 + 0.3 * bell(rng))
    firm_y = 0.20 * placement.contact_height * (1.0 + 0.3 * bell(rng))
    from_x = x - np.float32(placement.finger[0] + 8.0 * bell(rng))
    from_y = y - np.float32(placement.finger[1] + 8.0 * bell(rng))
    outside = np.sqrt((from_x / firm_x) ** 2 + (from_y / firm_y) ** 2) - np.float32(1.0)
    t = np.clip(outside / np.float32(2.2), 0.0, 1.0)
    brake = t * t * (np.float32(3.0) - np.float32(2.0) * t)
    shape = (x.shape[0], x.shape[1])
    rough_x = smooth_noise(rng, shape, 7.0) * np.float32(1.0 * strength)
    rough_y = smooth_noise(rng, shape, 7.0) * np.float32(1.0 * strength)
    cos, sin = math.cos(turn) - 1.0, math.sin(turn)
    delta_x = np.float32(cos) * from_x - np.float32(sin) * from_y + np.float32(drag_x)
    delta_y = np.float32(sin) * from_x + np.float32(cos) * from_y + np.float32(drag_y)
    return x + delta_x * brake + rough_x, y + delta_y * brake + rough_y


def master_grid(x: Grid, y: Grid) -> tuple[Grid, Grid]:
    """Columns and rows of a master print from places relative to the finger's centre."""
    return (
        np.ascontiguousarray(x + np.float32(CENTRE[1]), np.float32),
        np.ascontiguousarray(y + np.float32(CENTRE[0]), np.float32),
    )
