"""The table of asynchronous calls: what was accepted with a callback is kept until it is sent."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)

from tenprint.access import Caller
from tenprint.api._schema import osia_named, osia_tasks, tables
from tenprint.desk import State
from tenprint.desk import tables as desk_tables
from tenprint.model import ConflictError, NotFoundError
from tenprint.records import Records, Vault
from tenprint.store import TruthStore, in_pieces

_CALLER: TypeAdapter[Caller] = TypeAdapter(Caller)

_desk_transactions = desk_tables.tables["desk_transactions"]

#: How long a delivered result can be asked for, and one that was given up; seconds.
KEEP_DELIVERED, KEEP_FAILED = 86400.0, 30 * 86400.0

#: Stands in `osia_named` for whoever a call names that a version before has kept.
_UNREAD = ""


class TaskState(StrEnum):
    """The standard's words for how far a task is."""

    PENDING = "PENDING"
    SCHEDULED = "RESPONSE_SCHEDULED"
    ERROR = "RESPONSE_ERROR"
    RETRY = "RESPONSE_RETRY"
    COMPLETED = "COMPLETED"


@dataclass(frozen=True)
class Task:
    """One asynchronous call."""

    id: str
    agency: str
    osia_transaction: str
    operation: str
    arguments: Mapping[str, Any]
    caller: Caller
    callback: str
    desk_transaction: str | None
    state: TaskState
    attempts: int


class Tasks:
    """The table; safe to share between threads.

    Parameters
    ----------
    store : TruthStore
    vault : Vault
    clock : callable
        Seconds since 1970.
    """

    def __init__(self, store: TruthStore, vault: Vault, clock: Callable[[], float]) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock

    def add(
        self,
        caller: Caller,
        osia_transaction: str,
        operation: str,
        arguments: Mapping[str, Any],
        callback: str,
        desk_transaction: str | None,
    ) -> str:
        """Keep a call; the task's identifier. Searched for only once `start` is called."""
        identifier = secrets.token_hex(16)
        row = {
            "id": identifier,
            "agency": caller.agency,
            "osia_transaction": osia_transaction,
            "operation": operation,
            "caller": _CALLER.dump_json(caller).decode(),
            "callback": callback,
            "desk_transaction": desk_transaction,
            "state": TaskState.PENDING.value,
            "attempts": 0,
            "next_at": self._clock(),
            "created_at": self._clock(),
        }
        plain = json.dumps(arguments).encode()
        with self._store.transaction() as connection:
            number = self._vault.new_key(connection)
            sealed = self._vault.key(connection, number).seal(plain, f"osia {identifier}")
            connection.execute(insert(osia_tasks), {**row, "key": number, "arguments": sealed})
            _note_named(connection, identifier, arguments)
        return identifier

    def drop(self, task: str) -> None:
        """Forget a call that was not accepted after all."""
        with self._store.transaction() as connection:
            self._forget(connection, osia_tasks.c.id == task)

    def get(self, caller: Caller, task: str) -> Task:
        """One of the agency's own.

        Raises
        ------
        NotFoundError
            Also for another agency's.
        """
        query = select(osia_tasks).where(
            osia_tasks.c.id == task, osia_tasks.c.agency == caller.agency
        )
        with self._store.reading() as connection:
            row = connection.execute(query).one_or_none()
            if row is None:
                raise NotFoundError("There is no such task.", field="taskId")
            return self._task(connection, row)

    def due(self, limit: int) -> list[Task]:
        """Calls whose result is there and should be sent now, the longest waiting first."""
        answered = exists().where(
            _desk_transactions.c.agency == osia_tasks.c.agency,
            _desk_transactions.c.transaction == osia_tasks.c.desk_transaction,
            _desk_transactions.c.state == State.ANSWERED.value,
        )
        ready = or_(osia_tasks.c.desk_transaction.is_(None), answered)
        query = (
            select(osia_tasks)
            .where(and_(osia_tasks.c.next_at <= self._clock(), ready))
            .order_by(osia_tasks.c.next_at)
            .limit(limit)
        )
        with self._store.reading() as connection:
            return [self._task(connection, row) for row in connection.execute(query).all()]

    def answered(self, task: Task) -> bool:
        """Whether the desk has answered a task that still is pending."""
        query = select(_desk_transactions.c.state).where(
            _desk_transactions.c.agency == task.agency,
            _desk_transactions.c.transaction == task.desk_transaction,
        )
        with self._store.reading() as connection:
            return connection.execute(query).scalar() == State.ANSWERED.value

    def tried(self, task: Task, pause: float | None, *, delivered: bool) -> None:
        """Note an attempt: delivered, to be tried again after `pause`, or given up (None)."""
        now = self._clock()
        state = TaskState.RETRY if pause is not None else TaskState.ERROR
        values: dict[str, Any] = {
            "attempts": task.attempts + 1,
            "state": TaskState.COMPLETED.value if delivered else state.value,
            "next_at": None if delivered or pause is None else now + pause,
            "ended_at": now if delivered or pause is None else None,
        }
        with self._store.transaction() as connection:
            connection.execute(update(osia_tasks).where(osia_tasks.c.id == task.id).values(values))

    def again(self, task: Task) -> None:
        """Send the result once more, at once.

        Raises
        ------
        ConflictError
            If there is no result yet: it will be sent anyway.
        """
        if task.state is TaskState.PENDING:
            raise ConflictError("The task is still being worked on.", field="taskId")
        values = {"state": TaskState.RETRY.value, "attempts": 0, "next_at": self._clock()}
        with self._store.transaction() as connection:
            connection.execute(update(osia_tasks).where(osia_tasks.c.id == task.id).values(values))

    def purge(self) -> None:
        """Forget what was delivered a day ago, and what was given up a month ago."""
        now = self._clock()
        delivered = osia_tasks.c.state == TaskState.COMPLETED.value
        old = or_(
            and_(delivered, osia_tasks.c.ended_at < now - KEEP_DELIVERED),
            osia_tasks.c.ended_at < now - KEEP_FAILED,
        )
        with self._store.transaction() as connection:
            self._forget(connection, and_(osia_tasks.c.next_at.is_(None), old))

    def _forget(self, connection: Connection, which: ColumnElement[bool]) -> None:
        for number in connection.execute(select(osia_tasks.c.key).where(which)).scalars().all():
            self._vault.destroy(connection, number)
        mine = select(osia_tasks.c.id).where(which)
        connection.execute(delete(osia_named).where(osia_named.c.task.in_(mine)))
        connection.execute(delete(osia_tasks).where(which))

    def _task(self, connection: Connection, row: Row[Any]) -> Task:
        return Task(
            row.id,
            row.agency,
            row.osia_transaction,
            row.operation,
            _arguments(self._vault, connection, row),
            _CALLER.validate_json(row.caller),
            row.callback,
            row.desk_transaction,
            TaskState(row.state),
            row.attempts,
        )


def follow_expunges(records: Records) -> None:
    """Have what OSIA's calls say of a person go when these records expunge the person.

    `create_app` calls it; so does whoever restores a backup.
    """
    records.erasers.append(lambda connection, people: _forget_people(records, connection, people))
    records.rooms_tables.update(tables.tables)


def _forget_people(records: Records, connection: Connection, people: Sequence[str]) -> None:
    """Take people out of the calls that name them: what is still to be sent says that it failed.

    A call's other arguments are sealed anew and its old key destroyed.
    """
    _read_unread(records.vault, connection)
    query = select(osia_named.c.task).where(osia_named.c.person.in_(people)).distinct()
    for some in in_pieces(list(connection.execute(query).scalars())):
        for row in list(connection.execute(select(osia_tasks).where(osia_tasks.c.id.in_(some)))):
            left = _without(_arguments(records.vault, connection, row), people)
            number = records.vault.new_key(connection)
            key = records.vault.key(connection, number)
            sealed = key.seal(json.dumps(left).encode(), f"osia {row.id}")
            values = {"key": number, "arguments": sealed}
            connection.execute(update(osia_tasks).where(osia_tasks.c.id == row.id).values(values))
            records.vault.destroy(connection, row.key)
    connection.execute(delete(osia_named).where(osia_named.c.person.in_(people)))


def _read_unread(vault: Vault, connection: Connection) -> None:
    unread = osia_named.c.person == _UNREAD
    query = select(osia_tasks).join(osia_named, osia_named.c.task == osia_tasks.c.id).where(unread)
    for row in list(connection.execute(query)):
        _note_named(connection, row.id, _arguments(vault, connection, row))
    connection.execute(delete(osia_named).where(unread))


def _arguments(vault: Vault, connection: Connection, row: Row[Any]) -> dict[str, Any]:
    plain = vault.key(connection, row.key).open(row.arguments, f"osia {row.id}")
    found: dict[str, Any] = json.loads(plain)
    return found


def _note_named(connection: Connection, task: str, arguments: Mapping[str, Any]) -> None:
    rows = [{"task": task, "person": person} for person in _people_of(arguments)]
    if rows:
        connection.execute(insert(osia_named), rows)


def _people_of(arguments: Mapping[str, Any]) -> set[str]:
    """Whom arguments name: ``personId``, ``personIdTarget``, ``personIdSource``."""
    return {value for name, value in arguments.items() if name.startswith("personId") and value}


def _without(arguments: Mapping[str, Any], people: Collection[str]) -> dict[str, Any]:
    """Arguments without people and their encounters; names stay, since operations ask for them."""
    about = ("personId", "encounterId")
    gone = bool(_people_of(arguments) & set(people))
    return {
        name: "" if gone and name.startswith(about) else value for name, value in arguments.items()
    }
