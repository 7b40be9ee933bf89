"""One field's value against its rule: occurrences, items, characters, length, codes, dates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tenprint.formats.itl._check import date_is_real
from tenprint.formats.itl._model import ItlField
from tenprint.formats.itl._rules import Rule

#: (code, message) of what is wrong with a value.
Trouble = tuple[str, str]

# From this length on a text may have lines, as EBTS says of RES, RSR and ERS.
_LONG = 120
_LOOKED_AT = 250_000  # longer ones are too long already
_WORDS = {"A": "letters", "N": "digits", "S": "special characters"}


def troubles(rule: Rule, field: ItlField, tot: str, *, wide: bool) -> Iterator[Trouble]:
    """All that is wrong with a field of a tagged record.

    Parameters
    ----------
    wide : bool
        Whether 1.015 declares a character set beyond ASCII: its letters count as letters.
    """
    subfields = field.subfields
    least, most = rule.times
    if len(subfields) < least or (most is not None and len(subfields) > most):
        yield "occurrences", f"{len(subfields)} entries, not {_words(rule.times)}."
    seen: set[Trouble] = set()  # the same of a thousand entries is said once
    for items in subfields:
        for trouble in _entry(rule, items, tot, wide):
            if trouble not in seen:
                seen.add(trouble)
                yield trouble


def _entry(rule: Rule, items: tuple[str, ...], tot: str, wide: bool) -> Iterator[Trouble]:
    if not rule.items:
        if len(items) > 1:
            yield "items", f"An entry has {len(items)} parts, not 1."
        else:
            yield from _item(rule, items[0], wide)
        return
    count = max(each.more.get("item", 0) for each in rule.items)
    if len(items) > count:
        yield "items", f"An entry has {len(items)} parts, at most {count} are known."
    length = sum(len(each) for each in items)
    if not _within(length, rule.size):
        yield "length", f"An entry has {length} characters, not {_words(rule.size)}."
    for each in rule.items:
        place = each.more["item"]
        if (only := each.more.get("if")) and (
            len(items) < only[0] or items[only[0] - 1] != only[1]
        ):
            continue
        text = items[place - 1] if place <= len(items) else ""
        if text:
            for code, message in _item(each, text, wide):
                yield code, f"{each.mnemonic}: {message}"
        elif _needed(each, tot):
            yield "items", f"{each.mnemonic} is missing."


def _needed(rule: Rule, tot: str) -> bool:
    """Whether an item must be there where its field is."""
    if rule.mandatory or rule.allowed:
        return rule.requires(tot)
    return rule.size[0] > 0 and not rule.more.get("optional")


def _item(rule: Rule, text: str, wide: bool) -> Iterator[Trouble]:
    """What is wrong with one item."""
    more = rule.more
    if not _within(len(text), rule.size):
        yield "length", f"{len(text)} characters, not {_words(rule.size)}."
    if wrong := _characters(rule, text, wide):
        yield "characters", wrong
    elif (codes := more.get("codes")) and not _listed(text, codes):
        yield "code", "It is none of the codes of its table."
    if (form := more.get("date")) and not date_is_real(text, form):
        yield "date", f"It is no date {form.removeprefix('Z')}."
    if ((pattern := more.get("regex")) and not re.fullmatch(pattern, text, re.DOTALL)) or (
        (pattern := more.get("nregex")) and re.fullmatch(pattern, text, re.DOTALL)
    ):
        yield "pattern", "It has not the form that is asked for."
    if (longest := more.get("maxlinelen")) and any(
        len(line) > int(longest) for line in text.splitlines()
    ):
        yield "length", f"A line has more than {longest} characters."


def _characters(rule: Rule, text: str, wide: bool) -> str | None:
    """The first kind of wrong character in words."""
    kinds = "N" if rule.chars.startswith("B") else rule.chars
    special = rule.more.get("sca", "")
    lines = rule.size[1] is not None and rule.size[1] >= _LONG
    for each in text[:_LOOKED_AT]:
        if each.isalpha() and (each.isascii() or wide):
            right = "A" in kinds
        elif each.isascii() and each.isdigit():
            right = "N" in kinds
        elif special == "PRINT":
            right = " " <= each <= "~" or (lines and each in "\r\n\t") or (wide and each > "\x7f")
        else:
            right = "S" in kinds and each in special
        if not right:
            allowed = ", ".join(_WORDS[kind] for kind in kinds if kind in _WORDS)
            return f"It holds a character that is none of: {allowed}."
    return None


def _listed(text: str, codes: list[str]) -> bool:
    if text in codes:
        return True
    number = text.isascii() and text.isdigit() and len(text) <= 4
    return number and any(each.isdigit() and int(each) == int(text) for each in codes)


def _within(value: int, limits: tuple[int, int | None]) -> bool:
    return limits == (0, None) or (value >= limits[0] and (limits[1] is None or value <= limits[1]))


def _words(limits: tuple[int, int | None]) -> str:
    least, most = limits
    if most is None:
        return f"{least} or more"
    return str(least) if least == most else f"{least} to {most}"
