"""The orientation of the ridges and the distance between them, over a whole finger.

Cores and deltas turn the field by half a turn (B. Sherlock, D. Monro, "A model for interpreting
fingerprint topology", Pattern Recognition 26, 1993). How the turn is spread over the angle around
each of them is corrected, as P. Vizcaya and L. Gerhardt propose ("A nonlinear orientation model for
global description of fingerprints", Pattern Recognition 29, 1996), here with two harmonics instead
of a piecewise linear function. A dome over the finger tip bends all classes downwards to both
sides; arches are a bump (R. Cappelli, "SFinGe", Handbook of Fingerprint Recognition, 2003).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenprint.synth._fields import smooth_noise
from tenprint.synth._pattern import Pattern
from tenprint.synth._random import bell, stream

Field = NDArray[np.float64]


@dataclass(frozen=True)
class Singularity:
    """A core (sign +1) or delta (-1); x right, y up from the finger's centre, pixels at 500 ppi."""

    x: float
    y: float
    sign: int
    harmonics: tuple[float, float, float, float]

    def turn(self, x: Field, y: Field) -> Field:
        """What it adds to the orientation at (x, y), radians."""
        angle = np.arctan2(y - self.y, x - self.x)
        a1, p1, a2, p2 = self.harmonics
        corrected = angle + a1 * np.sin(angle + p1) + a2 * np.sin(2.0 * angle + p2)
        return 0.5 * self.sign * corrected


@dataclass(frozen=True)
class Flow:
    """Parameters of one finger's orientation field. Lengths in pixels at 500 ppi, y up."""

    pattern: Pattern
    seed: int
    tilt: float
    dome: float
    dome_width: float
    dome_y: float
    bump: float
    bump_width: float
    bump_x: float
    spiral: float
    wobble: float
    singularities: tuple[Singularity, ...]

    def orientation(self, x: Field, y: Field) -> Field:
        """Ridge orientation at (x, y), radians counterclockwise, not reduced to one turn."""
        angle = np.full(x.shape, self.tilt)
        fade = _ramp((y - self.dome_y) / 170.0)
        angle -= self.dome * fade * x / np.sqrt(x * x + self.dome_width**2)
        if self.bump:
            u = (x - self.bump_x) / self.bump_width
            height = _ramp((y + 230.0) / 180.0) * _ramp((260.0 - y) / 250.0)
            angle -= self.bump * height * u * 2.2 / (1.0 + u * u) ** 1.5
        for point in self.singularities:
            angle += point.turn(x, y)
        if self.spiral:
            core = self.singularities[0]
            r2 = (x - core.x) ** 2 + (y - core.y) ** 2
            angle += self.spiral / (1.0 + r2 / 70.0**2) ** 2
        return angle


def _ramp(t: Field) -> Field:
    """0 below 0, 1 above 1, smooth between."""
    t = np.clip(t, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def make_flow(pattern: Pattern, seed: int) -> Flow:
    """Draw the parameters of one finger."""
    rng = stream("flow", seed)

    def near(mean: float, spread: float) -> float:
        return mean + spread * bell(rng)

    def point(x: float, y: float, sign: int, flat: float = 0.0, axis: float = 0.0) -> Singularity:
        """`flat`: how much slower than even the field turns in the direction `axis`."""
        second = near(0.0, 0.05)
        phase = rng.random() * 2 * math.pi
        return Singularity(x, y, sign, (near(-flat, 0.14), -axis, second, phase))

    points: tuple[Singularity, ...] = ()
    dome, bump, spiral = near(0.62, 0.08), 0.0, 0.0
    core_x, core_y = near(0.0, 18.0), near(30.0, 27.0)
    dome_y = core_y - (110.0 if pattern in (Pattern.LEFT_LOOP, Pattern.RIGHT_LOOP) else 200.0)
    side = 1.0 if pattern is Pattern.LEFT_LOOP else -1.0  # where the delta lies
    if pattern in (Pattern.LEFT_LOOP, Pattern.RIGHT_LOOP):
        across, below = near(105.0, 36.0), near(125.0, 40.0)
        axis = -math.pi / 2 - side * near(0.35, 0.2)  # where the loop opens
        points = (
            point(core_x, core_y, 1, 0.6, axis),
            point(core_x + side * max(across, 35.0), core_y - max(below, 50.0), -1),
        )
        dome = near(0.38, 0.12)
        tilt = side * near(0.10, 0.06)
    elif pattern is Pattern.WHORL:
        double = rng.random() < 0.25  # two loops round each other instead of circles
        apart = abs(near(62.0, 14.0)) if double else abs(near(26.0, 14.0)) + 4.0
        axis = near(math.pi / 2, 0.5) + (near(0.0, 0.5) if double else 0.0)
        dx, dy = 0.5 * apart * math.cos(axis), 0.5 * apart * math.sin(axis)
        left, right = near(-125.0, 32.0), near(125.0, 32.0)
        points = (
            point(core_x + dx, core_y + dy, 1, 0.25, axis + math.pi),
            point(core_x - dx, core_y - dy, 1, 0.25, axis),
            point(core_x + min(left, -60.0), core_y - max(near(130.0, 38.0), 60.0), -1),
            point(core_x + max(right, 60.0), core_y - max(near(130.0, 38.0), 60.0), -1),
        )
        dome, spiral, tilt = near(0.40, 0.06), near(0.0, 0.25), near(0.0, 0.05)
    elif pattern is Pattern.TENTED_ARCH:
        points = (
            point(core_x, core_y - 20.0, 1, 0.4, -math.pi / 2),
            point(core_x + near(0.0, 8.0), core_y - 20.0 - max(near(75.0, 18.0), 35.0), -1),
        )
        tilt = near(0.0, 0.04)
    else:
        bump, dome, tilt = near(0.62, 0.12), near(0.45, 0.06), near(0.0, 0.04)
    return Flow(
        pattern, seed, tilt, dome, near(150.0, 15.0), dome_y, bump, near(85.0, 12.0), core_x,
        spiral, abs(near(0.10, 0.025)), points,
    )  # fmt: skip


def make_phalanx_flow(seed: int) -> Flow:
    """The nearly parallel, slanting ridges of a middle phalanx."""
    rng = stream("phalanx", seed)
    return Flow(
        Pattern.ARCH, seed ^ 0x5A5A5A5A, 0.12 * bell(rng), 0.10, 150.0, -300.0,
        0.15 + 0.1 * bell(rng), 100.0, 0.0, 0.0, 0.10, (),
    )  # fmt: skip


def orientation_map(flow: Flow, x: Field, y: Field) -> Field:
    """The field over a grid, with the finger's own slow irregularity."""
    rng, shape = stream("wobble", flow.seed), (x.shape[0], x.shape[1])
    noise = smooth_noise(rng, shape, 50.0) + np.float32(1.2) * smooth_noise(rng, shape, 110.0)
    return flow.orientation(x, y) + flow.wobble * noise.astype(np.float64)


def period_map(flow: Flow, period: float, x: Field, y: Field) -> Field:
    """Ridge period over a grid, pixels at 500 ppi: wider below the core, some slow irregularity."""
    noise = smooth_noise(stream("period", flow.seed), (x.shape[0], x.shape[1]), 40.0)
    below = _ramp((-y - 40.0) / 200.0)
    tip = _ramp((y - 120.0) / 160.0)
    return period * (1.0 + 0.10 * below + 0.03 * tip + 0.06 * noise.astype(np.float64))
