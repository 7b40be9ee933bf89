"""Who is named in a transaction beside the person it concerns, for whoever is to be expunged."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import Insert

from tenprint.desk._schema import named
from tenprint.records import Records

#: Stands in a submission for a person who was expunged while it waited.
GONE = ""

#: Stands in `named` for whoever a transaction of a version before names.
UNREAD = ""

#: What a transaction about somebody who was expunged meanwhile is answered with.
NOBODY = {
    "code": "person-not-found",
    "field": "person",
    "message": "No such person is enrolled.",
}


class ChangedMeanwhileError(Exception):
    """Somebody was expunged while this was worked out: the step is done again."""


def note_named(connection: Connection, key: str, people: Iterable[str | None]) -> None:
    """Write down whom a transaction names, in the transaction that commits it."""
    rows = [{"key": key, "person": each} for each in dict.fromkeys(people) if each]
    if rows:
        connection.execute(_insert(connection.dialect.name), rows)


@cache
def _insert(dialect: str) -> Insert:
    if dialect == "postgresql":
        return postgresql.insert(named).on_conflict_do_nothing()
    return sqlite.insert(named).on_conflict_do_nothing()


def check_known(records: Records, connection: Connection, people: Iterable[str]) -> None:
    """Make sure that whom a search has found is still there, in the transaction that keeps it.

    Raises
    ------
    ChangedMeanwhileError
        If somebody was expunged meanwhile.
    """
    wanted = set(people)
    if wanted - records.known(connection, wanted):
        raise ChangedMeanwhileError
