"""How much an agency may send: a token bucket for each, in memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from tenprint.model import RateLimitError

#: Buckets that are kept; full ones are forgotten beyond that.
MAX_BUCKETS = 100_000


class RateLimiter:
    """Token buckets: `burst` requests at once, `rate` a second in the long run.

    Thread-safe. In memory: a process that starts again starts with full buckets, and several
    processes count apart.

    Parameters
    ----------
    clock : callable
        Seconds of a clock that only goes forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._buckets: dict[str, tuple[float, float]] = {}  # tokens at a time

    def check(self, name: str, rate: float, burst: float, cost: float = 1.0) -> None:
        """Take `cost` tokens from a bucket, or refuse.

        Parameters
        ----------
        name : str
            Whose bucket: an agency's identifier, or an address that tries passwords.
        rate : float
            Tokens a second that flow in; 0 lets nothing through after the first burst.
        burst : float
            Tokens a full bucket holds.

        Raises
        ------
        RateLimitError
            `retry_after` is when there will be enough, at most an hour.
        """
        now = self._clock()
        with self._lock:
            if len(self._buckets) >= MAX_BUCKETS and name not in self._buckets:
                self._forget(now)
            tokens, since = self._buckets.get(name, (burst, now))
            tokens = min(burst, tokens + (now - since) * rate)
            enough = tokens >= cost
            self._buckets[name] = (tokens - cost if enough else tokens, now)
        if not enough:
            wait = (cost - tokens) / rate if rate > 0 else 3600.0
            raise RateLimitError(retry_after=min(max(wait, 0.001), 3600.0))

    def _forget(self, now: float) -> None:
        """Drop the half of the buckets that were untouched longest: those are the fullest."""
        keep = sorted(self._buckets.items(), key=lambda item: item[1][1])[len(self._buckets) // 2 :]
        self._buckets = dict(keep)
