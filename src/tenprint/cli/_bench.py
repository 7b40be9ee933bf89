"""``tenprint bench``: how far it scales on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from tenprint.cli._output import Bar, check_writable, reported, screen, write_text
from tenprint.cli.day import Slice, play_day
from tenprint.evaluate import evaluate_scale, write_scale_html
from tenprint.model import InputError

app = typer.Typer(help="Measure this machine at a country's scale.", no_args_is_help=True)


@app.command()
@reported
def scale(
    people: Annotated[int, typer.Option(help="People in the gallery.", min=100)] = 100_000,
    searches: Annotated[
        int, typer.Option(help="Enrolled people to search for.", min=1, max=20_000)
    ] = 100,
    strangers: Annotated[
        int, typer.Option(help="People not enrolled to search for.", min=0, max=1_000_000)
    ] = 0,
    keep: Annotated[
        Path, typer.Option(help="Folder of the pool and the galleries; used again.")
    ] = Path("tenprint-bench"),
    json_file: Annotated[
        Path | None, typer.Option("--json", help="File for the figures, - for stdout.")
    ] = None,
    fingers: Annotated[
        str, typer.Option(help="Fingers of a search, some of 10,4,2,1.")
    ] = "10,4,2,1",
    threads: Annotated[
        int | None, typer.Option(help="Threads; default: all processors.", min=1, max=256)
    ] = None,
    peers: Annotated[bool, typer.Option(help="Time faiss and usearch, where installed.")] = True,
) -> None:
    """Fictitious people by the million: search time, memory, misses.

    Galleries of more than two million people are recombined from the hands
    of two million. Interrupted runs go on where they stopped; --keep names
    the folder that holds what was made (about 3 kB a person in the pool,
    250 bytes a person in a gallery).

    Example: tenprint bench scale --people 1000000 --searches 200 --json 1e6.json
    """
    try:
        counts = [int(each) for each in fingers.split(",")]
    except ValueError:
        raise InputError(f"{fingers!r} is no list of numbers.", field="fingers") from None
    check_writable(json_file)
    with Bar() as bar:
        found = evaluate_scale(
            people, searches, keep=keep, strangers=strangers, fingers=counts, threads=threads,
            peers=peers, progress=bar,
        )  # fmt: skip
    if json_file:
        write_text(json_file, json.dumps(found, indent=2) + "\n")
    if str(json_file) != "-":
        _show(found)


@app.command()
@reported
def curves(
    figures: Annotated[
        list[Path], typer.Argument(help="Files made by bench scale --json.", show_default=False)
    ],
    report: Annotated[Path, typer.Option(help="The page to write.")] = Path("scale.html"),
) -> None:
    """One page with curves of time, memory and misses against people.

    Example: tenprint bench curves 1e4.json 1e5.json 1e6.json --report scale.html
    """
    check_writable(report)
    loaded: list[dict[str, Any]] = []
    for path in figures:
        try:
            loaded.append(json.loads(path.read_text(encoding="utf-8")))
        except ValueError as error:
            raise InputError(f"This is no JSON: {error}.", source=path) from error
    write_scale_html(loaded, report)
    screen().print(f"written: {report}", markup=False)


@app.command()
@reported
def day(
    people: Annotated[int, typer.Option(help="People in the town.", min=1000)] = 1_000_000,
    minutes: Annotated[float, typer.Option(help="Of the usual load.", min=0.05)] = 20,
    rate: Annotated[float, typer.Option(help="Requests a second.", min=0.1, max=5000)] = 98,
    rush_minutes: Annotated[float, typer.Option(help="Of the rush after it.", min=0)] = 10,
    rush_rate: Annotated[float, typer.Option(help="Its requests a second.", min=0.1)] = 294,
    agencies: Annotated[int, typer.Option(help="That ask.", min=10, max=20_000)] = 200,
    images: Annotated[
        int, typer.Option(help="Ten-prints from images, at the end.", min=0, max=10_000)
    ] = 0,
    database: Annotated[
        str | None, typer.Option(help="PostgreSQL address; default: SQLite.", show_default=False)
    ] = None,
    keep: Annotated[Path, typer.Option(help="Folder of the town; used again.")] = Path(
        "tenprint-day"
    ),
    json_file: Annotated[
        Path | None, typer.Option("--json", help="File for the figures, - for stdout.")
    ] = None,
) -> None:
    """A slice of a country's day against the running service.

    A town of fictitious people is made once. Then requests come in as in the
    model system's mix: 2.3 of 98 are ten-print searches with templates ready,
    the others ask for names and records. Each is sent at its own time,
    whatever the service does; examiners are simulated; every answer is
    checked, none may be lost or late. Client and service share the machine.

    Example: tenprint bench day --people 100000 --minutes 2 --rush-minutes 1
    """
    check_writable(json_file)
    slices = [Slice(minutes, rate)]
    if rush_minutes:
        slices.append(Slice(rush_minutes, rush_rate))
    with Bar() as bar:
        found = play_day(
            keep, people, slices, agencies=agencies, database=database, images=images, progress=bar
        )
    if json_file:
        write_text(json_file, json.dumps(found, indent=2) + "\n")
    if str(json_file) != "-":
        _show_day(found)


def _show_day(found: dict[str, Any]) -> None:
    for part in found["slices"]:
        table = Table("", "requests", "p50 ms", "p99 ms", "right", "wrong", box=None)
        for kind, each in part["requests"].items():
            table.add_row(
                kind, f"{each['count']:,}", f"{each['p50_ms']:.0f}", f"{each['p99_ms']:.0f}",
                f"{each['right']:,}", f"{each['wrong']:,}",
            )  # fmt: skip
        screen().print(
            f"{part['rate']:g} a second for {part['minutes']:g} minutes: {part['sent']:,} sent, "
            f"{part['lost']} lost, {part['late']} late; the service kept "
            f"{part['server_cores']} cores busy"
        )
        screen().print(table)
    if images := found["images"]:
        screen().print(
            f"from images: {images['core_seconds_each']} core-seconds a ten-print, "
            f"{images['cores_for_100000_a_day']} cores for 100,000 a day"
        )


def _show(found: dict[str, Any]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    for name in (
        "people", "bytes_per_person", "build_s", "open_s", "first_answer_s", "search_s_median",
        "search_s_p95", "search_s_median_warm", "searches_per_s_batched", "scan_gb_per_s",
        "memory_read_gb_per_s", "rss_gb", "miss_rate_stage1", "penetration", "rank1",
    ):  # fmt: skip
        value = found[name]
        table.add_row(name, f"{value:,}" if isinstance(value, int | float) else str(value))
    for count, each in found["by_fingers"].items():
        table.add_row(
            f"{count} fingers",
            f"missed by the scan {each['miss_rate_stage1']:.2%}, first {each['rank1']:.2%}, "
            f"{each['search_s_median']:.2f} s",
        )
    if strangers := found.get("strangers"):
        table.add_row("false candidates", f"{strangers['false_candidates']}")
    screen().print(table)
