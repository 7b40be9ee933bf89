"""``tenprint gallery``: look into a gallery file and change it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tenprint.cli._output import Json, print_json, reported, screen
from tenprint.cli._words import finger_name
from tenprint.gallery import Gallery

app = typer.Typer(help="Look into a gallery file and change it.", no_args_is_help=True)

GalleryFile = Annotated[Path, typer.Argument(help="Gallery file.", show_default=False)]


@app.command()
@reported
def info(gallery: GalleryFile, as_json: Json = False) -> None:
    """How many people and templates, which format.

    Example: tenprint gallery info town.tenprint
    """
    with Gallery.open(gallery, create=False) as opened:
        facts = opened.info()
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        screen().print(f"{name:10} {value}", markup=False)


@app.command(name="list")
@reported
def list_people(gallery: GalleryFile, as_json: Json = False) -> None:
    """Everybody enrolled, one a line.

    Example: tenprint gallery list town.tenprint
    """
    with Gallery.open(gallery, create=False) as opened:
        people = opened.people()
    if as_json:
        print_json({"people": people})
        return
    for person in people:
        screen().print(person, markup=False)


@app.command()
@reported
def show(
    gallery: GalleryFile,
    person: Annotated[str, typer.Argument(show_default=False)],
    as_json: Json = False,
) -> None:
    """One person's fingers; exits with 1 if there is no such person.

    Example: tenprint gallery show town.tenprint A-17
    """
    with Gallery.open(gallery, create=False) as opened:
        stored = opened.stored(person)
    rows = [
        {
            "finger": finger_name(each.finger),
            "encounter": each.encounter,
            "quality": each.template.quality,
            "minutiae": len(each.template),
        }
        for each in stored
    ]
    if as_json:
        print_json({"person": person, "templates": rows})
        return
    for row in rows:
        screen().print(
            f"encounter {row['encounter']}  {row['finger']:14} quality {row['quality']:3}  "
            f"{row['minutiae']} minutiae"
        )


@app.command()
@reported
def delete(
    gallery: GalleryFile,
    people: Annotated[list[str], typer.Argument(show_default=False)],
    as_json: Json = False,
) -> None:
    """Remove people with all their templates; exits with 1 if one is not there.

    Example: tenprint gallery delete town.tenprint A-17
    """
    with Gallery.open(gallery, create=False) as opened:
        for person in people:
            opened.delete(person)
    if as_json:
        print_json({"deleted": people})
    else:
        screen().print(f"deleted: {', '.join(people)}", markup=False)
