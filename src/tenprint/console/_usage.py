"""What agencies have used, counted from the audit log a piece at a time.

A month of the log may hold hundreds of millions of entries, and no page waits for a reading of
them. What is over does not change, so each piece is counted once and kept in memory, the newest
first; a page shows how far back it has come.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from tenprint.audit import usage
from tenprint.store import TruthStore

#: Seconds that one piece should take.
PIECE = 0.008

#: What is younger may still be on its way into the log: it is counted again once it is older.
_SETTLED = timedelta(minutes=1)

#: How long a piece of the log is at first, and at least.
_FIRST, _LEAST = timedelta(seconds=10), timedelta(seconds=1)

_DAY = timedelta(days=1)

#: Transactions by agency and class.
Counts = Counter[tuple[str, str]]


@dataclass(frozen=True)
class Counted:
    """Transactions accepted by agency and class.

    Attributes
    ----------
    since : datetime
        From when on they are counted; later than asked for while counting goes on.
    until : datetime
    counts : Counter
    complete : bool
        Whether `since` is what was asked for.
    """

    since: datetime
    until: datetime
    counts: Counts
    complete: bool


class UsageSoFar:
    """The usage of whole days up to now; thread-safe.

    Parameters
    ----------
    store : TruthStore
    days : int
        So many whole days (UTC) before the running one.
    """

    def __init__(self, store: TruthStore, days: int) -> None:
        self._store = store
        self._days = days
        self._lock = Lock()
        self._counted: dict[datetime, Counts] = {}
        self._total: Counts = Counter()  # of all these days
        self._low: datetime | None = None  # what lies between them is counted
        self._high = datetime.max.replace(tzinfo=UTC)
        self._young: deque[tuple[datetime, Counts]] = deque()  # pieces behind that, by their ends
        self._step = _FIRST

    def look(self, now: datetime, budget: float) -> Counted:
        """Count on for so many seconds, or a piece longer, and say what is known."""
        first = _midnight(now) - self._days * _DAY
        settled = max(first, now - _SETTLED)
        until = time.monotonic() + budget
        with self._lock:
            if self._low is None or self._high < first:
                self._begin(settled)
            low = self._low or settled
            while (end := self._settling(settled)) and time.monotonic() < until:
                if self._young:
                    self._young.popleft()
                self._count(self._high, end)
                self._high = end
            reached, end = self._hurry(now, settled, until)
            while reached and low > first and time.monotonic() < until:
                # One microsecond before midnight belongs to the day that ends.
                day = _midnight(low - timedelta(microseconds=1))
                start = max(first, low - self._step, day)
                self._count(start, low)
                low = start
            for old in [day for day in self._counted if day < first]:
                self._total.subtract(self._counted.pop(old))
            self._low = low = max(low, first)
            total = self._total.copy()
            for _, counts in self._young:
                total.update(counts)
        return Counted(low, end, +total, reached and low == first)

    def _begin(self, at: datetime) -> None:
        """Nothing is counted, or only what is too old."""
        self._counted.clear()
        self._total.clear()
        self._young.clear()
        self._low = self._high = at

    def _settling(self, settled: datetime) -> datetime | None:
        """Where the next piece ends that is no longer young; None where there is none."""
        if self._young:
            end = self._young[0][0]
            return end if end <= settled else None
        if self._high >= settled:
            return None
        return min(settled, self._high + self._step, _midnight(self._high) + _DAY)

    def _hurry(self, now: datetime, settled: datetime, until: float) -> tuple[bool, datetime]:
        """Count what is young up to now, or as far as there is time; whether, and how far."""
        end = self._young[-1][0] if self._young else self._high
        while self._young or self._high >= settled:
            if now - end < _LEAST:  # not a piece for each of many who look
                return True, end
            if time.monotonic() >= until:
                break
            start, end = end, min(now, end + self._step, _midnight(end) + _DAY)
            self._young.append((end, self._timed(start, end)))
        return False, end

    def _count(self, start: datetime, end: datetime) -> None:
        """Count a piece of one day."""
        found = self._timed(start, end)
        self._counted.setdefault(_midnight(start), Counter()).update(found)
        self._total.update(found)

    def _timed(self, start: datetime, end: datetime) -> Counts:
        """What a piece holds; the next is larger or smaller by how long it took."""
        begun = time.monotonic()
        with self._store.reading() as connection:
            found = usage(connection, None, start, end)
        took = time.monotonic() - begun
        if took > PIECE:
            self._step = max(_LEAST, self._step / 2)
        elif took < PIECE / 2 and end - start >= self._step:
            self._step = min(_DAY, 2 * self._step)
        return Counter({(each.agency, each.klass.value): each.count for each in found})


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
