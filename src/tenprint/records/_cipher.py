"""One key: sealing, opening, and keys under keys.

AES-256 in Galois/counter mode (NIST SP 800-38D) with a random nonce of 96 bits: nonce, ciphertext,
tag of 128 bits. The context (what the bytes are, and of which row) is authenticated with them, so
that nothing can be put in another's place. A key seals far fewer than 2**32 messages.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tenprint.model import StoreFormatError

#: Bytes of a key, of a nonce, of a tag, and of a wrapped key.
KEY, NONCE, TAG = 32, 12, 16
WRAPPED = NONCE + KEY + TAG


class Key:
    """A key of 256 bits. Safe to share between threads; never printed.

    Parameters
    ----------
    secret : bytes, optional
        32 bytes; default: new random ones.
    """

    __slots__ = ("_cipher", "_secret")

    def __init__(self, secret: bytes | None = None) -> None:
        self._secret = os.urandom(KEY) if secret is None else secret
        self._cipher = AESGCM(self._secret)

    def seal(self, data: bytes, context: str) -> bytes:
        """`data` encrypted, and bound to its context."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, data, context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """What was sealed.

        Raises
        ------
        StoreFormatError
            If it is damaged, of another context, or under another key.
        """
        try:
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], context.encode())
        except (InvalidTag, ValueError) as error:
            kind = context.partition(" ")[0]
            raise StoreFormatError(
                "What is stored encrypted is damaged, or its key is another.",
                field=kind,
                remedy="Look whether the master key is the right one; else restore a backup.",
            ) from error

    def wrap(self, key: Key, context: str) -> bytes:
        """Another key sealed by this one, 60 bytes."""
        return self.seal(key._secret, context)

    def unwrap(self, wrapped: bytes, context: str) -> Key:
        """The key that was wrapped; errors as `open`."""
        return Key(self.open(wrapped, context))

    def __repr__(self) -> str:
        return "Key()"
