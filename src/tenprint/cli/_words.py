"""Scores and decisions in words."""

from __future__ import annotations

import math
from typing import Any

from tenprint.gallery import Candidate
from tenprint.match import odds
from tenprint.model import Finger

#: How often a search for somebody who is not enrolled may be called a hit.
DEFAULT_FPIR = 1e-3


def certainty(candidate: Candidate) -> str:
    """How rarely a search of this gallery for a stranger brings a candidate as good."""
    words = odds(-math.log10(max(candidate.fpir, 1e-300)))
    return f"{words} (extrapolated)" if candidate.fpir_extrapolated else words


def candidate_json(candidate: Candidate) -> dict[str, Any]:
    """A candidate as JSON-ready data; fingers by their names."""
    return {
        "person": candidate.person,
        "score": candidate.score,
        "extrapolated": candidate.extrapolated,
        "fpir": candidate.fpir,
        "fpir_extrapolated": candidate.fpir_extrapolated,
        "fingers": {finger_name(f): score for f, score in candidate.fingers.items()},
        "sequence": {finger_name(f): finger_name(g) for f, g in candidate.sequence.items()},
        "matches": [
            {
                "finger": finger_name(match.finger),
                "enrolled": finger_name(match.enrolled),
                "encounter": match.encounter,
                "view": match.view,
                "score": match.score,
            }
            for match in candidate.matches
        ],
    }


def sequence_words(candidate: Candidate) -> str:
    """Which fingers were mixed up, such as "right index is left index"; empty where none were."""
    return ", ".join(
        f"{given.label} is {found.label}" for given, found in candidate.sequence.items()
    )


def finger_name(finger: Finger) -> str:
    """``right-index``."""
    return finger.name.lower().replace("_", "-")
