"""Encrypted image files, named by what is in them."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from tenprint.model import StoreError, StoreFormatError
from tenprint.store import erase_files, make_folder, sync_folder, write_all

_NAME = re.compile(r"[0-9a-f]{64}")


class ImageFiles:
    """``FOLDER/ab/abcdef...``: each file's name is the SHA-256 of its bytes. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """Where a file lies.

        Raises
        ------
        StoreFormatError
            If this is no name of a file.
        """
        if not _NAME.fullmatch(name):
            raise StoreFormatError("This is no name of an image file.", source=self.folder)
        return self.folder / name[:2] / name

    def write(self, contents: Sequence[bytes]) -> list[str]:
        """Write files; each one's name. All are on the disk when this returns.

        Raises
        ------
        StoreError
            If the disk refuses; files written before stay and are swept later.
        """
        written: list[tuple[Path, Path]] = []
        names: list[str] = []
        try:
            make_folder(self.folder)
            for data in contents:
                name = hashlib.sha256(data).hexdigest()
                path = self.path(name)
                make_folder(path.parent)
                temporary = path.parent / f".{secrets.token_hex(8)}"
                handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                written.append((temporary, path))
                try:
                    write_all(handle, data)
                    os.fsync(handle)
                finally:
                    os.close(handle)
                names.append(name)
            for temporary, path in written:
                temporary.rename(path)
            for folder in {path.parent for _, path in written}:
                sync_folder(folder)
        except OSError as error:
            for temporary, _ in written:
                temporary.unlink(missing_ok=True)
            raise StoreError(
                f"An image could not be written: {error.strerror}.", source=self.folder
            ) from error
        return names

    def read(self, name: str) -> bytes:
        """A file's bytes, checked against its name.

        Raises
        ------
        StoreFormatError
            If it is missing or damaged.
        """
        try:
            data = self.path(name).read_bytes()
        except FileNotFoundError as error:
            raise StoreFormatError(
                "An image file is missing.",
                source=self.folder,
                field=name,
                remedy="Restore it from a backup.",
            ) from error
        if hashlib.sha256(data).hexdigest() != name:
            raise StoreFormatError(
                "An image file is damaged.",
                source=self.folder,
                field=name,
                remedy="Restore it from a backup.",
            )
        return data

    def erase(self, names: Iterable[str]) -> int:
        """Overwrite and remove files; how many there were.

        Raises
        ------
        StoreError
            If the disk refuses.
        """
        try:
            return erase_files([self.path(name) for name in names])
        except OSError as error:
            raise StoreError(
                f"An image could not be erased: {error.strerror}.", source=self.folder
            ) from error

    def older_than(self, age: float) -> Iterator[list[str]]:
        """Names of files older than `age` seconds, a folder at a time; stray ones are removed.

        Stray files are those a crash left under a temporary name.
        """
        if not self.folder.is_dir():
            return
        limit = time.time() - age
        for folder in sorted(self.folder.iterdir()):
            names: list[str] = []
            stray: list[Path] = []
            for each in os.scandir(folder):
                try:
                    if each.stat().st_mtime > limit:
                        continue
                except FileNotFoundError:
                    continue
                if _NAME.fullmatch(each.name):
                    names.append(each.name)
                elif each.name.startswith("."):
                    stray.append(Path(each.path))
            erase_files(stray)
            yield names
