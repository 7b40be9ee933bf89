"""``tenprint bench``: how far it scales on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from tenprint.cli._output import Bar, check_writable, reported, screen, write_text
from tenprint.evaluate import (
    evaluate_name_cases,
    evaluate_names,
    evaluate_scale,
    write_scale_html,
)
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
def names(
    people: Annotated[int, typer.Option(help="People in the index.", min=1000)] = 100_000,
    searches: Annotated[
        int, typer.Option(help="Searches for each variation.", min=1, max=100_000)
    ] = 500,
    cases: Annotated[
        Path | None, typer.Option(help="CSV of labelled pairs of names to compare, too.")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="File for the figures, - for stdout.")
    ] = None,
) -> None:
    """Names of fictitious people, searched for as others write them.

    Who is found among the first ten, processor time of a search, memory.
    --cases compares our score with those of rapidfuzz and jellyfish.

    Example: tenprint bench names --people 1000000 --json names.json
    """
    check_writable(json_file)
    with Bar() as bar:
        found = evaluate_names(people, searches, progress=bar)
        if cases:
            found["cases"] = evaluate_name_cases(cases)
    if json_file:
        write_text(json_file, json.dumps(found, indent=2) + "\n")
    if str(json_file) != "-":
        _show_names(found)


def _show_names(found: dict[str, Any]) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    for name in ("people", "build_s", "build_cpu_s", "bytes_per_person"):
        table.add_row(name, f"{found[name]:,}")
    for name in ("recall_at_10", "recall_at_1"):
        table.add_row(name, f"{found[name]:.2%}")
    for kind, each in found["recall"].items():
        table.add_row(f"  {kind}", f"{each['at_10']:.2%}, first {each['at_1']:.2%}")
    for name in ("search_ms", "common_names_ms"):
        table.add_row(name, ", ".join(f"{key} {ms}" for key, ms in found[name].items()))
    if cases := found.get("cases"):
        for half in ("tuning half", "other half", "all"):
            ours, theirs = cases[half]["tenprint"], cases[half]["best_other"]
            table.add_row(f"F1, {half}", f"{ours['f1']}, {theirs['scorer']} {theirs['f1']}")
    screen().print(table)


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
