"""A gallery's index in a process of its own, so that searches hold nobody else up."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tenprint.gallery._candidate import Candidate
from tenprint.gallery._known import Known
from tenprint.gallery._rules import Probe
from tenprint.model import SearchProcessError
from tenprint.process import Process
from tenprint.store import TruthStore

_CHILD = "tenprint.gallery._process_child"


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
        How often the other process was started and opened the gallery.

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
        self._other: Process | None = None
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

    def _living(self) -> Process:
        """The process, started where it does not run."""
        with self._turn:
            self._check_open()
            if self._other is None or self._other.ended:
                if self._other is not None:
                    self._other.end()
                self._other = None
                self._other = Process.opened(
                    _CHILD,
                    *self._how,
                    lost=SearchProcessError,
                    refused="Searches cannot be made now.",
                    nice=self._nice,
                )
                self.starts += 1
            return self._other
