"""The tables of the audit log, for SQLite and PostgreSQL alike.

``audit_entries`` is the readable side, whose personal columns can be erased; ``audit_queue`` the
leaves that wait for the sequencer; ``audit_leaves`` the leaves in the tree, by position, without
personal data; ``audit_tiles`` the tree's hashes, 256 in a row; ``audit_agencies`` each agency's
sub-tree; ``audit_state`` the log's name and size. Times are microseconds since 1970, UTC.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)

#: All tables of this room.
tables = MetaData()

state = Table(
    "audit_state",
    tables,
    Column("key", String(20), primary_key=True),
    Column("value", String(200), nullable=False),
)

# The frame (time to outcome) stays when the personal side is erased, so totals remain provable.
entries = Table(
    "audit_entries",
    tables,
    Column("id", LargeBinary(16), primary_key=True),
    Column("time", BigInteger, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("agency", String(40), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("purpose", String(40)),
    Column("klass", String(40)),
    Column("outcome", String(64), nullable=False),
    Column("salt", LargeBinary(16), nullable=False),
    Column("sealed", LargeBinary(32), nullable=False),  # the commitment to the personal side
    # The personal side; all NULL once it is erased.
    Column("subject", String(200)),
    Column("transaction_id", String(200)),
    Column("detail", Text),
    Column("personal_salt", LargeBinary(16)),
    Index("audit_entries_agency", "agency", "time", "kind", "klass"),
    sqlite_with_rowid=False,
)
Index(
    "audit_entries_subject",
    entries.c.subject,
    sqlite_where=entries.c.subject.is_not(None),
    postgresql_where=entries.c.subject.is_not(None),
)

_Serial = BigInteger().with_variant(Integer, "sqlite")

queue = Table(
    "audit_queue",
    tables,
    Column("number", _Serial, primary_key=True, autoincrement=True),
    Column("id", LargeBinary(16), nullable=False),
    Column("commitment", LargeBinary(32), nullable=False),
    Column("agency", String(40), nullable=False),
    Column("counted", Boolean, nullable=False),  # whether it belongs to the agency's sub-tree
)

leaves = Table(
    "audit_leaves",
    tables,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("id", LargeBinary(16), nullable=False, unique=True),
    Column("commitment", LargeBinary(32), nullable=False),
)

tiles = Table(
    "audit_tiles",
    tables,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)

agencies = Table(
    "audit_agencies",
    tables,
    Column("agency", String(40), primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("edge", LargeBinary, nullable=False),  # hashes of the perfect trees it consists of
    Column("head_size", BigInteger, nullable=False),  # the size its last head leaf says
)
