"""The counters of a store, held under the writer's lock from the first statement to the commit.

That lock is the whole secret of the change feed: numbers are given while it is held, so they are
given in the order in which transactions commit, and whoever has seen number n has seen all below.
A database's own sequence gives numbers without it, and commits them in any order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from sqlalchemy import Connection, bindparam, select, update

from tenprint.model import StoreFormatError
from tenprint.store._truth_schema import meta


def read_counters(found: Mapping[str, str], keys: Sequence[str], source: str) -> list[int]:
    """The numbers behind some keys of ``meta``.

    Raises
    ------
    StoreFormatError
        If one is missing or no number.
    """
    try:
        return [int(found[key]) for key in keys]
    except (KeyError, ValueError) as error:
        raise StoreFormatError(
            "The store's counters are damaged.", source=source, field="meta"
        ) from error


_WRITE = update(meta).where(meta.c.key == bindparam("name")).values(value=bindparam("number"))


@dataclass
class Ledger:
    """The counters, as they will be at the commit.

    Attributes
    ----------
    change : int
        The number of the last change.
    encounters : int
        How many encounters there are.
    last_id : int
        The highest person's number ever given.
    people : int
        How many people there are.
    """

    change: int
    encounters: int
    last_id: int
    people: int

    @classmethod
    def lock(cls, connection: Connection, source: str) -> Ledger:
        """Wait for other writers, then read the counters.

        On PostgreSQL the rows are locked in the order of their keys, so writers cannot lock one
        another out. SQLite has locked the file when the transaction began.
        """
        keys = [field.name for field in fields(cls)]
        query = select(meta.c.key, meta.c.value).where(meta.c.key.in_(keys)).order_by(meta.c.key)
        found = {row.key: row.value for row in connection.execute(query.with_for_update())}
        return cls(*read_counters(found, keys, source))

    def next_change(self) -> int:
        """The number of one more change."""
        self.change += 1
        return self.change

    def next_id(self) -> int:
        """The number of one more person."""
        self.last_id += 1
        return self.last_id

    def write(self, connection: Connection) -> None:
        """Write the counters down, just before the commit."""
        rows = [
            {"name": field.name, "number": str(getattr(self, field.name))} for field in fields(self)
        ]
        connection.execute(_WRITE, rows)
