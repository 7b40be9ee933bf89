"""Counting failures by the name that was typed, whether or not there is such a user."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, select, text, update

from tenprint.access._rules import SignInRules
from tenprint.access._schema import failures
from tenprint.access._times import micros

#: Failures are forgotten after this long without another.
_FORGET = timedelta(hours=24)


def name_hash(name: str) -> bytes:
    """By what failures of a name are found."""
    return sha256(name.encode("utf-8", "surrogatepass")).digest()


def lock_row(connection: Connection, name: str, now: datetime) -> Any:
    """The row of a name, made where there is none, and locked until the transaction's end.

    Attempts on one name that come at once so follow one another, and each counts.
    """
    key = name_hash(name)
    query = select(failures).where(failures.c.name_hash == key).with_for_update()
    row = None
    while row is None:  # another attempt may have succeeded, and deleted it
        connection.execute(_MAKE, {"key": key, "now": micros(now)})
        row = connection.execute(query).one_or_none()
    if secrets.randbelow(100) == 0:  # names that nobody has are typed too: the table stays small
        old = (failures.c.last < micros(now - _FORGET)) & (failures.c.name_hash != key)
        connection.execute(delete(failures).where(old))
    return row


_MAKE = text(
    "INSERT INTO access_failures (name_hash, count, last, locked_until)"
    " VALUES (:key, 0, :now, 0) ON CONFLICT DO NOTHING"
)


def count_failure(connection: Connection, row: Any, rules: SignInRules, now: datetime) -> None:
    """One more failure."""
    fresh = row.last < micros(now - _FORGET)
    count = 1 if fresh else row.count + 1
    until = 0
    if count >= rules.failures:
        longest = rules.longest_lock / rules.first_lock
        times = min(2.0 ** min(count - rules.failures, 60), longest)
        until = micros(now + rules.first_lock * times)
    values = {"count": count, "last": micros(now), "locked_until": until}
    mine = failures.c.name_hash == row.name_hash
    connection.execute(update(failures).where(mine).values(values))


def clear_failures(connection: Connection, name: str) -> None:
    """Forget the failures of a name; an administrator unlocks a user so."""
    connection.execute(delete(failures).where(failures.c.name_hash == name_hash(name)))
