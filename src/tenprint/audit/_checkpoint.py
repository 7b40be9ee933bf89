"""Checkpoints: the tree's size and root at a time, signed, as a note of a few lines of text.

The form is that of signed notes with Ed25519 keys, as transparency logs use it: origin, size, root
in base64 and a line with the time, an empty line, and the signature.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from tenprint.audit._keys import key_hash
from tenprint.audit._tree import HASH
from tenprint.model import AuditError, InputError

#: The most characters of a checkpoint's text.
MAX_TEXT = 4096

_NOTE = re.compile(
    r"([!-*,-~]{1,200})\n(0|[1-9][0-9]{0,17})\n([A-Za-z0-9+/]{43}=)\n"
    r"time ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6})Z\n"
    r"\n\u2014 ([!-*,-~]{1,200}) ([A-Za-z0-9+/]{90}[A-Za-z0-9+/=]{2})\n"
)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What the signed text says; not yet whether the signature is right (`open_checkpoint`).

    Attributes
    ----------
    origin : str
        The name of the log, unlike any other's.
    size : int
        Leaves in the tree.
    root : bytes
        32 bytes.
    time : datetime
    text : str
        The signed note as a whole.
    """

    origin: str
    size: int
    root: bytes
    time: datetime
    text: str


def sign_checkpoint(
    key: Ed25519PrivateKey, origin: str, size: int, root: bytes, time: datetime
) -> Checkpoint:
    """Sign the state of a tree."""
    stamp = time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    body = f"{origin}\n{size}\n{base64.b64encode(root).decode()}\ntime {stamp}\n"
    signature = key_hash(origin, key.public_key()) + key.sign(body.encode())
    text = f"{body}\n\u2014 {origin} {base64.b64encode(signature).decode()}\n"
    return Checkpoint(origin, size, root, time, text)


def parse_checkpoint(text: str) -> Checkpoint:
    """What a checkpoint says, without a look at its signature.

    Raises
    ------
    InputError
        If it is no checkpoint.
    """
    found = _NOTE.fullmatch(text) if len(text) <= MAX_TEXT else None
    try:
        if found is None:
            raise ValueError
        time = datetime.fromisoformat(found[4]).replace(tzinfo=UTC)
        root = base64.b64decode(found[3], validate=True)
        canonical = base64.b64encode(root).decode() == found[3]
    except (ValueError, binascii.Error):
        raise InputError("This is no checkpoint of an audit log.", field="checkpoint") from None
    if not canonical or len(root) != HASH or found[5] != found[1]:
        raise InputError("This is no checkpoint of an audit log.", field="checkpoint")
    return Checkpoint(found[1], int(found[2]), root, time, text)


def open_checkpoint(text: str, key: Ed25519PublicKey) -> Checkpoint:
    """What a checkpoint says, its signature checked.

    Raises
    ------
    InputError
        If it is no checkpoint.
    AuditError
        If the signature is not of this key: it is forged, or of another log.
    """
    checkpoint = parse_checkpoint(text)
    body, _, rest = text.partition("\n\n")
    encoded = rest.rsplit(" ", 1)[1].strip()
    try:
        signature = base64.b64decode(encoded, validate=True)
        if base64.b64encode(signature).decode() != encoded:
            raise ValueError
        if signature[:4] != key_hash(checkpoint.origin, key):
            raise ValueError
        key.verify(signature[4:], body.encode() + b"\n")
    except (ValueError, InvalidSignature):
        raise AuditError(
            "The checkpoint was not signed with this key.", field="checkpoint"
        ) from None
    return checkpoint
