"""``tenprint evaluate``: accuracy and speed, as figures and pages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from tenprint.cli._output import Bar, check_writable, reported, screen, write_text
from tenprint.evaluate import (
    FvcReport,
    evaluate_fvc,
    evaluate_speed,
    write_fvc_html,
    write_speed_html,
)

app = typer.Typer(help="Measure accuracy and speed on your own prints.", no_args_is_help=True)

Folder = Annotated[
    Path,
    typer.Argument(
        help="Folder of databases, prints named FINGER_IMPRESSION.ext.", show_default=False
    ),
]
Resolutions = Annotated[
    list[str] | None,
    typer.Option(
        "--ppi", help="Resolution of one database, such as DB2_B=569.", show_default=False
    ),
]
JsonFile = Annotated[
    Path | None,
    typer.Option("--json", help="Write the figures here; - is stdout.", show_default=False),
]
Report = Annotated[Path | None, typer.Option(help="Write an HTML page.", show_default=False)]


def parse_ppi(values: list[str]) -> dict[str, float]:
    """``["DB2_B=569"]`` as a mapping."""
    found = {}
    for value in values:
        name, equals, number = value.partition("=")
        try:
            found[name] = float(number)
        except ValueError:
            equals = ""
        if not name or not equals:
            raise typer.BadParameter(
                f"{value!r} is not of the form FOLDER=PPI.", param_hint="--ppi"
            )
    return found


@app.command()
@reported
def fvc(
    directory: Folder,
    ppi: Resolutions = None,
    json_file: JsonFile = None,
    report: Report = None,
    threads: Annotated[int, typer.Option(help="Threads.", min=1, max=256)] = 2,
    cache: Annotated[
        Path | None, typer.Option(help="Folder that keeps templates.", show_default=False)
    ] = None,
) -> None:
    """Accuracy by the protocol of the Fingerprint Verification Competitions.

    Example: tenprint evaluate fvc fvc2002 --ppi DB2_B=569 --report page.html
    """
    resolutions = parse_ppi(ppi or [])
    for path in (json_file, report):
        check_writable(path)
    with Bar() as bar:
        found = evaluate_fvc(directory, ppi=resolutions, threads=threads, progress=bar, cache=cache)
    _deliver(found.to_json(), json_file)
    if report:
        write_fvc_html(found, report)
    if str(json_file) != "-":
        _show(found, [path for path in (json_file, report) if path])


@app.command()
@reported
def speed(
    directory: Annotated[
        Path | None,
        typer.Argument(help="Folder of prints; default: fictitious ones.", show_default=False),
    ] = None,
    ppi: Resolutions = None,
    json_file: JsonFile = None,
    report: Report = None,
    threads: Annotated[int, typer.Option(help="Threads of one extraction.", min=1, max=256)] = 1,
) -> None:
    """Speed of extraction and comparison, on fictitious prints or those of a folder.

    Example: tenprint evaluate speed --report speed.html
    """
    resolutions = parse_ppi(ppi or [])
    for path in (json_file, report):
        check_writable(path)
    with Bar() as bar:
        found = evaluate_speed(directory, ppi=resolutions, threads=threads, progress=bar)
    _deliver(found.to_json(), json_file)
    if report:
        write_speed_html(found, report)
    if str(json_file) != "-":
        rows = found.rows()
        table = Table(box=None, header_style="dim", pad_edge=False)
        for column in rows[0]:
            table.add_column(column)
        for row in rows[1:]:
            table.add_row(*row)
        screen().print(table)


def _deliver(figures: dict[str, Any], path: Path | None) -> None:
    if path:
        write_text(path, json.dumps(figures, indent=2) + "\n")


def _show(found: FvcReport, written: list[Path]) -> None:
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in (
        "database",
        "EER %",
        "FMR100 %",
        "FMR1000 %",
        "ZeroFMR %",
        "genuine",
        "impostor",
    ):
        table.add_column(column, justify="left" if column == "database" else "right")
    figures = found.to_json()
    for name, rates in figures["databases"].items():
        cells = (f"{100 * rates[key]:.2f}" for key in ("eer", "fmr100", "fmr1000", "zerofmr"))
        table.add_row(name, *cells, f"{rates['genuine']:,}", f"{rates['impostor']:,}")
    console = screen()
    console.print(table)
    pooled = figures["pooled"]
    console.print(f"mean EER {100 * figures['mean_eer']:.2f} %")
    for rate in ("1e-3", "1e-4"):
        value = pooled[f"fnmr_at_fmr_{rate}"]
        console.print(f"pooled FNMR at FMR {rate}: {100 * value:.2f} %")
    if found.rank1 is not None:
        console.print(f"rank-1 {100 * found.rank1:.2f} %")
    if found.extract_ms is not None and found.compare_us is not None:
        console.print(f"{found.extract_ms:.0f} ms an image, {found.compare_us:.1f} us a comparison")
    for path in written:
        console.print(f"written: {path}", markup=False)
