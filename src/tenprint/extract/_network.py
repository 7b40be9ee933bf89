"""The minutiae network, loaded once per process and precision."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from threading import Lock

from tenprint import _native
from tenprint.extract._merge import merge
from tenprint.extract._weights import load_weights


class Precision(StrEnum):
    """Arithmetic of the network's large matrix products; sums are float32 always.

    ``AUTO`` takes bfloat16 where the processor multiplies it, float32 elsewhere. The minutiae of
    either agree equally well with the published network (``docs/adr/001-network-engine.md``).
    """

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


_lock = Lock()


def load_network(precision: Precision) -> _native.LeaderNetwork:
    """The network with packed weights (10 MB); safe to share between threads.

    Raises
    ------
    NetworkWeightsError
        If the weights are missing or not the expected ones.
    ValueError
        If bfloat16 is asked for on a processor without it.
    """
    if precision is Precision.AUTO:
        best = _native.has_avx512_bf16() and _native.level() == _native.best_level()
        precision = Precision.BFLOAT16 if best else Precision.FLOAT32
    with _lock:  # two threads that start together load it once
        return _load(precision is Precision.BFLOAT16)


@lru_cache(maxsize=2)
def _load(bfloat16: bool) -> _native.LeaderNetwork:
    return _native.LeaderNetwork(merge(load_weights()), bfloat16)
