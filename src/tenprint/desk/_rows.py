"""Reading and writing the desk's rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select

from tenprint.access import AgencyKind, Caller
from tenprint.desk._naming import ChangedMeanwhileError
from tenprint.desk._nouns import State, Status
from tenprint.desk._schema import parts, transactions
from tenprint.desk._sealing import Seal
from tenprint.desk._submission import Operation
from tenprint.model import NotFoundError, Outcome, Purpose, Role, TransactionClass
from tenprint.records import Vault

# Made once: making a statement costs more than carrying it out.
_ROW = select(transactions).where(transactions.c.key == bindparam("of"))
_LOCKED = _ROW.with_for_update()
_VAULT_KEY = select(transactions.c.vault_key).where(transactions.c.key == bindparam("of"))
_NAMED = select(transactions).where(
    transactions.c.agency == bindparam("whose"), transactions.c.transaction == bindparam("called")
)
_ONE_PART = (parts.c.key == bindparam("of")) & (parts.c.name == bindparam("called"))
_DROP_PART, _NEW_PART = delete(parts).where(_ONE_PART), insert(parts)
_PART = select(parts.c.data).where(_ONE_PART)


def row_of(connection: Connection, key: str, *, lock: bool = False) -> Row[Any]:
    """One transaction by its key; locked until the commit where `lock` and PostgreSQL."""
    row = connection.execute(_LOCKED if lock else _ROW, {"of": key}).one_or_none()
    if row is None:
        raise NotFoundError("There is no such transaction.", field="transaction")
    return row


def check_unchanged(connection: Connection, row: Row[Any]) -> None:
    """Make sure that a transaction still is what it was when the row was read.

    Raises
    ------
    ChangedMeanwhileError
        If somebody was taken out of it: what was opened with its old key must not be kept.
    """
    if connection.execute(_VAULT_KEY, {"of": row.key}).scalar() != row.vault_key:
        raise ChangedMeanwhileError


def find_row(connection: Connection, agency: str, transaction: str) -> Row[Any] | None:
    """One transaction by the agency's own identifier."""
    return connection.execute(_NAMED, {"whose": agency, "called": transaction}).one_or_none()


def own_row(connection: Connection, caller: Caller, transaction: str) -> Row[Any]:
    """One of the caller's agency's transactions.

    Raises
    ------
    NotFoundError
        Also for another agency's.
    """
    row = find_row(connection, caller.agency, transaction)
    if row is None:
        raise NotFoundError("There is no such transaction.", field="transaction")
    return row


def status_of(row: Row[Any], now: datetime) -> Status:
    """The row for its agency."""
    machine, human = row.machine_ms / 1000, row.human_ms / 1000
    if row.resumed_at is not None:
        machine += (now - row.resumed_at).total_seconds()
    if row.paused_at is not None:
        human += (now - row.paused_at).total_seconds()
    running = row.answered_at is None and row.resumed_at is not None
    return Status(
        row.key,
        row.agency,
        row.transaction,
        TransactionClass(row.klass),
        Purpose(row.purpose),
        Operation(row.operation),
        State(row.state),
        None if row.outcome is None else Outcome(row.outcome),
        bool(row.under_review),
        row.submitted_at,
        row.due_at,
        row.answered_at,
        max(machine, 0.0),
        max(human, 0.0),
        bool(row.late) or (running and now > row.due_at),
        row.answers,
    )


def pack_caller(caller: Caller) -> str:
    """A caller as JSON; what it may see is decided when the answer is made."""
    return json.dumps(
        {
            "kind": caller.kind.value,
            "user": caller.user,
            "credential": caller.credential,
            "roles": sorted(caller.roles),
            "purposes": sorted(caller.purposes),
        }
    )


def caller_of(row: Row[Any]) -> Caller:
    """Who submitted a transaction."""
    found = json.loads(row.caller)
    return Caller(
        row.agency,
        AgencyKind(found["kind"]),
        found["user"],
        found["credential"],
        frozenset(map(Role, found["roles"])),
        frozenset(map(Purpose, found["purposes"])),
    )


def seal_of(vault: Vault, connection: Connection, row: Row[Any]) -> Seal:
    """The seal of a transaction.

    Raises
    ------
    NotFoundError
        If its content was forgotten.
    """
    if row.vault_key is None:
        raise NotFoundError("The content of this transaction is no longer kept.", field=row.key)
    return Seal(vault, connection, row.vault_key, row.key)


def put_part(connection: Connection, seal: Seal, key: str, name: str, plain: bytes) -> None:
    """Keep a part, in place of an earlier one of the name."""
    connection.execute(_DROP_PART, {"of": key, "called": name})
    row = {"key": key, "name": name, "data": seal.close(name, plain)}
    connection.execute(_NEW_PART, row)


def get_part(connection: Connection, seal: Seal, key: str, name: str) -> bytes | None:
    """A part, or None."""
    data = connection.execute(_PART, {"of": key, "called": name}).scalar()
    return None if data is None else seal.open(name, data)


def need_part(connection: Connection, seal: Seal, key: str, name: str) -> bytes:
    """A part that must be there.

    Raises
    ------
    NotFoundError
    """
    found = get_part(connection, seal, key, name)
    if found is None:
        raise _missing(key, name)
    return found


def needed(kept: Mapping[str, bytes], key: str, name: str) -> bytes:
    """A part of those read.

    Raises
    ------
    NotFoundError
    """
    if name not in kept:
        raise _missing(key, name)
    return kept[name]


def _missing(key: str, name: str) -> NotFoundError:
    return NotFoundError("A part of the transaction is missing.", field=f"{key}/{name}")


def all_parts(connection: Connection, seal: Seal, key: str) -> dict[str, bytes]:
    """Everything that is kept of a transaction, pictures included, by name."""
    query = select(parts.c.name, parts.c.data).where(parts.c.key == key)
    return {name: seal.open(name, data) for name, data in connection.execute(query)}
