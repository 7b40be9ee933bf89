"""Names and texts in the characters of EBTS."""

from __future__ import annotations

import re
import unicodedata

from tenprint.model import PersonName

_LETTERS = str.maketrans(
    {
        "ß": "SS",
        "Æ": "AE",
        "æ": "AE",
        "Œ": "OE",
        "œ": "OE",
        "Ø": "O",
        "ø": "O",
        "Ł": "L",
        "ł": "L",
        "Đ": "D",
        "đ": "D",
        "Ð": "D",
        "ð": "D",
        "Þ": "TH",
        "þ": "TH",
        "\u0131": "I",
        "\u2019": "",
        "'": "",
        "\u2013": "-",
        "\u2014": "-",
    }
)
_LONGEST_NAME = 30

#: What EBTS has for people whose name nobody knows; they are no names.
NO_NAMES = frozenset({"UNKNOWN AMNESIA,XX", "UNKNOWN DECEASED,XX", "UNKNOWN"})


def plain(text: str) -> str:
    """Text in printable ASCII: accents dropped, line ends as blanks, the rest as ``?``."""
    spread = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    kept = (each for each in spread if not unicodedata.combining(each))
    return "".join(each if " " <= each <= "~" else " " if each.isspace() else "?" for each in kept)


def name_text(name: PersonName) -> str:
    """A name as 2.018 has it: ``FAMILY,GIVEN GIVEN``, capitals without accents, 30 characters.

    Of a name without a family part the last word is taken for it. Letters of other scripts are
    left out; a name of nothing else is ``UNKNOWN``.
    """
    family, given = _words(name.family), _words(name.given)
    if not family and " " in given:
        given, _, family = given.rpartition(" ")
    text = f"{family},{given}" if family and given else family or given
    text = text[:_LONGEST_NAME].rstrip(" ,-")
    return text if len(text) >= 3 else (text + ",XX" if text else "UNKNOWN")


def read_name(text: str) -> PersonName | None:
    """A name of 2.018 or 2.019; None for what stands for no name."""
    text = _one_line(text)
    if text.upper() in NO_NAMES or not text.strip(" ,-"):
        return None
    family, comma, given = text.partition(",")
    given = given.replace(",", " ").strip()
    if not comma:
        return PersonName(given=family.strip())
    if given.upper() == "XX":  # our own filling of a name of one part
        given = ""
    return PersonName(given=given, family=family.strip())


def read_text(text: str) -> str:
    """A text as `Biographics` keeps it: one line, at most 300 characters."""
    return _one_line(text)[:300].strip()


def _words(text: str) -> str:
    letters = re.sub(r"[^A-Z \-]", " ", plain(text).upper())
    return " ".join(word.strip("-") for word in letters.split() if word.strip("-"))


def _one_line(text: str) -> str:
    spaced = "".join(" " if ord(each) < 32 or each.isspace() else each for each in text)
    return " ".join(spaced.split())[:300]
