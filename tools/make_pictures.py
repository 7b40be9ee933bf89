"""Draws the pictures of prints in docs/images, of fictitious people only: ``make pictures``.

Those of pages are taken by make_screenshots.py.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
from first_look import draw_neighbourhood, draw_votes
from PIL import Image
from score_picture import draw_scores

from tenprint.extract import Extractor, Trace, draw_extraction
from tenprint.extract import _picture_canvas as canvas
from tenprint.match import Comparison, draw_comparison, explain
from tenprint.model import Finger, FingerImage, Template
from tenprint.synth import ImpressionStyle, person

#: Largest file of a picture, bytes.
MOST_BYTES = 300_000

Print = tuple[FingerImage, Template]


def palette() -> Image.Image:
    """Greys for ridges, and each colour of the marks in shades down to paper."""
    paper = np.array(canvas.PAPER, float)
    marks = (canvas.ENDING, canvas.BIFURCATION, canvas.ACCENT, (0, 84, 122), (196, 62, 28))
    shades = [(canvas.INK, 24), *((mark, 9) for mark in marks), ((244, 196, 112), 5)]
    rows = [
        paper,
        *(paper + (np.array(c) - paper) * k / n for c, n in shades for k in range(1, n + 1)),
    ]
    colours = Image.new("P", (1, 1))
    colours.putpalette(np.rint(rows).astype(np.uint8).tobytes())
    return colours


def save(picture: Image.Image, path: Path, width: int, *, photograph: bool = False) -> None:
    """Write a PNG of few colours at most `width` pixels wide."""
    if picture.width > width:
        size = width, round(picture.height * width / picture.width)
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    rgb = picture.convert("RGB")
    if photograph:
        small = rgb.quantize(256, Image.Quantize.MEDIANCUT, kmeans=2, dither=Image.Dither.NONE)
    else:
        small = rgb.quantize(palette=palette(), dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    if path.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{path} has {path.stat().st_size} bytes, more than {MOST_BYTES}")
    print(f"{path}: {small.width}x{small.height}, {path.stat().st_size // 1024} KiB")


def impression(
    who: int, finger: Finger, seed: int, style: ImpressionStyle | None = None
) -> FingerImage:
    pixels = person(who).fingers[finger].impression(seed, style=style)
    return FingerImage(pixels, source=f"person {who}, {finger.label}, impression {seed}")


def draw_pairs(first: Print, second: Print, labels: tuple[str, str]) -> Image.Image:
    found = explain(first[1], second[1])
    return draw_comparison(
        *(first[1], second[1], found),
        probe_image=first[0],
        candidate_image=second[0],
        labels=labels,
    )


def draw_aligned(probe: Print, candidate: Print, found: Comparison) -> Image.Image:
    """The candidate with the probe's minutiae laid on it, turned and moved as was found."""
    scale, head = 2.6, 110
    panel = canvas.print_panel(candidate[0].pixels, scale, fade=0.6)
    overlay = canvas.Overlay(panel.size)
    c, s = math.cos(found.rotation), math.sin(found.rotation)
    moved = (
        probe[1]
        .minutiae.copy()
        .astype([("x", "f8"), ("y", "f8"), ("angle", "f8"), ("kind", "u1"), ("quality", "u1")])
    )
    # Counterclockwise as seen, y downwards.
    x, y = moved["x"].copy(), moved["y"].copy()
    moved["x"] = c * x + s * y + found.dx
    moved["y"] = -s * x + c * y + found.dy
    moved["angle"] += found.rotation
    alone = np.ones(len(moved), bool)
    alone[found.pairs["probe"]] = False
    for minutia in candidate[1].minutiae:
        overlay.minutia(minutia, scale, colour=canvas.ENDING, opacity=0.9)
    for minutia, single in zip(moved, alone, strict=True):
        strength = 0.3 if single else 0.9
        overlay.minutia(minutia, scale, colour=canvas.BIFURCATION, opacity=strength)
    for pair in found.pairs:
        ends = (moved[pair["probe"]], candidate[1].minutiae[pair["candidate"]])
        (ax, ay), (bx, by) = (((m["x"] + 0.5) * scale, (m["y"] + 0.5) * scale) for m in ends)
        overlay.line((ax, ay), (bx, by), canvas.INK, 0.8, 2.5)
    overlay.onto(panel)
    page = Image.new("RGB", (panel.width + 40, panel.height + head + 20), canvas.PAPER)
    page.paste(panel, (20, head))
    off = float(np.sqrt(np.mean(found.pairs["distance"] ** 2)))
    canvas.text(page, (20, 22), "The probe's minutiae (orange) on the candidate (blue)", 30)
    words = f"{len(found.pairs)} pairs; {off:.1f} pixels left once stretching is allowed for"
    canvas.text(page, (20, 66), words, 24, canvas.QUIET)
    return page


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "docs/images")
    options = parser.parse_args()
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    extractor = Extractor(precision="float32")

    def take(image: FingerImage) -> Print:
        return image, extractor.extract(image)

    index = Finger.RIGHT_INDEX
    style = ImpressionStyle.plain(rotation=0.3)
    probe, mate = (take(impression(5, index, seed, style)) for seed in (1, 3))
    stranger = take(impression(21, index, 2, style))
    labels, strange = ("Monday", "Friday, same finger"), ("Monday", "Somebody else")
    save(draw_pairs(probe, mate, labels), out / "mated.png", 1100)
    save(draw_pairs(probe, stranger, strange), out / "non-mated.png", 1100)
    save(draw_neighbourhood(probe, mate, labels), out / "neighbourhood.png", 1000)
    save(draw_votes(probe, mate, labels), out / "votes.png", 1000)
    save(draw_votes(probe, stranger, strange), out / "votes-non-mated.png", 1000)
    save(draw_aligned(probe, mate, explain(probe[1], mate[1])), out / "aligned.png", 800)
    trace = Trace()
    image = probe[0]
    template = extractor.extract(image, finger=index, trace=trace)
    save(draw_extraction(image, template, trace), out / "extraction.png", 900)
    save(draw_scores(), out / "scores.png", 1000)


if __name__ == "__main__":
    main()
