"""Figures of minutes, hours and days on disk, so that a restart does not begin the day anew.

A file of the data folder: a line ``tenprint-figures 1``, then a line with its CRC-32 in 8
hexadecimal digits, a space, and JSON. Counts only, nothing personal. It is written every ten
seconds and at the end; a crash loses what came since.
"""

from __future__ import annotations

import json
import os
import threading
import zlib
from contextlib import suppress
from pathlib import Path

from tenprint.desk._figures import Figures
from tenprint.desk._processes import Processes
from tenprint.model import StoreError, StoreFormatError, StoreVersionError
from tenprint.store import write_all

#: The file's name in the data folder.
FIGURES = "figures"

_MAGIC, _VERSION = b"tenprint-figures ", b"1"

#: Seconds between two looks at the processes, and how many of them lie between two writes.
_PAUSE, _EVERY = 2.0, 5


class KeptFigures:
    """A thread that keeps the figures, and looks at the processes now and then.

    A file that cannot be read is set aside and counted as a fault, as is one that cannot be
    written; the service answers all the same.

    Parameters
    ----------
    folder : Path
    figures : Figures
        Go on from what was kept.
    processes : Processes
    """

    def __init__(self, folder: Path, figures: Figures, processes: Processes) -> None:
        self._path = folder / FIGURES
        self._figures = figures
        self._processes = processes
        self._closed = threading.Event()
        try:
            read_figures(self._path, figures)
        except StoreError as error:
            figures.error(error.code)
            with suppress(OSError):  # then writing says so
                self._path.replace(self._path.with_name(f"{FIGURES}.unread"))
        self._thread = threading.Thread(target=self._run, name="figures", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write them a last time; again does nothing."""
        if not self._closed.is_set():
            self._closed.set()
            self._thread.join()
            self._write()

    def _run(self) -> None:
        count = 0
        while not self._closed.wait(_PAUSE):
            self._processes.sample()
            count += 1
            if count % _EVERY == 0:
                self._write()

    def _write(self) -> None:
        try:
            write_figures(self._path, self._figures)
        except StoreError as error:
            self._figures.error(error.code)


def read_figures(path: Path, figures: Figures) -> None:
    """Have the figures go on from a file, if there is one.

    Raises
    ------
    StoreFormatError
        If it is another file, or damaged.
    StoreVersionError
        If another version wrote it.
    StoreError
        If it cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"The figures cannot be read: {error.strerror}.", source=path) from error
    head, _, line = data.partition(b"\n")
    if not head.startswith(_MAGIC):
        raise StoreFormatError("These are no figures.", source=path)
    if head != _MAGIC + _VERSION:
        raise StoreVersionError("The figures are of another version.", source=path)
    check, _, body = line.rstrip(b"\n").partition(b" ")
    if check != b"%08x" % zlib.crc32(body):
        raise StoreFormatError("The figures are damaged.", source=path)
    try:
        figures.take(json.loads(body))
    except (AttributeError, KeyError, TypeError, ValueError):
        raise StoreFormatError("The figures are damaged.", source=path) from None


def write_figures(path: Path, figures: Figures) -> None:
    """Write the file anew, whole or not at all.

    It is not synchronised, which would hold up what has to be on disk: where the machine itself
    stops, what was written lately may be gone.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    body = json.dumps(figures.kept(), separators=(",", ":")).encode()
    data = b"%s%s\n%08x %s\n" % (_MAGIC, _VERSION, zlib.crc32(body), body)
    draft = path.with_name(f".{path.name}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            write_all(handle, data)
        finally:
            os.close(handle)
        draft.replace(path)
    except OSError as error:
        raise StoreError(
            f"The figures cannot be written: {error.strerror}.", source=path
        ) from error
