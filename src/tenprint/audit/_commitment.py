"""How a leaf commits to what stands in the readable table, and what a leaf is.

The personal side and the frame are committed to apart, the one inside the other::

    sealed     = SHA-256(personal salt || canonical JSON of subject, transaction, detail)
    commitment = SHA-256(salt || canonical JSON of the frame and the hexadecimal of `sealed`)

Erasing destroys the personal side with its salt; `sealed` then says nothing any more (the salt has
128 random bits), and the frame can still be checked. The JSON is canonical as in RFC 8785: names
in order, no spaces, UTF-8, and there are only strings and nulls.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

_LEAF = b"\x00"
_NODE = b"\x01"

_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def detail_text(detail: Mapping[str, str]) -> str:
    """The detail of an event as canonical JSON."""
    return _text(dict(detail)) if detail else "{}"


def seal(salt: bytes, subject: str | None, transaction: str | None, detail: str) -> bytes:
    """The commitment to the personal side; `detail` is its canonical JSON."""
    body = f'{{"detail":{detail},"subject":{_word(subject)},"transaction":{_word(transaction)}}}'
    return sha256(salt + body.encode("utf-8", "surrogatepass")).digest()


def commit(
    salt: bytes,
    sealed: bytes,
    time: int,
    kind: str,
    agency: str,
    actor: str,
    purpose: str | None,
    klass: str | None,
    outcome: str,
) -> bytes:
    """The commitment of a leaf; `time` in microseconds since 1970."""
    body = (
        f'{{"actor":{_word(actor)},"agency":{_word(agency)},"class":{_word(klass)},'
        f'"kind":{_word(kind)},"outcome":{_word(outcome)},"personal":"{sealed.hex()}",'
        f'"purpose":{_word(purpose)},"time":"{time}"}}'
    )
    return sha256(salt + body.encode("utf-8", "surrogatepass")).digest()


def _word(text: str | None) -> str:
    return "null" if text is None else _text(text)


def leaf_hash(identifier: bytes, commitment: bytes) -> bytes:
    """The hash of a leaf in the tree (RFC 6962, 2.1): its bytes are the id and the commitment."""
    return sha256(_LEAF + identifier + commitment).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node (RFC 6962, 2.1)."""
    return sha256(_NODE + left + right).digest()
