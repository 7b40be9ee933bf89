"""The town's time: a morning that ends now, however fast it is played."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

#: Minutes of the day: when the office opens, and when the morning is over.
OPENS, NOON = 7 * 60 + 30, 12 * 60


class TownClock:
    """Gives the time of the town; it goes with the real one, and is put forward between visits.

    At `NOON` it is the real time, and stays so: the service can be used on.
    """

    def __init__(self) -> None:
        self._behind = timedelta(minutes=NOON - OPENS)

    def __call__(self) -> datetime:
        return datetime.now(UTC) - self._behind

    def go_to(self, minute: int) -> None:
        """Put it forward to a minute of the morning; never back."""
        self._behind = max(timedelta(), min(self._behind, timedelta(minutes=NOON - minute)))


def minute_of(clock: str) -> int:
    """Of ``08:25`` the minute of the day."""
    hour, _, minute = clock.partition(":")
    return 60 * int(hour) + int(minute)
