"""Who works on which transaction, and when: threads that take the earliest deadline."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Engine, Row, func, select

from tenprint.desk import _workflows
from tenprint.desk._deadlines import DeadlineQueue
from tenprint.desk._forgetting import forget_old
from tenprint.desk._rows import row_of
from tenprint.desk._schema import transactions
from tenprint.desk._steps import Closing, DeskSteps
from tenprint.desk._workings import Workings
from tenprint.model import TransactionClass

#: Classes due sooner than this have threads of their own: they never wait for slow ones' threads.
_EXPRESS = timedelta(minutes=1)

#: Seconds between upkeep: finished workflows forgotten, content past its time emptied.
_UPKEEP = 60.0


class _Task(NamedTuple):
    key: str
    attempt: int


class Flow:
    """Runs each transaction's workflow; thread-safe. `start` first."""

    def __init__(self, works: Workings) -> None:
        self._works = works
        self._lanes = {
            express: DeadlineQueue[_Task](works.settings.clock) for express in (True, False)
        }
        self._threads: list[threading.Thread] = []
        self._engine: Engine | None = None
        settings = works.settings
        where = settings.workflows or settings.database or settings.folder / "workflows.db"
        if isinstance(where, str) and "://" not in where:
            where = settings.folder / where
        self._where = where

    def start(self) -> None:
        """Start the threads, and take up everything that was accepted and not answered."""
        works = self._works
        workers = works.settings.workers
        self._engine = _workflows.start(DeskSteps(works), self._where, 2 * workers + 8)
        works.admitted = self.admit
        for row in self._todo():
            if not _workflows.taken_up(name_of(row.key, row.attempt)):
                # Under a new name: the old one may be spent.
                self._again(row.key)
        for express, lane in self._lanes.items():
            for number in range(workers):
                name = f"{'express' if express else 'routine'}-{number}"
                thread = threading.Thread(target=self._work, args=(lane,), name=name, daemon=True)
                self._threads.append(thread)
                thread.start()
        upkeep = threading.Thread(target=self._upkeep, name="upkeep", daemon=True)
        self._threads.append(upkeep)
        upkeep.start()

    def admit(self, key: str) -> None:
        """Have a transaction worked on, whose row says so."""
        with self._works.store.reading() as connection:
            row = row_of(connection, key)
        limit = self._works.settings.deadline(TransactionClass(row.klass))
        lane = self._lanes[limit <= _EXPRESS]
        lane.put(_Task(key, row.attempt), row.due_at, row.priority)

    def waiting(self) -> int:
        """How many wait for a thread."""
        return sum(len(lane) for lane in self._lanes.values())

    def close(self, timeout: float) -> None:
        """End the threads; `Workings.closing` is set already."""
        for lane in self._lanes.values():
            lane.close()
        for thread in self._threads:
            thread.join(timeout)
        if self._engine is not None:
            _workflows.stop(self._engine)

    def _todo(self) -> list[Row[Any]]:
        wanted = (transactions.c.key, transactions.c.attempt)
        query = select(*wanted).where(transactions.c.todo).order_by(transactions.c.due_at)
        with self._works.store.reading() as connection:
            return list(connection.execute(query))

    def _again(self, key: str) -> None:
        next_one = transactions.c.attempt + 1
        statement = transactions.update().where(transactions.c.key == key)
        self._works.journal.run(lambda c: c.execute(statement.values(attempt=next_one)) and None)
        self.admit(key)

    def _work(self, lane: DeadlineQueue[_Task]) -> None:
        while (task := lane.take()) is not None:
            try:
                _workflows.run(name_of(task.key, task.attempt), task.key)
            except Closing:
                return
            except Exception as error:
                # The row still says that there is something to do: not lost, tried again.
                self._works.figures.error(type(error).__name__)
                if self._works.closing.wait(1.0):
                    return
                self._again(task.key)

    def _upkeep(self) -> None:
        works = self._works
        while not works.closing.wait(_UPKEEP):
            try:
                while _workflows.sweep() and not works.closing.is_set():
                    pass
                forget_old(works)
                works.records.sweep()
            except Exception as error:
                works.figures.error(type(error).__name__)


def name_of(key: str, attempt: int) -> str:
    """The workflow's name."""
    return f"{key}-{attempt}"


def count_todo(works: Workings) -> int:
    """How many transactions the machine has to do with."""
    query = select(func.count()).where(transactions.c.todo)
    with works.store.reading() as connection:
        return int(connection.execute(query).scalar_one())
