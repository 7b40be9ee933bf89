"""The one truth: who is enrolled, with which templates.

`TruthStore` keeps people and packed templates in SQLite or PostgreSQL through SQLAlchemy Core, and
tells what has changed. Files of format 1, one row a template, are migrated when opened. Rooms that
keep files beside the database write and erase them with `write_new`, `erase_files` and their like.
"""

from tenprint.store._change import Change
from tenprint.store._disk import erase_files, make_folder, sync_folder, write_all, write_new
from tenprint.store._moving import PersonState
from tenprint.store._pieces import in_pieces
from tenprint.store._truth import TruthStore
from tenprint.store._truth_rows import (
    ChangedPerson,
    Encounter,
    NewPerson,
    Original,
    PersonStatus,
    ScannedPerson,
)
from tenprint.store._truth_schema import MAX_PERSON, TRUTH_VERSION

__all__ = [
    "MAX_PERSON",
    "TRUTH_VERSION",
    "Change",
    "ChangedPerson",
    "Encounter",
    "NewPerson",
    "Original",
    "PersonState",
    "PersonStatus",
    "ScannedPerson",
    "TruthStore",
    "erase_files",
    "in_pieces",
    "make_folder",
    "sync_folder",
    "write_all",
    "write_new",
]
