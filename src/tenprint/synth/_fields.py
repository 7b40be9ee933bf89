"""Smooth random surfaces over an image."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tenprint._native import _kernels
from tenprint.synth._random import bell_field

#: How much a cubic B-spline surface of independent coefficients keeps of their standard deviation
#: (root of the mean of the squared basis functions, both ways).
_SPLINE_SPREAD = 0.48


def smooth_noise(
    rng: np.random.Generator, shape: tuple[int, int], step: float
) -> NDArray[np.float32]:
    """A random surface of mean 0 and standard deviation about 1, smooth over `step` pixels."""
    height, width = shape
    knots = (math.ceil((height - 1) / step) + 4, math.ceil((width - 1) / step) + 4)
    coefficients = bell_field(rng, knots) * np.float32(1.0 / _SPLINE_SPREAD)
    return _kernels.synth_spline(np.ascontiguousarray(coefficients), step, height, width)


def soft_step(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """0 far below 0, 1 far above it, slope 1/2 between; exact arithmetic only."""
    result: NDArray[np.float32] = np.float32(0.5) + np.float32(0.5) * x / np.sqrt(
        np.float32(1.0) + x * x
    )
    return result
