"""The whole ridge pattern of a finger, grown from noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tenprint._native import _kernels
from tenprint.synth._fields import smooth_noise
from tenprint.synth._flow import Flow, orientation_map, period_map
from tenprint.synth._random import bell_field, stream

#: Rows and columns of a master print, pixels at 500 ppi: nail to nail, tip to the first crease.
MASTER_SHAPE = (704, 608)
#: Row and column of the finger's centre in a master print.
CENTRE = (352, 304)
#: Ridge height is within +-PEAK: ridge positive, valley negative.
PEAK = 1023

_T = TypeVar("_T", bound=np.generic)

_DIRECTIONS = 128
_PERIODS = 20
_SHORTEST, _LONGEST = 6.8, 13.0
_SHIFT = 14

# Gain of a filter at its own period, and its length along the ridge against its width across.
# The shorter the filters and the fewer the rounds, the more minutiae: these give the 0.2 in a
# square millimetre of real fingers.
_GROWTH, _ROUNDS = (2.2, 1.1), 14
_SHARPEN, _FINISH = (3.0, 1.1), (1.25, 1.1)


@dataclass(frozen=True, eq=False)
class MasterPrint:
    """The ridge pattern of one finger before it is pressed on anything.

    Attributes
    ----------
    ridges : ndarray of int16, shape (704, 608)
        Ridge height at 500 ppi: +1023 on top of a ridge, -1023 in a valley, 0 outside the skin.
    pores : ndarray of int16, shape (704, 608)
        0 .. 1023 where a sweat pore opens on a ridge.
    skin : ndarray of bool, shape (704, 608)
        Where there is skin with ridges.
    """

    ridges: NDArray[np.int16]
    pores: NDArray[np.int16]
    skin: NDArray[np.bool_]


def _total(filters: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum of each filter's taps."""
    total: NDArray[np.float64] = filters.sum((1, 2), keepdims=True)
    return total


@lru_cache(maxsize=4)
def _bank(scale: int, gain: float, length: float) -> NDArray[np.int16]:
    """Oriented band-pass filters as whole numbers: [direction, period, row, lane].

    ``scale`` is the number of pixels at 500 ppi that one pixel stands for, ``length`` how long the
    filter is along the ridge, relative to its width across.
    """
    rows, lanes = (15, 16) if scale == 2 else (29, 32)
    reach = rows // 2
    down, right = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float64)
    bank = np.zeros((_DIRECTIONS, _PERIODS, rows, lanes), np.int16)
    share = np.arange(_PERIODS)[:, None, None] / (_PERIODS - 1)
    period = _SHORTEST * (_LONGEST / _SHORTEST) ** share / scale
    spread = 0.40 * period
    for d in range(_DIRECTIONS):
        angle = math.pi * d / _DIRECTIONS
        across = right * math.sin(angle) + down * math.cos(angle)
        along = right * math.cos(angle) - down * math.sin(angle)
        window = np.exp(-0.5 * (across**2 + (along / length) ** 2) / spread**2)
        wave = np.cos(2.0 * math.pi * across / period)
        taps = window * (wave - _total(window * wave) / _total(window))
        taps *= gain / _total(taps * wave)
        bank[d, :, :, :rows] = np.rint(taps * (1 << _SHIFT))
    bank.flags.writeable = False
    return bank


def _grid(scale: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rows, columns = MASTER_SHAPE[0] // scale, MASTER_SHAPE[1] // scale
    middle = (scale - 1) / 2
    x = np.arange(columns) * scale + middle - CENTRE[1]
    y = CENTRE[0] - np.arange(rows) * scale - middle
    return np.broadcast_to(x, (rows, columns)), np.broadcast_to(y[:, None], (rows, columns))


def _skin(seed: int, size: float) -> NDArray[np.bool_]:
    """A finger from nail to nail: a dome above, straight sides, a rounded crease below."""
    x, y = _grid(2)
    rough = smooth_noise(stream("outline", seed), (x.shape[0], x.shape[1]), 30.0)
    half, top, bottom = 262.0 * size, 310.0 * size, 306.0 * size
    u = np.abs(x) / half
    v = np.where(y > 0, y / top, -y / bottom)
    power = np.where(y > 0, u * u + v * v, u**4 + v**4)
    return np.asarray(power + 0.008 * rough < 1.0)


def grow_master(flow: Flow, period: float, size: float) -> MasterPrint:
    """Grow the ridge pattern of a finger (R. Cappelli et al., SFinGe, 2000-2003).

    Weak noise is filtered again and again with the oriented filter of each place, first with one
    pixel for two, until ridges fill the skin; minutiae appear where ridges that started apart do
    not fit. Two rounds at full resolution give them their shape.

    Parameters
    ----------
    flow : Flow
        The orientation field.
    period : float
        Mean distance of two ridges, pixels at 500 ppi.
    size : float
        Size of the finger; 1 is 26 mm from nail to nail.
    """
    x, y = _grid(2)
    angle = orientation_map(flow, x, y)
    direction = (np.rint(angle * (_DIRECTIONS / math.pi)).astype(np.int64) % _DIRECTIONS).astype(
        np.uint8
    )
    steps = np.log(period_map(flow, period, x, y) / _SHORTEST) * (
        (_PERIODS - 1) / math.log(_LONGEST / _SHORTEST)
    )
    spacing = np.clip(np.rint(steps), 0, _PERIODS - 1).astype(np.uint8)
    skin = _skin(flow.seed, size)
    rng = stream("ridges", flow.seed)
    start = np.rint(bell_field(rng, (x.shape[0], x.shape[1])) * np.float32(40.0)).astype(np.int16)
    inside = skin.astype(np.uint8)

    def double(array: NDArray[_T]) -> NDArray[_T]:
        return np.ascontiguousarray(array.repeat(2, 0).repeat(2, 1))

    ridges = _kernels.synth_grow(
        start * inside, direction, spacing, inside, _bank(2, *_GROWTH), _ROUNDS, _SHIFT
    )
    ridges, direction, spacing = double(ridges), double(direction), double(spacing)
    whole = double(inside)
    for bank, rounds in ((_bank(1, *_SHARPEN), 2), (_bank(1, *_FINISH), 1)):
        ridges = _kernels.synth_grow(ridges, direction, spacing, whole, bank, rounds, _SHIFT)
    ridges = ridges * whole.astype(np.int16)
    pores = _pores(flow.seed, ridges)
    master = MasterPrint(ridges, pores, whole.astype(bool))
    for array in (master.ridges, master.pores, master.skin):
        array.flags.writeable = False
    return master


def _pores(seed: int, ridges: NDArray[np.int16]) -> NDArray[np.int16]:
    """Small openings along the middle of the ridges, about one a ridge period."""
    rng = stream("pores", seed)
    cell = 7
    rows, columns = ridges.shape[0] // cell - 1, ridges.shape[1] // cell - 1
    row = np.arange(rows)[:, None] * cell + 3 + rng.integers(0, cell, (rows, columns))
    column = np.arange(columns)[None, :] * cell + 3 + rng.integers(0, cell, (rows, columns))
    strength = 500 + rng.integers(0, 524, (rows, columns))
    middle = ridges[row, column] >= PEAK * 9 // 10
    row, column, strength = row[middle], column[middle], strength[middle]
    pores = np.zeros(ridges.shape, np.int16)
    for dy in range(-2, 3):
        for dx in range(-2, 3):
            share = (8, 6, 2)[abs(dy)] * (8, 6, 2)[abs(dx)]
            np.maximum.at(pores, (row + dy, column + dx), (strength * share // 64).astype(np.int16))
    return pores
