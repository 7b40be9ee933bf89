"""Made-up people with made-up prints, for the store's tests and their child processes."""

import numpy as np

from tenprint.formats import pack
from tenprint.model import Finger, Template, make_minutiae
from tenprint.store import NewPerson


def template(seed: int, finger: Finger = Finger.RIGHT_INDEX, minutiae: int = 40) -> Template:
    rng = np.random.default_rng(seed)
    x, y = rng.integers(0, 300, (2, minutiae))
    rows = make_minutiae(x, y, rng.uniform(0, 6.2, minutiae), 1, 90)
    return Template(rows, 300, 300, 80, finger)


def packed_person(seed: int) -> bytes:
    """Two fingers, packed one after the other."""
    return pack(template(seed)) + pack(template(seed, Finger.LEFT_THUMB))


def new_person(number: int) -> NewPerson:
    return NewPerson(f"P{number}", packed_person(number))
