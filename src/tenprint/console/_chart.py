"""The comparison chart: both prints with the corresponding points numbered, as a PDF file.

The machine's correspondences are circles; an examiner's points have a colour and shape of their
own, as on the case's page. What the examiners found, and what they noted, follows on more pages.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from PIL import Image
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.utils import ImageReader, simpleSplit
from reportlab.pdfgen.canvas import Canvas

from tenprint.console._marks import KINDS, Layer, layers_of
from tenprint.console._prints import corresponding, picked, picture
from tenprint.console._words import when, words
from tenprint.desk import CasePrint, CaseView
from tenprint.match import explain, odds
from tenprint.model import Finger

#: The most points of the machine that are numbered; more would hide the ridges.
POINTS = 16

_INK, _POINT, _SOFT = (0.1, 0.12, 0.15), (0.72, 0.2, 0.08), (0.36, 0.4, 0.45)
#: Of the examiners' points, in the order of their decisions; as in the page's style.
_LAYERS = ((0.76, 0.09, 0.36), (0.42, 0.25, 0.71), (0.0, 0.47, 0.42), (0.48, 0.32, 0.0))

_WIDTH, _HEIGHT = landscape(A4)
_LEFT, _TOP, _BOTTOM, _GAP = 40.0, _HEIGHT - 104, 112.0, 22.0


def comparison_chart(view: CaseView, finger: Finger, examiner: str) -> bytes:
    """Landscape A4: one page of prints, and one or more of words where there are any.

    Parameters
    ----------
    view : CaseView
        As `examiner` may see it: of an open case only the own points and decision.
    finger : Finger
        One that both sides have.
    examiner : str
        Who asked for it; printed on it.

    Raises
    ------
    NotFoundError
        If not both sides have the finger.
    """
    p, c = picked(view, finger)
    probe, candidate = view.probe[p], view.candidate[c]
    found = explain(probe.template, candidate.template)
    pairs = [(int(each["probe"]), int(each["candidate"])) for each in found.pairs[:POINTS]]
    layers = layers_of(view, examiner)
    out = io.BytesIO()
    page = Canvas(out, pagesize=landscape(A4), pageCompression=1)
    page.setTitle(f"Comparison chart, case {view.summary.id[:8]}")
    name = "a finger of unknown position" if finger is Finger.UNKNOWN else finger.label
    _head(page, view, f"Comparison chart: {name}")
    broad, tall = (_WIDTH - 2 * _LEFT - _GAP) / 2, _TOP - _BOTTOM
    sides = (
        (probe, [a for a, _ in pairs], "Probe"),
        (candidate, [b for _, b in pairs], "Candidate"),
    )
    for number, (each, points, side) in enumerate(sides):
        left = _LEFT + number * (broad + _GAP)
        _print(page, each, points, (side, finger), layers, left, broad, tall)
    shown = f", the {len(pairs)} strongest numbered" if len(found.pairs) > POINTS else ""
    page.setFont("Helvetica", 9)
    page.setFillColorRGB(*_INK)
    page.drawString(
        _LEFT,
        76,
        f"Circles: {corresponding(len(found.pairs))} by the machine{shown}. "
        f"Score of this finger {found.score:.1f}: {odds(found.score)} strangers scores as high"
        f"{' (extrapolated)' if found.extrapolated else ''}.",
    )
    _legend(page, layers, finger)
    page.setFillColorRGB(*_SOFT)
    page.drawString(_LEFT, 44, _latin(f"Printed for {examiner} on {when(datetime.now(UTC))}."))
    page.showPage()
    _findings(page, view, layers, finger)
    page.save()
    return out.getvalue()


def _head(page: Canvas, view: CaseView, title: str) -> None:
    summary = view.summary
    page.setFillColorRGB(*_INK)
    page.setFont("Helvetica-Bold", 17)
    page.drawString(_LEFT, _HEIGHT - 50, title)
    page.setFont("Helvetica", 10)
    page.setFillColorRGB(*_SOFT)
    page.drawString(
        _LEFT,
        _HEIGHT - 68,
        f"Case {summary.id}   {words(summary.klass)} of {_latin(summary.agency)}   "
        f"candidate {_latin(summary.person)}",
    )


def _latin(text: str) -> str:
    """What the page's font has letters for."""
    return text.encode("latin-1", "replace").decode("latin-1")


def _print(
    page: Canvas,
    each: CasePrint,
    points: list[int],
    of: tuple[str, Finger],
    layers: Sequence[Layer],
    left: float,
    broad: float,
    tall: float,
) -> None:
    """One print in its frame, its points numbered beside them."""
    template, (name, finger) = each.template, of
    scale = min(broad / template.width, (tall - 16) / template.height)
    wide, high = template.width * scale, template.height * scale
    x0, y0 = left + (broad - wide) / 2, _BOTTOM + (tall - 16 - high) / 2
    image = picture(each)
    if image is not None:
        page.drawImage(ImageReader(Image.fromarray(image.pixels)), x0, y0, wide, high)
    page.setStrokeColorRGB(*_SOFT)
    page.setLineWidth(0.6)
    page.rect(x0, y0, wide, high)
    page.setFont("Helvetica-Bold", 10)
    page.setFillColorRGB(*_INK)
    told = name if image is not None else f"{name} (no image is kept)"
    page.drawString(left, _BOTTOM + tall - 10, told)
    page.setFont("Helvetica-Bold", 7)
    page.setLineWidth(0.9)
    for number, index in enumerate(points, 1):
        minutia: Any = template.minutiae[index]
        x, y = x0 + float(minutia["x"]) * scale, y0 + high - float(minutia["y"]) * scale
        page.setStrokeColorRGB(*_POINT)
        page.circle(x, y, 3)
        _number(page, x, y, str(number), _POINT)
    page.setLineWidth(1.2)
    for layer, (shape, colour) in zip(layers, _styles(len(layers)), strict=True):
        page.setStrokeColorRGB(*colour)
        for mark in layer.marks:
            if mark.side == name.lower() and mark.finger is finger:
                x, y = x0 + mark.x * scale, y0 + high - mark.y * scale
                _outline(page, x, y, shape)
                if mark.pair is not None:
                    _number(page, x, y, str(mark.pair), colour)


def _number(
    page: Canvas, x: float, y: float, text: str, colour: tuple[float, float, float]
) -> None:
    page.setFillColorRGB(1, 1, 1)
    page.rect(x + 3.5, y + 1.5, 4.2 * len(text) + 2, 8, stroke=0, fill=1)
    page.setFillColorRGB(*colour)
    page.drawString(x + 4.5, y + 3, text)


def _styles(count: int) -> list[tuple[int, tuple[float, float, float]]]:
    """A shape and a colour for each of so many layers."""
    return [(n % len(_LAYERS), _LAYERS[n % len(_LAYERS)]) for n in range(count)]


def _outline(page: Canvas, x: float, y: float, shape: int) -> None:
    """A square, diamond, triangle or ring around a place."""
    if shape == 3:
        page.circle(x, y, 4)
        return
    corners = (
        ((-3.2, -3.2), (3.2, -3.2), (3.2, 3.2), (-3.2, 3.2)),
        ((0, -4.6), (4.6, 0), (0, 4.6), (-4.6, 0)),
        ((0, 4.6), (4.2, -3.2), (-4.2, -3.2)),
    )[shape]
    path = page.beginPath()
    path.moveTo(x + corners[0][0], y + corners[0][1])
    for dx, dy in corners[1:]:
        path.lineTo(x + dx, y + dy)
    path.close()
    page.drawPath(path)


def _legend(page: Canvas, layers: Sequence[Layer], finger: Finger) -> None:
    """Whose the points of this finger are, on one line."""
    left = _LEFT
    for layer, (shape, colour) in zip(layers, _styles(len(layers)), strict=True):
        count = sum(mark.finger is finger for mark in layer.marks)
        if not count:
            continue
        page.setStrokeColorRGB(*colour)
        _outline(page, left + 4, 63, shape)
        page.setFillColorRGB(*_INK)
        told = _latin(
            f"{layer.examiner}: {count} point{'' if count == 1 else 's'}"
            f"{'' if layer.decided else ', no decision'}"
        )
        page.drawString(left + 12, 60, told)
        left += page.stringWidth(told, "Helvetica", 9) + 34


def _findings(page: Canvas, view: CaseView, layers: Sequence[Layer], finger: Finger) -> None:
    """What was decided and why, and what is said of points; nothing where there is neither."""
    lines: list[tuple[str, str]] = []
    for each in view.decisions:
        lines.append(("bold", f"{words(each.finding).capitalize()}"))
        lines.append(("soft", f"{each.examiner}, {when(each.decided_at)}"))
        lines.extend(("text", line) for line in each.reason.splitlines())
        lines.append(("text", ""))
    for layer in layers:
        told = sorted(
            (each for each in layer.marks if each.finger is finger),
            key=lambda each: (each.pair or 0, each.side != "probe"),
        )
        if told:
            lines.append(("bold", f"Points of {layer.examiner}"))
        for mark in told:
            number = f"{mark.pair}, " if mark.pair is not None else ""
            note = f": {mark.note}" if mark.note else ""
            lines.append(("text", f"{number}{mark.side}: {KINDS.get(mark.kind, mark.kind)}{note}"))
        if told:
            lines.append(("text", ""))
    if lines:
        _write(page, view, lines)


_FONTS = {
    "bold": ("Helvetica-Bold", _INK),
    "soft": ("Helvetica", _SOFT),
    "text": ("Helvetica", _INK),
}


def _write(page: Canvas, view: CaseView, lines: Sequence[tuple[str, str]]) -> None:
    """Lines, broken to the page's width, on as many pages as they need."""
    lost = any(_latin(text) != text for _, text in lines)
    if lost:
        lines = [("soft", "Letters that this file's font lacks stand as ?; the page of the case "
                  "has them."), ("text", ""), *lines]  # fmt: skip
    height = 0.0
    for style, text in lines:
        font, colour = _FONTS[style]
        for part in simpleSplit(_latin(text), font, 10, _WIDTH - 2 * _LEFT) or [""]:
            if height < 44:
                if height:
                    page.showPage()
                _head(page, view, "Findings and points")
                height = _HEIGHT - 100
            page.setFont(font, 10)
            page.setFillColorRGB(*colour)
            page.drawString(_LEFT, height, part)
            height -= 14
    page.showPage()
