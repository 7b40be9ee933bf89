"""Fictitious people by name."""

from collections import Counter

import pytest

from tenprint.model import InputError
from tenprint.synth import VARIATIONS, biographics, vary, vary_as


def test_the_same_person_in_any_range() -> None:
    some = dict(biographics(4000, 200))
    assert list(some) == list(range(4000, 4200))
    assert next(biographics(4100, 1)) == (4100, some[4100])
    assert some[4100] != next(biographics(4100, 1, seed=1))[1]


def test_names_are_unevenly_frequent() -> None:
    families = Counter(who.names[0].family for _, who in biographics(0, 8000))
    assert 40 < families["Smith"] < 110
    assert sum(count == 1 for count in families.values()) > len(families) / 2


@pytest.mark.parametrize("change", VARIATIONS)
def test_each_variation_changes_something(change: str) -> None:
    changed = 0
    for number, who in biographics(0, 120):
        other = vary_as(who, change, number)
        if other is not None:
            changed += 1
            assert vary_as(who, change, number) == other
            assert (other.names, other.birth_dates, other.sex) != (
                who.names, who.birth_dates, who.sex,
            )  # fmt: skip
    assert changed


def test_several_changes() -> None:
    who = next(biographics(5, 1))[1]
    other, made = vary(who, 3, 3)
    assert len(set(made)) == 3
    assert other.identifiers == ()


@pytest.mark.parametrize(("first", "count", "seed"), [(-1, 2, 0), (0, -1, 0), (0, 1, -1)])
def test_numbers_out_of_range(first: int, count: int, seed: int) -> None:
    with pytest.raises(InputError):
        list(biographics(first, count, seed))
