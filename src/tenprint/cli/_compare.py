"""``tenprint compare``: are two prints of one finger?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tenprint.cli._inputs import read_one
from tenprint.cli._output import (
    EXIT_NO_MATCH,
    Json,
    check_writable,
    print_json,
    reported,
    screen,
)
from tenprint.extract import Extractor
from tenprint.match import draw_comparison, odds
from tenprint.match import explain as explain_match


@reported
def compare(
    probe: Annotated[Path, typer.Argument(help="Image or template file.", show_default=False)],
    candidate: Annotated[Path, typer.Argument(help="Image or template file.", show_default=False)],
    ppi: Annotated[
        float | None, typer.Option(help="Resolution of images; default: from the file, else 500.")
    ] = None,
    explain: Annotated[
        Path | None, typer.Option(help="Write a picture of what matches.", show_default=False)
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(help="Exit with 1 if the score is lower.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compare two prints.

    The score is minus log10 of the false-match rate: 6 means that
    one in a million pairs of different fingers scores as high.

    Examples:

      tenprint compare scan.png enrolled.ist

      tenprint compare a.tif b.tif --explain pairs.png --threshold 4
    """
    check_writable(explain)
    extractor = Extractor()
    first = read_one(probe, ppi=ppi, extractor=extractor)
    second = read_one(candidate, ppi=ppi, extractor=extractor)
    found = explain_match(first.template, second.template)
    if explain:
        picture = draw_comparison(
            *(first.template, second.template, found),
            probe_image=first.image,
            candidate_image=second.image,
            labels=(probe.name, candidate.name),
        )
        picture.save(explain)
    below = threshold is not None and found.score < threshold
    if as_json:
        print_json(
            {
                "score": found.score,
                "fmr": 10.0**-found.score,
                "extrapolated": found.extrapolated,
                "match": None if threshold is None else not below,
                "rotation": found.rotation,
                "dx": found.dx,
                "dy": found.dy,
                "pairs": [
                    dict(zip(found.pairs.dtype.names or (), row, strict=True))
                    for row in found.pairs.tolist()
                ],
                "quality": [first.template.quality, second.template.quality],
            }
        )
    else:
        console = screen()
        tail = " (extrapolated)" if found.extrapolated else ""
        console.print(
            f"[bold]score {found.score:.2f}[/bold]  false-match rate {odds(found.score)}{tail}"
        )
        console.print(
            f"{len(found.pairs)} corresponding minutiae; qualities "
            f"{first.template.quality} and {second.template.quality} of 100"
        )
        for each in (first, second):
            if each.template.reason:
                console.print(f"{each.path.name}: {each.template.reason}", markup=False)
        if explain:
            console.print(f"written: {explain}", markup=False)
    if below:
        raise typer.Exit(EXIT_NO_MATCH)
