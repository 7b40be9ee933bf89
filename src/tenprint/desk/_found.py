"""What a search found, and what it means: hit, review or none."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tenprint.desk._settings import DeskSettings
from tenprint.gallery import Candidate, stated_fpir
from tenprint.model import Finger

#: At most so many candidates of one transaction go to examiners.
MOST_CASES = 3


@dataclass(frozen=True)
class Listed:
    """One candidate, without its templates.

    Attributes
    ----------
    person : str
    score : float
    fingers : mapping of int to float
        Score by finger position.
    sequence : mapping of int to int
        Fingers that were found under another position.
    extrapolated : bool
    encounter : int
        The store's number of the encounter that matched best.
    """

    person: str
    score: float
    fingers: dict[int, float]
    sequence: dict[int, int] = field(default_factory=dict)
    extrapolated: bool = False
    encounter: int = 0

    @classmethod
    def of(cls, candidate: Candidate) -> Listed:
        """From a search's candidate."""
        return cls(
            candidate.person,
            round(candidate.score, 4),
            {int(f): round(s, 4) for f, s in candidate.fingers.items()},
            {int(a): int(b) for a, b in candidate.sequence.items()},
            candidate.extrapolated,
            candidate.matches[0].encounter if candidate.matches else 0,
        )

    def as_dict(self, rank: int) -> dict[str, Any]:
        """JSON-ready, as it stands in an answer."""
        return {
            "rank": rank,
            "person": self.person,
            "score": self.score,
            "extrapolated": self.extrapolated,
            "fingers": {Finger(f).label: s for f, s in self.fingers.items()},
            "sequence": {Finger(a).label: Finger(b).label for a, b in self.sequence.items()},
        }


@dataclass(frozen=True)
class Found:
    """A search's outcome as the transaction keeps it.

    Attributes
    ----------
    snapshot : int
        The store's change number before the search: who came later was perhaps not looked at.
    people : int
        How many there were.
    candidates : tuple of Listed
        Best first.
    """

    snapshot: int
    people: int
    candidates: tuple[Listed, ...]

    def to_bytes(self) -> bytes:
        """For the transaction's parts."""
        rows = [
            [c.person, c.score, c.fingers, c.sequence, c.extrapolated, c.encounter]
            for c in self.candidates
        ]
        return json.dumps([self.snapshot, self.people, rows]).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Found:
        """Back from `to_bytes`."""
        snapshot, people, rows = json.loads(data)
        return cls(
            snapshot,
            people,
            tuple(
                Listed(
                    person,
                    score,
                    {int(f): s for f, s in fingers.items()},
                    {int(a): b for a, b in sequence.items()},
                    extrapolated,
                    encounter,
                )
                for person, score, fingers, sequence, extrapolated, encounter in rows
            ),
        )

    def without(self, people: Collection[str]) -> Found:
        """Without some people: who was sealed since the search is not found."""
        kept = tuple(each for each in self.candidates if each.person not in people)
        return replace(self, candidates=kept)

    def with_more(self, more: Sequence[Listed], snapshot: int, people: int) -> Found:
        """With people compared later; whoever is in both counts as compared later."""
        later = {each.person for each in more}
        kept = [each for each in self.candidates if each.person not in later]
        ranked = sorted([*kept, *more], key=lambda each: (-each.score, each.person))
        return Found(snapshot, people, tuple(ranked))


@dataclass(frozen=True)
class Verdict:
    """What the scores mean.

    Attributes
    ----------
    hit : Listed or None
        Sure enough.
    doubtful : tuple of Listed
        For examiners, if there is no hit.
    """

    hit: Listed | None
    doubtful: tuple[Listed, ...]


def judge(settings: DeskSettings, found: Found, decided: Collection[str] = ()) -> Verdict:
    """Two thresholds by the rate of false identifications in a gallery of this size.

    Whom examiners have decided about (`decided`) is left out.
    """
    people = max(found.people, 1)

    def rate(of: Listed) -> float:
        return stated_fpir(of.score, people, fingers=max(1, len(of.fingers)))

    left = [each for each in found.candidates if each.person not in decided]
    if left and rate(left[0]) <= settings.hit_fpir:
        return Verdict(left[0], ())
    doubtful = tuple(each for each in left if rate(each) <= settings.review_fpir)
    return Verdict(None, doubtful[:MOST_CASES])
