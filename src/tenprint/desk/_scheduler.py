"""Searches in the order of deadlines; those that wait together share passes over the codes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from tenprint.desk._deadlines import DeadlineQueue
from tenprint.desk._priority import step_back
from tenprint.gallery import Candidate, Gallery, GalleryProcess
from tenprint.model import ServiceUnavailableError, Template

#: What a search is thought to take before any was made, seconds.
_FIRST_GUESS = 0.5


@dataclass(frozen=True, eq=False)
class _Request:
    probe: Sequence[Template]
    limit: int
    galleries: int
    due: datetime
    future: Future[list[Candidate]]


class SearchScheduler:
    """One thread that searches for all; thread-safe.

    The earliest deadline that still can be met goes first. Others that wait for the same galleries
    go with it, as many as let it stay in time.

    Attributes
    ----------
    searches, batches : int
        Made so far.
    """

    def __init__(
        self, gallery: Gallery | GalleryProcess, most: int, clock: Callable[[], datetime]
    ) -> None:
        self.searches = 0
        self.batches = 0
        self._gallery = gallery
        self._most = most
        self._clock = clock
        self._each = _FIRST_GUESS  # moving mean of seconds for one search of a batch
        self._queue: DeadlineQueue[_Request] = DeadlineQueue(clock, lambda: self._each)
        self._thread = threading.Thread(target=self._work, name="searches", daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        return len(self._queue)

    def search(
        self,
        probe: Sequence[Template],
        limit: int,
        galleries: int,
        due: datetime,
        priority: int = 0,
    ) -> list[Candidate]:
        """The best candidates, however low their scores; returns when it is done.

        Raises
        ------
        TemplateError, InputError
            As `Gallery.identify`.
        ServiceUnavailableError
            If the desk is closing.
        """
        future: Future[list[Candidate]] = Future()
        self._queue.put(_Request(probe, limit, galleries, due, future), due, priority)
        try:
            return future.result()
        except CancelledError:
            raise ServiceUnavailableError("The desk is closing.") from None

    def close(self) -> None:
        """End after the searches that run; those that wait are given up."""
        for request in self._queue.close():
            request.future.cancel()
        self._thread.join()

    def _work(self) -> None:
        if isinstance(self._gallery, Gallery):
            step_back()
        while (first := self._queue.take()) is not None:
            with_it = self._room(first) - 1
            batch = [first]
            if with_it > 0:
                batch += self._queue.take_like(partial(_same_galleries, first), with_it)
            began = time.monotonic()
            self._search(batch)
            took = (time.monotonic() - began) / len(batch)
            self._each = 0.8 * self._each + 0.2 * took

    def _room(self, first: _Request) -> int:
        """How many may go together so that the first is still in time."""
        left = (first.due - self._clock()).total_seconds()
        if left <= 0:
            return self._most
        return max(1, min(self._most, int(left / (2 * max(self._each, 1e-6)))))

    def _search(self, batch: list[_Request]) -> None:
        try:
            limit = max(request.limit for request in batch)
            probes = [request.probe for request in batch]
            found = self._gallery.identify_many(probes, limit, galleries=batch[0].galleries)
        except Exception as error:
            if len(batch) == 1:
                batch[0].future.set_exception(error)
                return
            for request in batch:  # one bad probe is no reason to refuse the others
                self._search([request])
            return
        self.searches += len(batch)
        self.batches += 1
        for request, candidates in zip(batch, found, strict=True):
            request.future.set_result(candidates[: request.limit])


def _same_galleries(one: _Request, other: _Request) -> bool:
    return one.galleries == other.galleries
