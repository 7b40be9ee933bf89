"""What goes into a gallery, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tenprint.formats import pack
from tenprint.model import Finger, InputError, Template


@dataclass(frozen=True)
class Enrolment:
    """What was kept of one encounter.

    Attributes
    ----------
    person : str
    encounter : int
        1 for the first, then counting up.
    fingers : tuple of Finger
        The fingers that can be searched now.
    left_out : dict of Finger to str
        Fingers with an unusable print (quality 0), which was not stored, and the reason.
    """

    person: str
    encounter: int
    fingers: tuple[Finger, ...]
    left_out: dict[Finger, str]


@dataclass(frozen=True)
class StoredPrint:
    """One template of an enrolled person.

    Attributes
    ----------
    person : str
    encounter : int
        1 for the enrolment, then counting up with each later one.
    view : int
        0 for the first impression of this finger in the encounter, then counting up.
    finger : Finger
        0-10.
    template : Template
    """

    person: str
    encounter: int
    view: int
    finger: Finger
    template: Template


def batches(people: Iterable[tuple[str, bytes]], size: int) -> Iterator[list[tuple[str, bytes]]]:
    """The people, `size` at a time."""
    if size < 1:
        raise InputError("A batch holds at least one person.", field="batch")
    waiting: list[tuple[str, bytes]] = []
    for each in people:
        waiting.append(each)
        if len(waiting) == size:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def packed(good: Sequence[Template]) -> bytes:
    """Templates as the store keeps them."""
    return b"".join(pack(template) for template in good)


def fingers(good: list[Template]) -> tuple[Finger, ...]:
    """Which fingers these are of, each once."""
    return tuple(dict.fromkeys(template.finger for template in good))
