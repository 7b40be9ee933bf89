"""The index of names in an encrypted file beside the database, so that a start is quick.

``TPNAMES1``, a key of the file's own wrapped by the master key (60 bytes), then what `SealedWriter`
makes of: a line of JSON (of which store, at which change) with its length in 4 bytes, and the
index (`Frozen.write`). It is derived: where it is missing or of no use, names are read anew.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from tenprint.model import StoreError, StoreFormatError
from tenprint.names import Frozen
from tenprint.records._cipher import WRAPPED
from tenprint.records._stream import SealedReader, SealedWriter
from tenprint.records._vault import Vault
from tenprint.store import sync_folder

#: The file's name in the data folder.
NAMES = "names.index"

_MAGIC = b"TPNAMES1"
_LINE = 1000


def write_names(folder: Path, vault: Vault, salt: str, change: int, frozen: Frozen) -> None:
    """Write the file, in the place of the one there; it appears when it is whole.

    Parameters
    ----------
    salt : str
        Names the store (`Records.expunge_salt`).
    change : int
        Everything up to this change is in the index.

    Raises
    ------
    StoreError
        If the disk refuses.
    """
    partial = folder / f".{NAMES}.partial"
    key, wrapped = vault.new_secret("names")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(_MAGIC + wrapped)
            sink = SealedWriter(file, key=key, passphrase=None)
            line = json.dumps({"salt": salt, "change": change}).encode()
            sink.write(len(line).to_bytes(4, "big") + line)
            frozen.write(sink.write)
            sink.finish()
            file.flush()
            os.fsync(file.fileno())
        erase_names(folder)
        partial.rename(folder / NAMES)
        sync_folder(folder)
    except OSError as error:
        raise StoreError(
            f"The index of names could not be written: {error.strerror}.", source=folder / NAMES
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def read_names(folder: Path, vault: Vault, salt: str) -> tuple[int, Frozen] | None:
    """The change up to which the file knows everything, and the index; None where there is none.

    Raises
    ------
    StoreFormatError, StoreVersionError
        If it is damaged, of another store, under another master key or of another version.
    """
    try:
        with (folder / NAMES).open("rb") as file:
            head = file.read(len(_MAGIC) + WRAPPED)
            if len(head) < len(_MAGIC) + WRAPPED or not head.startswith(_MAGIC):
                raise StoreFormatError("This is no index of names.", source=folder / NAMES)
            key = vault.secret(head[len(_MAGIC) :], "names")
            source = SealedReader(file, key=key, passphrase=None)
            length = int.from_bytes(source.read(4), "big")
            about = json.loads(source.read(min(length, _LINE)))
            if about["salt"] != salt:
                raise StoreFormatError("The index of names is another store's.", source=folder)
            frozen = Frozen.read(source.read)
            source.drain()
            return int(about["change"]), frozen
    except FileNotFoundError:
        return None


def erase_names(folder: Path) -> None:
    """Destroy the file's key, and remove the file; nothing happens where there is none.

    Raises
    ------
    StoreError
        If the disk refuses.
    """
    path = folder / NAMES
    try:
        handle = os.open(path, os.O_WRONLY | os.O_NOFOLLOW)
        try:
            os.pwrite(handle, secrets.token_bytes(len(_MAGIC) + WRAPPED), 0)
            os.fsync(handle)
        finally:
            os.close(handle)
        path.unlink(missing_ok=True)
        sync_folder(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(
            f"The index of names could not be erased: {error.strerror}.", source=path
        ) from error
