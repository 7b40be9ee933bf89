"""The prints of a case as pictures and numbers."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from tenprint.desk import CasePrint, CaseView
from tenprint.formats import read_image, read_small
from tenprint.match import compare, draw_comparison, explain
from tenprint.model import Finger, FingerImage, NotFoundError

#: From this score on two prints are laid on each other by the match's alignment.
ALIGNED = 2.0

#: The longest side of a picture in a case's strip and on a person's page, pixels.
STRIP, PORTRAIT = 160, 320


def pick(view: CaseView, finger: Finger) -> tuple[int, int] | None:
    """The two prints of a finger that match best: probe's and candidate's number.

    Where one side has it only among prints of unknown position, and it has a score, those count.
    """
    probes, known = _of(view, view.probe, finger), _of(view, view.candidate, finger)
    if len(probes) == 1 and len(known) == 1:
        return probes[0], known[0]
    pairs = [(p, c) for p in probes for c in known]
    return max(pairs, key=lambda pair: _score(view, pair), default=None)


def _of(view: CaseView, prints: Sequence[CasePrint], wanted: Finger) -> list[int]:
    found = [n for n, each in enumerate(prints) if each.finger.anatomical is wanted]
    if found or wanted not in view.fingers:
        return found
    return [n for n, each in enumerate(prints) if each.finger is Finger.UNKNOWN]


def _score(view: CaseView, pair: tuple[int, int]) -> float:
    return compare(view.probe[pair[0]].template, view.candidate[pair[1]].template)


def picked(view: CaseView, finger: Finger) -> tuple[int, int]:
    """As `pick`; raises NotFoundError where one side lacks the finger."""
    pair = pick(view, finger)
    if pair is None:
        raise NotFoundError("This finger is not on both sides.", field=finger.label)
    return pair


def finger_data(view: CaseView, finger: Finger, base: str) -> dict[str, Any]:
    """What the viewer draws: both prints, minutiae, pairs, alignment.

    Coordinates are pixels at 500 ppi; angles radians, counterclockwise as seen.
    """
    p, c = picked(view, finger)
    probe, candidate = view.probe[p], view.candidate[c]
    found = explain(probe.template, candidate.template)
    # Of prints that hardly agree no pair may have contributed anything.
    most = max(found.pairs["contribution"].tolist(), default=0.0) or 1.0
    pairs = [
        [int(each["probe"]), int(each["candidate"]), round(float(each["contribution"]) / most, 3)]
        for each in found.pairs
    ]
    words = f"{corresponding(len(pairs))}; this finger scores {found.score:.1f}"
    return {
        "finger": int(finger),
        "score": round(found.score, 2),
        "extrapolated": found.extrapolated,
        "words": words,
        "probe": _side(probe, f"{base}/probe/{p}.png", "Probe"),
        "candidate": _side(candidate, f"{base}/candidate/{c}.png", "Candidate"),
        "pairs": pairs,
        "rotation": found.rotation,
        "dx": found.dx,
        "dy": found.dy,
        "aligned": found.score >= ALIGNED and len(pairs) > 2,
    }


def corresponding(count: int) -> str:
    """How many minutiae correspond, in words."""
    return "1 minutia corresponds" if count == 1 else f"{count} minutiae correspond"


def _side(each: CasePrint, address: str, name: str) -> dict[str, Any]:
    template = each.template
    rows = template.minutiae
    of = f", encounter {each.encounter}" if each.encounter else ""
    if each.finger is Finger.UNKNOWN:
        of += ", position not stated"
    caption = f"{name}{of}: {len(rows)} minutiae, quality {template.quality}"
    return {
        "image": address if each.image is not None else None,
        "width": template.width,
        "height": template.height,
        "caption": caption if each.image is not None else f"{caption}; no image is kept",
        "quality": template.quality,
        "minutiae": [
            [
                int(m["x"]),
                int(m["y"]),
                round(float(m["angle"]), 4),
                int(m["kind"]),
                int(m["quality"]),
            ]
            for m in rows
        ],
    }


def native_png(image: bytes) -> bytes:
    """A print in its own resolution."""
    # Said to be 500 ppi, an image is not resampled: examiners see the pixels that were taken.
    return encoded(read_image(image, ppi=500.0).pixels)


def thumbnail(image: bytes, longest: int) -> bytes:
    """A print as small as a page shows it."""
    return encoded(read_small(image, longest))


def picture(each: CasePrint) -> FingerImage | None:
    """A print at 500 ppi, where its image is kept."""
    return None if each.image is None else read_image(each.image, ppi=each.ppi)


def still_png(view: CaseView, finger: Finger) -> bytes:
    """Both prints side by side, corresponding minutiae joined."""
    p, c = picked(view, finger)
    probe, candidate = view.probe[p], view.candidate[c]
    drawn = draw_comparison(
        probe.template,
        candidate.template,
        explain(probe.template, candidate.template),
        probe_image=picture(probe),
        candidate_image=picture(candidate),
    )
    return encoded(drawn)


def encoded(image: Image.Image | np.ndarray[Any, np.dtype[np.uint8]]) -> bytes:
    """A picture as PNG."""
    out = io.BytesIO()
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    # On ridges runs compress as well as searches do, in less time.
    image.save(out, "PNG", compress_level=1, compress_type=zlib.Z_RLE)
    return out.getvalue()
