"""How fast answers were over time: by the minute, by the hour, by the day."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tenprint.model import TransactionClass

#: Classes of seconds in a doubling: a class is 9 % wide, so its middle is at most 5 % off.
_FINE = 8

#: Seconds below which nothing is told apart.
_LEAST = 1e-4

#: A kept class of seconds lies between these: 0.1 ms and 20 years.
_CLASSES = range(-200, 400)

_SHARES = (0.5, 0.95, 0.99)


@dataclass(frozen=True)
class LatencyPoint:
    """The answers of one class in a minute, an hour or a day.

    Attributes
    ----------
    start : datetime
        When it began.
    answered, late : int
    p50, p95, p99 : float
        Machine time, seconds, that half, 95 % and 99 % of the answers did not exceed; within 5 %.
    """

    start: datetime
    answered: int
    late: int
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Latencies:
    """Machine time over time; what had no answers has no point.

    Attributes
    ----------
    minutes, hours : mapping of TransactionClass to tuple of LatencyPoint
        Of the last 60 minutes and the last 168 hours, the running ones included; in order.
    """

    minutes: Mapping[TransactionClass, tuple[LatencyPoint, ...]]
    hours: Mapping[TransactionClass, tuple[LatencyPoint, ...]]


def class_of(seconds: float) -> int:
    """The class of seconds that an answer belongs to."""
    return math.floor(_FINE * math.log2(max(seconds, _LEAST)))


class _Slot:
    """One class's answers of one span: how many of each class of seconds, while that may change."""

    __slots__ = ("_known", "answered", "late", "seconds")

    def __init__(self) -> None:
        self.answered = 0
        self.late = 0
        self.seconds: Counter[int] | None = Counter()
        self._known: tuple[float, ...] | None = None

    def add(self, which: int, late: bool) -> None:
        self.answered += 1
        self.late += late
        if self.seconds is not None:  # else the clock was set back: it is counted, not timed
            self.seconds[which] += 1
            self._known = None

    def quantiles(self) -> tuple[float, ...]:
        """Of `_SHARES`; worked out again only where something was added."""
        if self._known is None:
            self._known = _quantiles(self.seconds or Counter())
        return self._known

    def end(self) -> None:
        """Nothing more comes: what it took is kept as quantiles only."""
        self.quantiles()
        self.seconds = None

    def point(self, start: datetime) -> LatencyPoint:
        return LatencyPoint(start, self.answered, self.late, *self.quantiles())

    def kept(self) -> list[Any]:
        """As JSON: answered, late, and classes of seconds, or their quantiles."""
        if self.seconds is None:
            return [self.answered, self.late, list(self.quantiles())]
        return [self.answered, self.late, {str(key): n for key, n in self.seconds.items()}]

    @classmethod
    def of(cls, kept: Any) -> _Slot:
        """From `kept`; ValueError or TypeError where it is none."""
        slot = cls()
        slot.answered, slot.late, seconds = kept
        if not 0 <= int(slot.late) <= int(slot.answered):
            raise ValueError("counts")
        if isinstance(seconds, dict):
            slot.seconds = Counter({int(key): int(n) for key, n in seconds.items()})
            if not all(key in _CLASSES for key in slot.seconds):
                raise ValueError("seconds")
        else:
            slot._known = tuple(map(float, seconds))
            slot.seconds = None
            if len(slot._known) != len(_SHARES) or not all(0 < n < 1e9 for n in slot._known):
                raise ValueError("quantiles")
        return slot


class Ring:
    """The last `count` spans of `span` each; the caller takes care of threads."""

    def __init__(self, span: timedelta, count: int) -> None:
        self._span, self._count = span.total_seconds(), count
        self._slots: dict[int, dict[TransactionClass, _Slot]] = {}

    def add(self, klass: TransactionClass, which: int, late: bool, at: float) -> None:
        """Count an answer of a `class_of` seconds given at a moment, in seconds since 1970."""
        number = int(at // self._span)
        classes = self._slots.get(number)
        if classes is None:
            classes = self._begin(number)
        slot = classes.get(klass)
        if slot is None:
            slot = classes[klass] = _Slot()
        slot.add(which, late)

    def points(self, at: float) -> dict[TransactionClass, tuple[LatencyPoint, ...]]:
        """The curves of every class that had answers in the spans up to a moment."""
        last = int(at // self._span)
        found: dict[TransactionClass, list[LatencyPoint]] = {}
        for number in sorted(each for each in self._slots if last - self._count < each <= last):
            start = self._start(number)
            for klass, slot in self._slots[number].items():
                found.setdefault(klass, []).append(slot.point(start))
        return {klass: tuple(found[klass]) for klass in TransactionClass if klass in found}

    def running(self, klass: TransactionClass, at: float) -> LatencyPoint | None:
        """The span of a moment, None where a class had no answers in it."""
        number = int(at // self._span)
        slot = self._slots.get(number, {}).get(klass)
        return None if slot is None else slot.point(self._start(number))

    def kept(self) -> dict[str, dict[str, list[Any]]]:
        """As JSON."""
        return {
            str(number): {klass.value: slot.kept() for klass, slot in classes.items()}
            for number, classes in self._slots.items()
        }

    def take(self, kept: Any) -> None:
        """Go on from what was `kept`.

        Raises
        ------
        AttributeError, TypeError, ValueError
            If it is nothing of the kind.
        """
        self._slots = {
            int(number): {TransactionClass(name): _Slot.of(each) for name, each in classes.items()}
            for number, classes in kept.items()
        }

    def _begin(self, number: int) -> dict[TransactionClass, _Slot]:
        for old in [each for each in self._slots if each <= number - self._count]:
            del self._slots[old]
        for each, classes in self._slots.items():
            if each < number - 1:  # of the last one something may still be on its way
                for slot in classes.values():
                    slot.end()
        return self._slots.setdefault(number, {})

    def _start(self, number: int) -> datetime:
        return datetime.fromtimestamp(number * self._span, UTC)


def _quantiles(counts: Counter[int]) -> tuple[float, ...]:
    """The middles, in seconds, of the classes in which the answers of `_SHARES` lie."""
    total = counts.total()
    found: list[float] = []
    seen, last = 0, 0
    for last in sorted(counts):
        seen += counts[last]
        while len(found) < len(_SHARES) and seen >= _SHARES[len(found)] * total:
            found.append(float(2 ** ((last + 0.5) / _FINE)))
    return tuple(found)
