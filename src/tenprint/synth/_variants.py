"""The same person as somebody else writes it down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from tenprint.model import Biographics, PersonName, Sex
from tenprint.names import familiar_names
from tenprint.synth._random import check_seed, stream

_LETTERS = "abcdefghijklmnopqrstuvwxyz"

#: Spellings that are heard alike, in several languages.
_HEARD = (
    ("ph", "f"), ("f", "ph"), ("ck", "k"), ("k", "c"), ("c", "k"), ("sch", "sh"), ("sh", "sch"),
    ("y", "i"), ("i", "y"), ("w", "v"), ("v", "w"), ("z", "s"), ("ss", "s"), ("nn", "n"),
    ("ll", "l"), ("n", "nn"), ("l", "ll"), ("ou", "u"), ("u", "ou"), ("kh", "h"), ("ee", "i"),
    ("th", "t"), ("j", "y"), ("ei", "ey"), ("ez", "es"), ("ov", "off"), ("x", "ks"), ("ks", "x"),
    ("ai", "ay"), ("gh", "g"), ("dt", "t"), ("mueller", "muller"),
)  # fmt: skip

_CYRILLIC = (
    ("shch", "щ"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч"), ("sh", "ш"), ("yu", "ю"),
    ("ya", "я"), ("ph", "ф"), ("th", "т"), ("ck", "к"), *zip("abvgdeziyklmnoprstufhcjqwx",
    ("а", "б", "в", "г", "д", "е", "з", "и", "й", "к", "л", "м", "н", "о", "п", "р", "с", "т",
     "у", "ф", "х", "к", "дж", "к", "в", "кс"), strict=True),
)  # fmt: skip

Names = tuple[str, str]


def vary(who: Biographics, seed: int, changes: int = 1) -> tuple[Biographics, tuple[str, ...]]:
    """A person as misspelt, shortened, mixed up or written in another way.

    Parameters
    ----------
    who : Biographics
        Its first name and first birth date are varied; identifiers are left out.
    seed : int
    changes : int
        How many different changes are tried; some do not apply to everybody.

    Returns
    -------
    Biographics
        The variant.
    tuple of str
        Names of the changes made, some of `VARIATIONS`.
    """
    rng = stream("variant", check_seed(seed))
    order = [list(_CHANGES)[n] for n in rng.permutation(len(_CHANGES)).tolist()]
    changed = replace(who, identifiers=())
    made: list[str] = []
    for name in order:
        if len(made) == changes:
            break
        after = _CHANGES[name](changed, rng)
        if after is not None and after != changed:
            changed = after
            made.append(name)
    return changed, tuple(made)


def _named(who: Biographics, given: str, family: str) -> Biographics | None:
    if not (given.strip() or family.strip()):
        return None
    return replace(who, names=(PersonName(given.strip(), family.strip()), *who.names[1:]))


def _typo(who: Biographics, rng: np.random.Generator) -> Biographics | None:
    given, family = who.names[0].given, who.names[0].family
    if rng.random() < 0.5:
        return _named(who, _mistyped(given, rng), family)
    return _named(who, given, _mistyped(family, rng))


def _two_typos(who: Biographics, rng: np.random.Generator) -> Biographics | None:
    name = who.names[0]
    return _named(who, _mistyped(name.given, rng), _mistyped(name.family, rng))


def _mistyped(text: str, rng: np.random.Generator) -> str:
    if len(text) < 4:
        return text
    at = int(rng.integers(1, len(text) - 1))
    letter = _LETTERS[int(rng.integers(26))]
    kind = int(rng.integers(4))
    if kind == 0:
        return text[:at] + letter + text[at + 1 :]
    if kind == 1:
        return text[:at] + letter + text[at:]
    if kind == 2:
        return text[:at] + text[at + 1 :]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _heard(who: Biographics, rng: np.random.Generator) -> Biographics | None:
    name = who.names[0]
    given, family = name.given.lower(), name.family.lower()
    for n in rng.permutation(len(_HEARD)).tolist():
        old, new = _HEARD[n]
        if old in family[1:]:
            return _named(who, name.given, family[0] + family[1:].replace(old, new, 1))
        if old in given[1:]:
            return _named(who, given[0] + given[1:].replace(old, new, 1), name.family)
    return None


def _nickname(who: Biographics, rng: np.random.Generator) -> Biographics | None:
    first, _, rest = who.names[0].given.partition(" ")
    others = sorted(familiar_names(first))
    if not others:
        return None
    other = others[int(rng.integers(len(others)))]
    return _named(who, f"{other} {rest}", who.names[0].family)


def _exchanged(who: Biographics, rng: np.random.Generator) -> Biographics | None:
    return _named(who, who.names[0].family, who.names[0].given)


def _one_field(who: Biographics, rng: np.random.Generator) -> Biographics | None:
    name = who.names[0]
    text = name.full if rng.random() < 0.5 else f"{name.family}, {name.given}"
    return _named(who, text.upper(), "")


def _initial(who: Biographics, rng: np.random.Generator) -> Biographics | None:
    given = " ".join(f"{word[0]}." for word in who.names[0].given.split())
    return _named(who, given, who.names[0].family)


def _dropped(who: Biographics, rng: np.random.Generator) -> Biographics | None:
    first, _, rest = who.names[0].given.partition(" ")
    return _named(who, first, who.names[0].family) if rest else None


def _half_family(who: Biographics, rng: np.random.Generator) -> Biographics | None:
    words = who.names[0].family.replace("-", " ").split()
    if len(words) < 2:
        return None
    return _named(who, who.names[0].given, words[-1] if rng.random() < 0.5 else words[0])


def _married(who: Biographics, rng: np.random.Generator) -> Biographics | None:
    name = who.names[0]
    new = ("Smith", "Garcia", "Weber", "Rossi", "Nowak")[int(rng.integers(5))]
    return _named(who, name.given, f"{name.family}-{new}")


def _run_together(who: Biographics, rng: np.random.Generator) -> Biographics | None:
    name = who.names[0]
    if len(name.family.replace("-", " ").split()) > 1:
        return _named(who, name.given, name.family.replace("-", "").replace(" ", "").lower())
    return _named(who, name.given.replace(" ", "") + name.family, "")


def _split(who: Biographics, rng: np.random.Generator) -> Biographics | None:
    family = who.names[0].family
    if len(family) < 6 or " " in family:
        return None
    at = int(rng.integers(3, len(family) - 2))
    return _named(who, who.names[0].given, f"{family[:at]} {family[at:]}")


def _titled(who: Biographics, rng: np.random.Generator) -> Biographics | None:
    title = ("Dr.", "Mr.", "Prof.", "Sheikh", "Mrs")[int(rng.integers(5))]
    return _named(who, f"{title} {who.names[0].given}", who.names[0].family)


def _in_cyrillic(who: Biographics, rng: np.random.Generator) -> Biographics | None:
    def turned(text: str) -> str:
        text = text.lower()
        for latin, letter in _CYRILLIC:
            text = text.replace(latin, letter)
        return text

    return _named(who, turned(who.names[0].given), turned(who.names[0].family))


def _born(who: Biographics, day: str) -> Biographics:
    return replace(who, birth_dates=(day, *who.birth_dates[1:]))


def _swapped_day(who: Biographics, rng: np.random.Generator) -> Biographics | None:
    if len(who.birth_dates[0]) < 10:
        return None
    year, month, day = who.birth_dates[0].split("-")
    return _born(who, f"{year}-{day}-{month}") if int(day) <= 12 else None


def _near_day(who: Biographics, rng: np.random.Generator) -> Biographics | None:
    if len(who.birth_dates[0]) < 10:
        return None
    born = date.fromisoformat(who.birth_dates[0])
    if rng.random() < 0.5 or (born.month, born.day) == (2, 29):
        return _born(who, (born + timedelta(days=1 if rng.random() < 0.5 else -1)).isoformat())
    return _born(who, born.replace(year=born.year + (1 if rng.random() < 0.5 else -1)).isoformat())


def _partial_day(who: Biographics, rng: np.random.Generator) -> Biographics | None:
    if len(who.birth_dates[0]) < 10:
        return None
    return _born(who, who.birth_dates[0][: 4 if rng.random() < 0.5 else 7])


def _no_sex(who: Biographics, rng: np.random.Generator) -> Biographics | None:
    return replace(who, sex=Sex.UNKNOWN)


_CHANGES: dict[str, Callable[[Biographics, np.random.Generator], Biographics | None]] = {
    "typo": _typo,
    "typo-in-both": _two_typos,
    "heard": _heard,
    "nickname": _nickname,
    "exchanged": _exchanged,
    "one-field": _one_field,
    "initials": _initial,
    "given-name-dropped": _dropped,
    "family-name-dropped": _half_family,
    "married": _married,
    "run-together": _run_together,
    "split": _split,
    "title": _titled,
    "cyrillic": _in_cyrillic,
    "day-month-swapped": _swapped_day,
    "date-off-by-one": _near_day,
    "date-partial": _partial_day,
    "sex-unknown": _no_sex,
}

#: Names of the changes that `vary` makes.
VARIATIONS: tuple[str, ...] = tuple(_CHANGES)


def vary_as(who: Biographics, change: str, seed: int) -> Biographics | None:
    """A person with this one change of `VARIATIONS`; None where it does not apply."""
    after = _CHANGES[change](replace(who, identifiers=()), stream("variant", check_seed(seed)))
    return None if after is None or after == replace(who, identifiers=()) else after
