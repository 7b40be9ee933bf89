"""Lookups in a process of their own, so that answering holds nobody else up."""

from __future__ import annotations

import logging
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenprint.access import Part, Told
from tenprint.desk._lookups import LookedUp
from tenprint.desk._queries import NameQuery, RecordQuery
from tenprint.model import LookupProcessError, ServiceUnavailableError, TenprintError
from tenprint.process import Process
from tenprint.records import Records

_log = logging.getLogger("tenprint.desk")

_CHILD = "tenprint.desk._lookup_child"

#: Seconds that a question waits while the process is started anew.
_PATIENCE = 30.0

#: Seconds between two attempts to start it.
_PAUSE = 1.0

#: How often a question is asked that ends the process.
_TRIES = 2


@dataclass
class _Asked:
    """A question, and until when somebody waits for it to be asked."""

    future: Future[Any]
    what: str
    arguments: tuple[Any, ...]
    until: float
    tries: int = 0


class LookupsProcess:
    """`Lookups` that another process finds: it owns the index of names and reads the records.

    The other process ends with this one, however that ends. Where it ends by itself it is started
    anew, and what it was asked is asked once more; meanwhile questions wait, at most 30 seconds.
    Safe to share between threads.

    Parameters
    ----------
    records : Records
        Of this process, without an index of names; told of deletions, the other process forgets.
    where : path or address
        The store, as the other process opens it.
    master : Path, optional
        The master key's file, where it is not in the folder.
    busy_timeout : float
        Seconds to wait for a writer.

    Attributes
    ----------
    starts : int
        How often the other process was started and opened the folder.
    """

    def __init__(
        self, records: Records, where: Path | str, *, master: Path | None, busy_timeout: float
    ) -> None:
        self.starts = 0
        self._records = records
        self._how = (where, records.folder, master, busy_timeout)
        self._turn = threading.Condition()
        self._waiting: list[_Asked] = []
        self._open = True
        self._process: Process | None = self._started()
        self._keeper = threading.Thread(target=self._keep_alive, name="lookups", daemon=True)
        self._keeper.start()
        records.keepers.append(self._erase)

    @property
    def pid(self) -> int | None:
        """The other process, None where there is none at the moment."""
        process = self._process
        return None if process is None or process.ended else process.pid

    def by_name(self, query: NameQuery, seen: frozenset[Part], told: Told) -> Future[LookedUp]:
        """As `Lookups.by_name`."""
        return self._ask("name", query, seen, told)

    def record(
        self, query: RecordQuery, seen: frozenset[Part], told: Told, agency: str
    ) -> Future[LookedUp]:
        """As `Lookups.record`."""
        return self._ask("record", query, seen, told, agency)

    def keep(self) -> None:
        """As `Lookups.keep`."""
        process = self._process
        if process is not None:
            process.ask("keep", False).result()

    def close(self) -> None:
        """As `Lookups.close`; whoever still waits is told that the desk closes."""
        with self._turn:
            if not self._open:
                return
            self._open = False
            self._turn.notify_all()
        self._keeper.join()
        self._records.keepers.remove(self._erase)
        process, self._process = self._process, None
        if process is not None:
            try:
                process.ask("keep", True).result()
            finally:
                process.end()

    def _ask(self, what: str, *arguments: Any) -> Future[Any]:
        asked = _Asked(Future(), what, arguments, time.monotonic() + _PATIENCE)
        asked.future.set_running_or_notify_cancel()
        self._send(asked)
        return asked.future

    def _send(self, asked: _Asked) -> None:
        process = self._process
        if process is None or process.ended:
            self._wait(asked)
            return
        asked.tries += 1
        answer = process.ask(asked.what, *asked.arguments)
        answer.add_done_callback(lambda done: self._passed(asked, done))

    def _passed(self, asked: _Asked, done: Future[Any]) -> None:
        error = done.exception()
        if error is None:
            asked.future.set_result(done.result())
        elif isinstance(error, LookupProcessError) and asked.tries < _TRIES:
            self._wait(asked)
        else:
            asked.future.set_exception(error)

    def _wait(self, asked: _Asked) -> None:
        """Have it asked once there is a process again."""
        with self._turn:
            if self._open:
                self._waiting.append(asked)
                self._turn.notify_all()
                return
        asked.future.set_exception(ServiceUnavailableError("The desk is closing."))

    def _keep_alive(self) -> None:
        """Start the process where it has ended, and ask it what waits."""
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._waiting or not self._open)
                if not self._open:
                    waiting, self._waiting = self._waiting, []
                    break
            if self._process is None or self._process.ended:
                self._start_again()
            with self._turn:
                waiting, self._waiting = self._waiting, []
            for asked in waiting:
                self._send(asked)
        for asked in waiting:
            asked.future.set_exception(ServiceUnavailableError("The desk is closing."))

    def _start_again(self) -> None:
        """As long as it takes; who has waited long enough is told so."""
        before, self._process = self._process, None
        if before is not None:
            try:
                before.end()
            except Exception as error:  # it is given up in any case
                _log.error("lookups: ending their process: %s", type(error).__name__)
        while self._open and self._process is None:
            try:
                self._process = self._started()
            except TenprintError:
                time.sleep(_PAUSE)
            except Exception as error:  # whatever it is: without this thread all would wait
                _log.error("lookups: starting their process: %s", type(error).__name__)
                time.sleep(_PAUSE)
            now = time.monotonic()
            with self._turn:
                late = [each for each in self._waiting if each.until < now]
                self._waiting = [each for each in self._waiting if each.until >= now]
            for asked in late:
                asked.future.set_exception(
                    ServiceUnavailableError("Names and records cannot be looked up now.")
                )

    def _started(self) -> Process:
        """A process that has opened the folder.

        Raises
        ------
        ServiceUnavailableError
            If it cannot be started.
        """
        process = Process.opened(
            _CHILD,
            *self._how,
            lost=LookupProcessError,
            refused="Names and records cannot be looked up now.",
        )
        self.starts += 1
        return process

    def _erase(self, follow: bool) -> None:
        """Have the other process forget what was deleted; one that has ended knows nothing."""
        process = self._process
        if process is not None:
            try:
                process.ask("erase", follow).result()
            except LookupProcessError:
                return
