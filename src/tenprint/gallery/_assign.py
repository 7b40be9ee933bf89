"""One person's comparisons made into a candidate."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tenprint.gallery._candidate import Candidate, FingerMatch
from tenprint.match import best_of, extrapolated, fuse
from tenprint.model import Finger


def assign(person: str, tried: Sequence[FingerMatch]) -> Candidate:
    """One person's comparisons as a candidate: each finger used once, the best pairs first."""
    attempts: dict[int, int] = defaultdict(int)
    for match in tried:
        attempts[match.probe] += 1
    used: set[object] = set()
    kept: list[FingerMatch] = []
    for match in sorted(tried, key=lambda each: (-each.score, each.probe, each.enrolled)):
        # Enrolled prints of unknown position may be different fingers, so each counts alone.
        unknown = match.enrolled is Finger.UNKNOWN
        enrolled = (match.encounter, match.view) if unknown else match.enrolled
        own = match.probe if match.finger is Finger.UNKNOWN else match.finger
        if ("probe", own) in used or ("enrolled", enrolled) in used:
            continue
        used |= {("probe", own), ("enrolled", enrolled)}
        tries = sum(
            attempts[other] for other in {each.probe for each in tried if _same_finger(each, match)}
        )
        score = best_of([match.score] * tries)  # as good as the best of that many
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


def _same_finger(one: FingerMatch, other: FingerMatch) -> bool:
    """Whether two comparisons are of the same probe finger: several impressions of it count."""
    if other.finger is Finger.UNKNOWN:
        return one.probe == other.probe
    return one.finger is other.finger
