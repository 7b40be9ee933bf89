"""The picture of what scores mean, for `make_pictures.py`: fictitious strangers and mates."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tenprint.extract import Extractor
from tenprint.extract import _picture_canvas as canvas
from tenprint.match import TemplateSet, compare
from tenprint.model import Finger, FingerImage, Template
from tenprint.synth import person

#: How many people; each is compared with every other one.
PEOPLE = 120

#: The axes: scores, and powers of ten.
SCORES, POWERS = 10, 5

WIDTH, HEIGHT = 1600, 900
LEFT, RIGHT, TOP, BOTTOM = 190, 60, 200, 110


def draw_scores() -> Image.Image:
    """The share of strangers that reach a score, what the score says of it, and mates' scores."""
    strangers, mates = measure()
    page = Image.new("RGB", (WIDTH, HEIGHT), canvas.PAPER)
    canvas.text(page, (LEFT, 28), "How many strangers reach a score", 44)
    words = (
        f"{len(strangers):,} comparisons of different fingers, {len(mates)} of the same one; "
        "fictitious right index fingers"
    )
    canvas.text(page, (LEFT, 88), words, 28, canvas.QUIET)
    _axes(page)
    overlay = canvas.Overlay(page.size)
    overlay.line(_at(0, 0), _at(POWERS, POWERS), canvas.QUIET, 0.7, 3)
    reached = np.sort(strangers)
    shares = 1 - np.arange(len(reached)) / len(reached)
    points = [_at(score, -np.log10(share)) for score, share in zip(reached, shares, strict=True)]
    for start, end in pairwise(points):
        overlay.line(start, end, canvas.BIFURCATION, 1, 5)
    for score in mates:
        x, _ = _at(min(score, SCORES), 0)
        overlay.line((x, TOP - 34), (x, TOP - 8), canvas.ENDING, 0.75, 3)
    overlay.onto(page)
    canvas.text(page, (LEFT, TOP - 40), "the same finger, each one stroke", 26, canvas.ENDING)
    words = "as the score says"
    x, y = _at(4.4, 4.4)
    canvas.text(page, (x - canvas.text_width(words, 26) - 24, y), words, 26, canvas.QUIET)
    x, y = _at(4.6, 3.1)
    canvas.text(page, (x, y), "strangers, as counted", 26, canvas.BIFURCATION)
    return page


def measure() -> tuple[NDArray[np.float32], list[float]]:
    """Scores of all pairs of different people, and of each person's two impressions."""
    extractor = Extractor(precision="float32")

    def take(who: int, touch: int) -> Template:
        pixels = person(who).fingers[Finger.RIGHT_INDEX].impression(touch)
        return extractor.extract(FingerImage(pixels))

    first = [take(who, 1) for who in range(1, PEOPLE + 1)]
    second = [take(who, 2) for who in range(1, PEOPLE + 1)]
    everybody = TemplateSet(second)
    table = np.array([everybody.compare(each) for each in first])
    apart = table[~np.eye(PEOPLE, dtype=bool)]
    return apart, [compare(*pair) for pair in zip(first, second, strict=True)]


def _at(score: float, power: float) -> tuple[float, float]:
    x = LEFT + (WIDTH - LEFT - RIGHT) * score / SCORES
    return x, TOP + (HEIGHT - TOP - BOTTOM) * min(power, POWERS) / POWERS


def _axes(page: Image.Image) -> None:
    draw = ImageDraw.Draw(page)
    for power in range(POWERS + 1):
        _, y = _at(0, power)
        draw.line((LEFT, y, WIDTH - RIGHT, y), fill=canvas.HAIRLINE, width=2)
        words = "all" if power == 0 else f"1 in {10**power:,}"
        canvas.text(page, (LEFT - 16 - canvas.text_width(words, 24), y - 15), words, 24)
    for score in range(0, SCORES + 1, 2):
        x, y = _at(score, POWERS)
        draw.line((x, TOP, x, y), fill=canvas.HAIRLINE, width=2)
        canvas.text(page, (x - canvas.text_width(str(score), 24) / 2, y + 12), str(score), 24)
    canvas.text(page, (WIDTH - RIGHT - canvas.text_width("score", 24), HEIGHT - 54), "score", 24)
