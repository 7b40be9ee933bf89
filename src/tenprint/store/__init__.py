"""The one truth: who is enrolled, with which templates.

`TruthStore` keeps people and packed templates in SQLite or PostgreSQL through SQLAlchemy Core, and
tells what has changed. `PeopleStore` is its predecessor, one SQLite file of format 1.
"""

from tenprint.store._schema import FORMAT_VERSION, MAX_PERSON
from tenprint.store._store import PeopleStore, StoredTemplate
from tenprint.store._truth import TruthStore
from tenprint.store._truth_rows import (
    ChangedPerson,
    Encounter,
    NewPerson,
    Original,
    PersonStatus,
    ScannedPerson,
)
from tenprint.store._truth_schema import TRUTH_VERSION

__all__ = [
    "FORMAT_VERSION",
    "MAX_PERSON",
    "TRUTH_VERSION",
    "ChangedPerson",
    "Encounter",
    "NewPerson",
    "Original",
    "PeopleStore",
    "PersonStatus",
    "ScannedPerson",
    "StoredTemplate",
    "TruthStore",
]
