"""What goes into a store and what comes out of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple

from tenprint.model import Finger


class PersonStatus(IntEnum):
    """What may be done with a person's row.

    Attributes
    ----------
    ACTIVE
        Searched.
    INACTIVE
        Kept, left out of searches.
    SEALED
        Kept, left out of searches and of what anybody but the keeper sees.
    DELETED
        A tombstone: the number stays, everything personal is gone. Set by `TruthStore.delete` only.
    """

    ACTIVE = 0
    INACTIVE = 1
    SEALED = 2
    DELETED = 3


@dataclass(frozen=True)
class Original:
    """An image that templates were extracted from, kept for extracting them again.

    Attributes
    ----------
    finger : Finger
        The position it was taken as (slaps too).
    ppi : int
        Resolution, 100-2000.
    media : str
        What the bytes are, such as ``"image/x-wsq"``; 1 to 80 characters.
    image : bytes
        The file as it came.
    """

    finger: Finger
    ppi: int
    media: str
    image: bytes = field(repr=False)


@dataclass(frozen=True)
class NewPerson:
    """Somebody to be enrolled.

    Attributes
    ----------
    person : str
        The caller's identifier, 1 to 200 characters, not yet in the store.
    packed : bytes
        The templates of the first encounter, each by `tenprint.formats.pack`, one after the other.
    galleries : int
        The galleries the person is in, a bit mask, 1 to 2**31 - 1.
    status : PersonStatus
        Not DELETED.
    originals : sequence of Original
        Images to keep.
    """

    person: str
    packed: bytes = field(repr=False)
    galleries: int = 1
    status: int = PersonStatus.ACTIVE
    originals: Sequence[Original] = ()


class ChangedPerson(NamedTuple):
    """One row of the change feed.

    Attributes
    ----------
    id : int
        The person's number.
    change : int
        The number of the person's last change.
    status : int
        A `PersonStatus`; 3 where the person is gone.
    galleries : int
        Bit mask; 0 where the person is gone.
    """

    id: int
    change: int
    status: int
    galleries: int


class Encounter(NamedTuple):
    """The templates taken of a person at one time.

    Attributes
    ----------
    id : int
        The person's number.
    encounter : int
        1 for the enrolment, then counting up; never given twice to one person.
    active : bool
        Whether searches compare with it.
    packed : bytes
        The templates, packed one after the other.
    """

    id: int
    encounter: int
    active: bool
    packed: bytes


class ScannedPerson(NamedTuple):
    """One person as `TruthStore.scan` reads it: what a derived index is built from.

    Attributes
    ----------
    id, change, status, galleries : int
        As in `ChangedPerson`.
    encounters : list of Encounter
        The active ones, ascending; none of a person who is gone.
    """

    id: int
    change: int
    status: int
    galleries: int
    encounters: list[Encounter]
