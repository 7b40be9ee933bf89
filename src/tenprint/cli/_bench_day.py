"""``tenprint bench day``: a slice of a country's day against the running service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from tenprint.cli._output import Bar, check_writable, reported, screen, write_text


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
    # Loaded when needed: the service takes a second, which other commands should not.
    from tenprint.cli.day import Slice, play_day

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
