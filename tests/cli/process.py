"""The service in a process of its own, and commands on its folder."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from typer.testing import CliRunner

from tenprint.cli import app

COMMAND = [sys.executable, "-W", "error", "-c", "from tenprint.cli import main; main()"]


def tenprint_(*words: str, folder: Path, check: int = 0, **environment: str) -> str:
    """Run a command on a folder; what it prints."""
    given = {"TENPRINT_FOLDER": str(folder), **environment}
    done = CliRunner().invoke(app, list(words), env=given)
    assert done.exit_code == check, (done.output, done.exception)
    return done.stdout or done.stderr


class Process:
    """A service in a process of its own."""

    def __init__(self, folder: Path, *options: str, port: int = 0, **environment: str) -> None:
        self.said: list[str] = []
        self.listening = threading.Event()
        self.process = subprocess.Popen(
            [*COMMAND, "serve", str(folder), "--port", str(port), *options],
            env={**os.environ, **environment},
            stderr=subprocess.PIPE,
            text=True,
        )
        self._url: str | None = None
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def url(self) -> str:
        """Where it listens, as soon as it does."""
        self.listening.wait()
        assert self._url is not None, "".join(self.said)
        return self._url

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.said.append(line)
            if self._url is None and (found := re.search(r"listens at ([^\s;]+)", line)):
                self._url = found[1]
                self.listening.set()
        self.listening.set()

    def end(self, how: int) -> int:
        self.process.send_signal(how)
        code = self.process.wait(60)
        self._reader.join()
        assert self.process.stderr
        self.process.stderr.close()
        return code


@contextmanager
def serving(folder: Path, *options: str, port: int = 0, **environment: str) -> Iterator[Process]:
    process = Process(folder, *options, port=port, **environment)
    try:
        assert process.url
        yield process
    finally:
        if process.process.poll() is None:
            assert process.end(signal.SIGTERM) == 0, process.said
