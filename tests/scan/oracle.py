"""The scan once more, slow and obvious."""

from __future__ import annotations

from typing import Any

import numpy as np

PARTS, LANES, BYTES = 48, 16, 24


def plane(codes: Any) -> Any:
    """Codes (n, 24) laid out as the kernels read them; the last block is filled up with 0xFF."""
    blocks = -(-len(codes) // LANES)
    out = np.full((blocks, BYTES, LANES), 0xFF, np.uint8)
    for row, code in enumerate(codes):
        for byte in range(BYTES):
            out[row // LANES, byte, row % LANES] = code[byte]
    return out.reshape(-1)


def scores(codes: list[Any], query: tuple[list[int], Any], rows: int) -> list[int]:
    """Each row's score: for every plane asked and every part, what the table says of its number."""
    positions, tables = query
    found = [0] * rows
    for position, table in zip(positions, tables, strict=True):
        for row in range(rows):
            for part in range(PARTS):
                byte = int(codes[position][row][part // 2])
                number = byte & 15 if part % 2 == 0 else byte >> 4
                found[row] += int(table[part][number])
    return found


def best(
    sums: list[int],
    k: int,
    membership: Any = None,
    status: Any = None,
    galleries: int = 0xFFFFFFFF,
    statuses: int = 0xFFFFFFFF,
) -> list[tuple[int, int]]:
    """Row and score of the best k that count, the lower row first among equals."""
    count = [
        (row, score)
        for row, score in enumerate(sums)
        if (membership is None or int(membership[row]) & galleries)
        and (status is None or statuses >> int(status[row]) & 1)
    ]
    return sorted(count, key=lambda each: (-each[1], each[0]))[:k]
