"""Pictures of the matcher's first look, for `make_pictures.py`.

What they show comes from the slow matcher of the tests, which agrees with the kernels to the last
bit: the kernels keep nothing of what they compute on the way.
"""

from __future__ import annotations

import math
import runpy
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from tenprint.extract import _picture_canvas as canvas
from tenprint.match import explain
from tenprint.match._match import native_rows
from tenprint.model import FingerImage, Template

Print = tuple[FingerImage, Template]

SLOW: dict[str, Any] = runpy.run_path(str(Path(__file__).parents[1] / "tests/match/oracle.py"))
CELLS: list[tuple[float, float]] = SLOW["CELLS"]

#: Pixels at 500 ppi shown around a minutia, and how much they are enlarged.
REACH, ZOOM = 92, 4.4


def draw_votes(probe: Print, candidate: Print, labels: tuple[str, str]) -> Image.Image:
    """Each minutia of the probe joined with its most similar one; darker where others agree."""
    first, second = (SLOW["prepare"](native_rows(each[1])) for each in (probe, candidate))
    found = SLOW["agree"](first, second)
    agreeing = _agreeing(found)
    scale, gap, top = 2.0, 40, 150
    panels = [canvas.print_panel(each[0].pixels, scale, fade=0.6) for each in (probe, candidate)]
    lefts = (gap, gap + panels[0].width + 90)
    size = lefts[1] + panels[1].width + gap, top + max(each.height for each in panels) + gap
    page = Image.new("RGB", size, canvas.PAPER)
    canvas.text(page, (gap, 24), f"{len(agreeing)} of {len(found.vote)} pairs agree", 36)
    words = "blue: one rotation and shift fits them; orange: the most similar one lies elsewhere"
    canvas.text(page, (gap, 74), words, 24, canvas.QUIET)
    overlay = canvas.Overlay(size)
    for panel, left, label in zip(panels, lefts, labels, strict=True):
        canvas.text(page, (left, top - 36), label, 24)
        page.paste(panel, (left, top))
        ImageDraw.Draw(page).rectangle(
            (left - 1, top - 1, left + panel.width, top + panel.height), outline=canvas.HAIRLINE
        )
    for k in sorted(range(len(found.vote)), key=agreeing.__contains__):
        colour, strength = (canvas.ENDING, 0.85) if k in agreeing else (canvas.BIFURCATION, 0.5)
        rows = (first.original[found.probe[k]], second.original[found.candidate[k]])
        ends = []
        for each, row, left in zip((probe, candidate), rows, lefts, strict=True):
            minutia = each[1].minutiae[row]
            overlay.minutia(minutia, scale, (left, top), colour=colour, opacity=strength)
            ends.append((left + (minutia["x"] + 0.5) * scale, top + (minutia["y"] + 0.5) * scale))
        overlay.line(*ends, colour, strength, 1.6)
    overlay.onto(page)
    return page


def _agreeing(found: Any) -> set[int]:
    """Pairs that agree with at least half of the stronger ones, as the second look begins."""
    chosen: list[int] = []
    for p in sorted(range(len(found.vote)), key=lambda p: -found.vote[p]):
        agrees = sum(found.compatible[p, c] > 0 for c in chosen)
        taken = any(found.candidate[c] == found.candidate[p] for c in chosen)
        if found.vote[p] > 0 and not taken and 2 * agrees >= len(chosen):
            chosen.append(p)
    return set(chosen)


def draw_neighbourhood(probe: Print, candidate: Print, labels: tuple[str, str]) -> Image.Image:
    """The neighbourhoods of one corresponding pair, both turned so that the minutia points up."""
    first, second = (SLOW["prepare"](native_rows(each[1])) for each in (probe, candidate))
    place = [{row: k for k, row in enumerate(each.original)} for each in (first, second)]
    pairs = [
        (place[0][int(pair["probe"])], place[1][int(pair["candidate"])])
        for pair in explain(probe[1], candidate[1]).pairs
    ]
    # The pair that shows most: many bits, and alike.
    i, j = max(pairs, key=lambda pair: len(first.bits[pair[0]] & second.bits[pair[1]]))
    bits = first.bits[i], second.bits[j]
    both = bits[0] & bits[1]
    side, gap, top = round(2 * REACH * ZOOM), 40, 190
    page = Image.new("RGB", (2 * side + 3 * gap, top + side + gap), canvas.PAPER)
    alike = float(SLOW["similarity"](first, i, second, j))
    canvas.text(page, (gap, 26), f"Two neighbourhoods, {alike:.0%} alike", 40)
    words = (
        f"strokes: bits that are set, {len(bits[0])} and {len(bits[1])} of 312; "
        f"blue: the {len(both)} they share"
    )
    canvas.text(page, (gap, 84), words, 26, canvas.QUIET)
    both_sides = zip((probe, candidate), (first, second), (i, j), bits, labels, strict=True)
    for k, (each, ready, row, mine, label) in enumerate(both_sides):
        left = gap + k * (side + gap)
        canvas.text(page, (left, top - 42), label, 26)
        page.paste(_around(each, ready.original[row], mine, both, side), (left, top))
        edge = (left - 1, top - 1, left + side, top + side)
        ImageDraw.Draw(page).rectangle(edge, outline=canvas.HAIRLINE)
    return page


def _around(of: Print, row: int, mine: set[int], both: set[int], side: int) -> Image.Image:
    image, template = of
    centre = template.minutiae[row]
    turn = math.pi / 2 - float(centre["angle"])
    panel = _upright(image, centre, turn, side)
    overlay = canvas.Overlay(panel.size)
    overlay.ring((side / 2, side / 2), (70 + 10) * ZOOM, canvas.QUIET, 0.5, 1.5)
    for minutia in template.minutiae:
        dx = float(minutia["x"]) - float(centre["x"])
        dy = float(minutia["y"]) - float(centre["y"])
        if math.hypot(dx, dy) > REACH:
            continue
        x = math.cos(turn) * dx + math.sin(turn) * dy
        y = -math.sin(turn) * dx + math.cos(turn) * dy
        shown = minutia.copy()
        shown["angle"] = (float(minutia["angle"]) + turn) % (2 * math.pi)
        shown["x"] = shown["y"] = 0
        origin = (side / 2 + x * ZOOM - 0.5 * ZOOM, side / 2 + y * ZOOM - 0.5 * ZOOM)
        overlay.minutia(shown, ZOOM, origin, colour=canvas.INK, opacity=1, size=2)
    for cell, (cx, cy) in enumerate(CELLS):
        # The cells turn with the minutia, so that here they lie the same in both prints.
        x, y = side / 2 + cy * ZOOM, side / 2 - cx * ZOOM
        overlay.ring((x, y), 3, canvas.QUIET, 0.55, 2)
        for direction in range(6):
            bit = cell * 6 + direction
            if bit not in mine:
                continue
            away = -math.pi + (direction + 0.5) * math.pi / 3
            angle = math.pi / 2 - away
            end = x + 26 * math.cos(angle), y - 26 * math.sin(angle)
            colour = canvas.ENDING if bit in both else canvas.BIFURCATION
            overlay.line((x, y), end, colour, 0.95 if bit in both else 0.7, 4)
    overlay.onto(panel)
    return panel


def _upright(image: FingerImage, centre: Any, turn: float, side: int) -> Image.Image:
    """The print around a minutia, turned counterclockwise about it."""
    reach = round(REACH * 1.5)
    wide = Image.new("L", (2 * reach, 2 * reach), 255)
    at = reach - int(centre["x"]), reach - int(centre["y"])
    wide.paste(Image.fromarray(image.pixels), at)
    size = round(2 * reach * ZOOM)
    large = wide.resize((size, size), Image.Resampling.LANCZOS)
    turned = large.rotate(math.degrees(turn), Image.Resampling.BICUBIC, fillcolor=255)
    start = (size - side) // 2
    cut = turned.crop((start, start, start + side, start + side)).convert("RGB")
    return Image.blend(cut, Image.new("RGB", cut.size, canvas.PAPER), 0.72)
