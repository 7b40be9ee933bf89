"""A picture of how a template was made: every stage of extraction, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tenprint.extract import _picture_canvas as canvas
from tenprint.extract.trace import Trace
from tenprint.model import KIND_BIFURCATION, KIND_ENDING, FingerImage, Template

#: Height of one panel and the space around it, pixels.
_PANEL, _GAP, _HEAD, _CAPTION = 900, 40, 150, 56

#: The page is at least this wide, so that its head fits.
_WIDTH = 1400

#: The colours that stand for probabilities 0 to 1: paper, amber, deep red.
_RAMP = np.array([canvas.PAPER, (244, 196, 112), (196, 62, 28), (92, 12, 24)], np.float32)


def draw_extraction(image: FingerImage, template: Template, trace: Trace) -> Image.Image:
    """The stages of one extraction as labelled panels.

    Parameters
    ----------
    image : FingerImage
        What was extracted from.
    template : Template
        What came out.
    trace : Trace
        As recorded by the extraction; a stage that was not recorded has no panel.

    Returns
    -------
    PIL.Image.Image
        RGB: the image, the finger area, the probability of a minutia at each position, and the
        minutiae (ring and tick in the direction; endings blue, bifurcations orange; fainter where
        the extractor is less sure).
    """
    scale = _PANEL / max(image.pixels.shape)
    height, width = image.pixels.shape
    panels = [("Image", canvas.print_panel(image.pixels, scale))]
    foreground = trace.stages.get("ridges")
    if isinstance(foreground, np.ndarray) and foreground.shape == (height, width):
        panels.append(("Finger area", _foreground(image.pixels, foreground, scale)))
    position = trace.stages.get("position")
    if isinstance(position, np.ndarray) and position.shape == (height, width):
        panels.append(("Probability of a minutia", _probability(image.pixels, position, scale)))
    panels.append((_count(template), _minutiae(image.pixels, template, scale)))
    return _page(panels, image, template)


def _foreground(pixels: NDArray[np.uint8], foreground: NDArray[Any], scale: float) -> Image.Image:
    inside = canvas.print_panel(pixels, scale)
    outside = Image.blend(inside, Image.new("RGB", inside.size, canvas.PAPER), 0.85)
    mask = Image.fromarray(foreground.astype(np.uint8) * 255)
    mask = mask.resize(inside.size, Image.Resampling.BILINEAR)
    panel = Image.composite(inside, outside, mask)
    edge = np.asarray(mask).astype(np.int16)
    step = np.abs(np.diff(edge, axis=0, prepend=edge[:1]))
    step += np.abs(np.diff(edge, axis=1, prepend=edge[:, :1]))
    outline = Image.fromarray(np.clip(step * 2, 0, 255).astype(np.uint8))
    panel.paste(Image.new("RGB", panel.size, canvas.ACCENT), (0, 0), outline)
    return panel


def _probability(pixels: NDArray[np.uint8], position: NDArray[Any], scale: float) -> Image.Image:
    ground = canvas.print_panel(pixels, scale, fade=0.75)
    heat = Image.fromarray(np.clip(position, 0, 1).astype(np.float32))
    p = np.clip(np.asarray(heat.resize(ground.size, Image.Resampling.BILINEAR)), 0, 1)
    place = p * (len(_RAMP) - 1)
    low = np.minimum(place.astype(np.intp), len(_RAMP) - 2)
    part = (place - low)[..., None]
    colours = _RAMP[low] * (1 - part) + _RAMP[low + 1] * part
    strength = np.clip(p * 3, 0, 1)[..., None]
    mixed = np.asarray(ground, np.float32) * (1 - strength) + colours * strength
    return Image.fromarray(mixed.astype(np.uint8))


def _minutiae(pixels: NDArray[np.uint8], template: Template, scale: float) -> Image.Image:
    panel = canvas.print_panel(pixels, scale, fade=0.45)
    overlay = canvas.Overlay(panel.size)
    for minutia in template.minutiae:
        overlay.minutia(minutia, scale, size=1.6)
    overlay.onto(panel)
    return panel


def _count(template: Template) -> str:
    kinds = template.minutiae["kind"]
    endings, forks = (int((kinds == kind).sum()) for kind in (KIND_ENDING, KIND_BIFURCATION))
    return f"{len(template)} minutiae: {endings} endings, {forks} bifurcations"


def _page(
    panels: list[tuple[str, Image.Image]], image: FingerImage, template: Template
) -> Image.Image:
    # A narrow print leaves a narrow panel; its caption must fit all the same.
    room = max(max(p.width, round(canvas.text_width(name, 26))) for name, p in panels)
    step = panels[0][1].height + _CAPTION + _GAP
    columns = 2 if len(panels) > 3 else len(panels)
    rows = -(-len(panels) // columns)
    width = max((room + _GAP) * columns + _GAP, _WIDTH)
    page = Image.new("RGB", (width, _HEAD + step * rows), canvas.PAPER)
    canvas.text(page, (_GAP, 34), f"Quality {template.quality} of 100", 44)
    resolution = f"{image.ppi:g} ppi" + (" (assumed)" if image.ppi_assumed else "")
    extent = f"{template.width} x {template.height} pixels at 500 ppi"
    facts = [Path(image.source).name, extent, f"came with {resolution}"]
    if template.finger:
        facts.insert(1, template.finger.label)
    if template.reason:
        facts.append(template.reason)
    canvas.text(page, (_GAP, 96), "  ·  ".join(facts), 24, canvas.QUIET)
    _legend(page)
    for number, (caption, panel) in enumerate(panels):
        left = _GAP + (number % columns) * (room + _GAP)
        top = _HEAD + (number // columns) * step
        canvas.text(page, (left, top + 8), caption, 26)
        top += _CAPTION
        page.paste(panel, (left, top))
        edge = (left - 1, top - 1, left + panel.width, top + panel.height)
        ImageDraw.Draw(page).rectangle(edge, outline=canvas.HAIRLINE)
    return page


def _legend(page: Image.Image) -> None:
    overlay = canvas.Overlay((380, 40))
    for x, colour in ((14, canvas.ENDING), (174, canvas.BIFURCATION)):
        overlay.ring((x, 22), 8, colour, width=3)
        overlay.line((x + 8, 22), (x + 28, 22), colour, width=3)
    at = (page.width - _GAP - 380, 34)
    overlay.onto(page, at)
    for x, words in ((52, "ending"), (212, "bifurcation")):
        canvas.text(page, (at[0] + x, at[1] + 8), words, 24, canvas.QUIET)
