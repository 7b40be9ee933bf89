"""The demo's page: one self-contained HTML file."""

from __future__ import annotations

import base64
import io
from html import escape
from pathlib import Path

from PIL import Image

from tenprint.cli._words import certainty
from tenprint.cli.demo._morning import Morning
from tenprint.cli.demo._scenes import Outcome
from tenprint.cli.demo._style import STYLE
from tenprint.model import Finger

#: Bars of the finger scores are full at this score.
_FULL = 12.0


def write_page(morning: Morning, path: Path) -> None:
    """Write the page of a morning."""
    path.write_text(page(morning), encoding="utf-8")


def page(morning: Morning) -> str:
    """The page as HTML."""
    right = sum(outcome.right for outcome in morning.outcomes)
    scenes = "\n".join(_scene(outcome) for outcome in morning.outcomes)
    searches = [outcome.search_seconds for outcome in morning.outcomes]
    facts = (
        (f"{len(morning.town.residents)}", "people enrolled"),
        (f"{morning.prints}", "prints, mean quality " + f"{morning.quality:.0f}"),
        (f"{morning.extract_ms:.0f} ms", "an image to its template"),
        (f"{1000 * sum(searches) / len(searches):.1f} ms", "a search, on average"),
        (f"{right} of {len(morning.outcomes)}", "answers right"),
    )
    tiles = "".join(
        f"<div><b>{escape(big)}</b><span>{escape(of)}</span></div>" for big, of in facts
    )
    kind = "A small town" if morning.town.fictitious else "A town of real prints"
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>tenprint: a morning</title><style>{STYLE}</style></head><body><main>
<header><p class="brand">tenprint</p><h1>{kind}, one morning</h1>
<p class="lead">{escape(morning.town.story)}</p><div class="facts">{tiles}</div></header>
{scenes}
<footer><p>A score is minus log10 of the false-match rate: 6 means that one in a million strangers
scores as high. A hit is a score that a stranger reaches at most once in a thousand searches of the
whole gallery. <i>Extrapolated</i> means beyond the rates that were really observed: the figure
follows the measured trend, but nobody has seen so many comparisons.</p></footer>
</main></body></html>
"""


def _scene(outcome: Outcome) -> str:
    scene = outcome.scene
    prints = "".join(
        f'<figure><img src="{_data(_thumbnail(image.pixels), quality=72)}" alt="">'
        f"<figcaption>{escape('one finger' if scene.nameless else finger.label)}"
        f"<br>quality {template.quality}</figcaption></figure>"
        for image, template, finger in zip(
            outcome.images, outcome.templates, scene.fingers, strict=True
        )
    )
    return f"""<section>
<div class="clock">{escape(scene.clock)}</div>
<div class="body"><h2>{escape(scene.title)}</h2><p class="story">{escape(scene.story)}</p>
{_answer(outcome)}
<div class="prints">{prints}</div>
{_candidates(outcome)}
{_picture(outcome)}
</div></section>"""


def _answer(outcome: Outcome) -> str:
    took = (
        f"{outcome.extract_seconds:.2f} s to extract, {1000 * outcome.search_seconds:.1f} ms to "
        f"search {outcome.people} people"
    )
    found = outcome.found
    if found:
        name = outcome.names.get(found.person, "")
        sure = certainty(found)
        words = f"<b>{escape(name)}</b> <code>{escape(found.person)}</code>"
        detail = f"score {found.score:.1f}; the chance that a stranger scores so here is {sure}"
        style = "hit"
    else:
        best = outcome.candidates[0].score if outcome.candidates else 0.0
        words, style = "<b>Nobody known</b>", "none"
        detail = f"best score {best:.1f}, a hit needs {outcome.needed:.1f}"
    verdict = "as it should be" if outcome.right else _truth(outcome)
    kept = (
        f" Enrolled as <code>{escape(outcome.scene.enrol_as)}</code>."
        if outcome.scene.enrol_as and not found
        else ""
    )
    right = "right" if outcome.right else "wrong"
    return (
        f'<div class="answer {style}"><p>{words}<span class="{right}">{escape(verdict)}</span></p>'
        f"<p class='detail'>{escape(detail)}. {escape(took)}.{kept}</p></div>"
    )


def _truth(outcome: Outcome) -> str:
    if outcome.expected:
        return f"wrong: it was {outcome.expected}"
    return "wrong: this person is not enrolled"


def _candidates(outcome: Outcome) -> str:
    if not outcome.candidates:
        return ""
    rows = []
    for candidate in outcome.candidates[:3]:
        bars = "".join(
            f'<span class="bar" title="{escape(_finger(finger))} {score:.1f}">'
            f'<i style="height:{min(100.0, 100 * score / _FULL):.0f}%"></i>'
            f"<em>{escape(_short(finger))}</em></span>"
            for finger, score in candidate.fingers.items()
        )
        name = outcome.names.get(candidate.person, "")
        strong = ' class="hit"' if candidate.score >= outcome.needed else ""
        rows.append(
            f"<tr{strong}><td><code>{escape(candidate.person)}</code></td><td>{escape(name)}</td>"
            f'<td class="number">{candidate.score:.1f}</td><td class="bars">{bars}</td></tr>'
        )
    head = "<tr><th>candidate</th><th></th><th>score</th><th>by finger</th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"


def _picture(outcome: Outcome) -> str:
    if outcome.picture is None:
        return ""
    words = "Why" if outcome.found else "The closest finger, and why it is not enough"
    small = outcome.picture.copy()
    small.thumbnail((1500, 1500), Image.Resampling.LANCZOS)
    return (
        f"<details{' open' if outcome.found else ''}><summary>{words}</summary>"
        f'<img class="wide" src="{_data(small, quality=82)}" alt="What matches"></details>'
    )


def _finger(finger: Finger) -> str:
    return "one finger" if finger is Finger.UNKNOWN else finger.label


def _short(finger: Finger) -> str:
    """``R2`` for the right index."""
    if finger is Finger.UNKNOWN:
        return "?"
    return f"{'R' if finger <= 5 else 'L'}{(finger - 1) % 5 + 1}"


def _thumbnail(pixels: object) -> Image.Image:
    small = Image.fromarray(pixels)  # type: ignore[arg-type]
    small.thumbnail((220, 220), Image.Resampling.LANCZOS)
    return small


def _data(picture: Image.Image, quality: int) -> str:
    """A picture as a data address."""
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP", quality=quality, method=4)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
