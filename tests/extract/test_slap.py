"""Slaps: fictitious hands with known boxes, and the slaps of a real card."""

import warnings
from pathlib import Path

import numpy as np
import pytest

from tenprint.extract import extract, extract_slap, split_slap
from tenprint.match import compare
from tenprint.model import TEN_FINGERS, Finger, FingerImage, ImageError, InputError
from tenprint.synth import person

RIGHT, LEFT, THUMBS = Finger.PLAIN_RIGHT_FOUR, Finger.PLAIN_LEFT_FOUR, Finger.PLAIN_THUMBS


@pytest.mark.parametrize(
    ("seed", "hand", "rotation", "missing"),
    [
        (1, RIGHT, 0.0, ()),
        (2, LEFT, 0.3, ()),
        (4, LEFT, 0.0, (Finger.LEFT_RING,)),
        (6, THUMBS, 0.0, ()),
        (7, LEFT, -0.6, ()),
    ],
)
def test_each_finger_is_cut_whole_and_alone(
    seed: int, hand: Finger, rotation: float, missing: tuple[Finger, ...]
) -> None:
    slap = person(seed).slap(1, hand=hand, missing=missing, rotation=rotation)
    found = {f.finger: f for f in split_slap(FingerImage(slap.pixels), hand, missing=missing)}
    assert set(found) == {box.finger for box in slap.boxes}
    for box in slap.boxes:
        cut = found[box.finger]
        assert cut.certain
        assert cut.angle == pytest.approx(rotation, abs=0.2)
        middle = cut.corners.mean(0)
        assert abs(middle[0] - (box.left + box.right) / 2) < 50
        assert abs(middle[1] - (box.top + box.bottom) / 2) < 60
        # Upright and without the neighbours: the cut is little larger than the finger.
        assert cut.image.pixels.shape[1] < 1.6 * (box.right - box.left)


def test_a_cut_knows_where_it_was() -> None:
    slap = person(2).slap(1, hand=LEFT, rotation=0.3)
    cut = split_slap(FingerImage(slap.pixels), LEFT)[1]
    height, width = cut.image.pixels.shape
    assert cut.to_slap(0, 0) == pytest.approx(tuple(cut.corners[0]))
    assert cut.to_slap(width, height) == pytest.approx(tuple(cut.corners[2]))


def test_given_boxes_are_used_as_they_are() -> None:
    image = FingerImage(person(1).slap(1, hand=RIGHT).pixels, ppi=1000.0)
    boxes = {
        Finger.RIGHT_INDEX: (200, 400, 600, 1000),
        Finger.RIGHT_RING: [(800, 100), (1200, 700)],
    }
    found = split_slap(image, RIGHT, boxes=boxes)
    assert [f.finger for f in found] == list(boxes)
    assert np.array_equal(found[0].image.pixels, image.pixels[200:500, 100:300])
    assert found[1].corners[0].tolist() == [400, 50]


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        ({Finger.LEFT_INDEX: (0, 0, 100, 100)}, "not part of"),
        ({Finger.RIGHT_INDEX: (5000, 0, 6000, 100)}, "outside"),
        ({Finger.RIGHT_INDEX: (10, 10, 12, 12)}, "smaller"),
    ],
)
def test_impossible_boxes_are_refused(
    boxes: dict[Finger, tuple[int, int, int, int]], message: str
) -> None:
    image = FingerImage(np.full((400, 600), 255, np.uint8))
    with pytest.raises(InputError, match=message):
        split_slap(image, RIGHT, boxes=boxes)


def test_images_without_a_hand_are_told() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (500, 800)).astype(np.uint8)
    with pytest.raises(InputError, match="not a slap"):
        split_slap(FingerImage(noise), Finger.RIGHT_INDEX)
    for pixels in (np.full((600, 900), 255, np.uint8), np.zeros((600, 900), np.uint8)):
        with pytest.raises(ImageError, match="No fingertip"):
            split_slap(FingerImage(pixels), RIGHT)
    with pytest.raises(ImageError, match="too small"):
        split_slap(FingerImage(np.zeros((5, 5), np.uint8)), RIGHT)


def test_rolled_fingers_of_a_real_card_match_their_own_slap(shared_data: Path) -> None:
    card = shared_data / "ansi-nist" / "tenprint-card"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rolled = {f: extract(card / f"fp-{f}.png", 500, finger=f) for f in TEN_FINGERS}
        plain = {
            Finger.RIGHT_THUMB: extract(card / "fp-11.png", 500),
            Finger.LEFT_THUMB: extract(card / "fp-12.png", 500),
        }
        for position in (RIGHT, LEFT):
            plain |= extract_slap(card / f"fp-{position}.png", position, 500)
    assert set(plain) == set(TEN_FINGERS)
    scores = {a: {b: compare(plain[a], rolled[b]) for b in TEN_FINGERS} for a in TEN_FINGERS}
    for finger in TEN_FINGERS:
        others = [scores[finger][other] for other in TEN_FINGERS if other is not finger]
        assert max(others) < 3
        # The plain right little finger shows its tip, of which the rolled print holds hardly any:
        # ten minutiae correspond, too few for a match (see docs/performance.md).
        if finger is not Finger.RIGHT_LITTLE:
            assert scores[finger][finger] > 5
