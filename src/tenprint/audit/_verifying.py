"""Verifying in the background: a process of its own, one at a time, and what the last one found."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from tenprint.audit._checkpoint import Checkpoint, parse_checkpoint
from tenprint.audit._keys import parse_public_key
from tenprint.audit._report import Report
from tenprint.model import ServiceUnavailableError, TenprintError
from tenprint.process import Process

_CHILD = "tenprint.audit._verify_child"

#: Seconds between two questions how far it is.
_PAUSE = 0.5

#: Steps of ``nice`` by which it stands back: a busy service has more urgent work.
_NICE = 10


@dataclass(frozen=True)
class Verification:
    """One verification of the whole log.

    Attributes
    ----------
    by : str
        Who asked for it.
    checkpoint : Checkpoint
        What the log is held against, its signature not yet checked.
    began : datetime
    done, leaves : int
        How many leaves were checked, of how many; 0 of 0 until it is known.
    ended : datetime, optional
        None while it runs.
    report : Report, optional
        What was found; None while it runs, or where it could not be done.
    problem : str, optional
        Why it could not be done.
    """

    by: str
    checkpoint: Checkpoint
    began: datetime
    done: int = 0
    leaves: int = 0
    ended: datetime | None = None
    report: Report | None = None
    problem: str | None = None


class Verifying:
    """Verifies a log in another process, so that reading all of it slows nobody; thread-safe.

    Parameters
    ----------
    where : path or address
        The store whose log it is.
    busy_timeout : float
        Seconds to wait for a writer.
    clock : callable
    """

    def __init__(
        self, where: Path | str, *, busy_timeout: float, clock: Callable[[], datetime]
    ) -> None:
        self._where = where
        self._busy_timeout = busy_timeout
        self._clock = clock
        self._lock = threading.Lock()
        self._open = True
        self._running: Verification | None = None
        self._last: Verification | None = None
        self._thread: threading.Thread | None = None
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """The other process, None where none runs."""
        process = self._process
        return None if process is None or process.ended else process.pid

    def start(self, checkpoint: str, public_key: str, by: str) -> bool:
        """Begin, unless one runs already; whether it was begun.

        Raises
        ------
        InputError
            If it is no checkpoint, or no key.
        ServiceUnavailableError
            If the service is closing.
        """
        signed = parse_checkpoint(checkpoint)
        parse_public_key(public_key)
        with self._lock:
            if not self._open:
                raise ServiceUnavailableError("The service is closing.")
            if self._running is not None:
                return False
            self._running = Verification(by, signed, self._clock())
            self._thread = threading.Thread(
                target=self._run, args=(checkpoint, public_key), name="verify", daemon=True
            )
            self._thread.start()
            return True

    def look(self) -> tuple[Verification | None, Verification | None]:
        """The one that runs, and the last that ended."""
        with self._lock:
            return self._running, self._last

    def close(self) -> None:
        """Give up the one that runs; again does nothing."""
        with self._lock:
            self._open = False
            thread, process = self._thread, self._process
            if process is not None:
                _kill(process)
        if thread is not None:
            thread.join()

    def _run(self, checkpoint: str, public_key: str) -> None:
        report, problem = None, None
        try:
            report = self._verified(checkpoint, public_key)
        except TenprintError as error:
            problem = error.message
        except Exception as error:
            problem = f"It failed unexpectedly: {type(error).__name__}."
        with self._lock:
            if self._running is not None:
                last = replace(self._running, ended=self._clock(), report=report, problem=problem)
                if report is not None:
                    last = replace(last, done=report.size, leaves=report.size)
                self._running, self._last = None, last

    def _verified(self, checkpoint: str, public_key: str) -> Report:
        process = Process.opened(
            _CHILD, self._where, self._busy_timeout,
            lost=_EndedError, refused="The process that verifies cannot be started.", nice=_NICE,
        )  # fmt: skip
        try:
            with self._lock:
                self._process = process
                if not self._open:
                    _kill(process)
            found = process.ask("verify", checkpoint, public_key)
            while True:
                with suppress(TimeoutError):
                    report: Report = found.result(_PAUSE)
                    return report
                done, leaves = process.ask("progress").result()
                with self._lock:
                    if self._running is not None:
                        self._running = replace(self._running, done=done, leaves=leaves)
        finally:
            with self._lock:
                self._process = None
            process.end()


class _EndedError(ServiceUnavailableError):
    def __init__(self) -> None:
        super().__init__("The process that verifies has ended before it was done.")


def _kill(process: Process) -> None:
    """It only reads: there is nothing to be finished."""
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
