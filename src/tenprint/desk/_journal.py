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

from tenprint.audit import Event, append_many
from tenprint.desk._tracing import carried
from tenprint.model import ServiceUnavailableError, TenprintError
from tenprint.store import TruthStore

T = TypeVar("T")

#: What is logged together: events, when they happened, and what whoever asked is given then.
Note = tuple[Sequence[Event], datetime, Any]
Work = Callable[[Connection], Any] | Note

#: The most pieces of work of one commit.
_MOST = 256

#: Where the last commit is no older than this, the next one waits so many seconds for company: a
#: commit costs several times what one more piece of work in it does.
_COMPANY = 0.004


class Journal:
    """One thread that writes for all; each caller returns when its own part is on disk.

    A piece of work that fails is undone alone, the others of its commit stay. Thread-safe.

    Attributes
    ----------
    commits, entries : int
        Made so far.
    """

    def __init__(self, store: TruthStore) -> None:
        self.commits = 0
        self.entries = 0
        self._store = store
        self._jobs: queue.SimpleQueue[tuple[Future[Any], Work] | None]
        self._jobs = queue.SimpleQueue()
        self._closed = False
        self._gate = threading.Lock()
        self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

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
        self._put(future, carried(work))
        return future.result()

    def note(self, events: Sequence[Event], at: datetime) -> None:
        """Log events, and wait until they are on disk; errors as of `run`."""
        self.given(None, events, at).result()

    def given(self, value: T, events: Sequence[Event], at: datetime) -> Future[T]:
        """Log events, and give `value` once they are on disk: nobody can be told it before.

        What several callers log goes into the database as one statement: the cheapest way in.
        The future cannot be cancelled; its errors are those of `run`.
        """
        future: Future[T] = Future()
        self._put(future, (events, at, value))
        return future

    def _put(self, future: Future[Any], work: Work) -> None:
        future.set_running_or_notify_cancel()
        with self._gate:
            if self._closed:
                raise ServiceUnavailableError("The desk is closing.")
            self._jobs.put((future, work))

    def close(self) -> None:
        """Do what was asked, then end."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        going, done = True, 0.0
        while going:
            batch = [self._jobs.get()]
            now = time.monotonic()
            if now - done <= _COMPANY and not self._closed:
                time.sleep(_COMPANY)
            while len(batch) < _MOST:
                try:
                    batch.append(self._jobs.get_nowait())
                except queue.Empty:
                    break
            going = None not in batch
            self._commit([job for job in batch if job is not None])
            done = time.monotonic()

    def _commit(self, jobs: list[tuple[Future[Any], Work]]) -> None:
        if not jobs:
            return
        results: list[tuple[Future[Any], Any, BaseException | None]] = []
        try:
            with self._store.transaction() as connection:
                results += _log(connection, jobs)
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
            self._alone(jobs, error)
            return
        self.commits += 1
        self.entries += len(jobs)
        for future, value, problem in results:
            if problem is None:
                future.set_result(value)
            else:
                future.set_exception(problem)

    def _alone(self, jobs: list[tuple[Future[Any], Work]], error: Exception) -> None:
        """The commit failed: each again by itself, unless the database is away or busy."""
        if len(jobs) == 1 or (isinstance(error, TenprintError) and error.retryable):
            for future, _ in jobs:
                future.set_exception(error)
            return
        for job in jobs:
            self._commit([job])


def _log(
    connection: Connection, jobs: Sequence[tuple[Future[Any], Work]]
) -> list[tuple[Future[Any], Any, BaseException | None]]:
    """Log what the notes among the jobs say, all at once."""
    notes = [(future, work) for future, work in jobs if isinstance(work, tuple)]
    events = [event for _, (some, _, _) in notes for event in some]
    moments = [at for _, (some, at, _) in notes for _ in some]
    append_many(connection, events, at=moments)
    return [(future, value, None) for future, (_, _, value) in notes]
