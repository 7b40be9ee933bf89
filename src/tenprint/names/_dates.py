"""How alike two birth dates are."""

from __future__ import annotations

from datetime import date
from functools import lru_cache


def pack_date(text: str) -> int:
    """``YYYY[-MM[-DD]]`` as the number YYYYMMDD, zeros where unknown."""
    return int((text.replace("-", "") + "0000")[:8])


def date_text(packed: int) -> str:
    """The packed date as it was written."""
    year, month, day = packed // 10000, packed // 100 % 100, packed % 100
    return f"{year:04}" + (f"-{month:02}" if month else "") + (f"-{day:02}" if day else "")


@lru_cache(maxsize=65_536)
def date_likeness(a: int, b: int) -> tuple[float, str]:
    """Likeness 0 .. 1 of two packed dates, and the reason; symmetric."""
    if a == b:
        return 1.0, "same"
    (year, month, day), (year2, month2, day2) = _split(a), _split(b)
    if not (month and month2 and day and day2):
        return _partial(year, month, day, year2, month2, day2)
    if year == year2:
        if (month, day) == (day2, month2):
            return 0.92, "day and month swapped"
        if month == month2 and abs(day - day2) == 1:
            return 0.92, "one day off"
        if month == month2 and (_one_digit(day, day2) or day == day2):
            return 0.85, "day differs in one digit"
        if day == day2:
            return 0.8, "month differs"
        if _near(a, b):
            return 0.85, "one day off"
        if 1 in (day, day2) and (
            month == month2 or 101 in (month * 100 + day, month2 * 100 + day2)
        ):
            return 0.75, "first of the month or year"
        return (0.6, "day differs") if month == month2 else (0.45, "same year")
    if (month, day) == (month2, day2):
        if abs(year - year2) == 1:
            return 0.85, "one year off"
        if _one_digit(year, year2) or year % 100 == _turned(year2 % 100):
            return 0.8, "year differs in one digit"
        return 0.5, "same day of another year"
    if abs(year - year2) == 1:
        if (month, day) == (day2, month2):
            return 0.6, "one year off, day and month swapped"
        return (0.6, "one day off") if _near(a, b) else (0.25, "one year off")
    return 0.0, "different"


def _partial(
    year: int, month: int, day: int, year2: int, month2: int, day2: int
) -> tuple[float, str]:
    if year == year2:
        if not month or not month2:
            return 0.85, "same year, rest unknown"
        return (0.92, "same month, day unknown") if month == month2 else (0.5, "month differs")
    if abs(year - year2) == 1:
        return 0.6, "about a year off"
    return 0.0, "different"


def _split(packed: int) -> tuple[int, int, int]:
    return packed // 10000, packed // 100 % 100, packed % 100


def _turned(two: int) -> int:
    return two % 10 * 10 + two // 10


def _one_digit(a: int, b: int) -> bool:
    return sum(x != y for x, y in zip(f"{a:04}", f"{b:04}", strict=True)) == 1


def _near(a: int, b: int) -> bool:
    return abs((date(*_split(a)) - date(*_split(b))).days) == 1
