"""Names, birth dates and numbers of people who do not exist, by the million."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tenprint.model import Biographics, Identifier, InputError, PersonName, Sex
from tenprint.synth._name_tables import CODAS, ENDINGS, FAMILIES, MEN, ONSETS, VOWELS, WOMEN
from tenprint.synth._random import check_seed, stream

#: How many different given names (of one sex) and family names there are.
GIVEN_NAMES, FAMILY_NAMES = 12_000, 180_000

#: People are drawn in blocks, so that any range gives the same people.
_BLOCK = 4096

_STEP = 7919  # prime to all sizes of syllable tables


def biographics(first: int, count: int, seed: int = 0) -> Iterator[tuple[int, Biographics]]:
    """Fictitious people by number, each with name, birth date, sex and mostly an identifier.

    Names are as unevenly frequent as in a large country (Zipf's law with Mandelbrot's shift): the
    commonest family name has nine people in a thousand, the thousand commonest a bit under half
    of all, and there are long tails of names of a few bearers. Three in five have a second given
    name, one in twelve a double or composed family name.

    Parameters
    ----------
    first, count : int
        Numbers `first` .. `first + count - 1`; the same person for a number in any range.
    seed : int
        Another seed, other people.

    Yields
    ------
    (int, Biographics)
        The number and the person.
    """
    check_seed(seed)
    if first < 0 or count < 0:
        raise InputError("Numbers begin at 0.", field="first")
    for block in range(first // _BLOCK, (first + count + _BLOCK - 1) // _BLOCK):
        at = block * _BLOCK
        for number, who in enumerate(_block(block, seed), at):
            if first <= number < first + count:
                yield number, who


def _block(block: int, seed: int) -> list[Biographics]:
    rng = stream("biographics", seed, block)
    chance = rng.random((_BLOCK, 8))
    given = np.searchsorted(_given_shares(), rng.random((_BLOCK, 2)))
    family = np.searchsorted(_family_shares(), rng.random((_BLOCK, 2)))
    day = rng.integers(0, 24_000, _BLOCK)
    start = np.datetime64("1941-01-01")
    dates = (start + day.astype("timedelta64[D]")).astype(str).tolist()
    numbers = rng.integers(10**8, 10**9, (_BLOCK, 2)).tolist()
    people = []
    for n in range(_BLOCK):
        c = chance[n].tolist()
        woman = c[0] < 0.5
        names = [_given(int(given[n, 0]), woman)]
        if c[1] < 0.6 and given[n, 1] != given[n, 0]:
            names.append(_given(int(given[n, 1]), woman))
        last = _family(int(family[n, 0]))
        if c[2] < 0.05:
            last += ("-" if c[3] < 0.5 else " ") + _family(int(family[n, 1]))
        elif c[2] < 0.08:
            last = ("de ", "van der ", "al-", "von ")[int(c[3] * 4)] + last
        born = dates[n][:4] + "-01-01" if c[4] < 0.01 else dates[n]
        identifiers = []
        if c[5] < 0.6:
            identifiers.append(Identifier("national-id", str(numbers[n][0])))
        if c[6] < 0.3:
            identifiers.append(Identifier("passport", f"X{numbers[n][1]}"))
        people.append(
            Biographics(
                names=(PersonName(_title(" ".join(names)), _title(last)),),
                birth_dates=(born,),
                sex=Sex.FEMALE if woman else Sex.MALE,
                identifiers=tuple(identifiers),
            )
        )
    return people


@lru_cache(maxsize=1)
def _given_shares() -> NDArray[np.float64]:
    return _shares(GIVEN_NAMES, 8, 1.2)


@lru_cache(maxsize=1)
def _family_shares() -> NDArray[np.float64]:
    return _shares(FAMILY_NAMES, 10, 1.0)


def _shares(count: int, shift: float, power: float) -> NDArray[np.float64]:
    """Cumulated shares of names by rank."""
    shares = 1 / (np.arange(count) + 1 + shift) ** power
    total: NDArray[np.float64] = np.cumsum(shares)
    return total / float(total[-1])


@lru_cache(maxsize=2 * GIVEN_NAMES)
def _given(rank: int, woman: bool) -> str:
    known = WOMEN if woman else MEN
    if rank < len(known):
        return known[rank]
    number = rank * 2 + woman
    vowel = VOWELS[number // 7 % 3] if woman else ("", "n", "r", "k", "s")[number // 7 % 5]
    return _syllables(number, 2) + vowel


@lru_cache(maxsize=FAMILY_NAMES)
def _family(rank: int) -> str:
    if rank < len(FAMILIES):
        return FAMILIES[rank]
    return _syllables(rank, 1 + (rank % 4 > 0)) + ENDINGS[rank // 3 % len(ENDINGS)]


def _syllables(number: int, count: int) -> str:
    left = number * _STEP
    text = ""
    for _ in range(count):
        left, onset = divmod(left, len(ONSETS))
        left, vowel = divmod(left, len(VOWELS))
        text += ONSETS[onset] + VOWELS[vowel]
    return text + CODAS[left % len(CODAS)]


def _title(text: str) -> str:
    return " ".join(
        "-".join(part if part in ("al", "de", "van", "der", "von") else part.capitalize()
                 for part in word.split("-"))
        for word in text.split(" ")
    )  # fmt: skip
