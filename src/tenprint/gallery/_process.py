"""A gallery's index in a process of its own, so that searches hold nobody else up."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tenprint.gallery._candidate import Candidate
from tenprint.gallery._known import Known
from tenprint.gallery._rules import Probe
from tenprint.model import SearchProcessError, ServiceUnavailableError
from tenprint.store import TruthStore

#: Seconds that the process is given to end what it does, once told to.
_ENDING = 30.0


class GalleryProcess(Known):
    """The searches of a `Gallery`, made by another process, which owns the index.

    Python runs one thread at a time in a process: in a busy service searches and answers to
    questions would take turns. The store stays this process's; the other one only reads it.

    The other process ends with this one, however that ends. Where it ends by itself, what it was
    doing fails with `SearchProcessError`, and the next call starts it again; nothing is lost, as
    the index follows from the store. Safe to share between threads.

    Parameters
    ----------
    store : TruthStore
        Open; closed by `close`.
    where : path or address
        The store, as the other process opens it.
    index : Path
        The index's folder.
    threads : int, optional
        Threads a search may use; default: as many as there are processors.
    busy_timeout : float
        Seconds to wait for another writer.
    nice : int
        Steps of ``nice`` by which searches stand back on a busy processor.

    Attributes
    ----------
    starts : int
        How often the other process was started.

    Raises
    ------
    StoreBusyError, StoreError
        As `Gallery.open`.
    """

    def __init__(
        self,
        store: TruthStore,
        where: Path | str,
        index: Path,
        *,
        threads: int | None = None,
        busy_timeout: float = 5.0,
        nice: int = 0,
    ) -> None:
        self.starts = 0
        self._store = store
        self._threads = threads or os.cpu_count() or 1
        self._how = (where, index, self._threads, busy_timeout)
        self._nice = nice
        self._turn = threading.RLock()
        self._open = True
        self._other: _Other | None = None
        self._living()

    @property
    def pid(self) -> int | None:
        """The other process, None where there is none at the moment."""
        other = self._other
        return None if other is None or other.ended else other.pid

    def identify_many(
        self, probes: Sequence[Probe], limit: int = 10, *, galleries: int = 0xFFFFFFFF
    ) -> list[list[Candidate]]:
        """As `Gallery.identify_many`; that is where the parameters and errors are.

        Raises
        ------
        SearchProcessError
            If the process ended during the search.
        ServiceUnavailableError
            If it cannot be started.
        """
        found: list[list[Candidate]] = self._ask("identify", list(probes), limit, galleries)
        return found

    def follow(self) -> None:
        """As `Gallery.follow`."""
        self._ask_twice("follow")

    def info(self) -> dict[str, str | int | float]:
        """As `Gallery.info`."""
        found: dict[str, str | int | float] = self._ask_twice("info")
        return found

    def close(self) -> None:
        """End the process, after the searches that run, and close the store."""
        with self._turn:
            if not self._open:
                return
            self._open = False
            other, self._other = self._other, None
        try:
            if other is not None:
                other.end()
        finally:
            self._store.close()

    def _ask_twice(self, what: str) -> Any:
        """What can be asked of a process started anew as well."""
        try:
            return self._ask(what)
        except SearchProcessError:
            return self._ask(what)

    def _ask(self, what: str, *arguments: Any) -> Any:
        return self._living().ask(what, *arguments).result()

    def _living(self) -> _Other:
        """The process, started where it does not run."""
        with self._turn:
            self._check_open()
            if self._other is None or self._other.ended:
                if self._other is not None:
                    self._other.end()
                self._other = None
                try:
                    other = _Other(self._nice)
                except OSError as error:  # such as too little memory
                    raise ServiceUnavailableError("Searches cannot be made now.") from error
                self.starts += 1
                try:
                    other.ask("open", *self._how).result()
                except SearchProcessError:
                    other.end()
                    raise ServiceUnavailableError("Searches cannot be made now.") from None
                except BaseException:
                    other.end()
                    raise
                self._other = other
            return self._other


class _Other:
    """The other process and what it was asked."""

    def __init__(self, nice: int) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            command = [sys.executable, "-P", "-m", "tenprint.gallery._process_child"]
            self._process = subprocess.Popen(  # noqa: S603 (this program itself)
                [*command, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
            self._line: Connection[Any, Any] = Connection(ours.detach())
        self.pid = self._process.pid
        # Now, while it has one thread: on Linux others get its priority when they begin.
        mine = os.getpriority(os.PRIO_PROCESS, os.getpid())
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.pid, mine + nice)
        self.ended = False
        self._lock = threading.Lock()
        self._asked: dict[int, Future[Any]] = {}
        self._count = 0
        self._listener = threading.Thread(target=self._listen, name="search-process", daemon=True)
        self._listener.start()

    def ask(self, what: str, *arguments: Any) -> Future[Any]:
        """Have it do something; the future fails with `SearchProcessError` where it ends."""
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        with self._lock:
            if not self.ended:
                self._count += 1
                self._asked[self._count] = future
                try:
                    self._line.send((self._count, what, arguments))
                except OSError:  # nobody listens, known before the listener has its turn
                    self.ended = True
                    del self._asked[self._count]
                else:
                    return future
        future.set_exception(SearchProcessError())
        return future

    def end(self) -> None:
        """Tell it to end, and see that it does."""
        closed = self.ask("close")
        try:
            closed.exception(_ENDING)
        except TimeoutError:
            self._process.kill()
        try:
            self._process.wait(_ENDING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()
        self._line.close()

    def _listen(self) -> None:
        """Pass on what it says, until it ends."""
        try:
            while True:
                number, good, value = self._line.recv()
                with self._lock:
                    future = self._asked.pop(number)
                if good:
                    future.set_result(value)
                else:
                    future.set_exception(value)
        except (EOFError, OSError):
            pass
        with self._lock:
            self.ended = True
            left = list(self._asked.values())
            self._asked.clear()
        for future in left:
            future.set_exception(SearchProcessError())
