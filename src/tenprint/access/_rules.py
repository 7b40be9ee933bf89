"""The rules of signing in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class SignInRules:
    """How strict signing in is.

    Attributes
    ----------
    failures : int
        Failures in a row before a name is locked.
    first_lock, longest_lock : timedelta
        How long the first time; each further failure doubles it, up to the longest.
    idle : timedelta
        A session that was not used for so long is locked: `unlock` asks for the password again.
        Use is written down once a minute.
    session : timedelta
        How long a session lasts at most.
    code : timedelta
        How long a one-time code can be redeemed.
    second_factor : bool
        Whether users without one get no roles until they have set it up.
    """

    failures: int = 5
    first_lock: timedelta = timedelta(minutes=1)
    longest_lock: timedelta = timedelta(hours=1)
    idle: timedelta = timedelta(minutes=15)
    session: timedelta = timedelta(hours=12)
    code: timedelta = timedelta(hours=24)
    second_factor: bool = True


DEFAULT_RULES = SignInRules()
