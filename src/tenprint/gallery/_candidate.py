"""The answer of a search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tenprint.model import Finger


@dataclass(frozen=True)
class FingerMatch:
    """One probe print and the enrolled print of a candidate it was matched with.

    Attributes
    ----------
    probe : int
        Which of the probe's usable prints, from 0.
    finger : Finger
        The probe's position, as far as known.
    enrolled : Finger
        The position it was matched with, as far as known.
    encounter, view : int
        Which enrolled impression: encounter from 1, impression of the finger in it from 0.
    score : float
        Minus log10 of the false-match rate, after correction for the number of enrolled prints
        that were tried.
    """

    probe: int
    finger: Finger
    enrolled: Finger
    encounter: int
    view: int
    score: float


@dataclass(frozen=True)
class Candidate:
    """A person who may be the one looked for.

    Attributes
    ----------
    person : str
    score : float
        Minus log10 of the false-match rate for this one person, all compared fingers fused; at
        least 0. What it means in a search of many people says `fpir`.
    fingers : dict of Finger to float
        The score of each finger compared, right thumb to left little. Key: the position, the
        probe's where known, else the enrolled one that matched best; `Finger.UNKNOWN` where
        neither is known.
    extrapolated : bool
        Whether the score lies beyond the false-match rates really observed.
    matches : tuple of FingerMatch
        What was matched with what, best first.
    sequence : mapping of Finger to Finger
        Prints that match another finger of this person than the one they were given as: the
        position given, and the one found. Empty where the order of fingers is right.
    fpir : float
        How often a search of this gallery for somebody who is not enrolled brings a candidate as
        good, with as many fingers compared; 0 to 1. Decide by it: a hit below one rate, an
        examiner's review below a higher one.
    fpir_extrapolated : bool
        Whether that rate is lower than what searches really made can show.
    """

    person: str
    score: float
    fingers: dict[Finger, float]
    extrapolated: bool
    matches: tuple[FingerMatch, ...] = ()
    sequence: Mapping[Finger, Finger] = field(default_factory=dict)
    fpir: float = 1.0
    fpir_extrapolated: bool = True
