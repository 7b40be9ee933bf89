"""Drawing on prints: paper, type and minutiae, with smooth edges (Pillow only)."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tenprint.model import KIND_BIFURCATION, KIND_ENDING

Colour = tuple[int, int, int]

PAPER: Colour = (250, 249, 246)
INK: Colour = (31, 35, 40)
QUIET: Colour = (110, 116, 124)
HAIRLINE: Colour = (222, 220, 214)
#: Blue and orange are told apart by colour-blind eyes too.
ENDING: Colour = (0, 95, 184)
BIFURCATION: Colour = (209, 84, 0)
OTHER: Colour = (92, 96, 102)
ACCENT: Colour = (0, 112, 100)

#: Overlays are drawn this much larger and scaled down: Pillow draws without smoothing.
_SMOOTH = 2


@cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own typeface."""
    return ImageFont.load_default(size)


def text(
    page: Image.Image, at: tuple[float, float], words: str, size: int, colour: Colour = INK
) -> None:
    """Write one line; `at` is its top left corner."""
    ImageDraw.Draw(page).text(at, words, fill=colour, font=font(size))


def text_width(words: str, size: int) -> float:
    """How wide a line is, in pixels."""
    return float(font(size).getlength(words))


def print_panel(pixels: NDArray[np.uint8], scale: float, fade: float = 0.0) -> Image.Image:
    """A print, enlarged; `fade` (0..1) lightens it so that marks stand out."""
    grey = Image.fromarray(pixels)
    size = max(1, round(grey.width * scale)), max(1, round(grey.height * scale))
    panel = grey.resize(size, Image.Resampling.LANCZOS).convert("RGB")
    return Image.blend(panel, Image.new("RGB", panel.size, PAPER), fade) if fade else panel


def kind_colour(kind: int) -> Colour:
    """The colour of an ending, a bifurcation or another minutia."""
    return {KIND_ENDING: ENDING, KIND_BIFURCATION: BIFURCATION}.get(kind, OTHER)


class Overlay:
    """Marks over a picture, in the picture's coordinates, blended in at the end."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.size = size
        self._layer = Image.new("RGBA", (size[0] * _SMOOTH, size[1] * _SMOOTH), (0, 0, 0, 0))
        self._draw = ImageDraw.Draw(self._layer, "RGBA")

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        colour: Colour,
        opacity: float = 1.0,
        width: float = 2.0,
    ) -> None:
        """A straight line."""
        points = [tuple(value * _SMOOTH for value in point) for point in (start, end)]
        fill = (*colour, round(255 * opacity))
        self._draw.line(points, fill=fill, width=max(1, round(width * _SMOOTH)))

    def ring(
        self,
        centre: tuple[float, float],
        radius: float,
        colour: Colour,
        opacity: float = 1.0,
        width: float = 2.0,
    ) -> None:
        """A circle's outline."""
        x, y, r = (value * _SMOOTH for value in (*centre, radius))
        outline = (*colour, round(255 * opacity))
        self._draw.ellipse(
            (x - r, y - r, x + r, y + r), outline=outline, width=max(1, round(width * _SMOOTH))
        )

    def minutia(
        self,
        minutia: Any,
        scale: float,
        origin: tuple[float, float] = (0, 0),
        *,
        colour: Colour | None = None,
        opacity: float | None = None,
        size: float = 1.0,
    ) -> None:
        """A ring and a tick in the minutia's direction; fainter where it is less sure."""
        x = origin[0] + (float(minutia["x"]) + 0.5) * scale
        y = origin[1] + (float(minutia["y"]) + 0.5) * scale
        radius, tick = 5.5 * size, 15 * size
        shown = colour or kind_colour(int(minutia["kind"]))
        strength = 0.25 + 0.75 * float(minutia["quality"]) / 100 if opacity is None else opacity
        cosine, sine = math.cos(float(minutia["angle"])), -math.sin(float(minutia["angle"]))
        self.ring((x, y), radius, shown, strength, 2 * size)
        start, end = ((x + reach * cosine, y + reach * sine) for reach in (radius, radius + tick))
        self.line(start, end, shown, strength, 2 * size)

    def onto(self, picture: Image.Image, at: tuple[int, int] = (0, 0)) -> None:
        """Blend the marks into `picture`."""
        layer = self._layer.resize(self.size, Image.Resampling.BOX)
        picture.paste(layer, at, layer)
