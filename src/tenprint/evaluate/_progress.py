"""Progress of long work, told to whoever shows it."""

from __future__ import annotations

import threading
from typing import Protocol


class Progress(Protocol):
    """Called as work goes on: ``progress(stage, done, total)``, from any thread, in turn."""

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """Tell that `done` of `total` steps of `stage` are finished."""


class Steps:
    """Counts the steps of one stage and tells a `Progress`; safe to share between threads."""

    def __init__(self, progress: Progress | None, stage: str, total: int) -> None:
        self._progress, self._stage, self._total = progress, stage, total
        self._done = 0
        self._lock = threading.Lock()

    def __call__(self) -> None:
        """One more step is finished."""
        with self._lock:
            self._done += 1
            if self._progress:
                self._progress(self._stage, self._done, self._total)
