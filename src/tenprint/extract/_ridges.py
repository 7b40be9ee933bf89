"""Where ridges are: a coarse map of ridge-like texture, for cutting slaps into fingers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Side of a cell of the map, pixels at 500 ppi.
CELL = 8

#: From this value of the ridge map on, a cell is skin.
SKIN = 0.45


def box_mean(values: NDArray[np.float32], radius: int) -> NDArray[np.float32]:
    """Mean over a (2 radius + 1) square around each element, edges repeated."""
    padded = np.pad(values, ((radius + 1, radius), (radius + 1, radius)), mode="edge")
    table = padded.cumsum(0, dtype=np.float64).cumsum(1)
    side = 2 * radius + 1
    total = (
        table[side:, side:] - table[:-side, side:] - table[side:, :-side] + table[:-side, :-side]
    )
    return np.asarray(total / (side * side), np.float32)


def _cells(values: NDArray[np.float32]) -> NDArray[np.float32]:
    h, w = (n // CELL for n in values.shape)
    tiles = values[: h * CELL, : w * CELL].reshape(h, CELL, w, CELL)
    return np.asarray(tiles.mean(axis=(1, 3)), np.float32)


def ridge_map(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How much each 8x8 cell looks like skin ridges, about 0 to 1.

    Ridges are dense: within a few periods nearly every pixel is clearly darker or brighter than its
    surroundings. Writing, printed lines and stains are sparse or have no contrast at the ridges'
    scale (periods of 6-14 pixels at 500 ppi).

    Parameters
    ----------
    pixels : ndarray of uint8, shape (H, W)
        Grey levels at 500 ppi, at least 16x16.

    Returns
    -------
    ndarray of float32, shape (H // 8, W // 8)
    """
    grey = pixels.astype(np.float32)
    band = box_mean(grey, 1) - box_mean(grey, 6)
    size = np.abs(band)
    # Contrast, and how evenly it fills the neighbourhood (1 for a square wave, 0 for a lone line).
    mean = _cells(box_mean(size, 12))
    square = _cells(box_mean(size * size, 12))
    fill = mean * mean / (square + 4.0)
    contrast = np.clip((mean - 6.0) / 9.0, 0, 1)
    # Dark and bright are balanced on skin; a stain's or a hole's rim is not.
    balance = 1 - np.clip(np.abs(_cells(box_mean(band, 12))) / (mean + 1.0) - 0.1, 0, 1)
    return np.asarray(contrast * np.clip((fill - 0.35) / 0.25, 0, 1) * balance, np.float32)


def ridge_area(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where skin ridges are, pixel by pixel; shape (H, W), sides multiples of 8."""
    skin = ridge_map(pixels) > SKIN
    skin &= dilate(erode(skin, 2), 2)  # print and writing are narrower than that
    return np.kron(skin, np.ones((CELL, CELL), np.uint8)).astype(bool)


def components(mask: NDArray[np.bool_]) -> list[NDArray[Any]]:
    """The 4-connected components of a mask, each as (n, 2) rows and columns, largest first."""
    left = mask.copy()
    found = []
    for start in zip(*np.nonzero(mask), strict=True):
        if not left[start]:
            continue
        left[start] = False
        members = [start]
        for r, c in members:  # grows while it is walked
            for near in ((r - 1, c), (r + 1, c), (r, c - 1), (r, c + 1)):
                inside = 0 <= near[0] < mask.shape[0] and 0 <= near[1] < mask.shape[1]
                if inside and left[near]:
                    left[near] = False
                    members.append(near)
        found.append(np.array(members))
    return sorted(found, key=len, reverse=True)


def erode(mask: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    """The cells whose whole neighbourhood is in the mask."""
    return box_mean(mask.astype(np.float32), radius) > 1 - 1e-4


def dilate(mask: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    """The cells that have a cell of the mask in their neighbourhood."""
    return box_mean(mask.astype(np.float32), radius) > 1e-4
