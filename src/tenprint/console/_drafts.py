"""What examiners have typed of a decision and not sent yet."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from threading import Lock

from tenprint.model import Finding, InputError

#: The most drafts of one examiner, and the characters of one.
KEPT, LONGEST = 20, 4000


@dataclass(frozen=True)
class Draft:
    """A decision that is not made yet.

    Attributes
    ----------
    finding : Finding, optional
    reason : str
    """

    finding: Finding | None = None
    reason: str = ""


class Drafts:
    """Drafts by examiner and case, until they decide, sign out or let it lie; thread-safe.

    They lie in this process's memory. A browser's own storage would be a file of the workstation
    that outlives the session, readable while it is locked, and by the next one to sign in, who
    must not know what the first examiner thinks.

    Parameters
    ----------
    last : timedelta
        How long a draft that nobody touches is kept.
    clock : callable
        Seconds.
    """

    def __init__(self, last: timedelta, clock: Callable[[], float] = time.monotonic) -> None:
        self._last = last.total_seconds()
        self._clock = clock
        self._lock = Lock()
        self._kept: dict[tuple[str, str], dict[str, tuple[Draft, float]]] = {}

    def keep(self, who: tuple[str, str], case: str, finding: str, reason: str) -> None:
        """Keep a draft in place of an earlier one; the examiner's oldest goes where it is too many.

        Parameters
        ----------
        who : tuple of str
            Agency and name.
        case : str
        finding : str
            One of `Finding`, or empty.
        reason : str

        Raises
        ------
        InputError
        """
        if len(reason) > LONGEST:
            raise InputError(f"A reason has at most {LONGEST} characters.", field="reason")
        try:
            draft = Draft(Finding(finding) if finding else None, reason)
        except ValueError:
            raise InputError("There is no such finding.", field="finding") from None
        with self._lock:
            self._drop_old()
            mine = self._kept.setdefault(who, {})
            mine.pop(case, None)
            if draft != Draft():
                mine[case] = draft, self._clock() + self._last
            while len(mine) > KEPT:
                del mine[next(iter(mine))]

    def of(self, who: tuple[str, str], case: str) -> Draft:
        """The draft of a case; an empty one where there is none."""
        with self._lock:
            self._drop_old()
            return self._kept.get(who, {}).get(case, (Draft(), 0.0))[0]

    def drop(self, who: tuple[str, str], case: str | None = None) -> None:
        """Forget the draft of a case, or all of an examiner's."""
        with self._lock:
            if case is None:
                self._kept.pop(who, None)
            else:
                self._kept.get(who, {}).pop(case, None)

    def _drop_old(self) -> None:
        now = self._clock()
        self._kept = {
            who: fresh
            for who, mine in self._kept.items()
            if (fresh := {case: each for case, each in mine.items() if now < each[1]})
        }


__all__ = ["Draft", "Drafts"]
