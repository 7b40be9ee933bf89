"""Erasing what the log says of a person."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, update

from tenprint.audit._append import append
from tenprint.audit._event import Event, EventKind
from tenprint.audit._schema import entries

#: What becomes of the personal side of an entry.
ERASED = {"subject": None, "transaction_id": None, "detail": None, "personal_salt": None}


def erase(
    connection: Connection,
    subject: str,
    *,
    agency: str = "",
    actor: str = "tenprint",
    at: datetime | None = None,
) -> int:
    """Erase the personal side of all entries about a person, in the caller's transaction.

    Subject, transaction and detail go, with the salt without which their commitment says nothing.
    The frame stays: when, what kind, which agency and actor, purpose, class and outcome; so the
    tree and every total still verify. That it was done, and for how many entries, is logged, not
    about whom.

    Returns
    -------
    int
        How many entries.
    """
    statement = update(entries).where(entries.c.subject == subject).values(ERASED)
    count = connection.execute(statement).rowcount
    log_erased(connection, count, agency=agency, actor=actor, at=at)
    return count


def log_erased(
    connection: Connection,
    count: int,
    *,
    agency: str = "",
    actor: str = "tenprint",
    at: datetime | None = None,
) -> None:
    """Log that the personal side of so many entries was erased; nothing for none."""
    if count:
        detail = {"entries": str(count)}
        append(connection, Event(EventKind.ERASED, agency, actor, detail=detail), at=at)
