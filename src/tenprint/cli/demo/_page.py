"""The demo's page: one self-contained HTML file."""

from __future__ import annotations

import base64
import io
from html import escape
from pathlib import Path

from PIL import Image

from tenprint.cli.demo._morning import Morning
from tenprint.cli.demo._scenes import Visit
from tenprint.cli.demo._style import STYLE
from tenprint.match import odds
from tenprint.model import Finger

#: Bars of the finger scores are full at this score.
_FULL = 12.0


def write_page(morning: Morning, path: Path) -> None:
    """Write the page of a morning."""
    path.write_text(page(morning), encoding="utf-8")


def page(morning: Morning) -> str:
    """The page as HTML."""
    right = sum(each.right for each in morning.visits)
    scenes = "\n".join(_scene(each) for each in morning.visits)
    machine = [each.status.machine_seconds for each in morning.visits]
    facts = (
        (f"{len(morning.town.residents)}", "people enrolled"),
        (f"{morning.prints}", "prints, mean quality " + f"{morning.quality:.0f}"),
        (f"{max(machine):.1f} s", "the longest answer took"),
        (f"{right} of {len(morning.visits)}", "answers right"),
        (f"{morning.cases}", "for an examiner to decide"),
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
whole gallery; a little less goes to an examiner.</p></footer>
</main></body></html>
"""


def _scene(of: Visit) -> str:
    scene = of.scene
    quality = [each["quality"] for each in of.answer.content.get("quality", ())]
    prints = "".join(
        f'<figure><img src="{_data(_thumbnail(image.pixels), quality=72)}" alt="">'
        f"<figcaption>{escape('one finger' if scene.nameless else finger.label)}"
        f"{f'<br>quality {quality[n]}' if n < len(quality) else ''}</figcaption></figure>"
        for n, (image, finger) in enumerate(zip(of.images, scene.fingers, strict=True))
    )
    return f"""<section>
<div class="clock">{escape(scene.clock)}</div>
<div class="body"><h2>{escape(scene.title)}</h2><p class="story">{escape(scene.story)}</p>
{_answer(of)}
<div class="prints">{prints}</div>
{_bars(of)}
{_picture(of)}
<details><summary>The answer as the agency gets it</summary>
<pre>{escape(of.answer.text)}</pre></details>
</div></section>"""


def _answer(of: Visit) -> str:
    took = f"{of.status.machine_seconds:.2f} s of {of.status.klass.value.replace('-', ' ')}"
    if of.found:
        name = of.names.get(of.found, "")
        words = f"<b>{escape(name)}</b> <code>{escape(of.found[:12])}</code>"
        detail = f"score {of.score:.1f}; {odds(of.score)}"
        style = "hit"
    else:
        words, style = "<b>Nobody known</b>", "none"
        detail = f"among {of.people} people"
    verdict = "as it should be" if of.right else _truth(of)
    kept = " The prints are kept." if of.scene.retain and not of.found else ""
    right = "right" if of.right else "wrong"
    return (
        f'<div class="answer {style}"><p>{words}<span class="{right}">{escape(verdict)}</span></p>'
        f"<p class='detail'>{escape(detail)}. {escape(took)}.{kept}</p></div>"
    )


def _truth(of: Visit) -> str:
    return f"wrong: it was {of.expected}" if of.expected else "wrong: this person is not enrolled"


def _bars(of: Visit) -> str:
    if not of.fingers:
        return ""
    bars = "".join(
        f'<span class="bar" title="{escape(label)} {score:.1f}">'
        f'<i style="height:{min(100.0, 100 * score / _FULL):.0f}%"></i>'
        f"<em>{escape(_short(label))}</em></span>"
        for label, score in of.fingers.items()
    )
    return f'<table><tr><td>score by finger</td><td class="bars">{bars}</td></tr></table>'


def _picture(of: Visit) -> str:
    if of.picture is None:
        return ""
    small = of.picture.copy()
    small.thumbnail((1500, 1500), Image.Resampling.LANCZOS)
    return (
        "<details open><summary>Why</summary>"
        f'<img class="wide" src="{_data(small, quality=82)}" alt="What matches"></details>'
    )


def _short(label: str) -> str:
    """``R2`` for the right index."""
    names = {finger.label: finger for finger in Finger if finger}
    finger = names.get(label)
    if finger is None:
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
