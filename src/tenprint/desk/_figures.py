"""Counts of answers and faults; numbers only."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tenprint.desk._latencies import Latencies, LatencyPoint, Ring, class_of
from tenprint.desk._nouns import LATENCY_BOUNDS
from tenprint.model import TransactionClass

#: Whole seconds of which the present rate is the mean.
RATE_SECONDS = 10


@dataclass
class _Counted:
    answered: int = 0
    late: int = 0
    latency: list[int] = field(default_factory=lambda: [0] * (len(LATENCY_BOUNDS) + 1))
    latency_sum: float = 0.0


class Figures:
    """What was answered, how fast and how late; faults of the machinery. Thread-safe.

    Counts and faults are since the desk was opened; minutes, hours and days go on from what was
    kept of them (`kept`, `take`).
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.opened_at = clock()
        self._clock = clock
        self._lock = threading.Lock()
        self._classes = {klass: _Counted() for klass in TransactionClass}
        self._errors: Counter[str] = Counter()
        self._recent: deque[tuple[int, Counter[TransactionClass]]] = deque()
        self._rings = _rings()

    def answer(self, klass: TransactionClass, seconds: float, late: bool) -> None:
        """Count an answer by the machine time it took."""
        at = self._clock().timestamp()
        which = class_of(seconds)
        with self._lock:
            for ring in self._rings.values():
                ring.add(klass, which, late, at)
            second = int(at)
            if not self._recent or self._recent[-1][0] != second:
                self._recent.append((second, Counter()))
                if len(self._recent) > RATE_SECONDS + 2:
                    self._recent.popleft()
            self._recent[-1][1][klass] += 1
            counted = self._classes[klass]
            counted.answered += 1
            counted.late += late
            counted.latency[bisect_left(LATENCY_BOUNDS, seconds)] += 1
            counted.latency_sum += seconds

    def error(self, code: str) -> None:
        """Count a fault of the machinery."""
        with self._lock:
            self._errors[code] += 1

    def of(self, klass: TransactionClass) -> tuple[int, int, tuple[int, ...], float]:
        """Answered, late, histogram and sum of seconds of a class."""
        with self._lock:
            counted = self._classes[klass]
            return (
                counted.answered,
                counted.late,
                tuple(counted.latency),
                counted.latency_sum,
            )

    def today(self) -> dict[TransactionClass, LatencyPoint | None]:
        """The answers since midnight UTC, by class."""
        at = self._clock().timestamp()
        with self._lock:
            days = self._rings["days"]
            return {klass: days.running(klass, at) for klass in TransactionClass}

    def rates(self) -> dict[TransactionClass, float]:
        """Answers a second by class, over the last ten seconds that are over."""
        now = int(self._clock().timestamp())
        total: Counter[TransactionClass] = Counter()
        with self._lock:
            for second, counts in self._recent:
                if now - RATE_SECONDS <= second < now:
                    total.update(counts)
        return {klass: total[klass] / RATE_SECONDS for klass in TransactionClass}

    def latencies(self) -> Latencies:
        """Machine time over time."""
        at = self._clock().timestamp()
        with self._lock:
            return Latencies(self._rings["minutes"].points(at), self._rings["hours"].points(at))

    def errors(self) -> dict[str, int]:
        """Faults by code."""
        with self._lock:
            return dict(self._errors)

    def kept(self) -> dict[str, Any]:
        """Minutes, hours and days, JSON-ready."""
        with self._lock:
            return {name: ring.kept() for name, ring in self._rings.items()}

    def take(self, kept: Any) -> None:
        """Go on from what was `kept`, before anything was counted.

        Raises
        ------
        AttributeError, KeyError, TypeError, ValueError
            If it is nothing of the kind.
        """
        rings = _rings()
        for name, ring in rings.items():
            ring.take(kept[name])
        with self._lock:
            self._rings = rings


def _rings() -> dict[str, Ring]:
    return {
        "minutes": Ring(timedelta(minutes=1), 60),
        "hours": Ring(timedelta(hours=1), 168),
        "days": Ring(timedelta(days=1), 2),
    }
