"""Restoring a backup into a new folder; whoever was expunged since is expunged again."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, select, text

from tenprint.audit import INTAKE, Event, Intake, append
from tenprint.model import (
    ConflictError,
    NotFoundError,
    StoreError,
    StoreFormatError,
    StoreVersionError,
)
from tenprint.records._backup import BACKUP_VERSION
from tenprint.records._driver import moment
from tenprint.records._expunged import Expunged, hashed, read_log, record
from tenprint.records._migrate import TABLE, migrate
from tenprint.records._records import Records
from tenprint.records._schema import people
from tenprint.records._stream import SealedReader
from tenprint.records._types import MergeRecord, RecordStatus
from tenprint.records._vault import Vault
from tenprint.store import Change, TruthStore, make_folder, sync_folder

_PIECE = 1 << 20


@dataclass(frozen=True)
class RestoreReport:
    """What was restored.

    Attributes
    ----------
    at : datetime
        The moment the backup shows.
    people, images : int
    expunged : int
        People in the backup who had been expunged since, and were again.
    """

    at: datetime
    people: int
    images: int
    expunged: int


def restore(
    source: Path,
    folder: Path,
    *,
    key: bytes | None = None,
    passphrase: str | None = None,
    where: str | None = None,
    master: Path | None = None,
    expunged: Sequence[Path] = (),
    rooms: Sequence[Callable[[Records], None]] = (),
) -> RestoreReport:
    """Make a data folder from a backup. Nothing that exists is overwritten.

    Every byte is checked. The folder appears under its name when all is done; on PostgreSQL the
    database is filled before that.

    Parameters
    ----------
    source : Path
        The backup.
    folder : Path
        The data folder to be made: absent, empty, or with nothing in it but ``expunged.log``.
    key, passphrase : bytes or str
        What the backup was made with.
    where : str, optional
        The address of an empty PostgreSQL database, for a backup of one.
    master : Path, optional
        The master key, where it is not in the backup.
    expunged : sequence of Path
        Logs of who was expunged, such as that of the folder which is to be replaced. The one in
        `folder` is followed too.
    rooms : sequence of callable
        ``follow_expunges`` of the rooms that hold something of people themselves (`tenprint.desk`,
        `tenprint.api`), which this one does not know.

    Raises
    ------
    ConflictError
        If something is there already.
    StoreFormatError
        If the backup is damaged or cut off, or the key is wrong.
    StoreVersionError
        If it was written by a newer version.
    StoreError, InputError, NotFoundError, AuditError
    """
    logs = list(expunged)
    if folder.exists():
        if not folder.is_dir() or {each.name for each in folder.iterdir()} - {"expunged.log"}:
            raise ConflictError("There is something in the folder already.", source=folder)
        if (folder / "expunged.log").exists():
            logs.append(folder / "expunged.log")
    lines = [read_log(each) for each in logs]
    partial = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        make_folder(partial)
        with source.open("rb") as file:
            reader = SealedReader(file, key=key, passphrase=passphrase)
            manifest, images = _unpack(reader, partial, where)
        report = _finish(partial, manifest, images, where, master, lines, rooms)
        if (folder / "expunged.log").exists():
            salt, _ = read_log(folder / "expunged.log")
            if salt != read_log(partial / "expunged.log")[0]:  # another deployment's: kept apart
                shutil.copy(folder / "expunged.log", partial / f"expunged.{salt[:8]}.log")
            (folder / "expunged.log").unlink()
        if folder.exists():
            folder.rmdir()
        partial.rename(folder)
        sync_folder(folder.parent)
    except FileNotFoundError as error:
        raise NotFoundError("There is no such backup.", source=source) from error
    except OSError as error:
        raise StoreError(f"The backup cannot be restored: {error.strerror}.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return report


def _unpack(reader: SealedReader, folder: Path, where: str | None) -> tuple[dict[str, Any], int]:
    """Write the files; the manifest, and how many images there are."""
    sums: dict[str, str] = {}
    manifest: dict[str, Any] = {}
    images = 0
    listed: dict[str, str] | None = None
    try:
        with tarfile.open(fileobj=reader, mode="r|") as archive:  # type: ignore[call-overload]
            for entry in archive:
                content = archive.extractfile(entry)
                if listed is not None or content is None or not _known(entry.name):
                    raise StoreFormatError("The backup holds something unknown.")
                if entry.name in ("manifest.json", "checksums.json"):
                    data = content.read()
                    if entry.name == "checksums.json":
                        listed = json.loads(data)
                        continue
                    sums[entry.name] = hashlib.sha256(data).hexdigest()
                    manifest = _checked(json.loads(data), where)
                    continue
                sums[entry.name] = _write(content, folder / entry.name)
                if entry.name.startswith("images/"):
                    images += 1
                    if sums[entry.name] != Path(entry.name).name:
                        raise StoreFormatError("An image in the backup is damaged.")
    except (tarfile.TarError, ValueError, KeyError) as error:
        raise StoreFormatError("The backup is damaged.") from error
    reader.drain()
    if listed != sums or not manifest:
        raise StoreFormatError("The backup's checksums do not fit.")
    return manifest, images


def _checked(manifest: dict[str, Any], where: str | None) -> dict[str, Any]:
    if manifest["version"] > BACKUP_VERSION:
        raise StoreVersionError("The backup was written by a newer version of tenprint.")
    if (manifest["database"] == "postgresql") != (where is not None):
        raise ConflictError(
            f"This is a backup of a {manifest['database']} database.",
            remedy="Give the address of an empty PostgreSQL database, or none.",
        )
    return manifest


def _known(name: str) -> bool:
    parts = name.split("/")
    if any(part in ("", ".", "..") or part.startswith(".") for part in parts):
        return False
    if len(parts) == 1:
        return name in ("manifest.json", "checksums.json", "gone.json", "people.tenprint")
    return len(parts) == 2 and parts[0] in ("tables", "images", "keys", INTAKE)


def _write(content: Any, path: Path) -> str:
    if path.parent.name == "images":
        make_folder(path.parent)
        path = path.parent / path.name[:2] / path.name
    make_folder(path.parent)
    digest = hashlib.sha256()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        while piece := content.read(_PIECE):
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _finish(
    folder: Path,
    manifest: dict[str, Any],
    images: int,
    where: str | None,
    master: Path | None,
    logs: Sequence[tuple[str, list[Expunged]]],
    rooms: Sequence[Callable[[Records], None]],
) -> RestoreReport:
    if where is not None:
        _fill_database(where, folder, manifest)
        shutil.rmtree(folder / "tables")
    place = where or str(folder / "people.tenprint")
    gone = json.loads((folder / "gone.json").read_bytes())
    (folder / "gone.json").unlink()
    with TruthStore.open(place, create=False) as store:
        with store.transaction() as connection:
            migrate(connection)
            for name in gone:
                connection.execute(
                    text("DELETE FROM records_images WHERE file = :file"), {"file": name}
                )
        records = Records(store, Vault.open(folder, master=master, create=False), None, folder)
        for follow in rooms:
            follow(records)
        again = _expunge_again(records, logs)
        if (folder / INTAKE).is_dir():  # without what it says of whom was expunged
            Intake(folder / INTAKE, records.expunged).move(store)
        with store.transaction() as connection:
            detail = {"backup-of": str(manifest["at"]), "expunged": str(again)}
            append(connection, Event("backup.restored", "", "tenprint", detail=detail))
        count, _ = store.count()
    return RestoreReport(datetime.fromisoformat(manifest["at"]), count, images, again)


def _expunge_again(records: Records, logs: Sequence[tuple[str, list[Expunged]]]) -> int:
    """Follow the logs; how many people had to be expunged."""
    store = records.store
    latest: dict[str, dict[str, Expunged]] = {}
    for salt, lines in logs:
        known = latest.setdefault(salt, {})
        for each in lines:
            if each.person not in known or each.at > known[each.person].at:
                known[each.person] = each
    doomed: list[tuple[str, Expunged]] = []
    with store.reading() as connection:
        rows = connection.execute(select(people.c.person, people.c.created_at)).all()
    for salt, known in latest.items():
        for row in rows if known else ():
            found = known.get(hashed(salt, row.person))
            created = moment(row.created_at)
            # Enrolled again after it was expunged: that is somebody else's record.
            if found is not None and created is not None and created <= found.at:
                doomed.append((row.person, found))
    with store.reading() as connection:
        chains = {person: _chain(records, connection, person) for person, _ in doomed}
    # Who was expunged with everybody merged into them, first; the others are gone then.
    for person, each in sorted(doomed, key=lambda pair: len(chains[pair[0]])):
        with store.reading() as connection:
            if records.status(connection, person) in (None, RecordStatus.EXPUNGED):
                continue
            chain = _chain(records, connection, person)
        try:
            with store.writing() as change:
                _take_out(records, change, person, chain, each.reason)
        except ConflictError:  # the holder has nothing but what came from this person
            with store.writing() as change:
                records.expunge(change, chain[-1].target, each.reason)
    with store.transaction() as connection:
        for salt, known in latest.items():
            if salt == records.expunge_salt:
                for each in known.values():
                    record(connection, each)
    # The file follows the table.
    Records(store, records.vault, None, records.folder)
    return len(doomed)


def _chain(records: Records, connection: Connection, person: str) -> list[MergeRecord]:
    """The merges that lead from a person to who holds everything now."""
    chain: list[MergeRecord] = []
    while True:
        found = [
            each
            for each in records.merges(connection, person)
            if each.source == person and each.undone_at is None
        ]
        if not found:
            return chain
        chain.append(found[-1])
        person = found[-1].target


def _take_out(
    records: Records, change: Change, person: str, chain: Sequence[MergeRecord], reason: str
) -> None:
    """Expunge somebody who is merged in the backup, and leave the others as they are."""
    for each in reversed(chain):
        records.unmerge(change, each.id)
    records.expunge(change, person, reason)
    for each in reversed(chain[1:]):
        both = {records.status(change.connection, name) for name in (each.target, each.source)}
        if RecordStatus.SEALED not in both:
            records.merge(change, each.target, each.source)


def _fill_database(where: str, folder: Path, manifest: dict[str, Any]) -> None:
    with TruthStore.open(where) as store, store.transaction() as connection:
        if store.last_id() or inspect(connection).has_table(TABLE):
            raise ConflictError("There is something in the database already.", source=store.source)
        migrate(connection, to=manifest["revision"])
        known = set(inspect(connection).get_table_names())
        connection.exec_driver_sql(f"DELETE FROM {TABLE}")  # noqa: S608
        connection.exec_driver_sql("DELETE FROM meta")
        for name in manifest["tables"]:
            if name not in known:
                raise StoreFormatError("The backup holds a table that is not tenprint's.")
            _load_table(connection, name, folder / "tables" / name)
        _set_sequences(connection)


def _load_table(connection: Connection, name: str, path: Path) -> None:
    driver: Any = connection.connection.driver_connection
    quoted = connection.dialect.identifier_preparer.quote(name)
    with (
        path.open("rb") as file,
        driver.cursor() as cursor,
        cursor.copy(f"COPY {quoted} FROM STDIN (FORMAT BINARY)") as rows,
    ):
        while piece := file.read(_PIECE):
            rows.write(piece)


def _set_sequences(connection: Connection) -> None:
    """Let numbers go on where they were."""
    query = """
        SELECT table_name, column_name,
               pg_get_serial_sequence(quote_ident(table_name), column_name) AS sequence
        FROM information_schema.columns WHERE table_schema = current_schema()
    """
    quote = connection.dialect.identifier_preparer.quote
    for row in connection.exec_driver_sql(query).all():
        if row.sequence is not None:
            table, column = quote(row.table_name), quote(row.column_name)
            highest = f"SELECT max({column}) FROM {table}"  # noqa: S608
            connection.exec_driver_sql(
                f"SELECT setval('{row.sequence}', coalesce(({highest}), 1),"
                f" ({highest}) IS NOT NULL)"
            )
