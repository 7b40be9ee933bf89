"""Many people: enrol, delete and identify, now by comparing with everybody.

`Gallery` keeps people in a `tenprint.store.PeopleStore` and all their templates in memory, prepared
for comparison.
"""

from tenprint.gallery._candidate import Candidate, FingerMatch
from tenprint.gallery._gallery import Enrolment, Gallery
from tenprint.gallery._rules import Prints, Probe

__all__ = ["Candidate", "Enrolment", "FingerMatch", "Gallery", "Prints", "Probe"]
