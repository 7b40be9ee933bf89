"""The prints whose speed is measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint import synth
from tenprint.evaluate._dataset import IMAGE_SUFFIXES, find_databases, prints_in
from tenprint.evaluate._reading import read_print, shared_extractor
from tenprint.evaluate._timing import spread
from tenprint.model import TEN_FINGERS, FingerImage, InputError, Template
from tenprint.synth import ImpressionStyle


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


def synthetic_subjects(impressions: int = 2, seed: int = 0) -> list[Subject]:
    """The ten fingers of a fictitious person, flat (388 x 374) and rolled (804 x 752 pixels).

    Parameters
    ----------
    impressions : int
        Of each finger and kind; with one there are no mated pairs.
    seed : int
        The person's number.
    """
    fingers = synth.person(seed).fingers
    kinds = {
        "flat": ImpressionStyle.plain(width=388, height=374),
        "rolled": ImpressionStyle.rolled(width=804, height=752),
    }
    return [
        Subject(
            name,
            [
                FingerImage(fingers[finger].impression(number, style=style), source=finger.label)
                for finger in TEN_FINGERS
                for number in range(impressions)
            ],
            np.repeat(np.arange(len(TEN_FINGERS)), impressions),
        )
        for name, style in kinds.items()
    ]


def folder_subjects(
    directory: Path | str, *, ppi: Mapping[str, float] | None = None, limit: int = 40
) -> list[Subject]:
    """The prints of a folder: its databases, at most about `limit` images of each.

    A folder whose images are not named ``FINGER_IMPRESSION.ext`` is one kind of print, each image
    of another finger. Images that cannot be read are passed over.

    Parameters
    ----------
    directory : path
    ppi : mapping of str to float, optional
        Resolution of a database's images, by its folder's name.
    limit : int
        Whole fingers are taken until there are about so many images.

    Raises
    ------
    InputError
        If there is no such folder, or no readable image in it or in one of its databases.
    """
    root = Path(directory)
    if root.is_dir() and not prints_in(root) and (plain := _images(root)):
        chosen = [plain[k] for k in spread(len(plain), limit)]
        return [_subject(root.resolve().name, chosen, range(len(chosen)), ppi)]
    subjects = []
    for database in find_databases(root):
        most = int(np.bincount(database.finger).max())
        fingers = spread(len(database.labels), max(2, limit // most))
        rows = np.flatnonzero(np.isin(database.finger, fingers))
        paths = [database.files[row] for row in rows]
        subjects.append(_subject(database.name, paths, database.finger[rows].tolist(), ppi))
    return subjects


def _images(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)


def _subject(
    name: str, paths: Sequence[Path], fingers: Sequence[int], ppi: Mapping[str, float] | None
) -> Subject:
    """Read the images of one kind of print."""
    images, owners = [], []
    for path, finger in zip(paths, fingers, strict=True):
        try:
            images.append(read_print(path, (ppi or {}).get(name)))
        except InputError:
            continue
        owners.append(finger)
    if not images:
        raise InputError("No image of the folder can be read.", source=name)
    return Subject(name, images, np.array(owners))
