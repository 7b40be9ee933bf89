"""The master key's file.

Three lines: ``tenprint-master-key 1``, 64 hexadecimal digits, and the first 8 digits of SHA-256 of
the two lines before.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from tenprint.model import StoreError, StoreFormatError, StoreVersionError
from tenprint.records._cipher import Key
from tenprint.store import erase_files, make_folder, sync_folder, write_new

_MAGIC = "tenprint-master-key"
_FORM = re.compile(rb"tenprint-master-key (\d+)\n([0-9a-f]{64})\n([0-9a-f]{8})\n")


class Master:
    """The key above all keys, and which it is.

    Attributes
    ----------
    key : Key
    mark : str
        Tells master keys apart and gives nothing away of them.
    """

    def __init__(self, secret: bytes) -> None:
        self.key = Key(secret)
        self.mark = hashlib.sha256(b"tenprint master key" + secret).hexdigest()[:32]


def _text(secret: bytes) -> bytes:
    body = f"{_MAGIC} 1\n{secret.hex()}\n".encode()
    return body + hashlib.sha256(body).hexdigest()[:8].encode() + b"\n"


def make_master(path: Path) -> Master:
    """A new key in a new file, 0600.

    Raises
    ------
    StoreError
        If it cannot be written, or is there already.
    """
    secret = os.urandom(32)
    try:
        make_folder(path.parent)
        write_new(path, _text(secret))
    except OSError as error:
        raise StoreError(
            f"The master key could not be written: {error.strerror}.", source=path
        ) from error
    return Master(secret)


def read_master(path: Path) -> Master:
    """The key in a file.

    Raises
    ------
    StoreError
        If it cannot be read, or others than its owner may read it.
    StoreFormatError, StoreVersionError
    """
    try:
        mode = path.stat().st_mode
        data = path.read_bytes()[:200]
    except OSError as error:
        raise StoreError(
            f"The master key could not be read: {error.strerror}.", source=path
        ) from error
    if mode & 0o077:
        raise StoreError(
            "Others may read the master key.", source=path, remedy="chmod 600 this file."
        )
    return Master(parse_master(data, path))


def parse_master(data: bytes, source: object) -> bytes:
    """The 32 bytes in a master key file's bytes; errors as `read_master`."""
    found = _FORM.fullmatch(data)
    if not found:
        raise StoreFormatError("This is no master key, or it is damaged.", source=source)
    if found[1] != b"1":
        raise StoreVersionError("The master key has another version.", source=source)
    secret = bytes.fromhex(found[2].decode())
    if _text(secret) != data:
        raise StoreFormatError("The master key is damaged.", source=source)
    return secret


def replace_master(path: Path, new: Path) -> None:
    """Put a new key's file in the place of the old one, whose bytes are overwritten."""
    old = path.with_name(f".{path.name}.old")
    old.unlink(missing_ok=True)
    if path.exists():
        os.link(path, old)
    new.replace(path)
    sync_folder(path.parent)
    erase_files([old])
