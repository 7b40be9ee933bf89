"""What agencies have used, counted from the audit log a piece at a time.

A month of the log may hold hundreds of millions of entries, and no page waits for a reading of
them. What is over does not change, so each piece is counted once and kept in memory, the newest
first; a page shows how far back it has come.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from tenprint.audit import usage
from tenprint.store import TruthStore

#: Seconds that one look may count for, and that one piece should take.
BUDGET, PIECE = 0.05, 0.01

#: What is younger may still be on its way into the log.
_SETTLED = timedelta(minutes=1)

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
        self._low: datetime | None = None  # what lies between them is counted
        self._high = datetime.max.replace(tzinfo=UTC)
        self._step = timedelta(minutes=1)

    def look(self, now: datetime) -> Counted:
        """Count on for a moment, and say what is known."""
        first = _midnight(now) - self._days * _DAY
        settled = max(first, (now - _SETTLED).replace(second=0, microsecond=0))
        until = time.monotonic() + BUDGET
        with self._lock:
            if self._low is None:
                self._low = self._high = settled
            while self._high < settled and time.monotonic() < until:
                end = min(settled, self._high + self._step, _midnight(self._high) + _DAY)
                self._count(self._high, end)
                self._high = end
            while self._high == settled and self._low > first and time.monotonic() < until:
                # One microsecond before midnight belongs to the day that ends.
                day = _midnight(self._low - timedelta(microseconds=1))
                start = max(first, self._low - self._step, day)
                self._count(start, self._low)
                self._low = start
            for old in [day for day in self._counted if day < first]:
                del self._counted[old]
            self._low = max(self._low, first)
            total: Counts = Counter()
            for counts in self._counted.values():
                total.update(counts)
            low, high = self._low, self._high
        if high == settled:
            total.update(self._read(high, now))
            high = now
        return Counted(low, high, total, low == first and high == now)

    def _count(self, start: datetime, end: datetime) -> None:
        """Count a piece of one day; the next is larger or smaller by how long it took."""
        begun = time.monotonic()
        self._counted.setdefault(_midnight(start), Counter()).update(self._read(start, end))
        took = time.monotonic() - begun
        if took < PIECE / 2:
            self._step = min(_DAY, 2 * self._step)
        elif took > PIECE:
            self._step = max(timedelta(minutes=1), self._step / 2)

    def _read(self, start: datetime, end: datetime) -> Counts:
        with self._store.reading() as connection:
            found = usage(connection, None, start, end)
        return Counter({(each.agency, each.klass.value): each.count for each in found})


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
