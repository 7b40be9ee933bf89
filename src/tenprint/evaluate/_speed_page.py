"""The speed report as one page to look at."""

from __future__ import annotations

from html import escape
from pathlib import Path

from tenprint.evaluate import _page as html
from tenprint.evaluate._speed import IMAGES_A_SEARCH, SEARCHES_A_DAY, SpeedReport

_WORDS = {
    "Image to template": (
        "One thread, an image in memory at 500 ppi. Processor time of the whole process, so work "
        "of hidden threads counts and other programs hardly do; on an idle machine it is elapsed "
        f"time. A country's day is {SEARCHES_A_DAY:,} ten-print searches of {IMAGES_A_SEARCH} "
        "images; the last row says how many cores extract them, evenly spread over 24 hours."
    ),
    "Comparisons and templates": (
        "One thread, a 1:N search in a gallery larger than a core's cache, the probe's preparation "
        "included. Non-mated: the probe and everyone else. Mated: other impressions of its finger."
    ),
    "Instruction sets": "The same on a few images, the kernels held to each instruction set.",
}


def write_speed_html(report: SpeedReport, path: Path | str) -> None:
    """Write the report as one self-contained HTML file."""
    Path(path).write_text(speed_html(report), encoding="utf-8")


def speed_html(report: SpeedReport) -> str:
    """The report as an HTML document."""
    details = report.details
    lead = (
        f"<b>{escape(str(details.get('data', 'Given prints')))}</b>. "
        f"tenprint {escape(str(details.get('version', '')))}, "
        f"{escape(str(details.get('date', '')).replace('T', ' ').replace('Z', ' UTC'))}."
    )
    entries = []
    for name, speed in report.subjects.items():
        size = f"{name}, {speed.width} x {speed.height}"
        entries.append((f"{speed.extract_ms:.1f}\N{NO-BREAK SPACE}ms", "image to template", size))
        if speed.non_mated_per_second:
            rate = f"{speed.non_mated_per_second:,.0f}"
            entries.append((rate, "comparisons a second", f"{name}, non-mated"))
        entries.append((f"{speed.template_bytes:.0f} bytes", "a stored template", name))
    if report.peak_memory_mb is not None:
        entries.append(
            (f"{report.peak_memory_mb:.0f} MB", "peak memory", "all images held and extracted")
        )
    parts = [
        html.tiles(entries),
        *(
            html.section(title, _WORDS[title], html.table(("", *report.subjects), rows))
            for title, rows in report.tables().items()
        ),
        html.section("The run", "", html.facts(html.machine_facts(details))),
    ]
    return html.page("Fingerprint speed report", lead, parts)
