"""A morning in a small town: the demo behind ``tenprint demo``."""

from tenprint.cli.demo._clock import TownClock
from tenprint.cli.demo._morning import Morning, play
from tenprint.cli.demo._page import write_page
from tenprint.cli.demo._scenes import Scene, Visit
from tenprint.cli.demo._town import Resident, Town, fictitious_town, town_of_prints

__all__ = [
    "Morning",
    "Resident",
    "Scene",
    "Town",
    "TownClock",
    "Visit",
    "fictitious_town",
    "play",
    "town_of_prints",
    "write_page",
]
