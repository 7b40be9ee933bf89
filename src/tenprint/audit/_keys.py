"""The Ed25519 key that signs checkpoints, and how a public key is written down.

A public key is one line, as the signed-note format has it: ``ORIGIN+HASH+BASE64``, where the
base64 is of a byte 1 and the key, and the hash is the beginning of SHA-256(ORIGIN, newline, those).
"""

from __future__ import annotations

import base64
import os
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tenprint.model import InputError, StoreError

_ED25519 = b"\x01"


def load_signing_key(path: Path, *, create: bool = True) -> Ed25519PrivateKey:
    """The signing key in a file (PEM, PKCS 8, mode 0600), made there where it is missing.

    Raises
    ------
    StoreError
        If it cannot be read, is not an Ed25519 key, or other users may read it.
    """
    if not path.exists() and create:
        _make(path)
    try:
        if path.stat().st_mode & 0o077:
            raise StoreError(
                "Others may read the signing key.", source=path, remedy="chmod 600 it."
            )
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except OSError as error:
        raise StoreError("The signing key cannot be read.", source=path) from error
    except (ValueError, TypeError) as error:
        raise StoreError("This is no signing key.", source=path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise StoreError("This is no Ed25519 key.", source=path)
    return key


def _make(path: Path) -> None:
    text = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another process was first
    except OSError as error:
        raise StoreError("The signing key cannot be written.", source=path) from error
    with os.fdopen(file, "wb") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


def raw(key: Ed25519PublicKey) -> bytes:
    """The 32 bytes of a public key."""
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def key_hash(origin: str, key: Ed25519PublicKey) -> bytes:
    """The four bytes by which a signature names its key."""
    return sha256(origin.encode() + b"\n" + _ED25519 + raw(key)).digest()[:4]


def public_key_text(origin: str, key: Ed25519PublicKey) -> str:
    """The line that is kept elsewhere, to verify checkpoints with."""
    body = base64.b64encode(_ED25519 + raw(key)).decode()
    return f"{origin}+{key_hash(origin, key).hex()}+{body}"


def parse_public_key(text: str) -> tuple[str, Ed25519PublicKey]:
    """The origin and key of such a line.

    Raises
    ------
    InputError
    """
    try:
        origin, hashed, body = text.strip().split("+", 2)
        data = base64.b64decode(body, validate=True)
        if data[:1] != _ED25519:
            raise ValueError
        key = Ed25519PublicKey.from_public_bytes(data[1:])
        if key_hash(origin, key).hex() != hashed:
            raise ValueError
    except ValueError:
        raise InputError("This is no public key of an audit log.", field="public_key") from None
    return origin, key
