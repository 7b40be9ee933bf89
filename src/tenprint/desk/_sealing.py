"""A key for each transaction, under which its parts and answers are encrypted."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tenprint.model import StoreFormatError

_NONCE = 12


class Sealer:
    """AES-256-GCM with a key of each transaction's own, wrapped by one derived from the master key.

    Whoever destroys a wrapped key destroys all that was sealed under it. Thread-safe.
    """

    def __init__(self, master: bytes) -> None:
        kek = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"tenprint desk 1").derive(master)
        self._wrap = AESGCM(kek)

    def new(self, name: str) -> tuple[Seal, bytes]:
        """A new seal for a transaction, and its wrapped key to be stored."""
        key = AESGCM.generate_key(256)
        nonce = os.urandom(_NONCE)
        return Seal(key, name), nonce + self._wrap.encrypt(nonce, key, name.encode())

    def open(self, name: str, wrapped: bytes) -> Seal:
        """The seal of a wrapped key.

        Raises
        ------
        StoreFormatError
            If it is damaged, or was wrapped under another master key.
        """
        try:
            key = self._wrap.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], name.encode())
        except (InvalidTag, ValueError):
            raise StoreFormatError(
                "A transaction's key cannot be unwrapped.", source="desk", field=name
            ) from None
        return Seal(key, name)


class Seal:
    """Closes and opens the parts of one transaction; thread-safe."""

    def __init__(self, key: bytes, name: str) -> None:
        self._cipher = AESGCM(key)
        self._name = name

    def close(self, part: str, plain: bytes) -> bytes:
        """The part encrypted."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, plain, self._context(part))

    def open(self, part: str, sealed: bytes) -> bytes:
        """The part as it was.

        Raises
        ------
        StoreFormatError
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], self._context(part))
        except (InvalidTag, ValueError):
            raise StoreFormatError(
                "A part of a transaction is damaged.", source="desk", field=self._name
            ) from None

    def _context(self, part: str) -> bytes:
        return f"{self._name}/{part}".encode()
