"""The desk's tables, for SQLite and PostgreSQL alike.

What is personal is encrypted: a transaction's payload, working data and answers under a key of the
transaction's own, which the vault keeps. Forgetting a transaction is destroying that key.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
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
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    _Micros = TypeDecorator[datetime]
else:
    _Micros = TypeDecorator

#: The longest identifier an agency may give a transaction.
MAX_TRANSACTION = 100

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(_Micros):
    """A time as microseconds since 1970, UTC: the same in both databases, and easy to compare."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> int | None:
        """To the database."""
        return None if value is None else (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: int | None, dialect: Any) -> datetime | None:
        """From the database."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


tables = MetaData()

#: One row a transaction, for ever; what it held is emptied by retention.
transactions = Table(
    "desk_transactions",
    tables,
    Column("key", String(32), primary_key=True),
    Column("agency", String(40), nullable=False),
    Column("transaction", String(MAX_TRANSACTION), nullable=False),
    Column("klass", String(30), nullable=False),
    Column("purpose", String(30), nullable=False),
    Column("operation", String(30), nullable=False),
    Column("caller", Text, nullable=False),  # JSON: kind, user, roles; no secrets
    Column("digest", LargeBinary(32), nullable=False),
    Column("state", String(12), nullable=False),
    Column("outcome", String(12)),
    Column("under_review", Boolean, nullable=False, default=False),
    Column("priority", SmallInteger, nullable=False, default=0),
    Column("attempt", Integer, nullable=False, default=0),  # names the workflow
    Column("todo", Boolean, nullable=False, default=True),  # whether the machine has to act
    Column("submitted_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("resumed_at", Moment),  # since when the machine's clock runs
    Column("paused_at", Moment),  # since when examiners have it
    Column("answered_at", Moment),
    Column("machine_ms", BigInteger, nullable=False, default=0),
    Column("human_ms", BigInteger, nullable=False, default=0),
    Column("late", Boolean, nullable=False, default=False),
    Column("answers", Integer, nullable=False, default=0),
    Column("person", String(200)),  # whom it turned out to concern
    Column("vault_key", Integer),  # NULL: forgotten
    Column("trace", String(55)),  # W3C traceparent of the request that submitted it
    UniqueConstraint("agency", "transaction"),
    Index("desk_transactions_todo", "todo", "due_at"),
    Index("desk_transactions_state", "state", "klass", "due_at"),
    Index("desk_transactions_person", "person"),
    Index("desk_transactions_time", "agency", "submitted_at", "key"),
)

#: Encrypted parts of a transaction: the submission, its images, templates, candidates.
parts = Table(
    "desk_parts",
    tables,
    Column("key", String(32), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

#: Answers, supplements and notices; never changed, but emptied when whom they tell of is expunged,
#: and without a candidate who is.
answers = Table(
    "desk_answers",
    tables,
    Column("id", String(32), primary_key=True),
    Column("agency", String(40), nullable=False),
    Column("transaction", String(MAX_TRANSACTION), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("number", Integer, nullable=False),
    Column("key", String(32), nullable=False),  # of the transaction, or of the subscription
    Column("klass", String(30)),
    Column("outcome", String(12), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("person", String(200)),
    Column("vault_key", Integer),  # a notice has its own; NULL: emptied
    Column("content", LargeBinary, nullable=False),
    UniqueConstraint("key", "number"),
    Index("desk_answers_agency", "agency", "kind", "created_at", "id"),
    Index("desk_answers_person", "person"),
)

#: Who is named in a transaction or its answers beside the person it concerns: what an expunge
#: follows. A row of nobody ('') stands for a transaction of a version before, not read through yet.
named = Table(
    "desk_named",
    tables,
    Column("key", String(32), primary_key=True),
    Column("person", String(200), primary_key=True),
    Index("desk_named_person", "person"),
)

#: Deliveries still to be made.
outbox = Table(
    "desk_outbox",
    tables,
    Column("id", String(32), primary_key=True),
    Column("agency", String(40), nullable=False),
    Column("transaction", String(MAX_TRANSACTION), nullable=False),
    Column("url", String(2000), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", Moment),  # NULL: given up
    Column("delivered_at", Moment),
    Column("problem", String(200), nullable=False, default=""),
    Index("desk_outbox_next", "delivered_at", "next_at"),
)

#: A probe and a candidate that examiners compare.
cases = Table(
    "desk_cases",
    tables,
    Column("id", String(32), primary_key=True),
    Column("key", String(32), nullable=False),
    Column("rank", Integer, nullable=False),
    Column("agency", String(40), nullable=False),
    Column("transaction", String(MAX_TRANSACTION), nullable=False),
    Column("klass", String(30), nullable=False),
    Column("person", String(200), nullable=False),
    Column("score", Float, nullable=False),
    Column("evidence", Text, nullable=False),  # JSON: scores by finger
    Column("state", String(12), nullable=False),
    Column("finding", String(20)),
    Column("due_at", Moment, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("claimed_by", String(200)),
    Column("claimed_until", Moment),
    UniqueConstraint("key", "rank"),
    Index("desk_cases_open", "state", "due_at"),
    Index("desk_cases_person", "person"),
)

decisions = Table(
    "desk_decisions",
    tables,
    Column("case", String(32), primary_key=True),
    Column("examiner", String(200), primary_key=True),
    Column("finding", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("marks", Text, nullable=False),
)

#: What an examiner has marked and not decided yet.
marks = Table(
    "desk_marks",
    tables,
    Column("case", String(32), primary_key=True),
    Column("examiner", String(200), primary_key=True),
    Column("marks", Text, nullable=False),
)

#: The short numbers that people were given in EBTS answers.
numbers = Table(
    "desk_numbers",
    tables,
    Column("number", String(9), primary_key=True),
    Column("person", String(200), nullable=False, unique=True),
)
