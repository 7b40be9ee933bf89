"""This side: the other process and what it was asked."""

from __future__ import annotations

import os
import pickle
import socket
import struct
import subprocess
import sys
import threading
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from tenprint.model import ServiceUnavailableError, TenprintError

#: How `multiprocessing.connection.Connection` begins a message of less than 2 GiB.
_LENGTH = struct.Struct("!i")

#: Seconds that the process is given to end what it does, once told to.
_ENDING = 30.0


class Process:
    """A process that does what it is asked; it ends with this one, however that ends.

    Safe to share between threads.

    Parameters
    ----------
    module : str
        What runs in it: its ``__main__`` part calls `serve` with a `Child`.
    lost : callable
        Makes the error of whatever was asked when it ends by itself.
    nice : int
        Steps of ``nice`` by which it stands back on a busy processor.

    Attributes
    ----------
    pid : int
    ended : bool
        Whether it is known that it does nothing more.

    Raises
    ------
    OSError
        If it cannot be started, such as for too little memory.
    """

    def __init__(self, module: str, *, lost: type[TenprintError], nice: int = 0) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self._process = subprocess.Popen(  # noqa: S603 (this program itself)
                [sys.executable, "-P", "-m", module, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
            self._socket = ours.dup()
        self._line: Connection[Any, Any] = Connection(os.dup(self._socket.fileno()))
        self.pid = self._process.pid
        # Now, while it has one thread: on Linux others get its priority when they begin.
        mine = os.getpriority(os.PRIO_PROCESS, os.getpid())
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.pid, mine + nice)
        self.ended = False
        self._lost = lost
        self._lock = threading.Lock()
        self._asked: dict[int, Future[Any]] = {}
        self._count = 0
        self._unsent: deque[memoryview] = deque()  # what it had no room for yet, by another thread
        name = module.rpartition("._")[2]
        self._listener = threading.Thread(target=self._listen, name=name, daemon=True)
        self._listener.start()

    @classmethod
    def opened(
        cls, module: str, *how: Any, lost: type[TenprintError], refused: str, nice: int = 0
    ) -> Process:
        """A process that has done as ``open`` says, with `how`.

        Raises
        ------
        ServiceUnavailableError
            With the words `refused`, if it cannot be started, or ends while it opens.
        """
        try:
            process = cls(module, lost=lost, nice=nice)
        except OSError as error:  # such as too little memory
            raise ServiceUnavailableError(refused) from error
        try:
            process.ask("open", *how).result()
        except lost:
            process.end()
            raise ServiceUnavailableError(refused) from None
        except BaseException:
            process.end()
            raise
        return process

    def ask(self, what: str, *arguments: Any) -> Future[Any]:
        """Have it do something; the future fails with `lost` where it ends.

        Never waits, even for one that reads nothing: whoever answers many may call it.
        Futures are done by a thread that must not be held up: what is called back must be quick,
        and must not ask and wait.
        """
        future: Future[Any] = Future()
        future.set_running_or_notify_cancel()
        with self._lock:
            if not self.ended:
                self._count += 1
                message = pickle.dumps((self._count, what, arguments), 5)
                self._asked[self._count] = future
                try:
                    self._send(message)
                except OSError:  # nobody listens, known before the listener has its turn
                    self.ended = True
                    del self._asked[self._count]
                else:
                    return future
        future.set_exception(self._lost())
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
        self._socket.close()

    def _send(self, message: bytes) -> None:
        """Send a message as `Connection` frames it, now or as soon as there is room."""
        data = memoryview(_LENGTH.pack(len(message)) + message)
        if not self._unsent:
            with suppress(BlockingIOError):
                data = data[self._socket.send(data, socket.MSG_DONTWAIT) :]
        if not data:
            return
        self._unsent.append(data)
        if len(self._unsent) == 1:
            threading.Thread(target=self._send_rest, name="process-send", daemon=True).start()

    def _send_rest(self) -> None:
        while True:
            try:
                self._socket.sendall(self._unsent[0])
            except OSError:
                return  # it has ended, which the listener finds
            with self._lock:
                self._unsent.popleft()
                if not self._unsent:
                    return

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
            future.set_exception(self._lost())
