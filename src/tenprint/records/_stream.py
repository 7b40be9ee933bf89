"""An encrypted file that is written and read from front to back.

``TPBACKUP``, one byte version (1), the header's length (4 bytes, big-endian) and the header, JSON:
how the key is derived (``scrypt``: n, r, p, salt; or ``given``) and a random ``salt`` of the file.
Then portions: length (4 bytes) and AES-256-GCM ciphertext of at most 1 MiB. The key is HKDF-SHA256
of the given or derived key and the file's salt, the nonce the portion's number; authenticated with
each: the header's hash, and whether it is the last. So a file cut off, reordered or changed
anywhere is noticed at that place (the STREAM construction; Hoang, Reyhanitabar, Rogaway & Vizár
2015).
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from tenprint.model import InputError, StoreFormatError, StoreVersionError

_MAGIC = b"TPBACKUP"
_PORTION = 1 << 20
_TAG = 16
#: scrypt's cost for new files: 128 MiB and about half a second; and the most that is read.
_COST, _MOST = {"n": 2**17, "r": 8, "p": 1}, {"n": 2**20, "r": 8, "p": 4}


def _cipher(header: dict[str, Any], key: bytes | None, passphrase: str | None) -> AESGCM:
    if (key is None) == (passphrase is None):
        raise InputError("Give either a key or a passphrase.", field="key")
    if (header["kdf"] == "scrypt") != (passphrase is not None):
        words = "a passphrase" if header["kdf"] == "scrypt" else "a key"
        raise InputError(f"This backup is opened by {words}.", field="key")
    if passphrase is not None:
        salt = bytes.fromhex(header["kdf_salt"])
        derive = Scrypt(salt=salt, length=32, n=header["n"], r=header["r"], p=header["p"])
        key = derive.derive(passphrase.encode())
    if key is None or len(key) != 32:
        raise InputError("A key has 32 bytes.", field="key")
    file_salt = bytes.fromhex(header["salt"])
    return AESGCM(HKDF(SHA256(), 32, file_salt, b"tenprint backup 1").derive(key))


class SealedWriter:
    """Takes bytes, writes portions. `finish` it, else the file is not whole."""

    def __init__(self, file: IO[bytes], *, key: bytes | None, passphrase: str | None) -> None:
        if passphrase is not None and len(passphrase) < 8:
            raise InputError("A passphrase has 8 characters or more.", field="passphrase")
        header: dict[str, Any] = {"kdf": "given", "salt": os.urandom(32).hex()}
        if passphrase is not None:
            header |= {"kdf": "scrypt", "kdf_salt": os.urandom(32).hex(), **_COST}
        self._cipher = _cipher(header, key, passphrase)
        self._file = file
        self._waiting = bytearray()
        self._number = 0
        text = json.dumps(header).encode()
        head = _MAGIC + b"\x01" + len(text).to_bytes(4, "big") + text
        self._bound = hashlib.sha256(head).digest()
        file.write(head)

    def write(self, data: bytes) -> int:
        """Take bytes."""
        self._waiting += data
        while len(self._waiting) > _PORTION:
            self._put(bytes(self._waiting[:_PORTION]), b"\x00")
            del self._waiting[:_PORTION]
        return len(data)

    def finish(self) -> None:
        """Write the last portion."""
        self._put(bytes(self._waiting), b"\x01")

    def _put(self, data: bytes, last: bytes) -> None:
        nonce = self._number.to_bytes(12, "big")
        sealed = self._cipher.encrypt(nonce, data, self._bound + last)
        self._file.write(len(sealed).to_bytes(4, "big") + sealed)
        self._number += 1


class SealedReader:
    """Gives the bytes back.

    Raises
    ------
    StoreFormatError
        Also while reading: if the file is damaged or cut off, or the key is another.
    StoreVersionError, InputError
    """

    def __init__(self, file: IO[bytes], *, key: bytes | None, passphrase: str | None) -> None:
        self._file = file
        head = file.read(13)
        if len(head) < 13 or head[:8] != _MAGIC:
            raise StoreFormatError("This is no backup of tenprint.")
        if head[8] != 1:
            raise StoreVersionError("The backup has another version.")
        length = int.from_bytes(head[9:], "big")
        if length > 4096:
            raise self._damaged()
        text = file.read(length)
        try:
            header = json.loads(text)
            if header["kdf"] == "scrypt":
                if any(not 1 <= int(header[each]) <= most for each, most in _MOST.items()):
                    raise ValueError
            elif header["kdf"] != "given":
                raise ValueError
            bytes.fromhex(header["salt"]), bytes.fromhex(header.get("kdf_salt", ""))
            if header["kdf"] == "scrypt" and header["n"] & (header["n"] - 1):
                raise ValueError
        except (ValueError, KeyError, TypeError) as error:
            raise self._damaged() from error
        self._cipher = _cipher(header, key, passphrase)
        self._bound = hashlib.sha256(head + text).digest()
        self._number = 0
        self._have = bytearray()
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; fewer only at the end."""
        while not self._ended and (size < 0 or len(self._have) < size):
            self._have += self._portion()
        size = len(self._have) if size < 0 else size
        data = bytes(self._have[:size])
        del self._have[:size]
        return data

    def drain(self) -> None:
        """Read on to the end, which proves that the file is whole."""
        while self.read(_PORTION):
            pass

    def _portion(self) -> bytes:
        head = self._file.read(4)
        length = int.from_bytes(head, "big")
        if len(head) < 4 or not _TAG <= length <= _PORTION + _TAG:
            raise self._damaged()
        sealed = self._file.read(length)
        if len(sealed) < length:
            raise self._damaged()
        nonce = self._number.to_bytes(12, "big")
        self._number += 1
        # All but the last portion are full, so that most need one attempt.
        for last in (b"\x00", b"\x01") if length == _PORTION + _TAG else (b"\x01", b"\x00"):
            try:
                data = self._cipher.decrypt(nonce, sealed, self._bound + last)
            except InvalidTag:
                continue
            self._ended = last == b"\x01"
            if self._ended and self._file.read(1):
                raise self._damaged()
            return data
        if self._number == 1:
            raise StoreFormatError(
                "The key or passphrase is wrong, or the backup is damaged.", field="portion 0"
            )
        raise self._damaged()

    def _damaged(self) -> StoreFormatError:
        number = getattr(self, "_number", 0)
        return StoreFormatError(
            "The backup is damaged or cut off.",
            field=f"portion {number}",
            remedy="Use another copy of it.",
        )
