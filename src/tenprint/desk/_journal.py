"""Many small writes, one commit: requests that come together share a disk synchronisation."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from tenprint.audit import Event, Intake, append_many
from tenprint.desk._tracing import carried
from tenprint.model import ServiceUnavailableError, StoreError, TenprintError
from tenprint.store import TruthStore

T = TypeVar("T")

#: What is logged together: events, when they happened, and what whoever asked is given then.
Note = tuple[Sequence[Event], datetime, Any]
Work = Callable[[Connection], Any] | Note
Job = tuple[Future[Any], Work]

#: Whose it is, and what is given or raised there.
Result = tuple[Future[Any], Any, BaseException | None]

#: The most pieces of work of one commit.
_MOST = 256

#: Where the last commit is no older than this, the next one waits so many seconds for company: a
#: commit costs several times what one more piece of work in it does.
_COMPANY = 0.004


class Journal:
    """Threads that write for all; each caller returns when its own part is on disk.

    One writes into the database. What is only logged goes through the intake, where there is one,
    by another thread: it need not wait for others' transactions. A piece of work that fails is
    undone alone, the others of its commit stay. Thread-safe.

    Parameters
    ----------
    store : TruthStore
    intake : Intake, optional

    Attributes
    ----------
    commits, entries : int
        Made so far.
    """

    def __init__(self, store: TruthStore, intake: Intake | None = None) -> None:
        self.commits = 0
        self.entries = 0
        self._store = store
        self._count = threading.Lock()
        self._works = _Line("journal", self._commit, _COMPANY)
        self._notes = self._works
        if intake is not None:
            self._notes = _Line("intake", lambda jobs: self._put(intake, jobs), 0.0)

    def run(self, work: Callable[[Connection], T]) -> T:
        """Do something in a transaction, and wait until it is committed.

        `work` must not wait for other threads, and may be done again where the first time failed.

        Raises
        ------
        ServiceUnavailableError
            If the desk is closing.
        StoreBusyError, StoreUnavailableError
            If the database could not commit: nothing was done then.
        """
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()
        self._works.put(future, carried(work))
        return future.result()

    def note(self, events: Sequence[Event], at: datetime) -> None:
        """Log events, and wait until they are on disk; errors as of `run`."""
        self.given(None, events, at).result()

    def given(
        self, value: T, events: Sequence[Event], at: datetime, future: Future[T] | None = None
    ) -> Future[T]:
        """Log events, and give `value` once they are on disk: nobody can be told it before.

        It is given by `future`, or by a new one.

        What several callers log is written as one statement, or one line of the intake: the
        cheapest way. The future cannot be cancelled; its errors are those of `run`.
        """
        if future is None:
            future = Future()
            future.set_running_or_notify_cancel()
        self._notes.put(future, (events, at, value))
        return future

    def close(self) -> None:
        """Do what was asked, then end."""
        self._notes.close()
        self._works.close()

    def _put(self, intake: Intake, jobs: Sequence[Job]) -> None:
        """Log into the intake what the jobs say, all of which are notes."""
        try:
            intake.put(*_events(jobs))
        except StoreError as error:  # the disk: who comes now is not better off alone
            _fail(jobs, error)
            return
        except Exception as error:
            self._alone(lambda some: self._put(intake, some), jobs, error)
            return
        self._done(_given(jobs))

    def _commit(self, jobs: Sequence[Job]) -> None:
        results: list[Result] = []
        try:
            with self._store.transaction() as connection:
                events, moments = _events(jobs)
                append_many(connection, events, at=moments)
                results += _given(jobs)
                for future, work in jobs:
                    if isinstance(work, tuple):
                        continue
                    try:
                        with connection.begin_nested():
                            results.append((future, work(connection), None))
                    except DBAPIError as error:
                        if error.connection_invalidated or len(jobs) == 1:
                            raise  # the store says what it means
                        results.append((future, None, error))
                    except Exception as error:
                        results.append((future, None, error))
        except Exception as error:
            self._alone(self._commit, jobs, error)
            return
        self._done(results)

    def _done(self, results: Sequence[Result]) -> None:
        with self._count:
            self.commits += 1
            self.entries += len(results)
        for future, value, problem in results:
            if problem is None:
                future.set_result(value)
            else:
                future.set_exception(problem)

    def _alone(
        self, write: Callable[[Sequence[Job]], None], jobs: Sequence[Job], error: Exception
    ) -> None:
        """It failed: each again by itself, unless the database is away or busy."""
        if len(jobs) == 1 or (isinstance(error, TenprintError) and error.retryable):
            _fail(jobs, error)
            return
        for job in jobs:
            write([job])


class _Line:
    """A thread, and the jobs that wait for it: it takes all that have come.

    Parameters
    ----------
    name : str
        Of the thread.
    work : callable
        Does some jobs, and sees to their futures; must not raise.
    company : float
        Where the last ones were done no longer ago, the next wait so many seconds for others.
    """

    def __init__(self, name: str, work: Callable[[Sequence[Job]], None], company: float) -> None:
        self._work = work
        self._company = company
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._closed = False
        self._gate = threading.Lock()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, future: Future[Any], work: Work) -> None:
        """Have it done.

        Raises
        ------
        ServiceUnavailableError
            If it was closed.
        """
        with self._gate:
            if self._closed:
                raise ServiceUnavailableError("The desk is closing.")
            self._jobs.put((future, work))

    def close(self) -> None:
        """Do what was asked, then end; again does nothing."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        going, done = True, 0.0
        while going:
            batch = [self._jobs.get()]
            now = time.monotonic()
            if now - done <= self._company and not self._closed:
                time.sleep(self._company)
            while len(batch) < _MOST:
                try:
                    batch.append(self._jobs.get_nowait())
                except queue.Empty:
                    break
            going = None not in batch
            jobs = [job for job in batch if job is not None]
            if jobs:
                self._work(jobs)
            done = time.monotonic()


def _events(jobs: Sequence[Job]) -> tuple[list[Event], list[datetime]]:
    """All events of the notes among the jobs, and when each happened."""
    notes = [work for _, work in jobs if isinstance(work, tuple)]
    events = [event for some, _, _ in notes for event in some]
    return events, [at for some, at, _ in notes for _ in some]


def _given(jobs: Sequence[Job]) -> list[Result]:
    """What is given for the notes among the jobs."""
    return [(future, work[2], None) for future, work in jobs if isinstance(work, tuple)]


def _fail(jobs: Sequence[Job], error: BaseException) -> None:
    for future, _ in jobs:
        future.set_exception(error)
