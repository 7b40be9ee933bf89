"""The other process of `GalleryProcess`: ``python -m tenprint.gallery._process_child FD``."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

from tenprint.gallery._gallery import Gallery
from tenprint.model import StoreBusyError

#: Seconds to wait for the index of a process before, which may still be ending.
_BEFORE = 5.0

#: Things done at once: a search, and short ones beside it.
_AT_ONCE = 4


class _Child:
    """Does what it is told, until told to close or until whoever started it has ended."""

    def __init__(self, line: Connection[Any, Any]) -> None:
        self._line = line
        self._sending = threading.Lock()
        self._gallery: Gallery | None = None

    def run(self) -> None:
        """Read what is asked; each is done by another thread."""
        pool = ThreadPoolExecutor(_AT_ONCE, "asked")
        while True:
            try:
                number, what, arguments = self._line.recv()
            except (EOFError, OSError):
                # Whoever asked is gone, and with it everybody who waits. The index needs no
                # closing, and the next process wants it now.
                os._exit(0)
            if what == "close":
                pool.shutdown()
                self._answer(number, self._close)
                return
            pool.submit(self._answer, number, getattr(self, f"_{what}"), *arguments)

    def _answer(self, number: int, work: Any, *arguments: Any) -> None:
        try:
            said = (number, True, work(*arguments))
        except Exception as error:
            said = (number, False, error)
        try:
            packed = ForkingPickler.dumps(said)
        except Exception:  # an error of a library that does not travel
            packed = ForkingPickler.dumps((number, False, RuntimeError(type(said[2]).__name__)))
        with self._sending:
            self._line.send_bytes(packed)

    def _open(self, where: Path | str, index: Path, threads: int, busy_timeout: float) -> None:
        until = time.monotonic() + _BEFORE
        while self._gallery is None:
            try:
                self._gallery = Gallery.open(
                    where, create=False, index=index, busy_timeout=busy_timeout, threads=threads
                )
            except StoreBusyError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _identify(self, probes: Any, limit: int, galleries: int) -> Any:
        return self._known().identify_many(probes, limit, galleries=galleries)

    def _follow(self) -> None:
        self._known().follow()

    def _info(self) -> Any:
        return self._known().info()

    def _close(self) -> None:
        if self._gallery is not None:
            self._gallery.close()

    def _known(self) -> Gallery:
        if self._gallery is None:
            raise RuntimeError("No gallery is open.")
        return self._gallery


def main() -> None:
    """Serve the socket whose number is the first argument."""
    # Both go to all processes of a terminal or a unit: the one that started this says when to end.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    _Child(Connection(int(sys.argv[1]))).run()


if __name__ == "__main__":
    main()
