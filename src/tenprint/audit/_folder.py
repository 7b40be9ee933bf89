"""The folder of checkpoints: "elsewhere", as far as this machine has such a place."""

from __future__ import annotations

import os
from datetime import UTC
from pathlib import Path

from tenprint.audit._checkpoint import MAX_TEXT, Checkpoint
from tenprint.model import StoreError

_LATEST = "latest.checkpoint"


def read_latest(folder: Path) -> str | None:
    """The text of the last checkpoint, or None where there is none.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    path = folder / _LATEST
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_TEXT + 1).decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError("The last checkpoint cannot be read.", source=path) from error


def write_checkpoint(folder: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint into a folder of its day, and as the latest; on disk when it returns.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    moment = checkpoint.time.astimezone(UTC)
    day = folder / moment.strftime("%Y-%m-%d")
    path = day / f"{checkpoint.size:015d}-{moment.strftime('%H%M%S')}.checkpoint"
    try:
        day.mkdir(parents=True, exist_ok=True)
        _write(path, checkpoint.text)
        _write(folder / _LATEST, checkpoint.text)
    except OSError as error:
        raise StoreError("The checkpoint cannot be written.", source=path) from error
    return path


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    half = path.with_suffix(".tmp")
    with half.open("wb") as stream:
        stream.write(text.encode())
        stream.flush()
        os.fsync(stream.fileno())
    half.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
