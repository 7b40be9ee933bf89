"""Figures over time: what a minute's and an hour's answers say, and what is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tenprint.desk._figures import Figures
from tenprint.desk._latencies import Ring, class_of
from tenprint.model import TransactionClass

K = TransactionClass
START = datetime(2026, 3, 5, 8, 0, 30, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@given(st.lists(st.floats(0.0002, 90_000), min_size=1, max_size=300))
def test_half_and_most_are_within_five_percent(seconds: list[float]) -> None:
    ring = Ring(timedelta(minutes=1), 60)
    for each in seconds:
        ring.add(K.BORDER_CHECK, class_of(each), False, START.timestamp())
    (point,) = ring.points(START.timestamp())[K.BORDER_CHECK]
    assert point.answered == len(seconds)
    for share, found in ((50, point.p50), (95, point.p95), (99, point.p99)):
        right = float(np.percentile(seconds, share, method="inverted_cdf"))
        assert abs(found / right - 1) < 0.05


def test_each_minute_and_hour_has_its_own_answers() -> None:
    clock = Clock()
    figures = Figures(clock)
    for minute in range(200):
        clock.now = START + timedelta(minutes=minute)
        for _ in range(3):
            figures.answer(K.NAME_SEARCH, 0.01 * (1 + minute), late=minute % 2 == 1)
    figures.answer(K.ENROL, 0.0, late=False)
    found = figures.latencies()
    assert set(found.minutes) == {K.NAME_SEARCH, K.ENROL}
    minutes = found.minutes[K.NAME_SEARCH]
    first = START.replace(second=0) + timedelta(minutes=140)
    assert [each.start for each in minutes] == [first + timedelta(minutes=n) for n in range(60)]
    assert {each.answered for each in minutes} == {3}
    assert [each.late for each in minutes] == [0, 3] * 30
    assert abs(minutes[-1].p50 / 2.0 - 1) < 0.05
    hours = found.hours[K.NAME_SEARCH]
    assert [each.answered for each in hours] == [180, 180, 180, 60]
    assert sum(each.late for each in hours) == 300
    # An hour later nothing of it is left by the minute.
    clock.now += timedelta(hours=1)
    later = figures.latencies()
    assert later.minutes == {}
    assert [each.answered for each in later.hours[K.NAME_SEARCH]] == [180, 180, 180, 60]


def test_what_is_old_takes_no_memory() -> None:
    ring = Ring(timedelta(minutes=1), 60)
    for minute in range(0, 100_000, 7):
        ring.add(K.ENROL, class_of(1.0), False, START.timestamp() + 60 * minute)
    assert len(ring._slots) <= 60


def test_a_clock_that_is_set_back_loses_no_answer() -> None:
    """What is over is kept as quantiles only; what comes for it all the same is counted."""
    ring = Ring(timedelta(minutes=1), 60)
    at = START.timestamp()
    for minute in (0, 1, 2, 3):
        ring.add(K.ENROL, class_of(0.2), False, at + 60 * minute)
    ring.add(K.ENROL, class_of(50.0), True, at)
    first = ring.points(at + 180)[K.ENROL][0]
    assert (first.answered, first.late) == (2, 1)
    assert abs(first.p99 / 0.2 - 1) < 0.05
    # What lies ahead of a clock that was wrong is not shown.
    assert len(ring.points(at + 60)[K.ENROL]) == 2
