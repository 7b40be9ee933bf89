"""Masters and impressions: their form, their determinism, what makes them differ."""

import zlib

import numpy as np
import pytest

from tenprint.model import Finger, ImageSizeError, InputError
from tenprint.synth import ImpressionStyle, Pattern, SyntheticFinger, person


def test_a_master_is_a_whole_finger(finger):
    master = finger.master()
    assert master.ridges.shape == master.pores.shape == master.skin.shape == (704, 608)
    assert (master.ridges.dtype, master.skin.dtype) == (np.int16, np.bool_)
    assert finger.master() is master
    assert not master.ridges.flags.writeable
    assert (master.ridges[~master.skin] == 0).all()
    inside = master.ridges[master.skin].astype(int)
    assert np.abs(inside).max() <= 1023
    assert abs((inside > 0).mean() - 0.5) < 0.03  # as much ridge as valley
    assert np.abs(inside).mean() > 500  # ridges everywhere


@pytest.mark.parametrize("period", [7.4, 9.0, 11.5])
def test_ridges_lie_as_far_apart_as_asked(period):
    ridges = SyntheticFinger(5, Pattern.ARCH, period=period).master().ridges
    # Below an arch ridges run across; count the ridges along the middle columns.
    down = ridges[480:640, 250:350] > 0
    crossings = (down[1:] != down[:-1]).sum(0).mean()
    assert 2 * 160 / crossings == pytest.approx(1.1 * period, rel=0.12)


@pytest.mark.parametrize("pattern", list(Pattern))
def test_every_class_grows_whole(pattern):
    master = SyntheticFinger(11, pattern).master()
    assert master.skin.mean() > 0.6
    weak = np.abs(master.ridges[master.skin].astype(int)).reshape(-1)
    assert np.percentile(weak, 25) > 200


def test_the_same_seed_gives_the_same_image(finger):
    again = SyntheticFinger(finger.seed, finger.pattern, finger.period, finger.size)
    assert np.array_equal(finger.impression(3), again.impression(3))
    assert not np.array_equal(finger.impression(3), finger.impression(4))


def test_forgetting_changes_nothing():
    finger = SyntheticFinger(8, Pattern.WHORL)
    before = finger.impression(1)
    finger.forget()
    assert np.array_equal(before, finger.impression(1))


# Images that every machine must make; change them only with the method, and say so.
FROZEN = [
    (0, Finger.RIGHT_THUMB, "plain", 0xFBC4D90D),
    (1, Finger.LEFT_INDEX, "plain", 0xCB9BDCE7),
    (2, Finger.RIGHT_RING, "poor", 0x5C14A257),
    (3, Finger.LEFT_LITTLE, "partial", 0xAC1728F5),
    (4, Finger.LEFT_THUMB, "rolled", 0x9D1376C1),
]


@pytest.mark.parametrize(("seed", "position", "style", "expected"), FROZEN)
def test_frozen_images(seed, position, style, expected):
    image = person(seed).fingers[position].impression(1, style=getattr(ImpressionStyle, style)())
    assert zlib.crc32(image.tobytes()) == expected


@pytest.mark.parametrize("name", ["plain", "rolled", "partial", "poor"])
def test_every_style_gives_dark_ridges_on_light_ground(finger, name):
    style = getattr(ImpressionStyle, name)()
    image = finger.impression(2, style=style)
    assert image.shape == (style.height, style.width)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous
    assert np.percentile(image, 2) < 130
    corners = np.concatenate([image[:8, :8].ravel(), image[:8, -8:].ravel()])
    assert corners.mean() > 215


def test_a_rolled_print_shows_more_than_a_plain_one_and_a_partial_one_less(finger):
    def ink(style: ImpressionStyle) -> int:
        return int((finger.impression(2, style=style) < 128).sum())

    plain = ink(ImpressionStyle.plain())
    assert ink(ImpressionStyle.rolled()) > 1.8 * plain
    assert ink(ImpressionStyle.partial()) < 0.7 * plain


def test_pressure_thickens_ridges(finger):
    levels = [
        finger.impression(2, style=ImpressionStyle.plain(pressure=p, pressure_spread=0.0)).mean()
        for p in (-0.6, 0.0, 0.6)
    ]
    assert levels[0] > levels[1] > levels[2]


def test_without_distortion_noise_and_movement_only_the_finger_is_left(finger):
    still = {
        "shift": 0.0, "offset": 0.0, "rotation": 0.0, "distortion": 0.0, "noise": 0.0,
        "contact_spread": 0.0, "pressure_spread": 0.0, "scratches": 0.0, "ground": 0.0,
    }  # fmt: skip
    style = ImpressionStyle.plain(**still)
    one, two = (finger.impression(k, style=style).astype(int)[150:260, 130:240] for k in (1, 2))
    assert np.abs(one - two).mean() < 12


@pytest.mark.parametrize("size", [(64, 64), (1024, 64), (65, 1024)])
def test_any_size_can_be_asked_for(finger, size):
    style = ImpressionStyle.plain(height=size[0], width=size[1])
    assert finger.impression(1, style=style).shape == size


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"height": 63}, ImageSizeError),
        ({"width": 10**9}, ImageSizeError),
        ({"height": 400.0}, InputError),
        ({"noise": -1.0}, InputError),
        ({"noise": float("nan")}, InputError),
        ({"pressure": "high"}, InputError),
        ({"ink": 250, "paper": 200}, InputError),
        ({"scratches": 1e9}, InputError),
        ({"colour": 1}, InputError),
    ],
)
def test_a_bad_style_is_an_input_error_that_names_the_field(change, error):
    with pytest.raises(error) as caught:
        ImpressionStyle.plain(**change)
    assert caught.value.field in change


@pytest.mark.parametrize("seed", [-1, 2**64, 0.5])
def test_a_bad_impression_seed_is_an_input_error(finger, seed):
    with pytest.raises(InputError, match="seed"):
        finger.impression(seed)


def test_fingers_of_one_person_have_their_own_ridges(somebody):
    index, middle = (
        somebody.fingers[f].master().ridges for f in (Finger.RIGHT_INDEX, Finger.RIGHT_MIDDLE)
    )
    agree = np.sign(index) * np.sign(middle)
    assert abs(agree.mean()) < 0.15
