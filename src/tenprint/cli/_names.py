"""``tenprint names``: how alike two names are."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from tenprint.cli._output import Json, print_json, reported, screen
from tenprint.model import PersonName
from tenprint.names import compare_names

app = typer.Typer(help="Compare names as a biographic search does.", no_args_is_help=True)


@app.callback()
def names() -> None:
    """Compare names as a biographic search does."""


@app.command()
@reported
def compare(
    first: Annotated[str, typer.Argument(help="A name, in any script.", show_default=False)],
    second: Annotated[str, typer.Argument(help="Another.", show_default=False)],
    as_json: Json = False,
) -> None:
    """How alike two names are, word by word.

    The score is a likeness of 0 to 1, not a probability.

    Example: tenprint names compare "Jon Smyth" "SMITH, John"
    """
    found = compare_names(PersonName(first), PersonName(second))
    if as_json:
        print_json(found.as_dict())
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("first", "second", "likeness", "reason"):
        table.add_column(heading)
    for part in found.parts:
        table.add_row(part.a or "-", part.b or "-", f"{part.score:.2f}", part.reason)
    screen().print(table)
    screen().print(f"score {found.score:.3f}")
