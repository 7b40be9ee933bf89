"""What was written by version 1 is read and computed the same for ever."""

import json
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tenprint.audit import check_agency_proof, open_checkpoint, parse_public_key, public_key_text
from tenprint.audit._checkpoint import sign_checkpoint
from tenprint.audit._commitment import commit, detail_text, leaf_hash, seal
from tenprint.model import TransactionClass

SAMPLES = Path(__file__).parent / "samples"


def test_a_commitment() -> None:
    detail = detail_text({"fingers": "réf ☞ 2", "a": 'quote " and \\ and \n'})
    assert detail == '{"a":"quote \\" and \\\\ and \\n","fingers":"réf ☞ 2"}'
    sealed = seal(bytes(range(16)), "P-1", None, detail)
    frame = (1_772_352_000_000_001, "record.viewed", "NX0000001", "ada", "border", None, "done")
    commitment = commit(bytes(range(16, 32)), sealed, *frame)
    assert [sealed.hex(), commitment.hex(), leaf_hash(bytes(16), commitment).hex()] == [
        "f015814c6555db41cf0590908efc9e35474310132dab37d65a85963f48476197",
        "ffab034ed357c0547ad7fcfee69013910ba923193840504d729926a0830de115",
        "89fc47d1e8d96d71a9bb3c9b71ab95920a47e4b68166afc3acbed2346aa0146f",
    ]


def test_a_checkpoint() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    time = datetime(2026, 3, 1, 8, 0, 0, 1000, UTC)
    made = sign_checkpoint(key, "tenprint.audit/00112233", 1_048_576, bytes(range(32)), time)
    sample = (SAMPLES / "1.checkpoint").read_text(encoding="utf-8")
    assert made.text == sample
    line = (SAMPLES / "1.key").read_text(encoding="utf-8").strip()
    assert public_key_text("tenprint.audit/00112233", key.public_key()) == line
    origin, public = parse_public_key(line)
    opened = open_checkpoint(sample, public)
    assert opened == made
    assert opened.origin == origin


def test_a_proof_of_an_agencys_totals() -> None:
    sample = json.loads((SAMPLES / "1.agency-proof.json").read_text(encoding="utf-8"))
    totals = check_agency_proof(sample["proof"], "NX0000002", sample["public_key"])
    assert totals.size == 7
    assert dict(totals.by_class) == {
        TransactionClass.CRIMINAL_TENPRINT: 2,
        TransactionClass.ENROL: 2,
        TransactionClass.VERIFY: 2,
    }
