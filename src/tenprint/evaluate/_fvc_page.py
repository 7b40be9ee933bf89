"""The FVC report as one page to look at."""

from __future__ import annotations

from html import escape
from pathlib import Path

import numpy as np

from tenprint.evaluate import _page as html
from tenprint.evaluate._curves import (
    Calibration,
    histogram,
    reject_curve,
    threshold_for_fnmr,
)
from tenprint.evaluate._fvc import POOLED, POOLED_RATES, RATES, STATED, FvcReport
from tenprint.evaluate._metrics import Floats, OperatingPoints, operating_points
from tenprint.evaluate._pairs import pair_gallery
from tenprint.evaluate._svg import Axis, Plot, linear_axis, percent_label, rate_axis

#: Observed rates of fewer impostors than this are not drawn.
_FEW = 3


def write_fvc_html(report: FvcReport, path: Path | str) -> None:
    """Write the report as one self-contained HTML file: tables, curves, hardest pairs.

    The images of the hardest pairs are read again from where they were; those that cannot be read
    any more are left out.
    """
    Path(path).write_text(fvc_html(report), encoding="utf-8")


def fvc_html(report: FvcReport) -> str:
    """The report as an HTML document."""
    details = report.details
    fingers = sum(len(each.database.labels) for each in report.scored)
    images = sum(len(each.database) for each in report.scored)
    lead = (
        f"<b>{escape(str(details.get('data', 'Scores')))}</b>: {len(report.scored)} databases, "
        f"{fingers} fingers, {images} images. tenprint {escape(str(details.get('version', '')))}, "
        f"{escape(str(details.get('date', '')).replace('T', ' ').replace('Z', ' UTC'))}."
    )
    parts = [
        _headline(report),
        _rates(report),
        _error_curves(report),
        _calibration(report),
        _quality(report),
        _hardest(report),
        _failures(report),
        _run(report),
    ]
    return html.page("Fingerprint accuracy report", lead, parts)


def _headline(report: FvcReport) -> str:
    def interval(name: str) -> str:
        return html.bounds(report.intervals.get(name))

    thousand, ten_thousand = POOLED_RATES
    entries = [
        (html.percent(report.mean_eer), "mean equal error rate", interval("mean_eer")),
        (
            html.percent(report.pooled[thousand]),
            "missed at FMR 0.1\N{NO-BREAK SPACE}%, pooled",
            interval(thousand),
        ),
        (
            html.percent(report.pooled[ten_thousand]),
            "missed at FMR 0.01\N{NO-BREAK SPACE}%, pooled",
            interval(ten_thousand),
        ),
    ]
    if report.rank1 is not None:
        fingers = sum(len(each.database.labels) for each in report.scored)
        entries.append((html.percent(report.rank1), "found first", f"gallery of {fingers} fingers"))
    if report.extract_ms is not None:
        entries.append((f"{report.extract_ms:.1f} ms", "image to template", "median, one thread"))
    if report.compare_us is not None:
        entries.append(
            (
                f"{report.compare_us:.2f} µs",
                "a non-mated comparison",
                f"{1e6 / report.compare_us:,.0f} a second, one thread",
            )
        )
    return html.tiles(entries)


def _rates(report: FvcReport) -> str:
    def row(name: str) -> list[str]:
        rates = report.databases[name]
        cells = [
            f"{html.percent(getattr(rates, rate))}\t{html.bounds(rates.interval.get(rate))}"
            for rate in RATES
        ]
        return [name, *cells, f"{rates.genuine:,}", f"{rates.impostor:,}"]

    names = list(report.databases)
    means = [
        html.percent(float(np.mean([getattr(each, rate) for each in report.databases.values()])))
        for rate in RATES
    ]
    counts = [
        f"{sum(getattr(each, kind) for each in report.databases.values()):,}"
        for kind in ("genuine", "impostor")
    ]
    rows = [row(name) for name in names]
    if len(names) > 1:
        rows.append(["mean / sum", *means, *counts])
    head = ("database", "EER", "FMR100", "FMR1000", "ZeroFMR", "genuine", "impostor")
    return html.section(
        "Error rates",
        "EER: where false matches and false non-matches are equally frequent. FMR100, FMR1000, "
        "ZeroFMR: share of genuine comparisons missed when at most 1 %, at most 0.1 % or none of "
        "the impostor comparisons match. Behind each rate its 95 % interval, from drawing whole "
        "fingers with replacement.",
        html.table(head, rows, total=len(names) > 1),
    )


def _pooled_scores(report: FvcReport) -> tuple[Floats, Floats]:
    return (
        np.concatenate([each.genuine for each in report.scored]),
        np.concatenate([each.impostor for each in report.scored]),
    )


def _error_curves(report: FvcReport) -> str:
    genuine, impostor = _pooled_scores(report)
    pooled = operating_points(genuine, impostor)
    return html.section(
        "Trade-off and scores",
        "A score is minus log10 of the false-match rate it stands for: 3 means one impostor "
        "comparison in a thousand scores as high.",
        '<div class="grid2">',
        _det(report, pooled, len(impostor), len(genuine)),
        _histogram(report, genuine, impostor, pooled),
        "</div>",
    )


def _det(report: FvcReport, pooled: OperatingPoints, impostors: int, genuine: int) -> str:
    lowest_fmr, lowest_fnmr = 1 / impostors, 1 / genuine
    plot = Plot(
        rate_axis(lowest_fmr, 1, "false-match rate (FMR)"),
        rate_axis(lowest_fnmr, 1, "false-non-match rate (FNMR)"),
        "Detection error trade-off, both axes logarithmic",
    )
    plot.proportion(1, "ideal", "equal error rates")
    legend = []
    for number, each in enumerate(report.scored):
        points, style = each.points(), html.colour(number)
        _stairs(plot, points, style, f"{each.name}: EER {html.percent(points.eer)}")
        legend.append((style, each.name))
    if len(report.scored) > 1:
        _stairs(plot, pooled, "c0 bold", f"pooled: EER {html.percent(pooled.eer)}")
        legend.append(("c0", "pooled"))
    legend.append(("ideal", "FMR = FNMR"))
    return html.figure(
        "Detection error trade-off",
        plot.svg,
        "Lower is better. A line ends where no error of that kind is left to count.",
        legend,
    )


def _stairs(plot: Plot, points: OperatingPoints, style: str, name: str) -> None:
    """A DET curve as the step function it is, only where both rates are above zero."""
    keep = (points.fmr > 0) & (points.fnmr > 0)
    if keep.any():
        fmr, fnmr = points.fmr[keep], points.fnmr[keep]
        plot.line(np.repeat(fmr, 2)[1:], np.repeat(fnmr, 2)[:-1], style, name)


def _histogram(
    report: FvcReport, genuine: Floats, impostor: Floats, pooled: OperatingPoints
) -> str:
    edges, mated, unmated = histogram(genuine, impostor)
    smallest = min(1 / len(genuine), 1 / len(impostor)) / 2
    plot = Plot(
        linear_axis(float(edges[0]), float(edges[-1]), "score (minus log10 FMR)"),
        rate_axis(smallest, 1, "share of comparisons"),
        "Histogram of genuine and impostor scores",
    )
    plot.steps(edges, unmated, "unmated", f"impostor, {len(impostor):,} comparisons")
    plot.steps(edges, mated, "mated", f"genuine, {len(genuine):,} comparisons")
    threshold = pooled.threshold_at_fmr(1e-3)
    if np.isfinite(threshold):
        plot.vertical(threshold, f"FMR 0.1 % at {threshold:.2f}")
    return html.figure(
        "Scores",
        plot.svg,
        "All databases pooled; the upright scale is logarithmic, so single errors can be seen.",
        [("mated", "genuine"), ("unmated", "impostor")],
    )


def _calibration(report: FvcReport) -> str:
    several = len(report.scored) > 1
    everything = report.calibration[POOLED]
    lowest = 1 / everything.comparisons
    stated_axis = rate_axis(lowest, 1, "stated FMR (10 to the power of minus the score)")
    rates = Plot(
        stated_axis,
        rate_axis(lowest, 1, "observed FMR"),
        "Stated against observed false-match rate",
    )
    ratios = Plot(
        stated_axis,
        Axis(0.03, 30, "observed / stated", [(r, f"{r:g}") for r in (0.1, 0.3, 1, 3, 10)], True),
        "Observed divided by stated false-match rate",
    )
    rates.proportion(1, "mark", "stated = observed")
    for factor in (1 / 3, 3.0):
        rates.proportion(factor, "ideal", "a factor of three")
    rates.band(everything.stated, everything.low, everything.high, "c0")
    sides = [stated_axis.low, 1.0]
    ratios.band(sides, [1 / 3, 1 / 3], [3, 3], "mated")
    ratios.line(sides, [1, 1], "mark")
    legend, rows = [], []
    for number, (name, curve) in enumerate(report.calibration.items()):
        if name != POOLED or several:
            style = "c0 bold" if name == POOLED else html.colour(number)
            seen = curve.observed * curve.comparisons > _FEW - 0.5
            rates.line(curve.stated[seen], curve.observed[seen], style, name)
            ratios.line(curve.stated[seen], (curve.observed / curve.stated)[seen], style, name)
            legend.append((style, name))
            rows.append([name, *(_observed(curve, stated) for stated in STATED.values())])
    head = ["stated FMR", *(percent_label(stated) for stated in STATED.values())]
    return html.section(
        "Calibration",
        "How often impostors really reach the false-match rate a score states. Above the line a "
        "score promises too much, below it too little. A line ends where fewer than three "
        "impostors scored higher.",
        '<div class="grid2">',
        html.figure(
            "Stated and observed",
            rates.svg,
            "Band: 95 % interval of the pooled rate. Dotted: within a factor of three.",
            legend,
        ),
        html.figure(
            "How far off",
            ratios.svg,
            "Observed divided by stated rate. Band: within a factor of three.",
            legend,
        ),
        "</div>",
        html.table(head, rows, total=several),
    )


def _observed(curve: Calibration, stated: float) -> str:
    observed, band = curve.at(stated)
    return f"{html.percent(observed, 3)}\t{html.bounds(band, 3)}"


def _quality(report: FvcReport) -> str:
    genuine, impostor = _pooled_scores(report)
    quality = np.concatenate([each.pair_quality() for each in report.scored])
    points = operating_points(genuine, impostor)
    choices = [("FMR 0.1 %", points.threshold_at_fmr(1e-3))]
    choices += [
        (f"FNMR {share * 100:g} % at first", threshold_for_fnmr(genuine, share))
        for share in (0.02, 0.05, 0.1)
    ]
    curves = [(name, reject_curve(genuine, quality, limit)) for name, limit in choices]
    first = [
        (name, curve, html.colour(number))
        for number, (name, curve) in enumerate(curves)
        if np.isfinite(curve.threshold)
    ]
    top = max([curve.fnmr[curve.rejected <= 0.5].max() for _, curve, _ in first] or [0.01])
    pooled = Plot(_rejected_axis(), _missed_axis(top), "Error against reject, pooled")
    for name, curve, style in first:
        ideal = np.linspace(0, min(curve.initial, 0.5), 20)
        pooled.line(ideal, (curve.initial - ideal) / (1 - ideal), "ideal", "perfect quality")
        keep = curve.rejected <= 0.5
        pooled.line(curve.rejected[keep], curve.fnmr[keep], style, name)
    own = []
    for number, each in enumerate(report.scored):
        limit = threshold_for_fnmr(each.genuine, 0.1)
        own.append((each.name, reject_curve(each.genuine, each.pair_quality(), limit), number))
    top = max(curve.fnmr[curve.rejected <= 0.5].max() for _, curve, _ in own)
    single = Plot(_rejected_axis(), _missed_axis(top), "Error against reject, each database")
    for name, curve, number in own:
        keep = curve.rejected <= 0.5
        single.line(curve.rejected[keep], curve.fnmr[keep], html.colour(number), name)
    return html.section(
        "Quality",
        "Share of genuine comparisons still missed after those of lowest quality (the lower of the "
        "two prints) are refused, at a fixed threshold. A quality number that predicts failure "
        "makes the line fall steeply; one that knows nothing leaves it level.",
        '<div class="grid2">',
        html.figure(
            "Error against reject, pooled",
            pooled.svg,
            "Dotted: a quality that refuses exactly the comparisons that would be missed.",
            [(style, name) for name, _, style in first] + [("ideal", "perfect quality")],
        ),
        html.figure(
            "Error against reject, each database",
            single.svg,
            "Threshold of each database where 10 % are missed at first.",
            [(html.colour(number), name) for name, _, number in own],
        ),
        "</div>",
    )


def _rejected_axis() -> Axis:
    return linear_axis(0, 0.5, "genuine comparisons refused", percent=True)


def _missed_axis(top: float) -> Axis:
    return linear_axis(0, max(float(top) * 1.08, 1e-3), "missed of the others (FNMR)", percent=True)


def _hardest(report: FvcReport) -> str:
    return html.section(
        "Hardest pairs",
        "The genuine pairs with the lowest scores and the impostor pairs with the highest: what to "
        "look at first. Lines join the minutiae that the comparison took for the same.",
        "<h3>Lowest genuine scores</h3>",
        pair_gallery(report, genuine=True),
        '<h3 style="margin-top:22px">Highest impostor scores</h3>',
        pair_gallery(report, genuine=False),
    )


def _failures(report: FvcReport) -> str:
    images = sum(len(each.database) for each in report.scored)
    words = (
        f"{len(report.failures)} of {images} images gave no template; they score 0 with everyone."
    )
    rows = [(each.database, each.file, each.reason) for each in report.failures]
    listing = html.table(("database", "file", "reason"), rows, text=True) if rows else ""
    return html.section("Failures to extract", words, listing)


def _run(report: FvcReport) -> str:
    details = report.details
    timing = details.get("timing", {})
    settings = details.get("settings", {})
    resolutions = ", ".join(f"{name} {ppi:g} ppi" for name, ppi in settings.get("ppi", {}).items())

    def time(name: str, unit: str) -> str | None:
        value = timing.get(name)
        return None if value is None else f"{value:.2f} {unit}"

    return html.section(
        "The run",
        "Every unordered pair is compared once, the print that sorts first as probe. Times are "
        "processor time on one thread, work of hidden threads included.",
        html.facts(
            {
                **html.machine_facts(details),
                "data": ", ".join(report.databases),
                "resolution given": resolutions,
                "500 ppi assumed": ", ".join(
                    f"{name} ({count} images)"
                    for name, count in details.get("resolution_assumed", {}).items()
                ),
                "reading an image": time("read_ms", "ms"),
                "image to template": time("extract_ms", "ms"),
                "the same, elapsed": time("extract_wall_ms", "ms"),
                "a non-mated comparison": time("compare_us", "µs"),
                "bootstrap": f"{settings.get('replicates')} draws, seed {settings.get('seed')}",
            }
        ),
    )
