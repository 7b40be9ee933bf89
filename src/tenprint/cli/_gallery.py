"""``tenprint gallery``: look into a gallery file and change it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from tenprint.cli._output import Bar, Json, aside, print_json, reported, screen
from tenprint.cli._words import finger_name
from tenprint.gallery import Gallery, ReextractReport

app = typer.Typer(help="Look into a gallery file and change it.", no_args_is_help=True)

GalleryFile = Annotated[Path, typer.Argument(help="Gallery file.", show_default=False)]


@app.command()
@reported
def info(gallery: GalleryFile, as_json: Json = False) -> None:
    """How many people and encounters, which format, how the index is.

    Example: tenprint gallery info town.tenprint
    """
    with Gallery.open(gallery, create=False) as opened:
        facts = opened.info()
    if as_json:
        print_json(facts)
        return
    for name, value in facts.items():
        # What was mended is told only where something was.
        if value or name not in ("segments_repaired", "index_discarded"):
            screen().print(f"{name.replace('_', ' '):17} {value}", markup=False)


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
    person: Annotated[str, typer.Argument(help="Your identifier.", show_default=False)],
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
    people: Annotated[list[str], typer.Argument(help="Your identifiers.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Remove people with templates, codes and images; exits with 1 if one is not there.

    Example: tenprint gallery delete town.tenprint A-17
    """
    with Gallery.open(gallery, create=False) as opened:
        for person in people:
            opened.delete(person)
    if as_json:
        print_json({"deleted": people})
    else:
        screen().print(f"deleted: {', '.join(people)}", markup=False)


@app.command()
@reported
def rebuild(gallery: GalleryFile, as_json: Json = False) -> None:
    """Derive the index from the stored templates again.

    Needed only if the folder FILE.index is suspected to be wrong:
    damage that its checksums show is mended when the gallery is opened.

    Example: tenprint gallery rebuild town.tenprint
    """
    with Gallery.open(gallery, create=False) as opened, Bar() as bar:
        total = len(opened)
        people = opened.rebuild(lambda done: bar("derive codes", done, max(done, total)))
    if as_json:
        print_json({"people": people})
    else:
        screen().print(f"index derived again: {people} people")


@app.command()
@reported
def refit(
    gallery: GalleryFile,
    sample: Annotated[int, typer.Option(help="Prints to fit to, drawn at random.", min=1000)] = (
        20_000
    ),
    seed: Annotated[int, typer.Option(help="Another number draws others.", min=0)] = 0,
    as_json: Json = False,
) -> None:
    """Fit the codes of fingers to this gallery's people.

    Every search goes by codes of 24 bytes a finger. The package's are
    fitted to fictitious prints of many kinds, these to your own.
    Needs 1000 prints; the index is derived again.

    Example: tenprint gallery refit town.tenprint
    """
    with Gallery.open(gallery, create=False) as opened, Bar() as bar:
        people = opened.refit(sample, seed=seed, progress=bar)
    if as_json:
        print_json({"people": people})
    else:
        screen().print(f"codes fitted, index derived again: {people} people")


def _reextract_service(folder: Path, progress: Callable[[int, int], None]) -> ReextractReport:
    """From the images in the vault; the audit log says that it was begun."""
    from tenprint.audit import Event, EventKind, append
    from tenprint.cli._folder import read_settings, service_database
    from tenprint.records import Vault, VaultImages

    settings = read_settings(folder)
    where = service_database(settings)
    vault = Vault.open(folder, master=settings.master_key, create=False)
    index = folder / "people.tenprint.index"
    with Gallery.open(where, create=False, index=index) as opened:
        with opened.store.transaction() as connection:
            vault.attach(connection)
            detail = {"did": "templates extracted again"}
            append(connection, Event(EventKind.CHANGED, "", "operator", detail=detail))
        images = VaultImages(opened.store, vault)
        return opened.reextract(kept=images, progress=progress)


@app.command()
@reported
def reextract(
    gallery: Annotated[
        Path,
        typer.Argument(help="Gallery file, or the folder of a service.", show_default=False),
    ],
    as_json: Json = False,
) -> None:
    """Extract the kept images again, such as after a new version.

    Only people enrolled with --keep-originals have images; the others
    stay as they are, and so do prints that cannot be used. Of a
    service's folder the encrypted images of everybody enrolled through
    it are taken, while the service does not run.

    Examples:

      tenprint gallery reextract town.tenprint

      tenprint gallery reextract /srv/tenprint
    """
    with Bar() as bar:

        def progress(done: int, total: int) -> None:
            bar("extract", done, total)

        if gallery.is_dir():
            report = _reextract_service(gallery, progress)
        else:
            with Gallery.open(gallery, create=False) as opened:
                report = opened.reextract(progress=progress)
    unusable = [
        {"person": person, "encounter": encounter, "reason": reason}
        for (person, encounter), reason in report.unusable.items()
    ]
    if as_json:
        print_json(
            {
                "replaced": report.replaced,
                "without_originals": report.without_originals,
                "changed_meanwhile": report.changed_meanwhile,
                "unusable": unusable,
            }
        )
        return
    screen().print(
        f"{report.replaced} encounters extracted again; {report.without_originals} without images, "
        f"{report.changed_meanwhile} changed meanwhile, {len(unusable)} unusable: left as they were"
    )
    for each in unusable:
        words = f"warning: {each['person']}, encounter {each['encounter']}: {each['reason']}"
        aside().print(words, style="yellow", markup=False)
