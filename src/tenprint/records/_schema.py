"""The tables of the records, for SQLite and PostgreSQL alike.

What says something about a person lies encrypted in ``body``; beside it stand only what rows are
found by: numbers, random ids, agencies, times, states. ``records_keys`` are the keys of people and
transactions, wrapped by the master key; a destroyed one is overwritten and its row stays.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

#: All tables of this room.
tables = MetaData()

_Serial = BigInteger().with_variant(Integer, "sqlite")

notes = Table(
    "records_notes",
    tables,
    Column("key", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
)

keys = Table(
    "records_keys",
    tables,
    Column("id", _Serial, primary_key=True, autoincrement=True),
    Column("wrapped", LargeBinary(60), nullable=False),
)

# The number is the person's in the store; a merged person keeps it.
people = Table(
    "records_people",
    tables,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("person", String(200), nullable=False, unique=True),
    Column("status", String(10), nullable=False),
    Column("key", BigInteger, nullable=False),
    Column("merged_into", Integer, index=True),
    Column("version", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)

# `person` and `number` are NULL while nobody knows whose it is: then `wrapped` is under
# `transaction_key`.
encounters = Table(
    "records_encounters",
    tables,
    Column("key", _Serial, primary_key=True, autoincrement=True),
    Column("person", Integer),
    Column("encounter", String(200), nullable=False),
    Column("token", String(32), nullable=False),  # what its ciphertexts are bound to
    Column("number", Integer),
    Column("agency", String(64), nullable=False),
    Column("transaction_id", String(200)),
    Column("klass", String(40)),
    Column("purpose", String(40)),
    Column("taken_at", DateTime(timezone=True)),
    Column("stored_at", DateTime(timezone=True), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("galleries", Integer, nullable=False),
    Column("retention", String(20), nullable=False),
    Column("until", DateTime(timezone=True), index=True),
    Column("transaction_key", BigInteger),
    Column("wrapped", LargeBinary(60), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("packed", LargeBinary),  # encrypted; only while the person is unknown
    UniqueConstraint("person", "encounter"),
    UniqueConstraint("person", "number"),
)

images = Table(
    "records_images",
    tables,
    Column("file", String(64), primary_key=True),
    Column("encounter", BigInteger, nullable=False),
    Column("position", Integer, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("media", String(80), nullable=False),
    Column("finger", SmallInteger, nullable=False),
    Column("impression", SmallInteger, nullable=False),
    Column("ppi", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("detail", LargeBinary),
    Index("records_images_encounter", "encounter", "position"),
)

# Files that nothing refers to any more and that are still to be overwritten.
doomed = Table("records_doomed", tables, Column("file", String(64), primary_key=True))

# Events, flags and identifiers.
entries = Table(
    "records_entries",
    tables,
    Column("key", _Serial, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("person", Integer, nullable=False, index=True),
    Column("kind", String(10), nullable=False),
    Column("sealed", Boolean, nullable=False),
    Column("recorded_at", DateTime(timezone=True), nullable=False),
    Column("body", LargeBinary, nullable=False),
)

merges = Table(
    "records_merges",
    tables,
    Column("id", String(32), primary_key=True),
    Column("target", Integer, nullable=False, index=True),
    Column("source", Integer, nullable=False, index=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("undone_at", DateTime(timezone=True)),
    Column("moved", Text, nullable=False),  # JSON: which rows, and what they were; no content
)

subscriptions = Table(
    "records_subscriptions",
    tables,
    Column("id", String(32), primary_key=True),
    Column("agency", String(64), nullable=False, index=True),
    Column("person", Integer, nullable=False, index=True),
    Column("kinds", String(200), nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True)),
    Column("cancelled_at", DateTime(timezone=True)),
    Column("body", LargeBinary, nullable=False),
)

galleries = Table(
    "records_galleries",
    tables,
    Column("bit", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", String(100), nullable=False, unique=True),
)

expunged = Table(
    "records_expunged",
    tables,
    Column("person", String(64), primary_key=True),  # salted hash
    Column("at", DateTime(timezone=True), nullable=False),
    Column("reason", String(40), nullable=False),
)
