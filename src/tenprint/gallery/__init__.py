"""Many people: enrol, change, delete, and identify.

`Gallery` keeps people in a `tenprint.store.TruthStore`, and of each finger a code of 24 bytes that
every search reads; the best are compared minutia by minutia.
"""

from tenprint.gallery._candidate import Candidate, FingerMatch
from tenprint.gallery._code import CodeParameters, load_parameters, with_quantiser
from tenprint.gallery._enrolment import Enrolment, StoredPrint
from tenprint.gallery._gallery import Gallery
from tenprint.gallery._matrix import CodeMatrix, Rows
from tenprint.gallery._passes import Passes, Whom
from tenprint.gallery._process import GalleryProcess
from tenprint.gallery._reextract import KeptImage, KeptImages, ReextractReport
from tenprint.gallery._rules import Prints, Probe
from tenprint.gallery._search import Searcher
from tenprint.gallery._threshold import extrapolated_fpir, needed_score, stated_fpir

__all__ = [
    "Candidate",
    "CodeMatrix",
    "CodeParameters",
    "Enrolment",
    "FingerMatch",
    "Gallery",
    "GalleryProcess",
    "KeptImage",
    "KeptImages",
    "Passes",
    "Prints",
    "Probe",
    "ReextractReport",
    "Rows",
    "Searcher",
    "StoredPrint",
    "Whom",
    "extrapolated_fpir",
    "load_parameters",
    "needed_score",
    "stated_fpir",
    "with_quantiser",
]
