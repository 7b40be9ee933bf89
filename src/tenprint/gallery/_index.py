"""All enrolled templates, ready to be compared, one plane a finger position."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenprint.match import TemplateSet
from tenprint.model import Finger, Template
from tenprint.store import StoredTemplate

#: The positions that are kept apart: unknown and the ten fingers.
POSITIONS: tuple[Finger, ...] = tuple(Finger(code) for code in range(11))


@dataclass(frozen=True)
class Impression:
    """Whose a prepared template is and where it is stored."""

    slot: int
    row: int
    encounter: int
    view: int


class Plane:
    """The prepared templates of one finger position."""

    def __init__(self) -> None:
        self._set = TemplateSet()
        self._owners: list[Impression] = []
        self._slots = np.empty(0, np.int64)
        self._alive: NDArray[np.int64] | None = None  # rows; None where all are

    def __len__(self) -> int:
        return len(self._owners) if self._alive is None else len(self._alive)

    def append(self, template: Template, owner: Impression) -> None:
        """Add one template."""
        row = self._set.append(template)
        self._owners.append(owner)
        if row >= len(self._slots):
            self._slots = np.concatenate([self._slots, np.empty(max(64, row), np.int64)])
        self._slots[row] = owner.slot
        if self._alive is not None:
            self._alive = np.append(self._alive, row)

    def remove(self, slot: int) -> None:
        """Remove a person's templates."""
        rows = np.arange(len(self._owners)) if self._alive is None else self._alive
        alive = rows[self._slots[rows] != slot]
        if len(alive) == len(rows):
            return
        for row in np.setdiff1d(rows, alive):
            self._set.discard(int(row))
        self._alive = alive

    def search(self, probe: Template) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Scores of all living templates, and whose each is (the slot)."""
        scores = self._set.compare(probe, self._alive)
        if self._alive is None:
            return scores, self._slots[: len(self._owners)]
        return scores, self._slots[self._alive]

    def owner(self, position: int) -> Impression:
        """The `position`-th living template's owner."""
        return self._owners[position if self._alive is None else int(self._alive[position])]


class Index:
    """Everybody's templates. Not thread-safe: the gallery locks it."""

    def __init__(self) -> None:
        self.planes = {position: Plane() for position in POSITIONS}
        self.names: list[str | None] = []  # by slot; None where the person is gone
        self.slots: dict[str, int] = {}
        self.rows: dict[int, list[int]] = {}  # by slot: the store's rows
        self.change = -1

    def __len__(self) -> int:
        return len(self.slots)

    def insert(self, stored: StoredTemplate) -> None:
        """Add one template of a new or known person."""
        slot = self.slots.get(stored.person)
        if slot is None:
            slot = self.slots[stored.person] = len(self.names)
            self.names.append(stored.person)
            self.rows[slot] = []
        self.rows[slot].append(stored.row)
        owner = Impression(slot, stored.row, stored.encounter, stored.view)
        self.planes[stored.finger].append(stored.template, owner)

    def remove(self, person: str) -> None:
        """Remove a person."""
        slot = self.slots.pop(person)
        self.names[slot] = None
        del self.rows[slot]
        for plane in self.planes.values():
            plane.remove(slot)

    def known_rows(self) -> set[int]:
        """The store's rows that are in here."""
        return {row for rows in self.rows.values() for row in rows}

    def drop_missing(self, rows: set[int]) -> None:
        """Remove the people of whom a row is not among `rows`, all that exist in the store."""
        for slot in [slot for slot, known in self.rows.items() if not rows.issuperset(known)]:
            name = self.names[slot]
            if name is not None:
                self.remove(name)
