"""What may be written into a store."""

from __future__ import annotations

from collections.abc import Sequence

from tenprint.model import Finger, InputError
from tenprint.store._reader import storable
from tenprint.store._truth_rows import NewPerson, Original, PersonStatus
from tenprint.store._truth_schema import MAX_GALLERIES, MAX_ORIGINAL, MAX_PACKED, MAX_PERSON


def check_new(new: NewPerson) -> None:
    """Raise `InputError` if somebody cannot be enrolled as given."""
    person = new.person
    if not isinstance(person, str) or not 1 <= len(person) <= MAX_PERSON or not storable(person):
        raise InputError(f"A person's identifier has 1 to {MAX_PERSON} characters.", field="person")
    check_packed(new.packed)
    check_galleries(new.galleries)
    check_status(new.status)
    check_originals(new.originals)


def check_packed(packed: bytes) -> None:
    """Raise `InputError` if there are no templates, or too many."""
    if not isinstance(packed, bytes) or not 1 <= len(packed) <= MAX_PACKED:
        raise InputError(f"Packed templates are 1 to {MAX_PACKED} bytes.", field="packed")


def check_galleries(mask: int) -> None:
    """Raise `InputError` if a mask names no gallery, or one that cannot be."""
    if not 1 <= mask <= MAX_GALLERIES:
        raise InputError(f"galleries is {mask}, not 1 to {MAX_GALLERIES}.", field="galleries")


def check_status(status: int) -> None:
    """Raise `InputError` if a status cannot be given; deleting is `TruthStore.delete`'s."""
    if status not in (PersonStatus.ACTIVE, PersonStatus.INACTIVE, PersonStatus.SEALED):
        raise InputError(f"status is {status}, not 0, 1 or 2.", field="status")


def check_originals(originals: Sequence[Original]) -> None:
    """Raise `InputError` if an image cannot be kept as given."""
    for each in originals:
        if each.finger not in Finger.__members__.values():
            raise InputError(f"{each.finger} is no finger position.", field="finger")
        if not 100 <= each.ppi <= 2000:
            raise InputError(f"ppi is {each.ppi}, not 100 to 2000.", field="ppi")
        if not 1 <= len(each.media) <= 80 or not storable(each.media):
            raise InputError("media has 1 to 80 characters.", field="media")
        if not isinstance(each.image, bytes) or not 1 <= len(each.image) <= MAX_ORIGINAL:
            raise InputError(f"An original is 1 to {MAX_ORIGINAL} bytes.", field="image")
