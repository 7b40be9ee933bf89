"""``tenprint enroll``: people into a gallery."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from tenprint.cli._inputs import (
    PRINT_SUFFIXES,
    Print,
    by_finger,
    finger_in_name,
    originals,
    read_fingers,
    read_prints,
)
from tenprint.cli._output import Bar, Json, aside, print_json, reported, screen
from tenprint.cli._words import finger_name
from tenprint.extract import Extractor
from tenprint.gallery import Enrolment, Gallery
from tenprint.model import InputError


@reported
def enroll(
    gallery: Annotated[
        Path, typer.Argument(help="Gallery file; made if it does not exist.", show_default=False)
    ],
    person: Annotated[
        str | None, typer.Argument(help="Your identifier of the person.", show_default=False)
    ] = None,
    files: Annotated[
        list[Path] | None, typer.Argument(help="Images or template files.", show_default=False)
    ] = None,
    finger: Annotated[
        list[str] | None,
        typer.Option(help="Which finger; once for all files, or once a file.", show_default=False),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="Enrol everybody in a folder, see below.", show_default=False),
    ] = None,
    ppi: Annotated[
        float | None, typer.Option(help="Resolution of images; default: from the file, else 500.")
    ] = None,
    add: Annotated[
        bool, typer.Option("--add", help="Add another encounter of an enrolled person.")
    ] = False,
    keep_originals: Annotated[
        bool,
        typer.Option("--keep-originals", help="Store the image files too, for gallery reextract."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Enrol one person from files, or everybody in a folder.

    The finger is that of --finger, else of the template file,
    else of the file's name, else it is unknown.
    Images of several fingers are --finger right-four, left-four or thumbs.

    In a folder, files are named PERSON_FINGER.ext, or PERSON_FINGER_2.ext
    where a finger was taken several times, such as A-17_right-index.png.
    Files of other names are refused.

    With --keep-originals the gallery holds the images as well, so that
    they can be extracted again by a later version. Template files have none.

    Examples:

      tenprint enroll town.tenprint A-17 a.png b.png --finger 2 --finger left-thumb

      tenprint enroll town.tenprint --folder prints/ --keep-originals
    """
    if folder is not None:
        if person or files or finger or add:
            raise typer.BadParameter("--folder goes alone: persons and fingers are in the names.")
        found = _enroll_folder(gallery, folder, ppi, keep_originals)
    elif not person or not files:
        raise typer.BadParameter("Name a person and at least one file, or --folder.")
    else:
        prints = list(read_fingers(files, finger or [], ppi))
        images = originals(prints) if keep_originals else []
        with Gallery.open(gallery) as opened:
            put = opened.add if add else opened.enroll
            found = [put(person, by_finger(prints), originals=images)]
    if as_json:
        print_json({"enrolled": [_as_json(each) for each in found]})
        return
    for each in found if folder is None else []:
        names = ", ".join(f.label for f in each.fingers)
        screen().print(f"{each.person}: encounter {each.encounter}, {names}", markup=False)
    if folder is not None:
        screen().print(f"{len(found)} people enrolled")
    for each in found:
        for out, reason in each.left_out.items():
            words = f"warning: {each.person}, {out.label} was left out: {reason}"
            aside().print(words, style="yellow", markup=False)


def _as_json(each: Enrolment) -> dict[str, object]:
    return {
        "person": each.person,
        "encounter": each.encounter,
        "fingers": [finger_name(finger) for finger in each.fingers],
        "left_out": {finger_name(finger): reason for finger, reason in each.left_out.items()},
    }


def _enroll_folder(
    gallery: Path, folder: Path, ppi: float | None, keep_originals: bool
) -> list[Enrolment]:
    if not folder.is_dir():
        raise InputError("There is no such folder.", source=folder)
    people: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.iterdir()):
        if not path.is_file() or path.suffix.lower() not in PRINT_SUFFIXES:
            continue
        named = finger_in_name(path)
        if named is None:
            raise InputError(
                "The name does not say whose finger it is.",
                source=path,
                remedy="Name files PERSON_FINGER.ext, such as A-17_right-index.png.",
            )
        people[named[0]].append(path)
    if not people:
        raise InputError("The folder holds no prints.", source=folder)
    total = sum(len(files) for files in people.values())
    extractor = Extractor()
    with Gallery.open(gallery) as opened, Bar() as bar:

        def read_all() -> Iterator[tuple[str, list[Print]]]:
            done = 0
            for person, files in people.items():
                prints: list[Print] = []
                for path in files:
                    prints += read_prints(path, ppi=ppi, extractor=extractor)
                    done += 1
                    bar("enrol", done, total)
                yield person, prints

        if keep_originals:  # images are large: one person in memory at a time
            return [
                opened.enroll(person, by_finger(prints), originals=originals(prints))
                for person, prints in read_all()
            ]
        return opened.enroll_many((person, by_finger(prints)) for person, prints in read_all())
