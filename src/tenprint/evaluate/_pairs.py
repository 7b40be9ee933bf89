"""The hardest pairs of a report, with pictures."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tenprint.evaluate._fvc import FvcReport, ScoredDatabase
from tenprint.evaluate._reading import read_print
from tenprint.match import explain
from tenprint.model import InputError, Template

#: How many pairs of each kind are shown.
SHOWN = 8

#: Height of a thumbnail in pixels; drawn at about half, so that fine screens see ridges.
THUMBNAIL = 300

_GAP = 8

#: Line colours of genuine and impostor pairs.
_MATED, _UNMATED = "#12a77a", "#f0762b"


@dataclass(frozen=True)
class HardPair:
    """One compared pair: where, which files, score, qualities, and templates where known."""

    database: str
    probe: Path
    candidate: Path
    score: float
    qualities: tuple[int, int]
    genuine: bool
    templates: tuple[Template, Template] | None = None


def hardest_pairs(report: FvcReport, *, genuine: bool, count: int = SHOWN) -> list[HardPair]:
    """The genuine pairs of lowest or the impostor pairs of highest score over all databases."""
    found = [pair for each in report.scored for pair in _of_one(each, genuine, count)]
    found.sort(key=lambda pair: pair.score, reverse=not genuine)
    return found[:count]


def _of_one(scored: ScoredDatabase, genuine: bool, count: int) -> Iterator[HardPair]:
    database = scored.database
    scores = scored.genuine if genuine else -scored.impostor
    pairs = database.genuine_pairs() if genuine else database.impostor_pairs()
    for row in np.argsort(scores, kind="stable")[:count]:
        probe, candidate = (int(side) for side in pairs[row])
        one, other = (
            (scored.templates[probe], scored.templates[candidate])
            if scored.templates
            else (None, None)
        )
        yield HardPair(
            scored.name,
            database.files[probe],
            database.files[candidate],
            abs(float(scores[row])),
            (int(scored.quality[probe]), int(scored.quality[candidate])),
            genuine,
            (one, other) if one and other else None,
        )


def pair_gallery(report: FvcReport, *, genuine: bool) -> str:
    """The hardest pairs as HTML cards with both prints side by side."""
    given = report.details.get("settings", {}).get("ppi", {})
    cards = []
    for pair in hardest_pairs(report, genuine=genuine):
        low, high = pair.qualities
        cards.append(
            f'<div class="pair">{_picture(pair, given.get(pair.database))}'
            f'<div class="names">{escape(pair.database)}: {escape(pair.probe.stem)}, '
            f"{escape(pair.candidate.stem)}</div>"
            f"<div>score <b>{pair.score:.2f}</b>, quality {low} and {high}</div></div>"
        )
    return f'<div class="pairs">{"".join(cards)}</div>'


def _picture(pair: HardPair, ppi: float | None) -> str:
    """Both prints in one picture at the same scale; nothing where a file cannot be read."""
    try:
        prints = [read_print(path, ppi).pixels for path in (pair.probe, pair.candidate)]
    except (InputError, OSError):
        return ""
    scale = THUMBNAIL / max(pixels.shape[0] for pixels in prints)
    small = [
        Image.fromarray(pixels).resize(
            (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))),
            Image.Resampling.LANCZOS,
        )
        for pixels in prints
    ]
    right = small[0].width + _GAP
    sheet = Image.new("RGB", (right + small[1].width, THUMBNAIL), "white")
    sheet.paste(small[0], (0, 0))
    sheet.paste(small[1], (right, 0))
    _join(sheet, pair, scale, right)
    file = io.BytesIO()
    sheet.save(file, "JPEG", quality=74)
    data = base64.b64encode(file.getvalue()).decode()
    names = escape(f"{pair.probe.name} and {pair.candidate.name}", quote=True)
    return f'<img alt="{names}" src="data:image/jpeg;base64,{data}">'


def _join(sheet: Image.Image, pair: HardPair, scale: float, right: int) -> None:
    """Draw a line between each two minutiae that the comparison took for the same."""
    if pair.templates is None:
        return
    probe, candidate = pair.templates
    draw = ImageDraw.Draw(sheet)
    colour = _MATED if pair.genuine else _UNMATED
    for row in explain(probe, candidate).pairs:
        ends = [
            (float(end["x"]) * scale + shift, float(end["y"]) * scale)
            for end, shift in (
                (probe.minutiae[row["probe"]], 0),
                (candidate.minutiae[row["candidate"]], right),
            )
        ]
        draw.line(ends, fill=colour, width=1)
        for x, y in ends:
            draw.ellipse((x - 3, y - 3, x + 3, y + 3), outline=colour, width=2)
