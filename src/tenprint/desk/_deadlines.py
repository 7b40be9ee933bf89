"""Work in the order of deadlines: the earliest that still can be met, first."""

from __future__ import annotations

import heapq
import itertools
import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from tenprint.desk._priority import step_back

T = TypeVar("T")

#: Under overload one turn in so many goes to what is late already, so that it is not forgotten.
_LATE_TURN = 8


@dataclass(order=True)
class _Entry(Generic[T]):
    due: float
    urgency: int
    number: int
    item: T = field(compare=False)


class DeadlineQueue(Generic[T]):
    """A queue that gives the earliest deadline that still can be met.

    What is late, or will be, comes after all that can be in time; among equal deadlines the
    higher priority, then who came first. Thread-safe.

    Parameters
    ----------
    estimate : callable
        Seconds that an item will take, as far as known.
    clock : callable
        The time, UTC.
    """

    def __init__(
        self, clock: Callable[[], datetime], estimate: Callable[[], float] = lambda: 0.0
    ) -> None:
        self._clock = clock
        self._estimate = estimate
        self._hopeful: list[_Entry[T]] = []
        self._late: list[_Entry[T]] = []
        self._numbers = itertools.count()
        self._ready = threading.Condition()
        self._turns = 0
        self._closed = False

    def __len__(self) -> int:
        return len(self._hopeful) + len(self._late)

    def spare(self, each: float) -> float:
        """Seconds that nothing need be done in, if every item takes `each` and then all are done.

        Endless where nothing waits.
        """
        with self._ready:
            heaps = [heap[0].due for heap in (self._hopeful, self._late) if heap]
            if not heaps:
                return math.inf
            return min(heaps) - self._clock().timestamp() - each * len(self)

    def put(self, item: T, due: datetime, priority: int = 0) -> None:
        """Add an item."""
        with self._ready:
            entry = _Entry(due.timestamp(), -priority, next(self._numbers), item)
            heapq.heappush(self._hopeful, entry)
            self._ready.notify()

    def take(self, timeout: float | None = None) -> T | None:
        """The next item; None once the queue is closed, or after `timeout` seconds."""
        with self._ready:
            if not self._ready.wait_for(lambda: self._closed or len(self), timeout):
                return None
            return None if self._closed else self._next().item

    def take_like(self, match: Callable[[T], bool], most: int) -> list[T]:
        """Up to `most` more items that go well with one just taken, earliest deadline first."""
        with self._ready:
            found: list[T] = []
            for heap in (self._hopeful, self._late):
                chosen = [e for e in sorted(heap) if match(e.item)][: most - len(found)]
                if chosen:
                    numbers = {e.number for e in chosen}
                    heap[:] = [e for e in heap if e.number not in numbers]
                    heapq.heapify(heap)
                    found += [e.item for e in chosen]
            return found

    def close(self) -> list[T]:
        """Let everybody who waits go; what was left in it."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()
            left = [e.item for e in (*self._hopeful, *self._late)]
            self._hopeful, self._late = [], []
            return left

    def _next(self) -> _Entry[T]:
        self._turns += 1
        bound = self._clock().timestamp() + self._estimate()
        while self._hopeful and self._hopeful[0].due < bound:
            heapq.heappush(self._late, heapq.heappop(self._hopeful))
        late_turn = self._late and self._turns % _LATE_TURN == 0
        heap = self._late if late_turn or not self._hopeful else self._hopeful
        return heapq.heappop(heap)


class DeadlinePool:
    """Threads that take work from a `DeadlineQueue`; thread-safe."""

    def __init__(self, threads: int, clock: Callable[[], datetime], name: str) -> None:
        self._seconds = 0.0  # a moving mean of what one piece takes
        self._queue: DeadlineQueue[tuple[Future[Any], Callable[[], Any]]] = DeadlineQueue(
            clock, lambda: self._seconds
        )
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{n}", daemon=True)
            for n in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def __len__(self) -> int:
        return len(self._queue)

    def submit(self, work: Callable[[], T], due: datetime, priority: int = 0) -> Future[T]:
        """Have something done by a deadline."""
        future: Future[T] = Future()
        self._queue.put((future, work), due, priority)
        return future

    def close(self) -> None:
        """End the threads after what they are at; what waits is cancelled."""
        for future, _ in self._queue.close():
            future.cancel()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        step_back()
        while (taken := self._queue.take()) is not None:
            future, work = taken
            if not future.set_running_or_notify_cancel():
                continue
            began = time.monotonic()
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)
            took = time.monotonic() - began
            self._seconds = took if not self._seconds else 0.9 * self._seconds + 0.1 * took
