"""Biographic search: normalised names, phonetic keys, dates, identifiers.

`compare_names` and `compare_people` explain how alike two are; `NameIndex` finds people among
millions. Pure memory: it reads and writes no tables.
"""

from tenprint.names._compare import compare_names, compare_people
from tenprint.names._frozen import Frozen
from tenprint.names._index import NameIndex
from tenprint.names._score import NameCandidate, NameScore, ScorePart
from tenprint.names._words import familiar_names

__all__ = [
    "Frozen",
    "NameCandidate",
    "NameIndex",
    "NameScore",
    "ScorePart",
    "compare_names",
    "compare_people",
    "familiar_names",
]
