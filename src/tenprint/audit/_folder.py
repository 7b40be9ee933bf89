"""The folder of checkpoints: "elsewhere", as far as this machine has such a place."""

from __future__ import annotations

import os
from datetime import UTC
from pathlib import Path

from tenprint.audit._checkpoint import MAX_TEXT, Checkpoint
from tenprint.model import StoreError
from tenprint.store import sync_folder

_LATEST = "latest.checkpoint"
_KEY = "public.key"


def read_latest(folder: Path) -> str | None:
    """The text of the last checkpoint, or None where there is none.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    return _read(folder / _LATEST)


def read_public_key(folder: Path) -> str | None:
    """The line of the public key that was written beside the first checkpoint, or None.

    Whoever can write the folder can replace it: keep a copy where nobody can, and compare.

    Raises
    ------
    StoreError
        If it cannot be read.
    """
    return _read(folder / _KEY)


def _read(path: Path) -> str | None:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_TEXT + 1).decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError("This cannot be read.", source=path) from error


def write_checkpoint(folder: Path, checkpoint: Checkpoint, public_key: str) -> Path:
    """Write a checkpoint into a folder of its day, and as the latest; on disk when it returns.

    The public key is written beside it where there is none yet.

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
        if not (folder / _KEY).exists():
            _write(folder / _KEY, public_key + "\n")
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
    sync_folder(path.parent)
