"""What a comparison says: a score and the reasons for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One reason of a score.

    Attributes
    ----------
    kind : str
        ``name``, ``word`` (one word of a name), ``birth-date``, ``sex`` or ``identifier``.
    a, b : str
        What was compared, as normalised; empty where one side has nothing.
    score : float
        0 (contradicts) .. 1 (agrees).
    reason : str
        How they are alike, such as ``same``, ``spelling``, ``sound``, ``nickname``, ``initial``,
        ``joined``, ``missing``, ``different``, ``day and month swapped``.
    """

    kind: str
    a: str
    b: str
    score: float
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "kind": self.kind, "a": self.a, "b": self.b, "score": round(self.score, 4),
            "reason": self.reason,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class NameScore:
    """How alike two names or people are, and why.

    Attributes
    ----------
    score : float
        0 .. 1; 1 for the same. A likeness, not a probability; docs/names.md says how often pairs
        of each score are one person.
    parts : tuple of ScorePart
        The reasons. A part of kind ``name`` is followed by its words.
    """

    score: float
    parts: tuple[ScorePart, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {"score": round(self.score, 4), "parts": [part.as_dict() for part in self.parts]}


@dataclass(frozen=True, slots=True)
class NameCandidate:
    """A person found.

    Attributes
    ----------
    key : int
        The number under which the person was put.
    score : float
        As in `NameScore`.
    parts : tuple of ScorePart
    """

    key: int
    score: float
    parts: tuple[ScorePart, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {
            "key": self.key, "score": round(self.score, 4),
            "parts": [part.as_dict() for part in self.parts],
        }  # fmt: skip
