"""The tables of a people store, for any SQL database.

``meta`` holds the format version, who wrote the store, and the number of the last change;
``people`` one row a person; ``templates`` one row a finger and impression, packed.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    UniqueConstraint,
)

#: The version of the tables below. A store of another version is not opened.
FORMAT_VERSION = 1

#: A person's identifier is at most this long.
MAX_PERSON = 200

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
)

# Row numbers are never used again: who follows the changes tells a new row by its number.
people = Table(
    "people",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("person", String(MAX_PERSON), nullable=False, unique=True),
    Column("enrolled_at", DateTime(timezone=True), nullable=False),
    sqlite_autoincrement=True,
)

templates = Table(
    "templates",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column(
        "person_id",
        Integer,
        ForeignKey("people.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("encounter", Integer, nullable=False),
    Column("finger", SmallInteger, nullable=False),
    Column("view", SmallInteger, nullable=False),
    Column("packed", LargeBinary, nullable=False),
    UniqueConstraint("person_id", "encounter", "finger", "view"),
    sqlite_autoincrement=True,
)
