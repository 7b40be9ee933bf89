"""What an identity provider publishes, fetched from it and kept for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

import httpx
import jwt

from tenprint.model import InputError, ServiceUnavailableError

T = TypeVar("T")

_FRESH = 3600.0  # it is fetched again after an hour,
_AGAIN = 60.0  # after a minute where it lacks something or the provider didn't answer,
_STALE = 86_400.0  # and is good for a day where the provider doesn't answer.

_FAILURES = (
    OSError, httpx.HTTPError, ValueError, jwt.PyJWTError, InputError, ServiceUnavailableError,
)  # fmt: skip


class Kept(Generic[T]):
    """One thing and its age. Its owner sees to it that one thread uses it at a time.

    Parameters
    ----------
    read : callable
        Fetches it.
    clock : callable
        Seconds of a clock that only goes forward.
    """

    def __init__(self, read: Callable[[], T], clock: Callable[[], float]) -> None:
        self._read = read
        self._clock = clock
        self._kept: T | None = None
        self._fetched = self._tried = float("-inf")

    def get(self, *, anew: bool = False) -> T | None:
        """It, None where it cannot be had and none is kept that is younger than a day.

        `anew`: fetch it although it is fresh, as something is missing in it.
        """
        now = self._clock()
        if (anew or now - self._fetched >= _FRESH) and now - self._tried >= _AGAIN:
            self._tried = now
            try:
                self._kept = self._read()
                self._fetched = now
            except _FAILURES:
                pass  # what is kept is used for a while
        return self._kept if now - self._fetched < _STALE else None
