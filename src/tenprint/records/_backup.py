"""Backups, made while the service goes on writing.

One encrypted file (`_stream`) that holds a tar archive: ``manifest.json``; the database at one
moment (``people.tenprint``, or ``tables/NAME`` in PostgreSQL's binary COPY format); what of the
audit log was on its way there (``audit-intake/NAME``); the image files that this moment knows; the
keys; last ``checksums.json``, SHA-256 of each. The gallery's index is not in it: it is derived
again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, MetaData, inspect, text

from tenprint.audit import INTAKE, read_intake
from tenprint.model import ConflictError, StoreError, StoreFormatError
from tenprint.records._migrate import revision
from tenprint.records._stream import SealedWriter
from tenprint.records._vault import Vault
from tenprint.store import TRUTH_VERSION, TruthStore, sync_folder

#: The version of what is in the archive.
BACKUP_VERSION = 2

#: The file in the data folder whose time is that of the last backup.
LAST_BACKUP = "last-backup"

_LIVE = text("SELECT 1 FROM records_images WHERE file = :file")


@dataclass(frozen=True)
class BackupReport:
    """What a backup holds.

    Attributes
    ----------
    target : Path
    at : datetime
        The moment it shows.
    images, gone : int
        Images in it, and those that were deleted while it was made.
    size : int
        Bytes of the file.
    """

    target: Path
    at: datetime
    images: int
    gone: int
    size: int


class _Archive:
    """A tar archive that remembers checksums."""

    def __init__(self, sink: SealedWriter) -> None:
        self._tar = tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT)  # type: ignore[call-overload]  # noqa: SIM115
        self.sums: dict[str, str] = {}

    def add_bytes(self, name: str, data: bytes) -> None:
        """One entry from memory."""
        info = tarfile.TarInfo(name)
        info.size = len(data)
        self._tar.addfile(info, io.BytesIO(data))
        self.sums[name] = hashlib.sha256(data).hexdigest()

    def add_file(self, name: str, path: Path) -> None:
        """One entry from a file that does not change."""
        info = tarfile.TarInfo(name)
        info.size = path.stat().st_size
        with path.open("rb") as file:
            self.sums[name] = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            self._tar.addfile(info, file)

    def close(self) -> None:
        """The checksums, and the archive's end."""
        self.add_bytes("checksums.json", json.dumps(self.sums).encode())
        self._tar.close()


def backup(
    store: TruthStore,
    vault: Vault,
    folder: Path,
    target: Path,
    *,
    key: bytes | None = None,
    passphrase: str | None = None,
    keys: bool = True,
) -> BackupReport:
    """Write everything to one encrypted file, while others read and write.

    The file shows the database at one moment. Needs free space for a copy of the database beside
    `target` meanwhile. Whoever has file and key can read it all, also who was expunged later:
    `restore` expunges them again, an attacker would not. So old backups must be destroyed in time.
    The moment it shows becomes the time of the file ``last-backup`` in `folder`, where the desk of
    a running service reads it (`Load.last_backup`).

    Parameters
    ----------
    store : TruthStore
    vault : Vault
    folder : Path
        The data folder.
    target : Path
        The file to be made; it must not exist. It appears under its name when it is whole.
    key, passphrase : bytes or str
        One of them: 32 bytes, or 8 characters or more from which scrypt (RFC 7914) derives a key.
    keys : bool
        Whether the master key and the other files of ``keys`` are in it. Without them the master
        key must be kept elsewhere, and given to `restore`.

    Raises
    ------
    ConflictError
        If `target` exists.
    StoreFormatError
        If an image is missing or damaged.
    StoreError, InputError
    """
    if target.exists():
        raise ConflictError("The file exists already.", source=target)
    partial = target.with_name(f".{target.name}.partial")
    try:
        with _new_file(partial) as file:
            sink = SealedWriter(file, key=key, passphrase=passphrase)
            archive = _Archive(sink)
            with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as scratch:
                at, images, gone = _fill(archive, store, vault, folder, Path(scratch), keys)
            archive.close()
            sink.finish()
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, target)
        sync_folder(target.parent)
        _note(folder / LAST_BACKUP, at)
    except FileExistsError as error:
        raise ConflictError("The file exists already.", source=target) from error
    except OSError as error:
        raise StoreError(f"The backup failed: {error.strerror}.", source=target) from error
    finally:
        partial.unlink(missing_ok=True)
    return BackupReport(target, at, images, gone, target.stat().st_size)


def _note(path: Path, at: datetime) -> None:
    """Keep the moment of the last backup."""
    path.touch(0o600)
    os.utime(path, (at.timestamp(), at.timestamp()))


def _new_file(path: Path) -> IO[bytes]:
    """A file that only its owner may read; what is there is emptied."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _fill(
    archive: _Archive, store: TruthStore, vault: Vault, folder: Path, scratch: Path, keys: bool
) -> tuple[datetime, int, int]:
    at = datetime.now(UTC)
    manifest: dict[str, Any] = {
        "version": BACKUP_VERSION,
        "at": at.isoformat(),
        "truth": TRUTH_VERSION,
        "database": "sqlite",
    }
    # Before the database: what is moved meanwhile is in both, and once in what is restored.
    intake = read_intake(folder / INTAKE)
    if store.copy_to(scratch / "copy"):
        with closing(sqlite3.connect(scratch / "copy")) as copy:
            query = "SELECT version_num FROM service_version"
            manifest["revision"] = copy.execute(query).fetchone()[0]
            names = copy.execute("SELECT file FROM records_images ORDER BY file").fetchall()
        archive.add_bytes("manifest.json", json.dumps(manifest).encode())
        archive.add_file("people.tenprint", scratch / "copy")
        files = [name for (name,) in names]
    else:
        with store.reading() as plain:
            connection = plain.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
                tables = _tables(connection)
                manifest |= {
                    "database": "postgresql",
                    "revision": revision(connection),
                    "tables": tables,
                }
                archive.add_bytes("manifest.json", json.dumps(manifest).encode())
                for name in tables:
                    _copy_table(connection, name, scratch / "table")
                    archive.add_file(f"tables/{name}", scratch / "table")
                query = "SELECT file FROM records_images ORDER BY file"
                files = list(connection.exec_driver_sql(query).scalars())
    for name, data in intake.items():
        archive.add_bytes(f"{INTAKE}/{name}", data)
    if keys:
        for name, path in _keys(vault, folder):
            archive.add_file(name, path)
    gone = _add_images(archive, store, vault, files)
    archive.add_bytes("gone.json", json.dumps(gone).encode())
    return at, len(files) - len(gone), len(gone)


def _tables(connection: Connection) -> list[str]:
    """The tables of our schema, in an order in which they can be filled."""
    found = MetaData()
    found.reflect(connection)
    known = set(inspect(connection).get_table_names())
    return [table.name for table in found.sorted_tables if table.name in known]


def _copy_table(connection: Connection, name: str, path: Path) -> None:
    driver: Any = connection.connection.driver_connection
    quoted = connection.dialect.identifier_preparer.quote(name)
    with (
        _new_file(path) as file,
        driver.cursor() as cursor,
        cursor.copy(f"COPY {quoted} TO STDOUT (FORMAT BINARY)") as rows,
    ):
        for data in rows:
            file.write(data)


def _keys(vault: Vault, folder: Path) -> Iterator[tuple[str, Path]]:
    yield "keys/master.key", vault.path
    for path in sorted((folder / "keys").glob("*")) if (folder / "keys").is_dir() else ():
        if path.is_file() and path != vault.path and not path.name.startswith("."):
            yield f"keys/{path.name}", path


def _add_images(archive: _Archive, store: TruthStore, vault: Vault, files: list[str]) -> list[str]:
    """Add image files; those that were deleted after the database's moment."""
    gone: list[str] = []
    for name in files:
        try:
            archive.add_bytes(f"images/{name}", vault.files.read(name))
        except StoreFormatError:
            with store.reading() as connection:
                if connection.execute(_LIVE, {"file": name}).first():
                    raise
            gone.append(name)
    return gone
