"""The append-only hash tree of every access and change, and what is counted from it."""

from tenprint.audit._append import append, append_many
from tenprint.audit._event import Event, EventKind
from tenprint.audit._schema import tables
from tenprint.audit._sequencer import Sequenced, Sequencer

__all__ = [
    "Event",
    "EventKind",
    "Sequenced",
    "Sequencer",
    "append",
    "append_many",
    "tables",
]
