"""The service in a process of its own, as anybody would start it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tenprint.model import ServiceUnavailableError

_START = "from tenprint.cli import main; main()"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Server:
    """Where it listens, and what it has used."""

    host: str
    port: int
    pid: int

    def processor_seconds(self) -> float:
        """Processor time of its processes so far."""
        ticks = 0
        for each in self._processes():
            words = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            ticks += int(words[11]) + int(words[12])
        return ticks / _TICKS

    def memory_bytes(self) -> int:
        """Their resident memory, mapped files included."""
        pages = sum(
            int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in self._processes()
        )
        return pages * os.sysconf("SC_PAGE_SIZE")

    def _processes(self) -> list[int]:
        """The service, and what searches for it."""
        found = [self.pid]
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            found += [int(each) for each in (task / "children").read_text().split()]
        return found


@contextmanager
def started(folder: Path, database: str | None, log: Path, wait: float) -> Iterator[Server]:
    """Start the service, wait until it is ready, and stop it at the end.

    Raises
    ------
    ServiceUnavailableError
        If it is not ready within `wait` seconds.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = dict(os.environ)
    if database:
        environment["TENPRINT_DATABASE"] = database
    command = [sys.executable, "-c", _START, "serve", str(folder), "--port", str(port)]
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603 (this program itself)
            command, stdout=out, stderr=out, env=environment
        )
        try:
            _await_ready(process, port, wait, log)
            yield Server("127.0.0.1", port, process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(120)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _await_ready(process: subprocess.Popen[bytes], port: int, wait: float, log: Path) -> None:
    until = time.monotonic() + wait
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
                return
        except (OSError, urllib.error.URLError):
            time.sleep(0.2)
    raise ServiceUnavailableError("The service did not become ready.", source=log)
