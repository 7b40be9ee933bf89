"""Small drawings for reports: axes, lines, bands and steps as inline SVG.

Colours are CSS classes of the page (`tenprint.evaluate._page`), so one drawing serves light and
dark. Everything that comes from outside is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import ArrayLike


@dataclass(frozen=True)
class Axis:
    """One axis: its range, its ticks with labels, and its name with the unit.

    Attributes
    ----------
    low, high : float
        The range; both positive where `log`.
    label : str
        Name and unit.
    ticks : sequence of (float, str)
        Where a grid line lies and what stands there.
    log : bool
        Whether the scale is logarithmic.
    """

    low: float
    high: float
    label: str
    ticks: Sequence[tuple[float, str]]
    log: bool = False

    def place(self, values: ArrayLike) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        """Values as fractions of the axis, 0 .. 1, clipped to it."""
        given = np.asarray(values, np.float64)
        low, high = self.low, self.high
        if self.log:
            given = np.log10(np.maximum(given, low))
            low, high = math.log10(low), math.log10(high)
        placed: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = np.clip(
            (given - low) / (high - low), 0, 1
        )
        return placed


def rate_axis(low: float, high: float, label: str) -> Axis:
    """A logarithmic axis of rates from `low` to `high`, a tick each decade, in percent."""
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    ticks = [(10.0**k, percent_label(10.0**k)) for k in range(first, last + 1)]
    return Axis(10.0**first, 10.0**last, label, ticks, log=True)


def linear_axis(low: float, high: float, label: str, *, percent: bool = False) -> Axis:
    """A linear axis with about five round ticks."""
    span = (high - low) or 1.0
    raw = span / 5
    unit = 10 ** math.floor(math.log10(raw))
    step = next(unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    values = [step * k for k in range(first, last + 1)]
    return Axis(
        low,
        low + span,
        label,
        [(value, percent_label(value) if percent else f"{value:g}") for value in values],
    )


def percent_label(rate: float) -> str:
    """A rate as short percent: 0.001 is ``0.1 %``."""
    return f"{rate * 100:.10f}".rstrip("0").rstrip(".") + "\N{NO-BREAK SPACE}%"


class Plot:
    """One drawing under construction; add marks, then take `svg`.

    Parameters
    ----------
    x, y : Axis
    title : str
        What the drawing shows, for screen readers.
    width, height : int
        Size in CSS pixels; it shrinks with the page.
    """

    def __init__(
        self, x: Axis, y: Axis, title: str, *, width: int = 560, height: int = 380
    ) -> None:
        self._x, self._y = x, y
        self._width, self._height = width, height
        self._left, self._right, self._top, self._bottom = 62, 14, 12, 48
        self._title = title
        self._marks: list[str] = []

    def line(self, xs: ArrayLike, ys: ArrayLike, style: str, name: str = "") -> None:
        """A line through points; `style` is CSS classes, `name` shows when pointed at."""
        path = "M" + "L".join(self._points(xs, ys))
        self._add("path", f'class="line {style}" d="{path}"', name)

    def proportion(self, factor: float, style: str, name: str = "") -> None:
        """The line y = factor * x, as far as it lies inside the drawing."""
        low = max(self._x.low, self._y.low / factor)
        high = min(self._x.high, self._y.high / factor)
        self.line([low, high], [low * factor, high * factor], style, name)

    def band(self, xs: ArrayLike, low: ArrayLike, high: ArrayLike, style: str) -> None:
        """A filled region between two lines."""
        upper, lower = self._points(xs, high), self._points(xs, low)
        path = "M" + "L".join([*upper, *reversed(lower)]) + "Z"
        self._add("path", f'class="band {style}" d="{path}"')

    def steps(self, edges: ArrayLike, heights: ArrayLike, style: str, name: str = "") -> None:
        """A filled histogram outline; empty bins stay at the bottom."""
        sides = np.repeat(np.asarray(edges, np.float64), 2)
        tops = np.concatenate([[self._y.low], np.repeat(np.asarray(heights), 2), [self._y.low]])
        path = "M" + "L".join(self._points(sides, tops))
        self._add("path", f'class="steps {style}" d="{path}Z"', name)

    def dots(self, xs: ArrayLike, ys: ArrayLike, style: str, names: Iterable[str]) -> None:
        """Points, each with a name that shows when pointed at."""
        for spot, name in zip(self._points(xs, ys), names, strict=True):
            across, down = spot.split(",")
            self._add("circle", f'class="dot {style}" r="3.5" cx="{across}" cy="{down}"', name)

    def vertical(self, x: float, label: str) -> None:
        """A dashed upright line with a word at its top."""
        spot = self._points([x], [self._y.high])[0].split(",")[0]
        bottom = self._height - self._bottom
        self._add("path", f'class="line mark" d="M{spot},{self._top}L{spot},{bottom}"')
        beside, down = f"{float(spot) + 5:.1f}", self._top + 12
        self._marks.append(f'<text class="note" x="{beside}" y="{down}">{escape(label)}</text>')

    @property
    def svg(self) -> str:
        """The finished drawing."""
        return (
            f'<svg viewBox="0 0 {self._width} {self._height}" role="img" '
            f'aria-label="{escape(self._title, quote=True)}">'
            f"{self._frame()}{''.join(self._marks)}</svg>"
        )

    def _add(self, tag: str, attributes: str, name: str = "") -> None:
        title = f"<title>{escape(name)}</title>" if name else ""
        self._marks.append(f"<{tag} {attributes}>{title}</{tag}>")

    def _points(self, xs: ArrayLike, ys: ArrayLike) -> list[str]:
        across, up = self._x.place(xs), self._y.place(ys)
        width = self._width - self._left - self._right
        height = self._height - self._top - self._bottom
        return [
            f"{self._left + x * width:.1f},{self._height - self._bottom - y * height:.1f}"
            for x, y in zip(across.tolist(), up.tolist(), strict=True)
        ]

    def _frame(self) -> str:
        """Grid, tick labels and axis names."""
        right, bottom = self._width - self._right, self._height - self._bottom
        parts = []
        for value, label in self._x.ticks:
            spot = self._points([value], [self._y.low])[0].split(",")[0]
            parts.append(f'<path class="grid" d="M{spot},{self._top}L{spot},{bottom}"/>')
            parts.append(
                f'<text class="tick" x="{spot}" y="{bottom + 16}" '
                f'text-anchor="middle">{label}</text>'
            )
        for value, label in self._y.ticks:
            spot = self._points([self._x.low], [value])[0].split(",")[1]
            parts.append(f'<path class="grid" d="M{self._left},{spot}L{right},{spot}"/>')
            parts.append(
                f'<text class="tick" x="{self._left - 7}" y="{float(spot) + 3.5:.1f}" '
                f'text-anchor="end">{label}</text>'
            )
        middle_x, middle_y = (self._left + right) / 2, (self._top + bottom) / 2
        parts.append(
            f'<text class="axis" x="{middle_x:.0f}" y="{self._height - 10}" '
            f'text-anchor="middle">{escape(self._x.label)}</text>'
            f'<text class="axis" transform="translate(14 {middle_y:.0f}) rotate(-90)" '
            f'text-anchor="middle">{escape(self._y.label)}</text>'
        )
        return "".join(parts)
