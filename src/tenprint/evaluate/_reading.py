"""Reading the prints of a database, and the extractor they are given to."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tenprint import _native
from tenprint.extract import Extractor
from tenprint.formats import ResolutionWarning, read_image
from tenprint.model import FingerImage


def read_print(path: Path, ppi: float | None) -> FingerImage:
    """One print; that a resolution was assumed is left to the caller to tell once.

    Call it from one thread only: Python's warning filters belong to the whole process.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResolutionWarning)
        return read_image(path, ppi)


def warn_assumed(assumed: Mapping[str, int]) -> None:
    """Tell once how many images of which databases carry no usable resolution."""
    names = ", ".join(name for name, count in assumed.items() if count)
    if names:
        warnings.warn(
            f"{names}: {sum(assumed.values())} images carry no usable resolution; 500 ppi assumed. "
            "Give a database's resolution if its scanner had another one.",
            ResolutionWarning,
            stacklevel=3,
        )


def shared_extractor(threads: int = 1) -> Extractor:
    """One extractor for all of an evaluation; building its network takes longer than an image.

    An extractor chooses its arithmetic when it is first used, so each instruction set has its own.
    """
    return _extractor(threads, _native.level())


@cache
def _extractor(threads: int, level: int) -> Extractor:
    return Extractor(threads=threads)
