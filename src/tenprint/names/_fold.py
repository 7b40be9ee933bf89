"""From a name as written to words that can be compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from tenprint.model import PersonName
from tenprint.names._scripts import to_latin
from tenprint.names._words import PARTICLES, TITLES

#: A name has at most this many words; the rest is left out.
MAX_WORDS = 16

# Grave, acute and straight ones, quotation marks, modifier letters, primes, the Hebrew gershayim.
_APOSTROPHES = re.compile("['`\u00b4\u2018\u2019\u02bc\u02b9\u2032\u05f4]")
_WORD = re.compile(r"[a-z0-9]+")
_ARTICLE = re.compile(r"(?<!\w)ال(?=\w{2})")
_DIGITS = str.maketrans("013456789", "oieasgtbg")


#: Which part of a name a word stands in: unknown, given or family name.
ANY, GIVEN, FAMILY = 0, 1, 2


class Kind(IntEnum):
    """What sort of word it is; decides its weight."""

    NAME = 0
    PARTICLE = 1
    TITLE = 2
    INITIAL = 3
    PATRONYMIC = 4


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """One folded word: its letters, its sound, its consonant skeleton and its kind."""

    text: str
    sound: str
    key: str
    kind: Kind


@dataclass(slots=True, eq=False)
class FoldedName:
    """A name ready to be compared: its words in order, and the part each stands in."""

    words: tuple[Word, ...]
    roles: tuple[int, ...]
    texts: tuple[str, ...]


def fold_name(name: str | PersonName) -> FoldedName:
    """Fold a name; one given as text has words of unknown part."""
    if isinstance(name, str):
        given, family = name, ""
    else:
        given, family = name.given, name.family
    words = fold_words(given)
    split = len(words)
    words += fold_words(family)
    roles = [ANY] * len(words)
    if split and split < len(words):
        roles = [GIVEN] * split + [FAMILY] * (len(words) - split)
    del words[MAX_WORDS:], roles[MAX_WORDS:]
    return FoldedName(tuple(words), tuple(roles), tuple([word.text for word in words]))


def fold_words(text: str) -> list[Word]:
    """The words of a text, in order."""
    if not text:
        return []
    plain = text.lower().replace("'", "").replace("`", "") if text.isascii() else _plain(text)
    return [fold_word(each) for each in _WORD.findall(plain)]


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower()
    text = _APOSTROPHES.sub("", text)
    return to_latin(_ARTICLE.sub("ال ", text))


@lru_cache(maxsize=65536)
def fold_word(text: str) -> Word:
    """A word of plain letters and digits, with what is derived from it."""
    if not text.isalpha() and not text.isdigit():
        text = text.translate(_DIGITS)  # 0 for o, 1 for i: a way to slip past a search
    if text in PARTICLES:
        sound = PARTICLES[text]
        return Word(text, sound, sound, Kind.PARTICLE)
    if text in TITLES:
        kind = Kind.TITLE
    elif len(text) == 1:
        kind = Kind.INITIAL
    elif len(text) > 6 and text.endswith(("vich", "vych", "ovna", "evna", "ivna", "oglu")):
        kind = Kind.PATRONYMIC
    else:
        kind = Kind.NAME
    sound = sound_of(text)
    return Word(text, sound, skeleton(sound), kind)


_SOUNDS = (
    ("dzsch", "j"), ("tsch", "ç"), ("dsch", "j"), ("shch", "ç"), ("sch", "s"), ("tch", "ç"),
    ("dzh", "j"), ("dj", "j"), ("zh", "j"), ("cz", "ç"), ("ch", "ç"), ("sh", "s"), ("sz", "s"),
    ("ph", "f"), ("th", "t"), ("dh", "d"), ("kh", "h"), ("gh", "g"), ("ck", "k"), ("qu", "k"),
    ("q", "k"), ("tz", "s"), ("ts", "s"), ("ce", "se"), ("ci", "si"), ("cy", "si"), ("c", "k"),
    ("w", "v"), ("z", "s"), ("ou", "u"), ("oo", "u"), ("ee", "i"), ("ie", "i"), ("ae", "e"),
    ("oe", "o"), ("ue", "u"), ("ey", "i"), ("ei", "i"), ("y", "i"),
)  # fmt: skip
_DOUBLE = re.compile(r"(.)\1+")
_SILENT_H = re.compile(r"(?<=[aeiou])h(?![aeiou])")


@lru_cache(maxsize=65536)
def sound_of(text: str) -> str:
    """How a word sounds, roughly and in no single language: one letter for many spellings."""
    if text.startswith(("x", "kn", "gn", "wr", "ps")):
        text = "s" + text[1:] if text[0] == "x" else text[1:]
    for spelling, sound in _SOUNDS:
        text = text.replace(spelling, sound)
    text = text.replace("x", "ks")
    text = _DOUBLE.sub(r"\1", _SILENT_H.sub("", text))
    if text.endswith("j") and len(text) > 2:
        text = text[:-1] + "i"
    return _DOUBLE.sub(r"\1", text)


_VOWELS = re.compile("[aeiouh]")


@lru_cache(maxsize=65536)
def bones(sound: str) -> tuple[str, bool]:
    """A sound's consonants, and whether it has hardly a vowel: written in Arabic or Hebrew."""
    rest = sound[:1] + _VOWELS.sub("", sound[1:])
    rest = _DOUBLE.sub(r"\1", rest)
    vowels = sum(letter in "aeiou" for letter in sound[1:])
    return rest, len(rest) > 1 and (vowels == 0 or (vowels == 1 and len(rest) > 3))


def joined_sound(sounds: Sequence[str]) -> str:
    """The sound of words run together, from their sounds; spellings across the seam are missed."""
    text = sounds[0]
    for each in sounds[1:]:
        text += each[1:] if text[-1] == each[0] else each
    return text


_CLASS = {
    **dict.fromkeys("bp", "P"), **dict.fromkeys("fv", "F"), **dict.fromkeys("kg", "K"),
    **dict.fromkeys("sçj", "S"), **dict.fromkeys("dt", "T"),
    "l": "L", "m": "M", "n": "N", "r": "R",
}  # fmt: skip


def skeleton(sound: str) -> str:
    """The classes of a sound's consonants; words with few of them keep their vowels' colour."""
    if not sound:
        return ""
    first = sound[0]
    if first in "ij" and sound[1:2] in set("aeou"):
        head = "J"
    elif first in "aeiou":
        head = "A"
    else:
        head = "H" if first == "h" else _CLASS.get(first, first)
    codes = [head]
    coloured = [head]
    for letter in sound[1:]:
        code = _CLASS.get(letter, "" if letter in "aeiouh" else letter)
        if code and code != codes[-1]:
            codes.append(code)
        if code and code != coloured[-1]:
            coloured.append(code)
        elif letter in "aou" and coloured[-1] != "a":
            coloured.append("a")
        elif letter in "ei" and coloured[-1] != "e":
            coloured.append("e")
    return "".join(codes[:8]) if len(codes) > 2 else "".join(coloured[:8])
