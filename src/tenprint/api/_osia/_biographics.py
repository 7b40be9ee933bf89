"""OSIA's biographic data, which is any JSON, into names and dates that can be searched.

The standard only gives examples (``dateOfBirth``, ``gender``, ``nationality``); names are those of
its population-registry interface. What is not understood is kept with the encounter, not searched.
"""

from __future__ import annotations

import contextlib
from typing import Any

from tenprint.model import (
    MAX_TEXT,
    Biographics,
    Identifier,
    InputError,
    PersonName,
    Sex,
    check_partial_date,
)

_GIVEN = ("firstName", "givenName", "givenNames", "firstNames")
_FAMILY = ("lastName", "familyName", "surname")
_IDENTIFIERS = {
    "uin": "national-id",
    "UIN": "national-id",
    "nationalId": "national-id",
    "identityNumber": "national-id",
    "passportNumber": "passport",
}
_SEXES = {
    "M": Sex.MALE,
    "MALE": Sex.MALE,
    "F": Sex.FEMALE,
    "FEMALE": Sex.FEMALE,
    "X": Sex.OTHER,
    "OTHER": Sex.OTHER,
}


def understood(data: Any) -> Biographics:
    """The part of biographic data that can be searched; nothing of it is refused."""
    if not isinstance(data, dict):
        return Biographics()
    names = []
    given, family = _first(data, _GIVEN), _first(data, _FAMILY)
    spouse = _text(data.get("spouseName"))
    for last in (family, spouse) if spouse else (family,):
        with contextlib.suppress(InputError):
            names.append(PersonName(given, last))
    dates = []
    born = _text(data.get("dateOfBirth"))[:10]
    with contextlib.suppress(InputError):
        dates.append(check_partial_date(born))
    identifiers = []
    for key, kind in _IDENTIFIERS.items():
        with contextlib.suppress(InputError):
            identifiers.append(Identifier(kind, _text(data.get(key))))
    sex = _SEXES.get(_text(data.get("gender") or data.get("sex")).upper(), Sex.UNKNOWN)
    other = {}
    for key in ("nationality", "placeOfBirth"):
        if value := _text(data.get(key)):
            other[{"placeOfBirth": "place-of-birth"}.get(key, key)] = value
    return Biographics(
        tuple(dict.fromkeys(names)), tuple(dates), sex, tuple(dict.fromkeys(identifiers)), other
    )


def passes(filters: dict[str, Any], data: Any) -> bool:
    """Whether a person's biographic data fits the filters of a search.

    ``dateOfBirthMin`` and ``dateOfBirthMax`` are compared as dates, all others must be equal. A
    person of whom a filtered value is not known does not pass.
    """
    known = data if isinstance(data, dict) else {}
    for name, value in filters.items():
        if name in ("dateOfBirthMin", "dateOfBirthMax"):
            born = _text(known.get("dateOfBirth"))[:10]
            if not born:
                return False
            if name == "dateOfBirthMin" and born < str(value)[: len(born)]:
                return False
            if name == "dateOfBirthMax" and born > str(value)[: len(born)]:
                return False
        elif known.get(name) != value:
            return False
    return True


def _first(data: dict[str, Any], names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := _text(data.get(name)))), "")


def _text(value: Any) -> str:
    if isinstance(value, list):
        value = " ".join(each for each in value if isinstance(each, str))
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        return ""
    clean = "".join(" " if ord(c) < 32 else c for c in value)
    return "".join(c for c in clean if not 0xD800 <= ord(c) < 0xE000).strip()
