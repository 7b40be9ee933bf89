"""``tenprint demo``: a morning in a small town."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image
from rich.table import Table

from tenprint.cli._evaluate import parse_ppi
from tenprint.cli._output import Bar, Json, print_json, reported, screen
from tenprint.cli._words import candidate_json, certainty, finger_name
from tenprint.cli.demo import (
    Morning,
    Outcome,
    fictitious_town,
    play,
    town_of_prints,
    write_page,
)
from tenprint.model import StoreError

#: What the demo makes; a file of this name is its own from last time and is made anew.
_GALLERY = "town.tenprint"


@reported
def demo(
    prints: Annotated[
        Path | None,
        typer.Option(
            help="Folder of real prints, named FINGER_IMPRESSION.ext.", show_default=False
        ),
    ] = None,
    people: Annotated[
        int, typer.Option(help="Residents of the fictitious town.", min=4, max=10_000)
    ] = 12,
    seed: Annotated[int, typer.Option(help="Another number, another town.", min=0)] = 2011,
    ppi: Annotated[
        list[str] | None,
        typer.Option(
            help="Resolution of one database of --prints, such as DB2_B=569.", show_default=False
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the page and pictures.")] = Path("demo"),
    as_json: Json = False,
) -> None:
    """A small town is enrolled, then a morning is played.

    A border check, a booking, a job applicant, someone unknown,
    someone with four fingers: who was found, how sure, how long.
    Leaves a gallery, pictures and a page to open in the out folder.

    Examples:

      tenprint demo

      tenprint demo --prints fvc2002 --ppi DB2_B=569 --out real
    """
    resolutions = parse_ppi(ppi or [])
    if prints is None and resolutions:
        raise typer.BadParameter("--ppi goes with --prints.")
    town = town_of_prints(prints, resolutions) if prints else fictitious_town(people, seed)
    gallery = _fresh(out)
    with Bar() as bar:
        morning = play(town, gallery, bar)
    scans = _leave(morning, out)
    if as_json:
        print_json(_as_json(morning, out))
    else:
        _show(morning, out, scans)


def _fresh(out: Path) -> Path:
    """The out folder, without the gallery of last time."""
    if out.exists() and not out.is_dir():
        raise StoreError("This is not a folder.", source=out)
    for folder in (out, out / "pictures", out / "prints"):
        folder.mkdir(parents=True, exist_ok=True)
    for name in (_GALLERY, f"{_GALLERY}-wal", f"{_GALLERY}-shm"):
        (out / name).unlink(missing_ok=True)
    if (index := out / f"{_GALLERY}.index").is_dir():
        shutil.rmtree(index)
    return out / _GALLERY


def _leave(morning: Morning, out: Path) -> list[Path]:
    """Write page, pictures and the visitors' prints; the prints' paths."""
    scans = []
    for number, outcome in enumerate(morning.outcomes, 1):
        slug = f"{number}-{outcome.scene.title.lower().replace(' ', '-')}"
        if outcome.picture is not None:
            outcome.picture.save(out / "pictures" / f"{slug}.png")
        for image, finger in zip(outcome.images, outcome.scene.fingers, strict=True):
            scan = out / "prints" / f"{slug}_{finger_name(finger)}.png"
            Image.fromarray(image.pixels).save(scan, dpi=(500, 500))
            scans.append(scan)
    write_page(morning, out / "index.html")
    return scans


def _show(morning: Morning, out: Path, scans: list[Path]) -> None:
    console = screen()
    console.print(f"\n{morning.town.story}\n", markup=False, soft_wrap=False)
    console.print(
        f"Enrolled {len(morning.town.residents)} people with {morning.prints} prints in "
        f"{morning.enrol_seconds:.1f} s ({morning.extract_ms:.0f} ms an image to its template, "
        f"{morning.bytes / 1024:.0f} KiB on disk)."
    )
    if morning.left_out:
        console.print(f"{morning.left_out} unusable prints were left out.")
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    for column in ("who comes", "answer", "a stranger scores so"):
        table.add_column(column)
    for column in ("time", ""):
        table.add_column(column, justify="right", no_wrap=True)
    for outcome in morning.outcomes:
        table.add_row(*_row(outcome))
    console.print()
    console.print(table)
    right = sum(outcome.right for outcome in morning.outcomes)
    console.print("\ntime: image to template + search; *: beyond the observed rates", style="dim")
    console.print(f"{right} of {len(morning.outcomes)} answers are right.")
    console.print(f"Open {out / 'index.html'}; the visitors' prints are in {out / 'prints'}.")
    if scans:
        console.print(f"Try: tenprint identify {out / _GALLERY} {scans[0]}", markup=False)


def _row(outcome: Outcome) -> tuple[str, ...]:
    scene, found = outcome.scene, outcome.found
    if found:
        name = outcome.names.get(found.person, "")
        answer = f"[bold green]{found.person}[/bold green]\n{name}"
        sure = certainty(found)
        sure = sure.replace(" (extrapolated)", "*")
    else:
        best = outcome.candidates[0].score if outcome.candidates else 0.0
        answer, sure = "nobody known", f"best score {best:.1f},\na hit needs {outcome.needed:.1f}"
        if scene.enrol_as:
            answer += f"\nnow enrolled as {scene.enrol_as}"
    count = len(scene.fingers)
    kind = "rolled" if scene.rolled else "flat"
    mark = "[green]right[/green]" if outcome.right else "[bold red]wrong[/bold red]"
    return (
        scene.clock,
        f"{scene.title}\n[dim]{count} {kind} {'print' if count == 1 else 'prints'}[/dim]",
        answer,
        sure,
        f"{outcome.extract_seconds:.2f} s + {1000 * outcome.search_seconds:.0f} ms",
        mark,
    )


def _as_json(morning: Morning, out: Path) -> dict[str, Any]:
    return {
        "people": len(morning.town.residents),
        "prints": morning.prints,
        "left_out": morning.left_out,
        "enrol_seconds": round(morning.enrol_seconds, 3),
        "extract_ms": round(morning.extract_ms, 2),
        "page": str(out / "index.html"),
        "gallery": str(out / _GALLERY),
        "scenes": [
            {
                "clock": outcome.scene.clock,
                "title": outcome.scene.title,
                "fingers": [finger_name(finger) for finger in outcome.scene.fingers],
                "expected": outcome.expected or None,
                "found": outcome.found.person if outcome.found else None,
                "right": outcome.right,
                "needed_score": outcome.needed,
                "extract_seconds": round(outcome.extract_seconds, 4),
                "search_seconds": round(outcome.search_seconds, 6),
                "candidates": [candidate_json(each) for each in outcome.candidates],
            }
            for outcome in morning.outcomes
        ],
    }
