"""Searches of several threads share passes over the codes."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from tests.gallery import towns

from tenprint import Finger, Gallery
from tenprint.gallery import CodeMatrix, Passes, Whom, _plan
from tenprint.gallery._passes import MOST
from tenprint.model import TEN_FINGERS

PEOPLE = 30


@pytest.fixture(scope="module")
def town() -> Iterator[Gallery]:
    """Ten fingers each, two threads a search; nobody changes it."""
    with Gallery.open(":memory:", threads=2) as gallery:
        gallery.enroll_packed((f"P{n}", towns.packed(n, TEN_FINGERS)) for n in range(PEOPLE))
        yield gallery


class Slow(CodeMatrix):
    """A matrix whose passes start when they are told to, and which remembers them."""

    def __init__(self) -> None:
        super().__init__(None, 5)
        self.begun, self.go_on = threading.Semaphore(0), threading.Semaphore(0)
        self.passes: list[list[int]] = []
        self.fails = False

    def scan(self, queries: Any, k: Any, **more: Any) -> Any:
        """Each query finds the row of its position."""
        self.passes.append([positions[0] for positions, _ in queries])
        self.begun.release()
        assert self.go_on.acquire(timeout=20)
        if self.fails:
            raise MemoryError
        return [(np.array(positions), np.zeros(1, np.uint16)) for positions, _ in queries]


def ask(passes: Passes, positions: range, whom: Whom = Whom()) -> list[int]:  # noqa: B008
    table = np.zeros((1, 48, 16), np.uint8)
    found = passes.scan([(([p], table), 1, None) for p in positions], whom)
    return [int(rows[0]) - 1 for rows in found]


def waiting(passes: Passes, count: int) -> None:
    """Until so many callers wait for the next pass."""
    while len(passes._waiting) < count:
        threading.Event().wait(0.001)


def test_who_comes_during_a_pass_shares_the_next() -> None:
    matrix = Slow()
    passes = Passes(matrix, 1)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(ask, passes, range(2))
        assert matrix.begun.acquire(timeout=20)
        later = []
        for n in range(3):
            later.append(pool.submit(ask, passes, range(n, n + 2)))
            waiting(passes, n + 1)
        later.append(pool.submit(ask, passes, range(5, 6), Whom(galleries=2)))  # looks elsewhere
        waiting(passes, 4)
        for _ in range(3):
            matrix.go_on.release()
        assert first.result(20) == [0, 1]
        assert [each.result(20) for each in later] == [[0, 1], [1, 2], [2, 3], [5]]
    assert matrix.passes == [[0, 1], [0, 1, 1, 2, 2, 3], [5]]


def test_a_pass_has_a_largest_size_and_the_earliest_go_first() -> None:
    matrix = Slow()
    passes = Passes(matrix, 1)
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(ask, passes, range(1))]
        assert matrix.begun.acquire(timeout=20)
        for n, count in enumerate((MOST - 1, 2, MOST + 4, 1), start=1):
            jobs.append(pool.submit(ask, passes, range(count)))
            waiting(passes, n)
        for _ in range(4):
            matrix.go_on.release()
        for job in jobs:
            job.result(20)
    assert [len(each) for each in matrix.passes] == [1, MOST, 2, MOST + 4]


def test_an_error_reaches_all_of_its_pass_and_nobody_else() -> None:
    matrix = Slow()
    passes = Passes(matrix, 1)
    matrix.fails = True
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(ask, passes, range(1))
        assert matrix.begun.acquire(timeout=20)
        jobs = []
        for n in range(2):
            jobs.append(pool.submit(ask, passes, range(n, n + 1)))
            waiting(passes, n + 1)
        matrix.go_on.release(2)
        for job in (first, *jobs):
            assert isinstance(job.exception(20), MemoryError)
    matrix.fails = False
    matrix.go_on.release()
    assert ask(passes, range(7, 8)) == [7]


def test_two_threads_with_mixed_searches_get_what_each_gets_alone(town: Gallery) -> None:
    """Border checks of two fingers, ten fingers, an unknown print, a stranger; more than a pass."""
    index = (Finger.RIGHT_INDEX, Finger.LEFT_INDEX)
    probes: list[Any] = []
    for n in range(6):
        ten = towns.prints(n, TEN_FINGERS, impression=1)
        probes += [ten, {finger: ten[finger] for finger in index}, ten[index[0]]]
    probes.append(towns.prints(1000, TEN_FINGERS))
    expected = [town.identify(each, limit=3) for each in probes]
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(town.identify_many, probes[k::3], limit=3) for k in range(3)]
        for k, job in enumerate(jobs):
            assert job.result(60) == expected[k::3]


def test_ten_fingers_that_are_scanned_by_seven_first(
    town: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same people are found, and with hands swapped too; fewer are passed on."""
    monkeypatch.setattr(_plan, "LEAST", 4)
    searcher = town._searcher()
    numbers = list(range(8))
    probes = [list(towns.prints(n, TEN_FINGERS, impression=1).values()) for n in numbers]
    before = [searcher.plan(probe, PEOPLE) for probe in probes]
    monkeypatch.setattr(_plan, "EARLY_FROM", 0)
    plans = [searcher.plan(probe, PEOPLE) for probe in probes]
    assert {plan.early for plan in before} == {None}
    assert {plan.early for plan in plans} == {(7, 4)}
    assert searcher.plan(probes[0][:9], PEOPLE).early is None
    for n, ids in enumerate(searcher.first_look(plans, Whom())):
        assert len(ids) == 4
        assert ids[0] == n + 1
    qualities = {template.finger: template.quality for template in probes[0]}
    asked = [qualities[Finger(position)] for position in plans[0].queries[0][0]]
    assert asked == sorted(asked, reverse=True)
    swapped = {
        Finger(_plan.mirrored(finger)): template
        for finger, template in towns.prints(3, TEN_FINGERS, impression=1).items()
    }
    best = town.identify(swapped)[0]
    assert best.person == "P3"
    assert len(best.sequence) == 10
