"""Prints of unknown position, in galleries where not everybody is compared with everything."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.gallery import towns

from tenprint import Finger, Gallery, Template
from tenprint.gallery import Candidate, Whom, _brought, _plan, _search, _second
from tenprint.store import Encounter

#: More than `LEAST`; everybody has three fingers, and one in fifty a fourth of unknown position.
PEOPLE, UNKNOWN_OF = 2100, 50

INDEX, THUMB, OTHER = Finger.RIGHT_INDEX, Finger.RIGHT_THUMB, Finger.LEFT_INDEX


def unstated(template: Template) -> Template:
    return replace(template, finger=Finger.UNKNOWN)


def fourth(number: int, impression: int = 0) -> Template:
    ring = (Finger.LEFT_RING,)
    return unstated(towns.prints(number, ring, impression)[Finger.LEFT_RING])


@pytest.fixture(scope="module")
def town() -> Iterator[Gallery]:
    """Nobody changes it."""
    with Gallery.open(":memory:", threads=2) as gallery:
        towns.fill(gallery, 0, PEOPLE)
        for number in range(0, PEOPLE, UNKNOWN_OF):
            gallery.add(f"P{number}", {Finger.UNKNOWN: fourth(number)})
        yield gallery


def probes(number: int) -> list[list[Template]]:
    """One unknown print, two, one beside a known one, and one beside two."""
    own = towns.prints(number, impression=1)
    return [
        [unstated(own[INDEX])],
        [unstated(own[OTHER]), unstated(own[THUMB])],
        [own[THUMB], unstated(own[INDEX])],
        [own[OTHER], unstated(own[INDEX]), own[THUMB]],
    ]


def exhaustive(gallery: Gallery, probe: Sequence[Template], number: int) -> Candidate:
    """What the person reaches where all fingers are compared."""
    return gallery.compare_people(probe, [f"P{number}"])[0]


@pytest.mark.parametrize("number", [3, 700, PEOPLE - 1])
def test_the_person_is_found_and_scored_as_by_comparing_everything(
    town: Gallery, number: int
) -> None:
    for probe in probes(number):
        best = town.identify(probe, limit=3)[0]
        assert best.person == f"P{number}"
        assert replace(best, fpir=1.0, fpir_extrapolated=False) == replace(
            exhaustive(town, probe, number), fpir=1.0, fpir_extrapolated=False
        )


def test_an_enrolled_print_of_unknown_position_is_found(town: Gallery) -> None:
    number = 3 * UNKNOWN_OF
    given = fourth(number, 1)
    for probe in ([given], [replace(given, finger=Finger.LEFT_RING)]):
        best = town.identify(probe, limit=3)[0]
        assert best.person == f"P{number}"
        assert [match.enrolled for match in best.matches] == [Finger.UNKNOWN]


def test_many_at_once_are_the_same_as_one_by_one(town: Gallery) -> None:
    some = [probe for number in (5, 10**6) for probe in probes(number)]
    assert town.identify_many(some, limit=3) == [town.identify(each, limit=3) for each in some]


class Counted:
    """How many people were read, and how many prints compared."""

    def __init__(self, gallery: Gallery, monkeypatch: pytest.MonkeyPatch) -> None:
        self.people: list[int] = []
        self.comparisons: list[int] = []
        searcher, compare = gallery._searcher(), _second.compare_packed

        def fetch(ids: Sequence[int]) -> Sequence[Encounter]:
            self.people.append(len(ids))
            return searcher.fetch(ids)

        def counted(probe: Any, data: Any, spans: Any, asked: Any, **more: Any) -> Any:
            self.comparisons.append(len(spans))
            return compare(probe, data, spans, asked, **more)

        monkeypatch.setattr(_second, "compare_packed", counted)
        self.searcher = replace(searcher, fetch=fetch)

    def search(self, probe: Sequence[Template]) -> list[tuple[int, Candidate]]:
        return self.searcher.search([probe], PEOPLE, Whom(), limit=2)[0]


@pytest.mark.parametrize("prints", [1, 2])
def test_a_stranger_is_compared_with_few_fingers(
    town: Gallery, monkeypatch: pytest.MonkeyPatch, prints: int
) -> None:
    """Only with those that the scan brings; then the leading ones with all that they have."""
    most = 400
    monkeypatch.setattr(_brought, "MOST", most)
    counted = Counted(town, monkeypatch)
    stranger = [unstated(each) for each in towns.prints(10**6, impression=1).values()][:prints]
    counted.search(stranger)
    few = _search.FEW * 4 * prints  # those in front are compared as a whole before
    leading = (_second.BY_SCORE + _second.BY_SCAN) * 4 * prints
    assert most <= sum(counted.comparisons) <= few + most + leading
    assert max(counted.people) <= most


def test_whoever_is_like_two_prints_comes_first(
    town: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though many others are as much like one of them."""
    monkeypatch.setattr(_brought, "MOST", 300)
    searcher = town._searcher()
    numbers = list(range(20, 60))
    both = [
        [unstated(each) for each in towns.prints(n, impression=2).values()][:2] for n in numbers
    ]
    places: list[list[int]] = []
    for some in (both, [probe[:1] for probe in both], [probe[1:] for probe in both]):
        looked = searcher.first_look([searcher.plan(probe, PEOPLE) for probe in some], Whom())
        found = [np.flatnonzero(ids == n + 1) for n, ids in zip(numbers, looked, strict=True)]
        places.append([int(place[0]) if len(place) else 300 for place in found])
    together, first, second = np.array(places)
    assert together.mean() < 0.5 * min(first.mean(), second.mean())


def test_small_galleries_and_known_positions_are_compared_as_a_whole(town: Gallery) -> None:
    searcher = town._searcher()
    unknown, known = probes(8)[0], list(towns.prints(8, impression=1).values())
    assert searcher.plan(unknown, _plan.LEAST).prints is None
    assert searcher.plan(known, PEOPLE).prints is None
    assert searcher.plan(unknown, PEOPLE).prints == [[0]] * 11
    mixed = searcher.plan([*known, unstated(known[0])], PEOPLE)
    assert mixed.prints is not None
    assert sorted(mixed.prints[0]) == [0, 1, 2]
