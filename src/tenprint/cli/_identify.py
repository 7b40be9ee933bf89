"""``tenprint identify``: who is this?"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from tenprint.cli._inputs import by_finger, read_fingers
from tenprint.cli._output import EXIT_NO_MATCH, Json, print_json, reported, screen
from tenprint.cli._words import DEFAULT_FPIR, candidate_json, certainty, sequence_words
from tenprint.gallery import Candidate, Gallery, needed_score


@reported
def identify(
    gallery: Annotated[Path, typer.Argument(help="Gallery file.", show_default=False)],
    files: Annotated[
        list[Path], typer.Argument(help="Images or template files.", show_default=False)
    ],
    finger: Annotated[
        list[str] | None,
        typer.Option(help="Which finger; once for all files, or once a file.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option(help="Most candidates to show.", min=1, max=1000)] = 10,
    fpir: Annotated[
        float,
        typer.Option(help="Chance that a stranger is called a hit.", min=1e-12, max=1.0),
    ] = DEFAULT_FPIR,
    ppi: Annotated[
        float | None, typer.Option(help="Resolution of images; default: from the file, else 500.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find out whose fingers these are.

    All files are of one person. The best candidates are shown with the
    chance that a stranger scores as high in a search of this gallery.
    Exits with 1 if nobody reaches the score that --fpir asks for.
    Images of several fingers are --finger right-four, left-four or thumbs.
    Fingers that were mixed up, or hands, are noticed and named.

    Examples:

      tenprint identify town.tenprint scan.png

      tenprint identify town.tenprint hand.png --finger right-four
    """
    with Gallery.open(gallery, create=False) as opened:
        prints = list(read_fingers(files, finger or [], ppi))
        start = time.perf_counter()
        found = opened.identify(by_finger(prints), limit=limit)
        elapsed = time.perf_counter() - start
        people = len(opened)
    fingers = max(1, len(found[0].fingers)) if found else len(prints)
    needed = needed_score(people, fpir, fingers=fingers)
    hit = bool(found) and found[0].fpir <= fpir
    if as_json:
        print_json(
            {
                "hit": hit,
                "needed_score": needed,
                "people": people,
                "seconds": round(elapsed, 6),
                "candidates": [candidate_json(each) for each in found],
            }
        )
    else:
        _show(found, people, fpir, needed, elapsed)
    if not hit:
        raise typer.Exit(EXIT_NO_MATCH)


def _show(found: list[Candidate], people: int, fpir: float, needed: float, elapsed: float) -> None:
    console = screen()
    hit = bool(found) and found[0].fpir <= fpir
    verdict = f"[bold green]{found[0].person}[/bold green]" if hit else "[bold]nobody known[/bold]"
    console.print(f"{verdict}  ({people} people searched in {elapsed * 1000:.0f} ms)")
    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in ("person", "score", "a stranger scores so", "fingers"):
        table.add_column(column, justify="right" if column == "score" else "left")
    for each in found:
        fingers = ", ".join(f"{finger.label} {score:.1f}" for finger, score in each.fingers.items())
        sure = certainty(each)
        style = "bold" if each.fpir <= fpir else "dim"
        table.add_row(each.person, f"{each.score:.1f}", sure, fingers, style=style)
    console.print(table)
    for each in found:
        if words := sequence_words(each):
            console.print(f"mixed-up fingers, {each.person}: {words}", style="yellow", markup=False)
    console.print(f"a hit needs {needed:.1f}", style="dim")
