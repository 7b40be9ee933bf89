"""Folders of prints in the naming of the Fingerprint Verification Competitions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.model import InputError

Pairs = NDArray[np.int32]

#: Files of these endings are prints; others (templates, notes) are left alone.
IMAGE_SUFFIXES = frozenset(
    (".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg", ".jp2", ".j2k", ".jpx", ".wsq", ".pgm")
)

_NAME = re.compile(r"(?P<finger>.+)_(?P<impression>\d{1,6})")


@dataclass(frozen=True, eq=False)
class Database:
    """One database of prints: several fingers, several impressions of each.

    Attributes
    ----------
    name : str
        The folder's name.
    files : tuple of Path
        Ordered by finger, then impression; n files.
    finger : ndarray of int32, shape (n,)
        Index of each file's finger in `labels`.
    impression : ndarray of int32, shape (n,)
        Impression number from the file name.
    labels : tuple of str
        Finger names as in the file names.
    """

    name: str
    files: tuple[Path, ...]
    finger: NDArray[np.int32]
    impression: NDArray[np.int32]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.files)

    def genuine_pairs(self) -> Pairs:
        """Every unordered pair of impressions of one finger: (k, 2) rows, lower first."""
        return self._pairs(same=True)

    def impostor_pairs(self) -> Pairs:
        """Every unordered pair of impressions of different fingers: (k, 2) rows, lower first."""
        return self._pairs(same=False)

    def first_impressions(self) -> NDArray[np.intp]:
        """Row of the lowest-numbered impression of each finger, in the order of `labels`."""
        _, first = np.unique(self.finger, return_index=True)
        return first

    def _pairs(self, same: bool) -> Pairs:
        low, high = np.triu_indices(len(self), 1)
        keep = (self.finger[low] == self.finger[high]) == same
        return np.stack([low[keep], high[keep]], axis=1).astype(np.int32)


def find_databases(directory: Path | str) -> list[Database]:
    """The databases in a folder: its sub-folders with prints, or the folder itself.

    Prints are named ``FINGER_IMPRESSION.ext`` with a whole number as impression, such as
    ``101_3.tif``. If the folder holds such files itself, it is the one database.

    Raises
    ------
    InputError
        If there is no such folder or no prints in it, a print exists twice, or a database has no
        finger with two impressions or fewer than two fingers.
    """
    root = Path(directory)
    if not root.is_dir():
        raise InputError("There is no such folder.", source=root)
    folders = [root, *sorted(path for path in root.iterdir() if path.is_dir())]
    prints = {folder: prints_in(folder) for folder in folders}
    if prints[root]:
        return [_database(root, prints[root])]
    found = [_database(folder, files) for folder, files in prints.items() if files]
    if not found:
        raise InputError(
            "The folder holds no prints.",
            source=root,
            remedy="Name them FINGER_IMPRESSION.ext, such as 101_3.tif, one folder a database.",
        )
    return found


def leave_one_out(databases: Sequence[Database]) -> Iterator[tuple[Database, list[Database]]]:
    """Each database in turn with all the others: tune on the others, report on the first.

    Yields
    ------
    left_out : Database
    others : list of Database
    """
    for left_out in databases:
        yield left_out, [other for other in databases if other is not left_out]


def prints_in(folder: Path) -> list[tuple[str, int, Path]]:
    """Finger, impression and path of each print in one folder."""
    found = []
    for path in folder.iterdir():
        name = _NAME.fullmatch(path.stem)
        if name and path.suffix.lower() in IMAGE_SUFFIXES and path.is_file():
            found.append((name["finger"], int(name["impression"]), path))
    return found


def _database(folder: Path, prints: list[tuple[str, int, Path]]) -> Database:
    prints.sort(key=lambda entry: (_numeric_first(entry[0]), entry[1], entry[2].name))
    for before, after in pairwise(prints):
        if before[:2] == after[:2]:
            raise InputError(
                f"{before[2].name} and {after[2].name} are the same impression.", source=folder
            )
    labels = tuple(dict.fromkeys(finger for finger, _, _ in prints))
    if len(labels) < 2 or len(labels) == len(prints):
        raise InputError(
            "A database needs at least two fingers, one of them with two impressions.",
            source=folder,
        )
    rank = {label: index for index, label in enumerate(labels)}
    return Database(
        name=folder.resolve().name,
        files=tuple(path for _, _, path in prints),
        finger=np.array([rank[finger] for finger, _, _ in prints], np.int32),
        impression=np.array([number for _, number, _ in prints], np.int32),
        labels=labels,
    )


def _numeric_first(label: str) -> tuple[Any, ...]:
    """Sorts 9 before 10, and numbers before words."""
    return (0, int(label), label) if label.isascii() and label.isdigit() else (1, 0, label)
