"""The append-only hash tree of every access and change, and what is counted from it."""

from tenprint.audit._agency_proof import AgencyTotals, agency_proof, check_agency_proof
from tenprint.audit._append import append, append_many
from tenprint.audit._checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from tenprint.audit._erase import erase
from tenprint.audit._event import Event, EventKind
from tenprint.audit._folder import read_latest, read_public_key
from tenprint.audit._intake import INTAKE, Intake, read_intake
from tenprint.audit._keys import load_signing_key, parse_public_key, public_key_text
from tenprint.audit._proofs import InclusionProof, prove_consistency, prove_inclusion, root_at
from tenprint.audit._report import Problem, Report
from tenprint.audit._schema import tables
from tenprint.audit._sequencer import Sequenced, Sequencer
from tenprint.audit._tree import check_consistency, check_inclusion
from tenprint.audit._usage import Entry, Usage, count_waiting, read_entries, usage
from tenprint.audit._verify import verify
from tenprint.audit._verifying import Verification, Verifying

__all__ = [
    "INTAKE",
    "AgencyTotals",
    "Checkpoint",
    "Entry",
    "Event",
    "EventKind",
    "InclusionProof",
    "Intake",
    "Problem",
    "Report",
    "Sequenced",
    "Sequencer",
    "Usage",
    "Verification",
    "Verifying",
    "agency_proof",
    "append",
    "append_many",
    "check_agency_proof",
    "check_consistency",
    "check_inclusion",
    "count_waiting",
    "erase",
    "load_signing_key",
    "open_checkpoint",
    "parse_checkpoint",
    "parse_public_key",
    "prove_consistency",
    "prove_inclusion",
    "public_key_text",
    "read_entries",
    "read_intake",
    "read_latest",
    "read_public_key",
    "root_at",
    "tables",
    "usage",
    "verify",
]
