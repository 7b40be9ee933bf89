"""Curves of time, memory and misses against the size of the gallery, as one page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tenprint.evaluate import _page as html
from tenprint.evaluate._svg import Axis, Plot
from tenprint.model import InputError

_NEEDED = ("people", "by_fingers", "search_s_median", "rss_gb", "run")


def write_scale_html(figures: Sequence[dict[str, Any]], path: Path | str) -> None:
    """Write the page of several runs of `evaluate_scale`; one self-contained HTML file.

    Raises
    ------
    InputError
        If there is none, or one is not the result of `evaluate_scale`.
    """
    Path(path).write_text(scale_html(figures), encoding="utf-8")


def scale_html(figures: Sequence[dict[str, Any]]) -> str:
    """The page as an HTML document."""
    if not figures or any(key not in each for each in figures for key in _NEEDED):
        raise InputError("These are not figures of bench scale.", field="figures")
    runs = sorted(figures, key=lambda each: int(each["people"]))
    last = runs[-1]
    tiles = [
        (f"{last['people']:,}", "people", f"{last['bytes_per_person']} bytes each"),
        (f"{last['search_s_median']:.2f} s", "a ten-finger search", "templates read from disk"),
        (f"{last['searches_per_s_batched']:.1f}", "searches a second", "sharing passes"),
        (f"{last['first_answer_s']:.0f} s", "to the first answer", "nothing in memory before"),
    ]
    parts = [html.tiles(tiles), html.section("Curves", "", *_figures(runs)), _table(runs)]
    parts.append(html.section("The largest run", "", html.facts(html.machine_facts(last["run"]))))
    return html.page("A gallery's growth", "Fictitious people, ten fingers each.", parts)


def _figures(runs: Sequence[dict[str, Any]]) -> list[str]:
    counts = [int(each) for each in runs[-1]["by_fingers"]]

    def by_fingers(key: str, floor: float) -> list[tuple[str, list[float], list[float]]]:
        return [
            (
                f"{count} finger{'s' if count > 1 else ''}",
                [each["people"] for each in runs if str(count) in each["by_fingers"]],
                [
                    max(each["by_fingers"][str(count)][key], floor)
                    for each in runs
                    if str(count) in each["by_fingers"]
                ],
            )
            for count in counts
        ]

    people = [each["people"] for each in runs]
    memory = [("resident memory", people, [each["rss_gb"] for each in runs])]
    codes = [each["people"] * each["bytes_per_person"] / 1e9 for each in runs]
    memory.append(("the codes", people, codes))
    least = min(0.5 / each["searches"] for each in runs)
    return [
        _figure("Time of a search", "seconds", by_fingers("search_s_median", 1e-4),
                "Median, both looks, one search at a time. Both axes are logarithmic: a straight "
                "line at 45 degrees is proportional growth."),
        _figure("Memory", "gigabytes", memory,
                "Of the process, files that it maps included, and of the codes alone."),
        _figure("Missed by the scan", "share of searches", by_fingers("miss_rate_stage1", least),
                "The person is enrolled and was not among those looked at twice. Searches without "
                "a miss are drawn at half a miss."),
        _figure("Not first", "share of searches",
                [(name, xs, [max(1 - y, least) for y in ys])
                 for name, xs, ys in by_fingers("rank1", 0.0)],
                "After the second look somebody else, or nobody, comes first."),
    ]  # fmt: skip


def _figure(
    title: str, unit: str, lines: Iterable[tuple[str, list[float], list[float]]], words: str
) -> str:
    lines = list(lines)
    plot = Plot(
        _decades([x for _, xs, _ in lines for x in xs], "people"),
        _decades([y for _, _, ys in lines for y in ys], unit),
        title,
    )
    legend = []
    for number, (name, xs, ys) in enumerate(lines):
        style = html.colour(number)
        plot.line(xs, ys, style, name)
        plot.dots(xs, ys, style, [f"{name}: {y:.3g} at {x:,}" for x, y in zip(xs, ys, strict=True)])
        legend.append((style, name))
    return html.figure(title, plot.svg, words, legend)


def _decades(values: Sequence[float], label: str) -> Axis:
    known = [value for value in values if value > 0] or [1.0]
    first, last = math.floor(math.log10(min(known))), math.ceil(math.log10(max(known)))
    last = max(last, first + 1)
    ticks = [(10.0**k, f"{10.0**k:,.0f}" if k >= 0 else f"{10.0**k:g}")
             for k in range(first, last + 1)]  # fmt: skip
    return Axis(10.0**first, 10.0**last, label, ticks, log=True)


def _table(runs: Sequence[dict[str, Any]]) -> str:
    names = (
        ("people", "people", "{:,}"), ("bytes a person", "bytes_per_person", "{}"),
        ("built in, s", "build_s", "{}"), ("opened in, s", "open_s", "{}"),
        ("search, s", "search_s_median", "{}"), ("95 %, s", "search_s_p95", "{}"),
        ("warm, s", "search_s_median_warm", "{}"), ("a second", "searches_per_s_batched", "{}"),
        ("scan GB/s", "scan_gb_per_s", "{}"), ("memory GB/s", "memory_read_gb_per_s", "{}"),
        ("RSS, GB", "rss_gb", "{:.2f}"), ("first", "rank1", "{:.4f}"),
    )  # fmt: skip
    rows = [
        ["-" if each.get(key) is None else form.format(each[key]) for _, key, form in names]
        for each in runs
    ]
    return html.section("Every run", "", html.table([name for name, _, _ in names], rows))
