"""Reading the prints of a database, and the extractor they are given to."""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path

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


def warn_assumed(database: str, assumed: int) -> None:
    """Tell once how many images of a database carry no usable resolution."""
    if assumed:
        warnings.warn(
            f"{database}: {assumed} images carry no usable resolution; 500 ppi assumed. "
            "Give the database's resolution if its scanner had another one.",
            ResolutionWarning,
            stacklevel=3,
        )


@cache
def shared_extractor(threads: int = 1) -> Extractor:
    """One extractor for all of an evaluation; building its network takes longer than an image."""
    return Extractor(threads=threads)
