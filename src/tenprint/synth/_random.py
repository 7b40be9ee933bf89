"""Random numbers that are the same on every machine.

Only uniform draws of a counter generator are used for fields, and sums of them where a bell shape
is wanted: no logarithms or exponentials, whose last bit differs between processors.
"""

from __future__ import annotations

import math
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.model import InputError

#: Seeds are whole numbers of this many bits.
SEED_BITS = 64


def check_seed(seed: Any, field: str = "seed") -> int:
    """The seed as an int; `InputError` if it is not a whole number of 0 .. 2**64 - 1."""
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise InputError("A seed must be a whole number.", field=field)
    if not 0 <= int(seed) < 2**SEED_BITS:
        raise InputError("A seed must lie in 0 .. 2**64 - 1.", field=field)
    return int(seed)


def stream(purpose: str, *keys: int) -> np.random.Generator:
    """The generator of this purpose and these keys (each 0 .. 2**64 - 1)."""
    words = [zlib.crc32(purpose.encode())]
    for key in keys:  # two words each, so that (1, 2**32) and (1, 0, 1) differ
        words += [key & 0xFFFFFFFF, key >> 32]
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(words)))


def bell(rng: np.random.Generator) -> float:
    """One draw with mean 0 and standard deviation 1, within +-3.5 (a sum of four uniforms)."""
    total = float(sum(rng.random(4).tolist()))
    return (total - 2.0) * math.sqrt(3.0)


def bell_field(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Independent draws with mean 0 and standard deviation 1, within +-2.45, float32."""
    total = rng.random(shape, np.float32) + rng.random(shape, np.float32)
    return (total - np.float32(1.0)) * np.float32(6.0**0.5)
