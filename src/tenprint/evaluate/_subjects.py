"""The prints whose speed is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.evaluate._dataset import find_databases
from tenprint.evaluate._reading import read_print, shared_extractor
from tenprint.evaluate._timing import spread
from tenprint.model import FingerImage, InputError, Template


@dataclass(frozen=True, eq=False)
class Subject:
    """One kind of print: images, and which finger each is of.

    Attributes
    ----------
    name : str
    images : list of FingerImage
        At least one.
    finger : ndarray of int, shape (images,)
    """

    name: str
    images: list[FingerImage]
    finger: NDArray[np.integer[Any]]

    @cached_property
    def templates(self) -> list[Template]:
        """The template of each image."""
        extractor = shared_extractor(threads=1)
        return [extractor.extract(image) for image in self.images]


def folder_subjects(
    directory: Path | str, *, ppi: Mapping[str, float] | None = None, limit: int = 40
) -> list[Subject]:
    """The databases of a folder, at most `limit` images of each; see `find_databases`.

    Images that cannot be read are passed over.

    Raises
    ------
    InputError
        If a database has no readable image.
    """
    subjects = []
    for database in find_databases(directory):
        images, fingers = [], []
        # Whole fingers, so that mated pairs exist.
        chosen = spread(len(database.labels), max(2, limit // _most(database.finger)))
        for row in np.flatnonzero(np.isin(database.finger, chosen)):
            try:
                images.append(read_print(database.files[row], (ppi or {}).get(database.name)))
            except InputError:
                continue
            fingers.append(int(database.finger[row]))
        if not images:
            raise InputError("No image of the folder can be read.", source=database.name)
        subjects.append(Subject(database.name, images, np.array(fingers)))
    return subjects


def _most(finger: NDArray[np.integer[Any]]) -> int:
    """Impressions of the finger that has most."""
    return int(np.bincount(finger).max())
