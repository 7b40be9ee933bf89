"""Small galleries of fictitious people, their answers, and their indexes read back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tenprint import Finger, Gallery, Template
from tenprint.gallery import load_parameters
from tenprint.synth import population, population_person

SEED = 68
FINGERS = (Finger.RIGHT_THUMB, Finger.RIGHT_INDEX, Finger.LEFT_INDEX)


def packed(number: int, fingers: tuple[Finger, ...] = FINGERS) -> bytes:
    """What is enrolled of a person, packed."""
    return b"".join(population(number, 1, seed=SEED, fingers=fingers))


def prints(
    number: int, fingers: tuple[Finger, ...] = FINGERS, impression: int = 0
) -> dict[Finger, Template]:
    """A person's templates; 1 and above are later impressions."""
    return population_person(number, seed=SEED, fingers=fingers, impression=impression)


def fill(gallery: Gallery, first: int, count: int) -> None:
    """Enrol people P<first>, P<first + 1>, ..."""
    gallery.enroll_packed((f"P{n}", packed(n)) for n in range(first, first + count))


def answers(gallery: Gallery, numbers: range | list[int]) -> list[Any]:
    """What searches for later impressions of these people bring."""
    return gallery.identify_many([prints(n, impression=1) for n in numbers], limit=5)


def columns(gallery: Gallery) -> dict[str, Any]:
    """The rows of every column; planes that hold nobody are left out."""
    matrix = gallery._matrix
    found = {}
    for name, column in matrix._columns():
        width = {"galleries": 4, "status": 1, "quality": 5}.get(name, 24)
        if name.startswith("plane"):
            rows = column.data.reshape(-1, 24, 16).swapaxes(1, 2).reshape(-1, 24)
        else:
            rows = column.data.reshape(-1, width)
        kept = np.array(rows[: matrix.rows])
        if not name.startswith("plane") or (kept != 0xFF).any():
            found[name] = kept
    return found


def check_index(gallery: Gallery, path: Path) -> None:
    """The index is what a fresh one would be, row for row."""
    with Gallery.open(path, private_index=True, threads=1) as fresh:
        assert gallery._matrix.change == fresh._matrix.change == fresh._store.change()
        mine, expected = columns(gallery), columns(fresh)
        assert mine.keys() == expected.keys()
        for name, rows in expected.items():
            np.testing.assert_array_equal(mine[name], rows, err_msg=name)
        assert gallery.people() == fresh.people()


def check_answers(gallery: Gallery, path: Path, numbers: range | list[int]) -> None:
    """Index and answers are those of a fresh index in memory."""
    check_index(gallery, path)
    with Gallery.open(path, private_index=True, threads=1) as fresh:
        assert answers(gallery, numbers) == answers(fresh, numbers)


def code_name() -> int:
    """The name of the shipped parameters, as an index keeps it."""
    return load_parameters().name
