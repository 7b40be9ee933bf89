"""The tables of a store, format 2, for SQLite and PostgreSQL alike.

``meta`` holds the store's notes and counters; ``people`` one row a person, kept as an empty
tombstone after deletion; ``encounters`` one row each time prints were taken, all templates of it
packed one after the other; ``originals`` the images those were extracted from, where they are kept.
The reasons are in docs/adr/005-change-feed.md.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    event,
)

#: The version of the tables below.
TRUTH_VERSION = 2

#: A person's identifier is at most this long.
MAX_PERSON = 200

#: The highest galleries mask: bits 0 to 30.
MAX_GALLERIES = 2**31 - 1

#: The most bytes of one encounter's templates, packed (a hundred prints take about 60 kB).
MAX_PACKED = 16 << 20

#: The most bytes of one original.
MAX_ORIGINAL = 256 << 20

truth = MetaData()

meta = Table(
    "meta",
    truth,
    Column("key", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
)

# The number is given by us, under the writer's lock: dense from 1 and never used again.
people = Table(
    "people",
    truth,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("person", String(MAX_PERSON), unique=True),  # NULL: deleted
    Column("change", BigInteger, nullable=False, unique=True),
    Column("galleries", Integer, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("last_encounter", Integer, nullable=False),
    Column("enrolled_at", DateTime(timezone=True)),
)

encounters = Table(
    "encounters",
    truth,
    Column("person_id", Integer, primary_key=True, autoincrement=False),
    Column("encounter", Integer, primary_key=True, autoincrement=False),
    Column("active", Boolean, nullable=False),
    Column("stored_at", DateTime(timezone=True)),
    Column("packed", LargeBinary, nullable=False),
    ForeignKeyConstraint(["person_id"], ["people.id"]),
)

originals = Table(
    "originals",
    truth,
    Column("person_id", Integer, primary_key=True, autoincrement=False),
    Column("encounter", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("finger", SmallInteger, nullable=False),
    Column("ppi", Integer, nullable=False),
    Column("media", String(80), nullable=False),
    Column("image", LargeBinary, nullable=False),
    ForeignKeyConstraint(
        ["person_id", "encounter"], ["encounters.person_id", "encounters.encounter"]
    ),
)


@event.listens_for(encounters, "after_create")
@event.listens_for(originals, "after_create")
def _spare_compression(table: Table, connection: Connection, **_: object) -> None:
    """Packed templates and images hardly shrink: PostgreSQL need not try to compress them."""
    if connection.dialect.name == "postgresql":
        column = "packed" if table is encounters else "image"
        statement = f"ALTER TABLE {table.name} ALTER COLUMN {column} SET STORAGE EXTERNAL"
        connection.exec_driver_sql(statement)
