"""C++ kernels of tenprint; call them through the rooms, not directly."""

from typing import Annotated

import numpy
from numpy.typing import NDArray


def level() -> int:
    """The instruction set in force: 0 portable, 1 AVX2, 2 AVX-512."""

def best_level() -> int:
    """The best instruction set of this processor."""

def set_level(level: int) -> None:
    """Use this instruction set from now on (tests); ValueError if absent."""

class LeaderNetwork:
    """
    The LEADER minutiae network with packed weights; safe to share between threads.
    """

    def __init__(self, tensors: dict, bfloat16: bool) -> None:
        """
        tensors: name to C-contiguous float32 array. ValueError where one is missing or misshapen.
        """

    def run(self, pixels: Annotated[NDArray[numpy.uint8], dict(shape=(None, None), order='C', device='cpu', writable=False)], cells: Annotated[NDArray[numpy.uint8], dict(shape=(None, None), order='C', device='cpu', writable=False)], threshold: float, most: int, threads: int = 1, position: Annotated[NDArray[numpy.float32], dict(shape=(None, None), order='C', device='cpu')] | None = None) -> Annotated[NDArray[numpy.float32], dict(shape=(None, None))]:
        """
        Rows of (row, column, probability, cosine, sine, ending), best first, of an image whose sides are multiples of 32. cells: uint8, one for every 32 x 32 pixels, 0 to skip it. position: float32 map to fill.
        """

def has_avx512_bf16() -> bool:
    """Whether this processor multiplies bfloat16 (AVX-512 BF16)."""
