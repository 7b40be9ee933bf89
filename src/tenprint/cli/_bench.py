"""``tenprint bench``: how far it scales on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from tenprint.cli._output import Bar, check_writable, reported, screen, write_text
from tenprint.evaluate import evaluate_scale, evaluate_strangers, write_scale_html
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
    counts = _numbers(fingers)
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
def strangers(
    people: Annotated[int, typer.Option(help="People in the gallery.", min=200)] = 100_000,
    searches: Annotated[
        int, typer.Option(help="People not enrolled to search for.", min=1, max=1_000_000)
    ] = 10_000,
    keep: Annotated[
        Path, typer.Option(help="Folder of the pool, the gallery and the searches made.")
    ] = Path("tenprint-bench"),
    json_file: Annotated[
        Path | None, typer.Option("--json", help="File for the figures, - for stdout.")
    ] = None,
    fingers: Annotated[str, typer.Option(help="Fingers of a search, some of 10,4,2,1.")] = "10,2",
    threads: Annotated[
        int | None, typer.Option(help="Threads; default: all processors.", min=1, max=256)
    ] = None,
) -> None:
    """Does --fpir mean what it says? Searches for people not enrolled.

    Counts how many searches for fictitious strangers bring a candidate at a
    stated rate of 1e-1, 1e-2 and 1e-3. Interrupted runs go on where they
    stopped; more searches are added to those made.

    Example: tenprint bench strangers --people 100000 --json strangers.json
    """
    counts = _numbers(fingers)
    check_writable(json_file)
    with Bar() as bar:
        found = evaluate_strangers(
            people, searches, keep=keep, fingers=counts, threads=threads, progress=bar
        )
    if json_file:
        write_text(json_file, json.dumps(found, indent=2) + "\n")
    if str(json_file) == "-":
        return
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in ("fingers", "stated", "allowed", "found", "observed, 95 %", "a hit needs"):
        table.add_column(column, justify="right")
    for count, each in found["by_fingers"].items():
        for rate, at in each["at"].items():
            low, high = at["interval_95"]
            table.add_row(
                count, rate, f"{at['allowed']:g}", str(at["false_candidates"]),
                f"{low:.2g} to {high:.2g}", f"{at['needed_score']:.1f}",
            )  # fmt: skip
    screen().print(table)


def _numbers(words: str) -> list[int]:
    try:
        return [int(each) for each in words.split(",")]
    except ValueError:
        raise InputError(f"{words!r} is no list of numbers.", field="fingers") from None


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
