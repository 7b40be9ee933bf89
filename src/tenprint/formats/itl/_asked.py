"""What a submission asks for beside its prints and its person."""

from __future__ import annotations

from dataclasses import dataclass

from tenprint.formats.itl._model import ItlFile
from tenprint.formats.itl._names import read_text
from tenprint.model import TEN_FINGERS, Finger

_ALL_FOURTEEN = (*TEN_FINGERS, *(Finger(code) for code in range(11, 15)))


@dataclass(frozen=True)
class Asked:
    """What Type 2 of a submission asks for.

    Attributes
    ----------
    retain : bool or None
        2.005: whether the prints are to be kept; None where it says nothing.
    record : bool
        2.070: whether the record of events is wanted with the answer.
    numbers : tuple of str
        2.014: people's numbers (of an IRQ or EQHR: about whom it asks).
    fingers : tuple of Finger
        2.057: which images an IRQ wants; empty where it says nothing, ``00`` is all fourteen.
    priority : int or None
        1.006, 1 (rapid) to 9.
    """

    retain: bool | None = None
    record: bool = False
    numbers: tuple[str, ...] = ()
    fingers: tuple[Finger, ...] = ()
    priority: int | None = None


def asked_of(file: ItlFile) -> Asked:
    """What a transaction asks for, of its first Type 2 record; what cannot be read is left out."""
    priority = file.header.number(6)
    priority = priority if priority is not None and 1 <= priority <= 9 else None
    record = file.descriptive
    if record is None:
        return Asked(priority=priority)
    codes = [items[0].strip() for items in record.items(57)]
    known = [int(code) for code in codes if code.isascii() and code.isdigit() and len(code) <= 2]
    fingers = _ALL_FOURTEEN if 0 in known else [Finger(c) for c in known if 1 <= c <= 14]
    numbers = (read_text(items[0]) for items in record.items(14))
    return Asked(
        {"Y": True, "N": False}.get(record.text(5).upper()),
        record.text(70).upper() == "Y",
        tuple(dict.fromkeys(number for number in numbers if number)),
        tuple(dict.fromkeys(fingers)),
        priority,
    )
