"""A gallery's store and index, and how the index follows."""

from __future__ import annotations

import os
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tenprint.gallery._derive import follow, repair
from tenprint.gallery._gate import Gate
from tenprint.gallery._known import Known
from tenprint.gallery._matrix import CodeMatrix
from tenprint.gallery._passes import Passes
from tenprint.gallery._refit import own_parameters
from tenprint.store import TruthStore

#: Changes after which the index is brought to the disk; fewer are followed again after a crash.
CHECKPOINT = 20_000


class Core(Known):
    """What `Upkeep` and `Gallery` are built on."""

    def __init__(
        self, store: TruthStore, index: Path | None, *, threads: int | None = None
    ) -> None:
        self._store = store
        self._threads = threads or os.cpu_count() or 1
        self._turn = threading.RLock()
        self._open = True
        self._gate = Gate()
        self._code = own_parameters(index)
        whose = zlib.crc32(store.meta().get("store", "").encode())
        self._matrix = CodeMatrix(index, self._code.name, whose)
        self._passes = Passes(self._matrix, self._threads)
        self._saved = self._matrix.change
        try:
            with self._turn:
                if self._matrix.change > store.change():
                    self._matrix.clear()  # the truth was restored from an older backup
                self._repaired = repair(store, self._matrix, self._code, self._threads)
                self._follow()
        except BaseException:
            self._matrix.close()
            raise

    def close(self) -> None:
        """Close it. Anything later raises `StoreError`; closing again does nothing."""
        with self._turn:
            if not self._open:
                return
            self._open = False
            try:
                self._matrix.close()
            finally:
                self._store.close()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Changes of the store, one thread at a time, followed by the index."""
        with self._turn:
            self._check_open()
            yield
            self._follow()

    def _refresh(self) -> None:
        """Catch up if somebody else has changed the store."""
        self._check_open()
        if self._store.change() != self._matrix.change:
            with self._turn:
                self._follow()

    def _follow(self) -> None:
        self._check_open()
        follow(self._store, self._matrix, self._code, threads=self._threads)
        self._maybe_checkpoint()

    def _maybe_checkpoint(self) -> None:
        if self._matrix.change - self._saved >= CHECKPOINT:
            self._checkpoint()

    def _checkpoint(self) -> None:
        self._matrix.checkpoint()
        self._saved = self._matrix.change
