"""Who works on which transaction, and when: threads that take the earliest deadline."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, func, select

from tenprint.desk import _workflows
from tenprint.desk._deadlines import DeadlineQueue
from tenprint.desk._forgetting import forget_old, read_through
from tenprint.desk._matter import reject
from tenprint.desk._priority import step_back
from tenprint.desk._rows import row_of
from tenprint.desk._rush import EACH
from tenprint.desk._schema import transactions
from tenprint.desk._steps import PROBLEM, Closing, DeskSteps
from tenprint.desk._workings import Workings
from tenprint.model import TransactionClass

#: Classes due sooner than this have threads of their own: they never wait for slow ones' threads.
_EXPRESS = timedelta(minutes=1)

#: Seconds between looks for transactions that nobody works on though somebody should.
_LOOK = 3.0

#: Seconds between copies of the database's write-ahead log into its file: each makes the disk slow
#: for all, the longer the more there is to copy.
_CHECKPOINT = 2.0

#: Seconds between looks whether the index of names should be written to its file.
_KEEP = 60.0

#: Every so many looks: finished workflows forgotten, content past its time emptied.
_UPKEEP = 20


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
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._known: set[_Task] = set()  # waiting for a thread, or at one
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
        self._look()
        for express, lane in self._lanes.items():
            for number in range(workers):
                name = f"{'express' if express else 'routine'}-{number}"
                take = lane.take if express else self._take_routine
                thread = threading.Thread(target=self._work, args=(take,), name=name, daemon=True)
                self._threads.append(thread)
                thread.start()
        for work in (self._upkeep, self._checkpoint, self._keep_names, self._warm):
            name = work.__name__.strip("_")
            thread = threading.Thread(target=work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def admit(self, row: Row[Any]) -> None:
        """Have a transaction worked on, whose row says so; nothing happens if it is already."""
        task = _Task(row.key, row.attempt)
        with self._lock:
            if task in self._known:
                return
            self._known.add(task)
        limit = self._works.settings.deadline(TransactionClass(row.klass))
        self._lanes[limit <= _EXPRESS].put(task, row.due_at, row.priority)

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

    def _look(self) -> None:
        """Take up what is to be done and nobody has: after a crash, or when the database came back.

        What DBOS goes on with by itself is left to it; the rest gets a new name, since the old one
        may be spent.
        """
        query = select(transactions).where(transactions.c.todo).order_by(transactions.c.due_at)
        with self._lock:
            known = set(self._known)
        with self._works.store.reading() as connection:
            rows = list(connection.execute(query))
        for row in rows:
            task = _Task(row.key, row.attempt)
            if task in known or _workflows.taken_up(name_of(*task)):
                continue
            if _workflows.spent(name_of(*task)):  # what ends the process each time is given up
                reject(self._works, task.key, [PROBLEM])
            else:
                self._again(task)

    def _again(self, task: _Task) -> None:
        mine = (transactions.c.key == task.key) & (transactions.c.attempt == task.attempt)
        mine &= transactions.c.todo

        def work(connection: Connection) -> Row[Any] | None:
            again = transactions.update().where(mine).values(attempt=task.attempt + 1)
            if not connection.execute(again).rowcount:
                return None
            return row_of(connection, task.key)

        row = self._works.journal.run(work)
        if row is not None:
            self.admit(row)

    def _take_routine(self) -> _Task | None:
        """The next of what has time; in a rush only what has not much, one after the other."""
        lane = self._lanes[False]
        with self._turn:
            self._works.rush.hold(lambda: lane.spare(EACH), self._works.closing)
            return lane.take()

    def _work(self, take: Callable[[], _Task | None]) -> None:
        while (task := take()) is not None:
            try:
                _workflows.run(name_of(*task), task.key)
            except Closing:
                return
            except Exception as error:
                # The row still says that there is something to do: `_look` finds it.
                self._works.figures.error(type(error).__name__)
            finally:
                with self._lock:
                    self._known.discard(task)

    def _checkpoint(self) -> None:
        self._every(_CHECKPOINT, self._works.store.checkpoint)

    def _warm(self) -> None:
        step_back()
        works = self._works
        self._try(lambda: works.store.warm(works.closing.is_set))

    def _keep_names(self) -> None:
        step_back()
        self._every(_KEEP, self._works.lookups.keep)

    def _upkeep(self) -> None:
        turns = count(1)
        self._every(_LOOK, lambda: self._look_after(next(turns)))

    def _look_after(self, turn: int) -> None:
        works = self._works
        self._look()
        if turn % _UPKEEP:
            return
        while _workflows.sweep() and not works.closing.is_set():
            pass
        forget_old(works)
        while not works.closing.is_set():
            if not works.journal.run(lambda connection: read_through(works.records, connection)):
                break
        if works.records.sweep().encounters:
            works.gallery.follow()
            works.bring_log()

    def _every(self, seconds: float, work: Callable[[], object]) -> None:
        while not self._works.closing.wait(seconds):
            self._try(work)

    def _try(self, work: Callable[[], object]) -> None:
        """What goes wrong is counted; whatever these threads do is tried again, or only slower."""
        try:
            work()
        except Exception as error:
            self._works.figures.error(type(error).__name__)


def name_of(key: str, attempt: int) -> str:
    """The workflow's name."""
    return f"{key}-{attempt}"


def count_todo(works: Workings) -> int:
    """How many transactions the machine has to do with."""
    query = select(func.count()).where(transactions.c.todo)
    with works.store.reading() as connection:
        return int(connection.execute(query).scalar_one())
