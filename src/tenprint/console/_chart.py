"""The comparison chart: both prints with the corresponding points numbered, as a PDF page."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from PIL import Image
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tenprint.console._prints import picked, picture
from tenprint.console._words import words
from tenprint.desk import CasePrint, CaseView
from tenprint.match import explain, odds
from tenprint.model import Finger

#: The most points that are numbered; more would hide the ridges.
POINTS = 16

_INK, _POINT, _SOFT = (0.1, 0.12, 0.15), (0.72, 0.2, 0.08), (0.36, 0.4, 0.45)


def comparison_chart(view: CaseView, finger: Finger, examiner: str) -> bytes:
    """One landscape A4 page.

    Parameters
    ----------
    view : CaseView
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
    out = io.BytesIO()
    page = Canvas(out, pagesize=landscape(A4), pageCompression=1)
    page.setTitle(f"Comparison chart, case {view.summary.id[:8]}")
    width, height = landscape(A4)
    _head(page, view, finger, height)
    left, gap, top, bottom = 40.0, 22.0, height - 104, 96.0
    broad, tall = (width - 2 * left - gap) / 2, top - bottom
    sides = (
        (probe, [a for a, _ in pairs], "Probe"),
        (candidate, [b for _, b in pairs], "Candidate"),
    )
    for number, (each, points, name) in enumerate(sides):
        _print(page, each, points, name, left + number * (broad + gap), bottom, broad, tall)
    page.setFont("Helvetica", 9)
    page.setFillColorRGB(*_INK)
    shown = f", the {len(pairs)} strongest numbered" if len(found.pairs) > POINTS else ""
    page.drawString(
        left,
        60,
        f"{len(found.pairs)} minutiae correspond{shown}. Score of this finger {found.score:.1f}: "
        f"{odds(found.score)} strangers scores as high"
        f"{' (extrapolated)' if found.extrapolated else ''}.",
    )
    page.setFillColorRGB(*_SOFT)
    page.drawString(
        left,
        44,
        f"Printed for {examiner} on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC. "
        "Points are the machine's; the finding is the examiners'.",
    )
    page.showPage()
    page.save()
    return out.getvalue()


def _head(page: Canvas, view: CaseView, finger: Finger, height: float) -> None:
    summary = view.summary
    name = "one finger" if finger is Finger.UNKNOWN else finger.label
    page.setFillColorRGB(*_INK)
    page.setFont("Helvetica-Bold", 17)
    page.drawString(40, height - 50, f"Comparison chart: {name}")
    page.setFont("Helvetica", 10)
    page.setFillColorRGB(*_SOFT)
    page.drawString(
        40,
        height - 68,
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
    name: str,
    left: float,
    bottom: float,
    broad: float,
    tall: float,
) -> None:
    """One print in its frame, its points numbered in the margin's colour."""
    template = each.template
    scale = min(broad / template.width, (tall - 16) / template.height)
    wide, high = template.width * scale, template.height * scale
    x0, y0 = left + (broad - wide) / 2, bottom + (tall - 16 - high) / 2
    image = picture(each)
    if image is not None:
        page.drawImage(ImageReader(Image.fromarray(image.pixels)), x0, y0, wide, high)
    page.setStrokeColorRGB(*_SOFT)
    page.setLineWidth(0.6)
    page.rect(x0, y0, wide, high)
    page.setFont("Helvetica-Bold", 10)
    page.setFillColorRGB(*_INK)
    page.drawString(left, bottom + tall - 10, name)
    page.setFont("Helvetica-Bold", 7)
    for number, index in enumerate(points, 1):
        minutia: Any = template.minutiae[index]
        x, y = x0 + float(minutia["x"]) * scale, y0 + high - float(minutia["y"]) * scale
        page.setStrokeColorRGB(*_POINT)
        page.setLineWidth(0.9)
        page.circle(x, y, 3)
        page.setFillColorRGB(1, 1, 1)
        page.rect(x + 3.5, y + 1.5, 4.2 * len(str(number)) + 2, 8, stroke=0, fill=1)
        page.setFillColorRGB(*_POINT)
        page.drawString(x + 4.5, y + 3, str(number))
