"""How fast answers were over time: by the minute for an hour, by the hour for a week; in memory."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tenprint.model import TransactionClass

#: Classes of seconds in a doubling: a class is 9 % wide, so its middle is at most 5 % off.
_FINE = 8

#: Seconds below which nothing is told apart.
_LEAST = 1e-4


@dataclass(frozen=True)
class LatencyPoint:
    """The answers of one class in a minute or an hour.

    Attributes
    ----------
    start : datetime
        When it began.
    answered, late : int
    p50, p95 : float
        Machine time, seconds, that half and 95 % of the answers did not exceed; within 5 %.
    """

    start: datetime
    answered: int
    late: int
    p50: float
    p95: float


@dataclass(frozen=True)
class Latencies:
    """Machine time over time, since the desk was opened; what had no answers has no point.

    Attributes
    ----------
    minutes, hours : mapping of TransactionClass to tuple of LatencyPoint
        Of the last 60 minutes and the last 168 hours, the running ones included; in order.
    """

    minutes: Mapping[TransactionClass, tuple[LatencyPoint, ...]]
    hours: Mapping[TransactionClass, tuple[LatencyPoint, ...]]


@dataclass
class _Slot:
    """One class's answers of one minute or hour: how many of each class of seconds."""

    late: int = 0
    seconds: Counter[int] = field(default_factory=Counter)

    def point(self, start: datetime) -> LatencyPoint:
        total = self.seconds.total()
        p50, p95 = (_quantile(self.seconds, share * total) for share in (0.5, 0.95))
        return LatencyPoint(start, total, self.late, p50, p95)


class Ring:
    """The last `count` spans of `span` each; the caller takes care of threads."""

    def __init__(self, span: timedelta, count: int) -> None:
        self._span, self._count = span.total_seconds(), count
        self._slots: dict[int, dict[TransactionClass, _Slot]] = {}

    def add(self, klass: TransactionClass, seconds: float, late: bool, at: float) -> None:
        """Count an answer given at a moment, in seconds since 1970."""
        number = int(at // self._span)
        classes = self._slots.get(number)
        if classes is None:
            classes = self._slots.setdefault(number, {})
            for old in [each for each in self._slots if each <= number - self._count]:
                del self._slots[old]
        slot = classes.get(klass)
        if slot is None:
            slot = classes[klass] = _Slot()
        slot.late += late
        slot.seconds[math.floor(_FINE * math.log2(max(seconds, _LEAST)))] += 1

    def points(self, at: float) -> dict[TransactionClass, tuple[LatencyPoint, ...]]:
        """The curves of every class that had answers in the spans up to a moment."""
        first = int(at // self._span) - self._count + 1
        found: dict[TransactionClass, list[LatencyPoint]] = {}
        for number in sorted(each for each in self._slots if each >= first):
            start = datetime.fromtimestamp(number * self._span, UTC)
            for klass, slot in self._slots[number].items():
                found.setdefault(klass, []).append(slot.point(start))
        return {klass: tuple(found[klass]) for klass in TransactionClass if klass in found}


def _quantile(counts: Counter[int], rank: float) -> float:
    """The middle, in seconds, of the class in which the answer of a rank lies."""
    seen, last = 0, 0
    for last in sorted(counts):
        seen += counts[last]
        if seen >= rank:
            break
    return float(2 ** ((last + 0.5) / _FINE))
