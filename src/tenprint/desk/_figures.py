"""Counts since the desk was opened; numbers only."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tenprint.desk._latencies import Latencies, Ring
from tenprint.desk._nouns import LATENCY_BOUNDS
from tenprint.model import TransactionClass


@dataclass
class _Counted:
    answered: int = 0
    late: int = 0
    latency: list[int] = field(default_factory=lambda: [0] * (len(LATENCY_BOUNDS) + 1))
    latency_sum: float = 0.0


class Figures:
    """What was answered, how fast and how late; faults of the machinery. Thread-safe."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.opened_at = clock()
        self._clock = clock
        self._lock = threading.Lock()
        self._classes = {klass: _Counted() for klass in TransactionClass}
        self._errors: Counter[str] = Counter()
        self._minutes = Ring(timedelta(minutes=1), 60)
        self._hours = Ring(timedelta(hours=1), 168)

    def answer(self, klass: TransactionClass, seconds: float, late: bool) -> None:
        """Count an answer by the machine time it took."""
        at = self._clock().timestamp()
        with self._lock:
            self._minutes.add(klass, seconds, late, at)
            self._hours.add(klass, seconds, late, at)
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

    def latencies(self) -> Latencies:
        """Machine time over time."""
        at = self._clock().timestamp()
        with self._lock:
            return Latencies(self._minutes.points(at), self._hours.points(at))

    def errors(self) -> dict[str, int]:
        """Faults by code."""
        with self._lock:
            return dict(self._errors)
