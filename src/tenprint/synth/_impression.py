"""One impression of a finger: the master print pressed on a sensor."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tenprint._native import _kernels
from tenprint.synth._fields import smooth_noise, soft_step
from tenprint.synth._master import PEAK, MasterPrint
from tenprint.synth._random import bell
from tenprint.synth._skin import STEP, Grid, Placement, distort, finger_grid, master_grid, place
from tenprint.synth._style import ImpressionStyle

Plane = NDArray[np.float32]


def press(
    rng: np.random.Generator, master: MasterPrint, size: float, style: ImpressionStyle
) -> NDArray[np.uint8]:
    """Place, distort, ink, and see one impression through the sensor."""
    covered = touch(rng, master, style, place(rng, style, size))
    return sense(rng, covered, style)


def touch(
    rng: np.random.Generator, master: MasterPrint, style: ImpressionStyle, placement: Placement
) -> Plane:
    """How much of each pixel a finger so placed touches, 0 .. 1."""
    height, width = style.height, style.width
    x, y = finger_grid(placement, height, width)
    contact = _contact(rng, x, y, placement, height, width)
    x, y = distort(rng, x, y, placement, style.distortion)
    x, y = master_grid(x, y)
    ridges = _kernels.synth_warp(master.ridges, x, y, STEP, 0.0, height, width)
    pores = _kernels.synth_warp(master.pores, x, y, STEP, 0.0, height, width)
    skin = _kernels.synth_warp(master.skin.astype(np.int16), x, y, STEP, 0.0, height, width)
    covered = _cover(rng, ridges, pores, contact, style)
    covered *= np.clip(skin, 0.0, 1.0)
    for _ in range(_count(rng, style.scratches)):
        covered *= _scratch(rng, placement, height, width)
    return covered


def _contact(
    rng: np.random.Generator, x: Grid, y: Grid, placement: Placement, height: int, width: int
) -> Plane:
    """How firmly each pixel touches: about 1 in the middle, 0 at the rim, below 0 outside."""
    # The middle of the contact lies where the placement says, whatever part of the finger it is.
    u = np.abs(x - np.float32(placement.finger[0])) / np.float32(placement.contact_width / 2)
    v = (y - np.float32(placement.finger[1])) / np.float32(placement.contact_height / 2)
    if placement.square:
        power = np.float32(0.4) + np.float32(0.6) * (u * u * u * u + v * v * v * v)
    else:
        power = np.where(v < 0, u * u + v * v, u * u * u + v * v)
    grid = np.ascontiguousarray(np.float32(1.0) - power, np.float32)
    scaled = np.rint(np.clip(grid, -4.0, 1.0) * np.float32(4096.0)).astype(np.int16)
    rows, columns = (height - 1) // STEP + 2, (width - 1) // STEP + 2
    padded = np.pad(scaled, 2, mode="edge")
    places_x = np.broadcast_to(np.arange(columns, dtype=np.float32) + 2, (rows, columns))
    places_y = np.broadcast_to(np.arange(rows, dtype=np.float32)[:, None] + 2, (rows, columns))
    firm = _kernels.synth_warp(
        padded, np.ascontiguousarray(places_x), np.ascontiguousarray(places_y), STEP, 0.0,
        height, width,
    )  # fmt: skip
    firm *= np.float32(1.0 / 4096.0)
    firm += smooth_noise(rng, (height, width), 28.0) * np.float32(0.05)
    firm += smooth_noise(rng, (height, width), 8.0) * np.float32(0.04)
    return firm


def _cover(
    rng: np.random.Generator, ridges: Plane, pores: Plane, contact: Plane, style: ImpressionStyle
) -> Plane:
    """How much of each pixel the skin touches, 0 .. 1."""
    shape = (style.height, style.width)
    own = style.pressure_spread
    pressure = np.float32(style.pressure + own * bell(rng))
    level = smooth_noise(rng, shape, 45.0) * np.float32(0.6 * own)
    level += pressure
    # Towards the rim only the tops of the ridges touch, then nothing.
    rim = np.clip(np.float32(1.0) - contact * np.float32(2.2), 0.0, 4.0)
    level -= rim * rim * np.float32(1.1)
    level *= np.float32(0.75)
    noise = style.noise * max(1.0 + 0.4 * bell(rng), 0.2)
    breaks = smooth_noise(rng, shape, 5.0) * np.float32(0.28 * noise)
    grain = smooth_noise(rng, shape, 2.0) * np.float32(0.28 * noise)
    # Where pressure is low, breaks matter more.
    breaks *= np.clip(np.float32(1.0) - level, 0.4, 2.2)
    height = ridges * np.float32(1.0 / PEAK)
    height -= pores * np.float32(2.4 * style.pores / PEAK)
    height += level + breaks + grain
    covered = soft_step(height * np.float32(2.3))
    # A light touch leaves less on the ridges too.
    covered *= np.clip(np.float32(0.94) + np.float32(0.35) * level, 0.4, 1.0)
    covered *= np.clip((contact + np.float32(0.12)) * np.float32(6.0), 0.0, 1.0)
    return covered


def _count(rng: np.random.Generator, mean: float) -> int:
    """A whole number with this mean (binomial of 100)."""
    return int((rng.random(100) < mean / 100.0).sum())


def _scratch(rng: np.random.Generator, placement: Placement, height: int, width: int) -> Plane:
    """1 everywhere but along one slightly bent white line."""
    middle, tall = placement.image, placement.contact_height
    angle = math.pi * float(rng.random())
    nx, ny = math.sin(angle), math.cos(angle)
    x = np.arange(width, dtype=np.float32)[None, :] - np.float32(middle[0] + 0.3 * tall * bell(rng))
    y = np.arange(height, dtype=np.float32)[:, None] - np.float32(
        middle[1] + 0.3 * tall * bell(rng)
    )
    across = x * np.float32(nx) + y * np.float32(ny)
    along = x * np.float32(ny) - y * np.float32(nx)
    bend = np.float32(0.0008 * bell(rng))
    half = np.float32(tall * (0.08 + 0.22 * float(rng.random())))
    thick = np.float32(1.0 + 1.6 * float(rng.random()))
    distance = np.abs(across + bend * along * along) / thick
    ends = np.clip((np.abs(along) - half) / np.float32(12.0), 0.0, 1.0)
    result: Plane = np.clip(distance - np.float32(0.4) + ends * np.float32(3.0), 0.08, 1.0)
    return result


def sense(rng: np.random.Generator, covered: Plane, style: ImpressionStyle) -> NDArray[np.uint8]:
    """Grey levels of a sensor."""
    shape = (covered.shape[0], covered.shape[1])
    ground = smooth_noise(rng, shape, 60.0) * np.float32(style.ground)
    ink = np.float32(style.ink) + smooth_noise(rng, shape, 30.0) * np.float32(6.0)
    grey = (np.float32(style.paper) + ground) * (np.float32(1.0) - covered) + ink * covered
    grey += (rng.random(shape, np.float32) - np.float32(0.5)) * np.float32(6.0 * style.noise)
    pixels: NDArray[np.uint8] = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    return pixels
