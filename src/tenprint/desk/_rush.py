"""When more is asked than can be answered at once, what has hours waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

#: Questions unanswered at a time from which on it is a rush, and below which it is over. In quiet
#: times there are two or three.
MANY, FEW = 16, 8

#: Seconds to its deadline from which on nothing waits any more.
SOON = 900.0

#: Seconds that a transaction is reckoned to take, on the safe side.
EACH = 1.0


class Rush:
    """Counts questions that wait for their answers; thread-safe."""

    def __init__(self) -> None:
        self._running = 0
        self._lock = threading.Lock()
        self._calm = threading.Event()
        self._calm.set()

    @property
    def on(self) -> bool:
        """Whether it is one now."""
        return not self._calm.is_set()

    def asked(self, answer: Future[Any]) -> None:
        """A question was asked; it counts until its answer is there."""
        with self._lock:
            self._running += 1
            if self._running >= MANY:
                self._calm.clear()
        answer.add_done_callback(self._answered)

    def hold(self, spare: Callable[[], float], closing: threading.Event) -> None:
        """Wait while it is a rush, and as long as more than `SOON` seconds are to spare."""
        while not closing.is_set() and spare() >= SOON:
            if self._calm.wait(0.5):
                return

    def _answered(self, _answer: Future[Any]) -> None:
        with self._lock:
            self._running -= 1
            if self._running <= FEW:
                self._calm.set()
