"""One person's comparisons made into a candidate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tenprint.gallery._candidate import Candidate, FingerMatch
from tenprint.match import best_of, extrapolated, fuse
from tenprint.model import Finger


def assign(person: str, tried: Sequence[FingerMatch]) -> Candidate:
    """One person's comparisons as a candidate: each finger used once, the best pairs first."""
    # How often each finger of the probe was tried: several impressions of it count together.
    attempts: dict[object, int] = defaultdict(int)
    for match in tried:
        attempts[_own(match)] += 1
    used: set[object] = set()
    kept: list[FingerMatch] = []
    for match in sorted(tried, key=lambda each: (-each.score, each.probe, each.enrolled)):
        # Enrolled prints of unknown position may be different fingers, so each counts alone.
        unknown = match.enrolled is Finger.UNKNOWN
        enrolled = (match.encounter, match.view) if unknown else match.enrolled
        own = _own(match)
        if ("probe", own) in used or ("enrolled", enrolled) in used:
            continue
        used |= {("probe", own), ("enrolled", enrolled)}
        score = best_of([match.score] * attempts[own])  # as good as the best of that many
        kept.append(
            FingerMatch(
                *(match.probe, match.finger, match.enrolled, match.encounter, match.view, score)
            )
        )
    best: dict[Finger, float] = {}
    for match in kept:
        position = match.enrolled if match.finger is Finger.UNKNOWN else match.finger
        best[position] = max(match.score, best.get(position, 0.0))
    fingers = {finger: best[finger] for finger in sorted(best)}
    score = float(fuse([match.score for match in kept]))
    return Candidate(person, score, fingers, bool(extrapolated(score)), tuple(kept))


def _own(match: FingerMatch) -> object:
    """The finger of the probe: its position, or which print it is where that is unknown."""
    return ("print", match.probe) if match.finger is Finger.UNKNOWN else match.finger
