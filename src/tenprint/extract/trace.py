"""The trace: what every stage of extraction saw, for people who want to look."""

from __future__ import annotations

from typing import Any


class Trace:
    """Collects each stage's intermediate picture or number, in order.

    Passed in by whoever wants to look, never global. Not safe to share between threads.

    Attributes
    ----------
    stages : dict of str to object
        Stage name to what it produced: arrays in the image's own coordinates, or numbers.
    """

    def __init__(self) -> None:
        self.stages: dict[str, Any] = {}

    def record(self, stage: str, value: Any) -> None:
        """Keep what `stage` produced."""
        self.stages[stage] = value
