"""The service's own table: OSIA's asynchronous calls, whose results are sent to a callback."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

tables = MetaData()

# Of a call only identifiers, options and filters are kept, encrypted under a key of the task's own;
# prints and biographics are the desk's. What a read returns is read when it is sent. Times are
# seconds since 1970.
osia_tasks = Table(
    "api_osia_tasks",
    tables,
    Column("id", String(36), primary_key=True),
    Column("agency", String(40), nullable=False),
    Column("osia_transaction", Text, nullable=False),
    Column("operation", String(40), nullable=False),
    Column("key", Integer, nullable=False),  # of the vault
    Column("arguments", LargeBinary, nullable=False),  # JSON, encrypted
    Column("caller", Text, nullable=False),  # JSON; no secrets
    Column("callback", String(2000), nullable=False),
    Column("desk_transaction", String(100)),  # NULL: read when it is sent
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", Float),  # NULL: nothing to be sent any more
    Column("created_at", Float, nullable=False),
    Column("ended_at", Float),
    Index("api_osia_tasks_next", "next_at"),
)

# Whom a call's arguments name: what an expunge follows. A row of nobody ('') stands for a call kept
# by a version before, not read yet.
osia_named = Table(
    "api_osia_named",
    tables,
    Column("task", String(36), primary_key=True),
    Column("person", String(200), primary_key=True),
    Index("api_osia_named_person", "person"),
)
