"""What is known of a person beside the fingers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from tenprint.model.errors import InputError

#: The most names, dates or identifiers of one encounter, and the longest of each.
MAX_ENTRIES, MAX_TEXT = 50, 300

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


class Sex(StrEnum):
    """Sex as recorded (ISO/IEC 5218 in words)."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class PersonName:
    """One name of a person, as written; `family` or `given` may be empty, not both.

    Where nobody knows which part is which, the whole name stands in `given`.
    """

    given: str = ""
    family: str = ""

    def __post_init__(self) -> None:
        _check_text("name", self.given + self.family)
        if not (self.given.strip() or self.family.strip()):
            raise InputError("A name has no letters.", field="name")

    @property
    def full(self) -> str:
        """Given names, then family name."""
        return f"{self.given} {self.family}".strip()


@dataclass(frozen=True)
class Identifier:
    """A number or code by which somebody knows a person.

    Attributes
    ----------
    kind : str
        Such as ``passport``, ``national-id``, ``fbi``, ``state-id``, ``case``.
    value : str
    issuer : str
        The country, state or agency; may be empty.
    """

    kind: str
    value: str
    issuer: str = ""

    def __post_init__(self) -> None:
        for name in ("kind", "value", "issuer"):
            _check_text(f"identifier {name}", getattr(self, name))
        if not self.kind or not self.value:
            raise InputError("An identifier has a kind and a value.", field="identifier")


def check_partial_date(text: str, field: str = "date") -> str:
    """A date of which parts may be unknown: ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.

    Raises
    ------
    InputError
        If it is none, or no day of the calendar.
    """
    found = _DATE.fullmatch(text)
    if found:
        year, month, day = (int(part or 1) for part in found.groups())
        try:
            date(year, month, day)
        except ValueError:
            found = None
    if not found:
        raise InputError("A date is YYYY, YYYY-MM or YYYY-MM-DD.", field=field)
    return text


@dataclass(frozen=True)
class Biographics:
    """Names, dates and identifiers as one submission states them.

    Attributes
    ----------
    names : tuple of PersonName
        The first is the name as submitted, others are aliases.
    birth_dates : tuple of str
        ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``.
    sex : Sex
    identifiers : tuple of Identifier
    other : mapping of str to str
        Anything else worth keeping, such as ``place-of-birth`` or ``nationality``; not searched.

    Raises
    ------
    InputError
        If there are more than `MAX_ENTRIES` of one, or one is longer than `MAX_TEXT` characters.
    """

    names: tuple[PersonName, ...] = ()
    birth_dates: tuple[str, ...] = ()
    sex: Sex = Sex.UNKNOWN
    identifiers: tuple[Identifier, ...] = ()
    other: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("names", "birth_dates", "identifiers", "other"):
            if len(getattr(self, name)) > MAX_ENTRIES:
                raise InputError(f"More than {MAX_ENTRIES} {name}.", field=name)
        for day in self.birth_dates:
            check_partial_date(day, "birth_dates")
        for key, value in self.other.items():
            _check_text("other", key + value)

    @property
    def empty(self) -> bool:
        """Whether nothing is stated."""
        stated = self.names or self.birth_dates or self.identifiers or self.other
        return not stated and self.sex is Sex.UNKNOWN


def _check_text(field: str, text: str) -> None:
    if len(text) > MAX_TEXT:
        raise InputError(f"More than {MAX_TEXT} characters.", field=field)
    if any(ord(character) < 32 or 0xD800 <= ord(character) < 0xE000 for character in text):
        raise InputError("A control character.", field=field)
