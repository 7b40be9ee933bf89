"""How long is kept what was submitted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from tenprint.records._types import Retention

#: How long each class is kept after it was stored; None: until it is deleted or expunged.
RETENTION_PERIODS: Mapping[Retention, timedelta | None] = {
    Retention.CRIMINAL: None,
    Retention.CIVIL_RETAINED: None,
    Retention.CIVIL_NOT_RETAINED: timedelta(days=30),
    Retention.BORDER: timedelta(days=7),
    Retention.NONE: timedelta(days=1),
}


def kept_until(retention: Retention, stored_at: datetime) -> datetime | None:
    """When something is to be removed, None for never."""
    period = RETENTION_PERIODS[retention]
    return None if period is None else stored_at + period
