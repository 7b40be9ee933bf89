"""What the prints are for: an extractor finds minutiae in them, a matcher tells fingers apart."""

import numpy as np
import pytest

from tenprint.extract import extract
from tenprint.match import compare
from tenprint.model import Finger, Template
from tenprint.synth import person


@pytest.fixture(scope="module")
def templates() -> dict[tuple[Finger, int], Template]:
    fingers = person(3).fingers
    return {
        (finger, k): extract(fingers[finger].impression(k))
        for finger in (Finger.RIGHT_INDEX, Finger.LEFT_RING)
        for k in (1, 2)
    }


def test_a_plain_print_has_as_many_minutiae_as_a_real_one(templates):
    for template in templates.values():
        good = int((template.minutiae["quality"] >= 50).sum())
        assert 12 <= good <= 80
        assert template.quality >= 40


def test_two_prints_of_a_finger_match_and_of_two_fingers_do_not(templates):
    scores = {
        (one, two): compare(templates[one], templates[two])
        for one in templates
        for two in templates
    }
    mated = [s for (one, two), s in scores.items() if one != two and one[0] == two[0]]
    others = [s for (one, two), s in scores.items() if one[0] != two[0]]
    assert min(mated) > 4.0
    assert max(others) < 3.0
    assert np.median(mated) > 2 * np.median(others)
