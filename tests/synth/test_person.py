"""People and their pattern classes; nothing is drawn here."""

from collections import Counter
from itertools import pairwise

import pytest

from tenprint.model import TEN_FINGERS, Finger, InputError
from tenprint.synth import Pattern, SyntheticFinger, person

PEOPLE = 2000


@pytest.fixture(scope="module")
def patterns() -> list[dict[Finger, Pattern]]:
    return [{f: one.pattern for f, one in person(k).fingers.items()} for k in range(PEOPLE)]


def test_classes_fall_in_natural_proportions(patterns):
    counted = Counter(p for hand in patterns for p in hand.values())
    percent = {p: 100 * n / (10 * PEOPLE) for p, n in counted.items()}
    assert percent[Pattern.LEFT_LOOP] == pytest.approx(33.8, abs=1.5)
    assert percent[Pattern.RIGHT_LOOP] == pytest.approx(31.7, abs=1.5)
    assert percent[Pattern.WHORL] == pytest.approx(27.9, abs=1.5)
    assert percent[Pattern.ARCH] == pytest.approx(3.7, abs=0.8)
    assert percent[Pattern.TENTED_ARCH] == pytest.approx(2.9, abs=0.8)


def test_loops_open_towards_the_little_finger(patterns):
    for finger in TEN_FINGERS:
        ulnar = Pattern.RIGHT_LOOP if finger <= Finger.RIGHT_LITTLE else Pattern.LEFT_LOOP
        radial = Pattern.LEFT_LOOP if ulnar is Pattern.RIGHT_LOOP else Pattern.RIGHT_LOOP
        seen = Counter(hand[finger] for hand in patterns)
        assert seen[ulnar] > seen[radial]


def test_fingers_of_a_person_resemble_each_other(patterns):
    def whorls_agree(a: Finger, b: Finger, shift: int) -> float:
        other = patterns[shift:] + patterns[:shift]
        both = sum(
            one[a] is Pattern.WHORL and two[b] is Pattern.WHORL
            for one, two in zip(patterns, other, strict=True)
        )
        return both / PEOPLE

    same_finger = whorls_agree(Finger.RIGHT_RING, Finger.LEFT_RING, 0)
    neighbours = whorls_agree(Finger.RIGHT_RING, Finger.LEFT_MIDDLE, 0)
    strangers = whorls_agree(Finger.RIGHT_RING, Finger.LEFT_RING, 1)
    assert same_finger > 1.3 * strangers
    assert neighbours > 1.15 * whorls_agree(Finger.RIGHT_RING, Finger.LEFT_MIDDLE, 1)


def test_a_person_is_always_the_same_and_unlike_others():
    assert person(7) == person(7)
    assert person(7).fingers == person(7).fingers
    seeds = {f.seed for k in range(50) for f in person(k).fingers.values()}
    assert len(seeds) == 500
    assert list(person(7).fingers) == list(TEN_FINGERS)


def test_names_vary():
    names = [person(k).name for k in range(300)]
    assert len(set(names)) > 295
    assert all(len(name.split()) == 2 for name in names)


def test_ridges_are_as_far_apart_as_natural():
    periods = [f.period for k in range(200) for f in person(k).fingers.values()]
    assert 8.7 < sum(periods) / len(periods) < 9.4
    assert min(periods) >= 7.4
    assert max(periods) <= 11.5


def test_thumbs_are_larger_than_little_fingers():
    for k in range(50):
        fingers = person(k).fingers
        assert fingers[Finger.RIGHT_THUMB].size > fingers[Finger.RIGHT_LITTLE].size


@pytest.mark.parametrize("seed", [-1, 2**64, 1.0, True, "7", None])
def test_a_bad_seed_is_an_input_error(seed):
    with pytest.raises(InputError, match="seed"):
        person(seed)


def test_the_largest_seed_works():
    assert person(2**64 - 1).seed == 2**64 - 1
    assert all(a.seed != b.seed for a, b in pairwise(person(2**64 - 1).fingers.values()))


@pytest.mark.parametrize(
    ("field", "value"), [("period", 3.0), ("period", float("nan")), ("size", 2.0)]
)
def test_an_impossible_finger_is_an_input_error(field, value):
    with pytest.raises(InputError, match=field):
        SyntheticFinger(1, Pattern.WHORL, **{field: value})


def test_a_pattern_must_be_one():
    with pytest.raises(InputError, match="pattern"):
        SyntheticFinger(1, 4)  # type: ignore[arg-type]
