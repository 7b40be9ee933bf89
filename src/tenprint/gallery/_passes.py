"""Searches of several threads share passes over the codes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tenprint.gallery._matrix import ACTIVE, CodeMatrix
from tenprint.gallery._plan import Query

#: The most queries of different callers that share a pass; one caller's are never split.
MOST = 16

#: A query, how many people it brings, and its early rejection (see `CodeMatrix.scan`).
Asked = tuple[Query, int, tuple[int, int] | None]

#: The numbers of the best people of a query, best first, and how alike their codes are.
Scored = tuple[NDArray[np.int64], NDArray[np.uint16]]


@dataclass(frozen=True)
class Whom:
    """Who counts in a search.

    Attributes
    ----------
    galleries : int
        Bit mask; people in at least one of these galleries.
    statuses : int
        Bit mask of `tenprint.store.PersonStatus` values.
    """

    galleries: int = 0xFFFFFFFF
    statuses: int = ACTIVE


@dataclass(eq=False)
class _Waiting:
    """What one caller asks."""

    asked: Sequence[Asked]
    whom: Whom
    found: list[Scored] = field(default_factory=list)
    error: BaseException | None = None
    done: bool = False


class Passes:
    """One pass over a matrix at a time, for everybody who waits for one.

    Whoever comes while a pass runs is in the next one, together with the others that have come
    meanwhile, the earliest first: nobody waits for more than those who came before. Two passes at
    a time would only take each other's memory bandwidth. Thread-safe.
    """

    def __init__(self, matrix: CodeMatrix, threads: int) -> None:
        self._matrix, self._threads = matrix, threads
        self._changed = threading.Condition()
        self._waiting: deque[_Waiting] = deque()
        self._busy = False

    def scan(self, asked: Sequence[Asked], whom: Whom) -> list[NDArray[np.int64]]:
        """The numbers of the best people of each query, best first."""
        return [ids for ids, _ in self.scored(asked, whom)]

    def scored(self, asked: Sequence[Asked], whom: Whom) -> list[Scored]:
        """The same, and what the codes scored."""
        own = _Waiting(asked, whom)
        with self._changed:
            self._waiting.append(own)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: own.done or not self._busy)
                if own.done:
                    break
                self._busy, some = True, self._take()
            try:
                self._run(some)
            finally:
                with self._changed:
                    for each in some:
                        each.done = True
                    self._busy = False
                    self._changed.notify_all()
        if own.error is not None:
            raise own.error
        return own.found

    def _take(self) -> list[_Waiting]:
        """The earliest, and others that look at the same people, as many as share a pass."""
        first = self._waiting.popleft()
        some, count, left = [first], len(first.asked), deque[_Waiting]()
        for each in self._waiting:
            if each.whom == first.whom and count + len(each.asked) <= MOST:
                some.append(each)
                count += len(each.asked)
            else:
                left.append(each)
        self._waiting = left
        return some

    def _run(self, some: Sequence[_Waiting]) -> None:
        try:
            asked = [one for each in some for one in each.asked]
            whom = some[0].whom
            hits = self._matrix.scan(
                [query for query, _, _ in asked],
                [count for _, count, _ in asked],
                galleries=whom.galleries,
                statuses=whom.statuses,
                threads=self._threads,
                early=[early for _, _, early in asked],
            )
            found = iter([(rows + 1, scores) for rows, scores in hits])
            for each in some:
                each.found = [next(found) for _ in each.asked]
        except BaseException as error:
            for each in some:
                each.error = error
