"""Type 2 of EBTS to and from `Biographics`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tenprint.formats.itl._model import ItlFile, ItlRecord, Value
from tenprint.formats.itl._names import name_text, plain, read_name, read_text
from tenprint.formats.itl._rules import rules
from tenprint.model import (
    MAX_ENTRIES,
    MAX_TEXT,
    Biographics,
    Identifier,
    InputError,
    Sex,
    check_partial_date,
)

_LONGEST = MAX_TEXT - 50  # of a text under its key
_NAME, _ALIASES, _BIRTH, _SEX = 18, 19, 22, 24

# The kind of identifier in each field.
_IDENTIFIERS = {
    3: "fbi-file",
    14: "fbi",
    15: "state-id",
    16: "social-security",
    17: "miscellaneous",
    85: "civil-record",
    2022: "contributor-id",
    9: "case",
}

_NUMBERS = {kind: number for number, kind in _IDENTIFIERS.items()}

# 2.017: two letters, a hyphen, the number (EBTS 9.1, appendix C).
_MISCELLANEOUS = {
    "AF": "air-force",
    "AR": "alien-registration",
    "AS": "army",
    "CG": "coast-guard",
    "MC": "marine-corps",
    "MD": "mariner",
    "NS": "navy",
    "OA": "agency-number",
    "PI": "personal-id",
    "PP": "passport",
    "PS": "port-security",
    "SS": "selective-service",
    "VA": "veteran",
}
_CODES = {kind: code for code, kind in _MISCELLANEOUS.items()}

# Everything else that is kept, by field.
_OTHER = {
    20: "place-of-birth",
    21: "citizenship",
    25: "race",
    26: "marks",
    27: "height",
    29: "weight",
    31: "eyes",
    32: "hair",
    37: "reason-fingerprinted",
    39: "employer",
    40: "occupation",
    41: "residence",
    42: "military",
}

_SEXES = {"F": Sex.FEMALE, "M": Sex.MALE, "G": Sex.OTHER, "N": Sex.OTHER}
_SEX_CODES = {Sex.FEMALE: "F", Sex.MALE: "M", Sex.OTHER: "X", Sex.UNKNOWN: "X"}

# What EBTS writes for a mandatory field that nobody knows.
_UNKNOWN = {18: "UNKNOWN", 20: "YY", 22: "00000000", 24: "X", 25: "U", 27: "000", 29: "000"}
_UNKNOWN |= {31: "XXX", 32: "XXX"}


@dataclass(frozen=True)
class Arrest:
    """What a criminal submission says of the arrest.

    Attributes
    ----------
    date : str
        2.045 as ``YYYY-MM-DD``; empty where it is missing or no date.
    charges : tuple of (str, str)
        2.047: date of the offence or empty, and its words.
    dispositions : tuple of (str, str, str)
        2.051: date or empty, offence, sentence.
    """

    date: str
    charges: tuple[tuple[str, str], ...]
    dispositions: tuple[tuple[str, str, str], ...]


def biographics_of(file: ItlFile) -> Biographics:
    """Names, dates and identifiers of the first Type 2 record.

    What cannot be read (a date that is none) is left out; `check_ebts` names it. A state's number
    (2.015) has the state as issuer, the case number (2.009) the sending agency.
    """
    record = file.descriptive
    if record is None:
        return Biographics()
    names = [read_name(text) for text in (*_texts(record, _NAME), *_texts(record, _ALIASES))]
    dates = [_date(text) for text in _texts(record, _BIRTH)]
    other = {}
    for number, key in _OTHER.items():
        text = read_text(", ".join(_texts(record, number)))[:_LONGEST]
        if text and text != _UNKNOWN.get(number):
            other[key] = text
    code = record.text(_SEX).upper()
    if code in ("G", "N", "Y", "Z"):
        other["sex-code"] = code
    return Biographics(
        tuple(dict.fromkeys(name for name in names if name))[:MAX_ENTRIES],
        tuple(dict.fromkeys(date for date in dates if date))[:MAX_ENTRIES],
        _SEXES.get(code, Sex.UNKNOWN),
        tuple(_identifiers(record, file.sender))[:MAX_ENTRIES],
        other,
    )


def arrest_of(file: ItlFile) -> Arrest | None:
    """The arrest and its charges, of the first Type 2 record; None if it states neither."""
    record = file.descriptive
    if record is None or not (record.text(45) or record.items(47) or record.items(51)):
        return None
    charges = [_padded(items, 2) for items in record.items(47)]
    courts = [_padded(items, 3) for items in record.items(51)]
    return Arrest(
        _date(record.text(45)),
        tuple((_date(day), read_text(words)) for day, words in charges),
        tuple((_date(day), read_text(words), read_text(more)) for day, words, more in courts),
    )


def type2_of(
    biographics: Biographics, tot: str, more: Mapping[int, Value] | None = None, idc: int = 0
) -> ItlRecord:
    """A Type 2 record for a transaction of a type.

    Only fields that the type may have are written, at most as many entries as it may have; what
    is mandatory and not known becomes EBTS's code for unknown where there is one. Names are
    written in capitals without accents, 30 characters at most.

    Parameters
    ----------
    biographics : Biographics
    tot : str
        Such as ``CAR``.
    more : mapping of field number to value, optional
        Further fields; they win, and are written whatever the type.
    idc : int
        0-99.
    """
    table, made = rules(), _fields(biographics)
    values: dict[int, Value] = {}
    for number in sorted({key[1] for key in table.fields if key[0] == 2}):
        rule = table.rule(2, number, tot)
        texts = made.get(number, [])
        if rule is None or number <= 2:
            continue
        most = rule.times[1] or MAX_ENTRIES
        longest = rule.size[1] or MAX_ENTRIES
        fitting = [each for each in texts if rule.size[0] <= len(each) <= longest]
        if not fitting and rule.requires(tot) and number in _UNKNOWN:
            fitting = [_UNKNOWN[number]]
        if fitting:
            values[number] = [[each] for each in fitting[:most]]
    values |= more or {}
    return ItlRecord.of(2, dict(sorted(values.items())), idc)


def _fields(who: Biographics) -> dict[int, list[str]]:
    """The entries of each field."""
    made: dict[int, list[str]] = {}
    if who.names:
        first, *rest = [name_text(name) for name in who.names]
        made[_NAME] = [first]
        made[_ALIASES] = [each for each in dict.fromkeys(rest) if "," in each]
    made[_BIRTH] = [day.replace("-", "") for day in who.birth_dates if len(day) == 10]
    if who.sex is not Sex.UNKNOWN:
        made[_SEX] = [_SEX_CODES[who.sex]]
    for each in who.identifiers:
        if each.kind in _CODES:
            number, text = 17, f"{_CODES[each.kind]}-{each.value}"
        elif each.kind in _NUMBERS:
            number, text = _NUMBERS[each.kind], each.value
        else:
            continue
        text = plain(text).upper().strip()
        clean = re.sub(r"[^0-9]", "", text) if number == 16 else text
        made.setdefault(number, []).append(clean)
    for number, key in _OTHER.items():
        if text := plain(who.other.get(key, "")).strip():
            made[number] = text.split(", ") if number == 26 else [text]
    return made


def _identifiers(record: ItlRecord, sender: str) -> list[Identifier]:
    found: dict[Identifier, None] = {}
    for number, kind in _IDENTIFIERS.items():
        for text in map(read_text, _texts(record, number)):
            if not text:
                continue
            issuer = ""
            if number == 15:
                issuer = text[:2] if text[:2].isalpha() else ""
            elif number == 9:
                issuer = read_text(sender)
            elif number == 17:
                code, _, rest = text.partition("-")
                if code.upper() in _MISCELLANEOUS and rest:
                    found[Identifier(_MISCELLANEOUS[code.upper()], rest)] = None
                    continue
            found[Identifier(kind, text, issuer)] = None
    return list(found)


def _texts(record: ItlRecord, number: int) -> list[str]:
    return [items[0].strip() for items in record.items(number) if items[0].strip()]


def _date(text: str) -> str:
    """``YYYYMMDD`` as ``YYYY-MM-DD``, zeros for unknown parts left out; empty if it is none."""
    text = text.strip()
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return ""
    parts = [text[:4], text[4:6], text[6:]]
    while parts and not int(parts[-1]):
        parts.pop()
    try:
        return check_partial_date("-".join(parts)) if parts else ""
    except InputError:
        return ""


def _padded(items: tuple[str, ...], count: int) -> list[str]:
    return [*items[:count], *[""] * (count - len(items))]
