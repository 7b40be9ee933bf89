"""Pictures that explain, and scores in words."""

import numpy as np
import pytest

from tenprint.extract import Trace, draw_extraction
from tenprint.match import explain
from tenprint.match._picture import draw_comparison
from tenprint.match._picture_words import odds
from tenprint.model import FingerImage, Template, make_minutiae


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (-1.0, "1 in 1"),
        (0.0, "1 in 1"),
        (0.5, "1 in 3.2"),
        (2.0, "1 in 100"),
        (3.0, "1 in 1,000"),
        (4.5, "1 in 32,000"),
        (5.9999999, "1 in 1 million"),
        (6.38, "1 in 2.4 million"),
        (8.0, "1 in 100 million"),
        (10.0, "1 in 10 billion"),
        (14.2, "1 in 160 trillion"),
        (40.0, "less than 1 in 1,000 trillion"),
    ],
)
def test_odds(score: float, words: str) -> None:
    assert odds(score) == words


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (37, 250), (900, 700)])
def test_pictures_of_any_shape(shape: tuple[int, int]) -> None:
    height, width = shape
    image = FingerImage(np.full(shape, 200, np.uint8), source="scan.png")
    place = np.linspace(0, 1, 9)
    kinds = np.arange(9) % 3
    rows = make_minutiae(place * (width - 1), place * (height - 1), place * 6, kinds, 50)
    template = Template(rows, width, height, 50, reason="few minutiae")
    trace = Trace()
    trace.record("ridges", np.ones(shape, bool))
    trace.record("position", np.random.default_rng(1).random(shape, np.float32))
    whole = draw_extraction(image, template, trace)
    bare = draw_extraction(image, template, Trace())
    assert bare.width >= 1400
    assert whole.height > bare.height
    found = explain(template, template)
    for images in ({}, {"probe_image": image, "candidate_image": image}):
        assert draw_comparison(template, template, found, **images).mode == "RGB"


def test_a_template_without_minutiae() -> None:
    image = FingerImage(np.full((100, 80), 255, np.uint8))
    template = Template(make_minutiae([], [], []), 80, 100, 0, reason="no finger in the image")
    assert draw_extraction(image, template, Trace()).mode == "RGB"
    assert draw_comparison(template, template, explain(template, template)).mode == "RGB"
