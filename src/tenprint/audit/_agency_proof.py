"""Proving an agency's totals complete to it, without showing anybody else's activity."""

from __future__ import annotations

import base64
import binascii
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, select

from tenprint.audit._checkpoint import open_checkpoint, parse_checkpoint
from tenprint.audit._commitment import commit, leaf_hash, seal
from tenprint.audit._event import EventKind
from tenprint.audit._keys import parse_public_key
from tenprint.audit._log import read_state
from tenprint.audit._schema import entries, leaves
from tenprint.audit._tiles import Tiles
from tenprint.audit._tree import Edge, check_inclusion, inclusion_proof
from tenprint.model import AuditError, InputError, NotFoundError, TransactionClass

_FRAME = ("time", "kind", "agency", "actor", "purpose", "klass", "outcome")
_PERSONAL = ("subject", "transaction_id", "detail")
_BYTES = ("id", "salt", "sealed", "personal_salt")


@dataclass(frozen=True, slots=True)
class AgencyTotals:
    """What a checked proof shows.

    Attributes
    ----------
    agency : str
    size : int
        All entries of the agency up to its head.
    by_class : mapping of TransactionClass to int
        Transactions accepted.
    """

    agency: str
    size: int
    by_class: Mapping[TransactionClass, int]


def agency_proof(connection: Connection, agency: str, checkpoint: str) -> dict[str, Any]:
    """All entries of an agency, and the proof that these are all; JSON-ready.

    It goes up to the agency's last head leaf in the tree that the checkpoint signs, and holds that
    leaf, its way up to the signed root, and the agency's own entries with their salts. Of other
    agencies it holds nothing but hashes.

    Raises
    ------
    NotFoundError
        If the signed tree has no head of this agency.
    InputError
        If the checkpoint is none, or is larger than the tree.
    """
    signed = parse_checkpoint(checkpoint)
    if signed.size > read_state(connection)[1]:
        raise InputError("The tree was never that large.", field="checkpoint")
    both = select(leaves.c.position, entries).join(entries, entries.c.id == leaves.c.id)
    head = connection.execute(
        both.where(
            entries.c.agency == agency,
            entries.c.kind == EventKind.AGENCY_HEAD.value,
            leaves.c.position < signed.size,
        )
        .order_by(leaves.c.position.desc())
        .limit(1)
    ).one_or_none()
    if head is None:
        raise NotFoundError("The checkpoint has no total of this agency.", field="agency")
    own = connection.execute(
        both.where(
            entries.c.agency == agency,
            entries.c.kind != EventKind.AGENCY_HEAD.value,
            leaves.c.position < head.position,
        ).order_by(leaves.c.position)
    )
    path = inclusion_proof(Tiles(connection), head.position, signed.size)
    return {
        "version": 1,
        "checkpoint": checkpoint,
        "position": head.position,
        "path": [_encode(each) for each in path],
        "head": _as_dict(head),
        "entries": [_as_dict(row) for row in own],
    }


def check_agency_proof(
    proof: Mapping[str, Any], agency: str, public_key: str | Ed25519PublicKey
) -> AgencyTotals:
    """Check a proof without the database; what it shows.

    Whoever verifies the whole log has checked every head; the agency checks that its own head is
    in the tree that was signed, and that the entries shown are exactly those the head counts.

    Raises
    ------
    AuditError
        If the proof does not hold; `field` is the part that doesn't.
    InputError
        If it is no proof.
    """
    origin = None
    if isinstance(public_key, str):
        origin, public_key = parse_public_key(public_key)
    try:
        checkpoint = open_checkpoint(proof["checkpoint"], public_key)
        head, leaf = _checked(proof["head"], agency, "head")
        path = [_decode(each) for each in proof["path"]]
        inside = check_inclusion(
            leaf, int(proof["position"]), checkpoint.size, path, checkpoint.root
        )
        said = json.loads(head["detail"] or "{}")
        edge, counts = Edge(), Counter[TransactionClass]()
        for each in proof["entries"]:
            entry, own = _checked(each, agency, "entries")
            edge.add(own)
            if entry["kind"] == EventKind.ACCEPTED and entry["klass"] is not None:
                counts[TransactionClass(entry["klass"])] += 1
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError("This is no proof of an agency's totals.", field="proof") from error
    if origin is not None and checkpoint.origin != origin:
        raise AuditError("The checkpoint is of another log.", field="checkpoint")
    if not inside or head["kind"] != EventKind.AGENCY_HEAD:
        raise AuditError("The total is not in the tree that was signed.", field="head")
    if said != {"root": edge.root().hex(), "size": str(edge.size)}:
        raise AuditError("The entries are not those of the total.", field="entries")
    return AgencyTotals(agency, edge.size, dict(counts))


def _checked(shown: Mapping[str, Any], agency: str, where: str) -> tuple[dict[str, Any], bytes]:
    """An entry, which must be the agency's and fit its own commitment, and its leaf's hash."""
    row = {name: _decode(value) if name in _BYTES else value for name, value in shown.items()}
    if row["agency"] != agency:
        raise AuditError("There is an entry of another agency.", field=where)
    if row["personal_salt"] is not None:
        personal = [row[name] for name in _PERSONAL]
        if seal(row["personal_salt"], *personal) != row["sealed"]:
            raise AuditError("An entry does not fit its leaf.", field=where)
    elif any(row[name] is not None for name in _PERSONAL):
        raise AuditError("An entry does not fit its leaf.", field=where)
    commitment = commit(row["salt"], row["sealed"], *(row[name] for name in _FRAME))
    return row, leaf_hash(row["id"], commitment)


def _as_dict(row: Any) -> dict[str, Any]:
    names = ("id", *_FRAME, *_PERSONAL, "salt", "sealed", "personal_salt")
    return {
        name: _encode(getattr(row, name)) if name in _BYTES else getattr(row, name)
        for name in names
    }


def _encode(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode()


def _decode(value: Any) -> Any:
    if value is None:
        return None
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError from error
