"""A picture of why two prints match: side by side, corresponding minutiae joined."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from tenprint.extract import _picture_canvas as canvas
from tenprint.match._match import Comparison
from tenprint.match._picture_words import odds
from tenprint.model import FingerImage, Template

#: Height of the larger print, the space around them and between them, pixels.
_PANEL, _GAP, _BETWEEN, _HEAD, _CAPTION = 1000, 40, 120, 160, 56

#: A pair's colour, from one that adds little to one that adds most.
_WEAK, _STRONG = (150, 176, 190), (0, 84, 122)


def draw_comparison(
    probe: Template,
    candidate: Template,
    comparison: Comparison,
    *,
    probe_image: FingerImage | None = None,
    candidate_image: FingerImage | None = None,
    labels: tuple[str, str] = ("Probe", "Candidate"),
) -> Image.Image:
    """Two prints side by side with the corresponding minutiae joined.

    Parameters
    ----------
    probe, candidate : Template
        What was compared.
    comparison : Comparison
        From `explain` of these two.
    probe_image, candidate_image : FingerImage, optional
        The prints; without one, the minutiae stand on plain paper.
    labels : tuple of str
        Captions of the two prints.

    Returns
    -------
    PIL.Image.Image
        RGB. Lines are darker and thicker the more a pair contributes; minutiae without a
        counterpart are faint.
    """
    sides = ((probe, probe_image), (candidate, candidate_image))
    scale = _PANEL / max(max(each.width, each.height) for each, _ in sides)
    panels = [_panel(template, image, scale) for template, image in sides]
    top = _HEAD + _CAPTION
    lefts = (_GAP, _GAP + panels[0].width + _BETWEEN)
    head = _headline(comparison)
    width = max(
        lefts[1] + panels[1].width + _GAP,
        *(round(canvas.text_width(words, size)) + 2 * _GAP for words, size in head),
    )
    page = Image.new("RGB", (width, top + max(p.height for p in panels) + _GAP), canvas.PAPER)
    for (words, size), y, colour in zip(head, (30, 94), (canvas.INK, canvas.QUIET), strict=True):
        canvas.text(page, (_GAP, y), words, size, colour)
    counts = [f"{len(template)} minutiae" for template, _ in sides]
    for panel, left, label, count in zip(panels, lefts, labels, counts, strict=True):
        canvas.text(page, (left, _HEAD + 10), f"{label}  ·  {count}", 26)
        page.paste(panel, (left, top))
        edge = (left - 1, top - 1, left + panel.width, top + panel.height)
        ImageDraw.Draw(page).rectangle(edge, outline=canvas.HAIRLINE)
    _join(page, probe, candidate, comparison, scale, lefts, top)
    return page


def _panel(template: Template, image: FingerImage | None, scale: float) -> Image.Image:
    if image is None:
        size = max(1, round(template.width * scale)), max(1, round(template.height * scale))
        return Image.new("RGB", size, (255, 255, 255))
    return canvas.print_panel(image.pixels, scale, fade=0.5)


def _headline(comparison: Comparison) -> list[tuple[str, int]]:
    rate = odds(comparison.score)
    words = f"Score {comparison.score:.1f}: {rate} pairs of different fingers agrees so well"
    facts = [
        f"{len(comparison.pairs)} corresponding minutiae",
        f"turned by {abs(round(math.degrees(comparison.rotation)))}°",
    ]
    if comparison.extrapolated:
        facts.append("extrapolated: beyond the rates that were observed")
    return [(words, 40), ("  ·  ".join(facts), 24)]


def _join(
    page: Image.Image,
    probe: Template,
    candidate: Template,
    comparison: Comparison,
    scale: float,
    lefts: tuple[int, int],
    top: int,
) -> None:
    overlay = canvas.Overlay(page.size)
    sides = ((probe, lefts[0], "probe"), (candidate, lefts[1], "candidate"))
    for template, left, name in sides:
        alone = np.ones(len(template), bool)
        alone[comparison.pairs[name]] = False
        for minutia in template.minutiae[alone]:
            overlay.minutia(
                minutia, scale, (left, top), colour=canvas.OTHER, opacity=0.35, size=0.9
            )
    gain = np.clip(comparison.pairs["contribution"].astype(float), 0, None)
    weight = np.sqrt(gain / gain.max()) if len(gain) and gain.max() > 0 else np.zeros(len(gain))
    for pair, strength in sorted(
        zip(comparison.pairs, weight, strict=True), key=lambda each: float(each[1])
    ):
        colour = _between(float(strength))
        ends = []
        for template, left, name in sides:
            minutia = template.minutiae[int(pair[name])]
            overlay.minutia(minutia, scale, (left, top), opacity=1.0, size=1.15)
            ends.append((left + (minutia["x"] + 0.5) * scale, top + (minutia["y"] + 0.5) * scale))
        overlay.line(
            ends[0], ends[1], colour, 0.3 + 0.5 * float(strength), 0.8 + 1.6 * float(strength)
        )
    overlay.onto(page)


def _between(part: float) -> canvas.Colour:
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(_WEAK, _STRONG, strict=True))
    return red, green, blue
