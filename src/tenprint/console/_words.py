"""Numbers and nouns as people read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from tenprint.audit import EventKind
from tenprint.match import odds
from tenprint.model import Finger

_SPACE = "\N{NO-BREAK SPACE}"
_NOTHING = "\N{EN DASH}"


def number(value: float | None) -> str:
    """12,345 or 0.25."""
    if value is None:
        return _NOTHING
    return f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"


def noun(value: int, one: str, many: str = "") -> str:
    """The word for so many: case, cases."""
    return one if value == 1 else many or f"{one}s"


def rate(value: float) -> str:
    """So many a second, or so many of something on average: 312, 4.2, 0.05."""
    if 0 < value < 0.995:
        return f"{value:.2f}".rstrip("0").rstrip(".")
    return f"{value:,.0f}" if value >= 99.95 or value == int(value) else f"{value:.1f}"


def seconds(value: float | None) -> str:
    """A span of time: 12 ms, 3.4 s, 5 min, 2 h, 3 days."""
    if value is None:
        return _NOTHING
    if value < 1:
        return f"{1000 * value:.0f}{_SPACE}ms"
    if value < 90:
        return f"{value:.1f}{_SPACE}s"
    for size, word in ((60, "min"), (3600, "h")):
        if value < 90 * size or (word == "h" and value < 48 * 3600):
            return f"{value / size:.0f}{_SPACE}{word}"
    return f"{value / 86400:.0f}{_SPACE}days"


def size(value: float | None) -> str:
    """An amount of memory: 12 MB, 17.4 GB."""
    if value is None:
        return _NOTHING
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if value < 1000 or unit == "TB":
            digits = 1 if unit in ("GB", "TB") and value < 100 else 0
            return f"{value:.{digits}f}{_SPACE}{unit}"
        value /= 1000
    return ""


def when(value: datetime | None) -> str:
    """A moment: 2026-03-05 14:08 UTC."""
    return _NOTHING if value is None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def exact(value: datetime | None) -> str:
    """A moment to the second: 2026-03-05 14:08:31 UTC."""
    return _NOTHING if value is None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def words(value: Any) -> str:
    """An enum's value as words: ``border-check`` is border check, ``record.viewed`` too has two."""
    if value is None:
        return _NOTHING
    if isinstance(value, Finger):
        return value.label
    return str(getattr(value, "value", value)).translate(_SPACES)


_SPACES = str.maketrans("-_.", "   ")


def event(kind: str) -> str:
    """What happened, in plain words; a kind that is not ours as it is written."""
    return _EVENTS.get(kind) or words(kind)


_EVENTS: dict[str, str] = {
    EventKind.ACCEPTED: "transaction accepted",
    EventKind.ANSWERED: "transaction answered",
    EventKind.REFUSED: "transaction refused",
    EventKind.DISSEMINATED: "record sent out",
    EventKind.VIEWED: "record looked at",
    EventKind.CHANGED: "record changed",
    EventKind.EXPUNGED: "record expunged",
    EventKind.DECIDED: "case decided",
    EventKind.SIGNED_IN: "signed in",
    EventKind.SIGN_IN_REFUSED: "sign-in refused",
    EventKind.SIGNED_OUT: "signed out",
    EventKind.DENIED: "access denied",
    EventKind.ADMINISTERED: "agencies or users changed",
    EventKind.AUDIT_READ: "audit log read",
    EventKind.AGENCY_HEAD: "agency's entries sealed",
    EventKind.ERASED: "entries erased",
    EventKind.RESTORED: "log continued from a backup",
    "backup.restored": "backup restored",
}


def segment(value: str) -> str:
    """One segment of an address, whatever is in it: slashes and dots lead nowhere."""
    return quote(value, safe="")


def tone(value: Any) -> str:
    """The colour of an outcome, state or finding."""
    return _TONES.get(str(getattr(value, "value", value)), "")


_TONES = {
    "hit": "good", "done": "good", "identification": "good", "answered": "good",
    "possible": "warn", "review": "warn", "inconclusive": "warn", "conflict": "warn",
    "rejected": "bad", "late": "bad", "exclusion": "bad",
    "second": "act", "open": "act", "working": "act",
}  # fmt: skip

FILTERS: dict[str, Callable[..., Any]] = {
    "number": number,
    "noun": noun,
    "rate": rate,
    "seconds": seconds,
    "size": size,
    "when": when,
    "exact": exact,
    "event": event,
    "words": words,
    "odds": odds,
    "segment": segment,
    "tone": tone,
}
