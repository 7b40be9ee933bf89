"""Slaps: several fingers in one image, and where they are."""

from itertools import pairwise

import numpy as np
import pytest

from tenprint.model import Finger, InputError
from tenprint.synth import SlapImage, person

HANDS = (Finger.PLAIN_RIGHT_FOUR, Finger.PLAIN_LEFT_FOUR, Finger.PLAIN_THUMBS)


@pytest.fixture(scope="module")
def slaps(somebody) -> dict[Finger, SlapImage]:
    return {hand: somebody.slap(1, hand) for hand in HANDS}


@pytest.mark.parametrize("hand", HANDS)
def test_fingers_lie_side_by_side_in_their_order(slaps, hand):
    slap = slaps[hand]
    assert slap.pixels.shape == (1000, 1600)
    assert slap.pixels.dtype == np.uint8
    fingers = [box.finger for box in slap.boxes]
    assert (
        fingers
        == {
            Finger.PLAIN_RIGHT_FOUR: [2, 3, 4, 5],
            Finger.PLAIN_LEFT_FOUR: [10, 9, 8, 7],
            Finger.PLAIN_THUMBS: [6, 1],
        }[hand]
    )
    for one, two in pairwise(slap.boxes):
        assert one.right <= two.left + 10
    for box in slap.boxes:
        assert 150 < box.right - box.left < 420
        assert 230 < box.bottom - box.top < 620
        inside = slap.pixels[box.top : box.bottom, box.left : box.right]
        assert 0.15 < (inside < 128).mean() < 0.8


def test_a_missing_finger_leaves_no_print(somebody, slaps):
    whole = slaps[Finger.PLAIN_RIGHT_FOUR]
    three = somebody.slap(1, Finger.PLAIN_RIGHT_FOUR, missing=[Finger.RIGHT_MIDDLE])
    gap = next(box for box in whole.boxes if box.finger is Finger.RIGHT_MIDDLE)
    assert [box for box in whole.boxes if box is not gap] == list(three.boxes)
    inside = three.pixels[gap.top : gap.bottom, gap.left : gap.right]
    assert (inside < 128).mean() < 0.01


def test_a_hand_can_be_turned(somebody, slaps):
    right = somebody.slap(1, Finger.PLAIN_LEFT_FOUR, rotation=0.3)
    straight = slaps[Finger.PLAIN_LEFT_FOUR]
    for turned, upright in zip(right.boxes, straight.boxes, strict=True):
        assert turned.angle == pytest.approx(upright.angle + 0.3)
    # Turned to the right: the leftmost finger goes up, the rightmost down.
    assert right.boxes[0].top < straight.boxes[0].top
    assert right.boxes[-1].top > straight.boxes[-1].top


def test_the_same_seed_gives_the_same_slap(somebody):
    again = person(somebody.seed).slap(5, Finger.PLAIN_THUMBS)
    assert np.array_equal(somebody.slap(5, Finger.PLAIN_THUMBS).pixels, again.pixels)
    assert not np.array_equal(somebody.slap(6, Finger.PLAIN_THUMBS).pixels, again.pixels)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"hand": Finger.RIGHT_INDEX}, "hand"),
        ({"hand": 99}, "hand"),
        ({"rotation": 2.0}, "rotation"),
        ({"rotation": float("nan")}, "rotation"),
        ({"missing": [Finger.LEFT_INDEX]}, "missing"),
        ({"seed": -4}, "seed"),
    ],
)
def test_bad_parameters_are_input_errors(somebody, change, field):
    with pytest.raises(InputError) as caught:
        somebody.slap(**({"seed": 1, "hand": Finger.PLAIN_RIGHT_FOUR} | change))
    assert caught.value.field == field
