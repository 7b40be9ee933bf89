"""The other side: does what it is asked, until told to close or until nobody asks any more."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

from tenprint.process._tuning import settle


class Child:
    """What is asked as ``name`` is done by the method ``do_name``, and what it returns is said.

    First of all it is asked to ``open``, with whatever it needs.

    Attributes
    ----------
    at_once : int
        Threads that do what is asked.
    apart : frozenset of str
        What takes long and is done by a thread of its own, so that nothing waits behind it.
    """

    at_once = 4
    apart: frozenset[str] = frozenset()

    def do_open(self, *arguments: Any) -> None:
        """Load what it takes to answer."""
        raise NotImplementedError

    def close(self) -> None:
        """Give back what is held; called once everything asked is done."""

    def run(self, line: Connection[Any, Any]) -> None:
        """Read what is asked."""
        pool = ThreadPoolExecutor(self.at_once, "asked")
        aside = ThreadPoolExecutor(max(1, len(self.apart)), "apart")
        sending = threading.Lock()
        while True:
            try:
                number, what, arguments = line.recv()
            except (EOFError, OSError):
                # Whoever asked is gone, and with it everybody who waits. What is held needs no
                # closing, and the next process wants it now.
                os._exit(0)
            if what == "close":
                aside.shutdown()
                pool.shutdown()
                _answer(line, sending, number, self.close)
                gc.unfreeze()  # at the end everything is taken down in order
                return
            work = self._open if what == "open" else getattr(self, f"do_{what}")
            where = aside if what in self.apart else pool
            where.submit(_answer, line, sending, number, work, *arguments)

    def _open(self, *arguments: Any) -> None:
        self.do_open(*arguments)
        settle()


def serve(child: Child) -> None:
    """Serve the socket whose number is the program's first argument."""
    # Both go to all processes of a terminal or a unit: the one that started this says when to end.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    child.run(Connection(int(sys.argv[1])))


def _answer(
    line: Connection[Any, Any], sending: threading.Lock, number: int, work: Any, *arguments: Any
) -> None:
    try:
        said = (number, True, work(*arguments))
    except Exception as error:
        said = (number, False, error)
    try:
        packed = pickle.dumps(said, 5)
    except Exception:  # an error of a library that does not travel
        packed = pickle.dumps((number, False, RuntimeError(type(said[2]).__name__)), 5)
    with sending:
        line.send_bytes(packed)
