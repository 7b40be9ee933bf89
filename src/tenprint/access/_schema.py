"""The tables of agencies, users and credentials, for SQLite and PostgreSQL alike.

Secrets are never stored: passwords as scrypt, keys, session tokens and codes of 80 random bits and
more as SHA-256. The one exception is the second factor's shared secret, which the server must know.
Times are microseconds since 1970, UTC.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

#: All tables of this room.
tables = MetaData()

agencies = Table(
    "access_agencies",
    tables,
    Column("id", String(40), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("callback_hosts", Text, nullable=False),  # a JSON list
    Column("rate", Float, nullable=False),
    Column("burst", Float, nullable=False),
    Column("created", BigInteger, nullable=False),
)

users = Table(
    "access_users",
    tables,
    Column("id", String(32), primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("agency", String(40), ForeignKey("access_agencies.id"), nullable=False),
    Column("roles", String(100), nullable=False),  # words
    Column("purposes", String(200), nullable=False),  # words
    Column("active", Boolean, nullable=False),
    Column("password", String(200)),  # scrypt; NULL: signs in elsewhere
    Column("totp_secret", LargeBinary(20)),
    Column("totp_confirmed", Boolean, nullable=False),
    Column("totp_step", BigInteger, nullable=False),  # the last code used
    Column("recovery", Text, nullable=False),  # a JSON list of hashes
    Column("created", BigInteger, nullable=False),
    Index("access_users_agency", "agency"),
)

# By what was typed, whether or not there is such a user, so that lock-out tells nobody who exists.
failures = Table(
    "access_failures",
    tables,
    Column("name_hash", LargeBinary(32), primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("locked_until", BigInteger, nullable=False),
)

sessions = Table(
    "access_sessions",
    tables,
    Column("token_hash", LargeBinary(32), primary_key=True),
    Column("user_id", String(32), ForeignKey("access_users.id"), nullable=False),
    Column("second_factor", Boolean, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Index("access_sessions_user", "user_id"),
)

keys = Table(
    "access_keys",
    tables,
    Column("id", String(12), primary_key=True),  # the public beginning of the key
    Column("secret_hash", LargeBinary(32), nullable=False),
    Column("agency", String(40), ForeignKey("access_agencies.id"), nullable=False),
    Column("label", String(100), nullable=False),
    Column("roles", String(100), nullable=False),
    Column("purposes", String(200), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("revoked", BigInteger),
    Index("access_keys_agency", "agency"),
)

codes = Table(
    "access_codes",
    tables,
    Column("code_hash", LargeBinary(32), primary_key=True),
    Column("user_id", String(32), ForeignKey("access_users.id")),  # NULL: makes the first one
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
)
