"""One fictitious finger, grown once for all tests of this room."""

import pytest

from tenprint.model import Finger
from tenprint.synth import Person, SyntheticFinger, person


@pytest.fixture(scope="session")
def somebody() -> Person:
    return person(42)


@pytest.fixture(scope="session")
def finger(somebody: Person) -> SyntheticFinger:
    return somebody.fingers[Finger.RIGHT_INDEX]
