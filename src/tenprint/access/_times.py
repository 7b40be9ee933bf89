"""Moments as the tables hold them: microseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tenprint.model import InputError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    """Microseconds since 1970; InputError for a moment without a time zone."""
    if moment.tzinfo is None:
        raise InputError("A time without a time zone.", field="time")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def from_micros(value: int) -> datetime:
    """The moment."""
    return _EPOCH + timedelta(microseconds=value)
