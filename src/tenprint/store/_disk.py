"""Files that are on the disk when a function returns."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make names in a folder last."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """A folder that only its owner may enter, on the disk with its name."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)


def write_all(handle: int, data: bytes) -> None:
    """Write every byte."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def write_new(path: Path, data: bytes) -> None:
    """Write a file that must not exist yet, 0600; whole or not at all, and on the disk.

    Raises
    ------
    FileExistsError
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        try:
            write_all(handle, data)
            os.fsync(handle)
        finally:
            os.close(handle)
        os.link(temporary, path)  # unlike a rename, it never replaces
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def erase_files(paths: Iterable[Path]) -> int:
    """Overwrite files with zeros and remove them; how many there were.

    A solid-state disk or a copy-on-write file system may keep the old blocks; what lies in them is
    encrypted, and its key is destroyed first where somebody is expunged.
    """
    done = 0
    folders: set[Path] = set()
    for path in paths:
        try:
            handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            continue
        try:
            write_all(handle, bytes(os.fstat(handle).st_size))
            os.fsync(handle)
        finally:
            os.close(handle)
        path.unlink(missing_ok=True)
        folders.add(path.parent)
        done += 1
    for folder in folders:
        sync_folder(folder)
    return done
