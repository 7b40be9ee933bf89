"""Which 32 x 32 cells of an image the network has to look at: those where the finger is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Side of a cell: the network halves its input five times.
CELL = 32

#: Contrast is measured in blocks of this many pixels, about two ridges.
_BLOCK = 16

#: A block belongs to the finger if its grey levels vary at least this much (standard deviation),
#: in grey levels and as a share of the image's well-inked blocks.
_FLOOR, _SHARE = 6.0, 0.3


def pad(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], int, int]:
    """The image centred in the next multiples of `CELL`, and how far it moved (top, left).

    The border gets the median of the image's outermost pixels: paper, for most images.
    """
    height, width = pixels.shape
    top, left = -height % CELL // 2, -width % CELL // 2
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    padded = np.full((height + -height % CELL, width + -width % CELL), np.median(edge), np.uint8)
    padded[top : top + height, left : left + width] = pixels
    return padded, top, left


def finger_cells(padded: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cells (height / 32, width / 32) that hold finger or touch it within 16 pixels: 1, else 0."""
    height, width = padded.shape
    # Every second pixel of every second row tells a block's contrast as well.
    half = _BLOCK // 2
    some = padded[::2, ::2].astype(np.float32)
    deviation = some.reshape(height // _BLOCK, half, width // _BLOCK, half).std(axis=(1, 3))
    strong = float(np.percentile(deviation, 90))
    inked = deviation >= max(_FLOOR, _SHARE * strong)
    # A block alone among empty ones is dirt; then everything within a block's distance counts.
    inked &= _neighbours(inked) >= 3
    near = _neighbours(inked) > 0
    rows, columns = height // CELL, width // CELL
    cells = np.asarray(near.reshape(rows, 2, columns, 2).any(axis=(1, 3)))
    return cells.astype(np.uint8)


def crop(cells: NDArray[np.uint8]) -> tuple[slice, slice]:
    """The rows and columns of cells that hold all marked ones; empty where there are none."""
    rows, columns = np.nonzero(cells.any(axis=1))[0], np.nonzero(cells.any(axis=0))[0]
    if not len(rows):
        return slice(0, 0), slice(0, 0)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _neighbours(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many of the 3 x 3 around every element are set."""
    height, width = mask.shape
    padded = np.pad(mask.astype(np.int64), 1)
    total = np.zeros((height, width), np.int64)
    for y in range(3):
        for x in range(3):
            total += padded[y : y + height, x : x + width]
    return total
