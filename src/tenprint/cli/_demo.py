"""``tenprint demo``: a morning in a small town."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from PIL import Image
from rich.table import Table

from tenprint.cli._evaluate import parse_ppi
from tenprint.cli._folder import read_settings
from tenprint.cli._output import Bar, Json, print_json, reported, screen
from tenprint.cli._serve import serve_desk
from tenprint.cli._words import finger_name
from tenprint.match import odds
from tenprint.model import StoreError

if TYPE_CHECKING:
    from tenprint.cli.demo import Morning, Visit

#: What the demo makes in its folder; what has these names is its own from last time.
_SERVICE, _SIGN_IN = "service", "sign-in.txt"


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
    serve: Annotated[
        bool | None,
        typer.Option(
            "--serve/--no-serve",
            help="Serve the town at the end, to look around; default: on a terminal.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """A small town is enrolled, then a morning is played.

    A border check, a booking, a job applicant, someone unknown,
    someone with four fingers: who was found, how sure, how long.
    It runs through the real service, which is there to look around in
    afterwards: the console with its people, cases and audit log.
    Leaves its data, pictures and a page to open in the out folder.

    Examples:

      tenprint demo

      tenprint demo --prints fvc2002 --ppi DB2_B=569 --out real
    """
    # Loaded when needed: the service takes a second, which other commands should not.
    from tenprint.api import desk_settings
    from tenprint.cli.demo import TownClock, fictitious_town, play, town_of_prints, write_page
    from tenprint.desk import Desk

    resolutions = parse_ppi(ppi or [])
    if prints is None and resolutions:
        raise typer.BadParameter("--ppi goes with --prints.")
    town = town_of_prints(prints, resolutions) if prints else fictitious_town(people, seed)
    settings = read_settings(_fresh(out), second_factor=False)
    clock = TownClock()
    # One desk plays the morning and serves it: what the operator sees was counted by it.
    with Desk.open(replace(desk_settings(settings), clock=clock)) as desk:
        with Bar() as bar:
            morning = play(town, desk, clock, out / _SIGN_IN, bar)
        _leave(morning, out)
        write_page(morning, out / "index.html")
        if as_json:
            print_json(_as_json(morning, out))
            return
        _show(morning, out)
        _tell_users(morning)
        if screen().is_terminal if serve is None else serve:
            serve_desk(desk, settings)
            return
    program = sys.argv[0] if os.sep in sys.argv[0] else "tenprint"
    screen().print(
        f"Look around: TENPRINT_SECOND_FACTOR=false {program} serve {settings.folder}",
        markup=False, soft_wrap=True,
    )  # fmt: skip


def _fresh(out: Path) -> Path:
    """The folder of a new service in the out folder; last time's is removed."""
    if out.exists() and not out.is_dir():
        raise StoreError("This is not a folder.", source=out)
    for folder in (out, out / "pictures", out / "prints"):
        folder.mkdir(parents=True, exist_ok=True)
    if (out / _SERVICE).exists():
        shutil.rmtree(out / _SERVICE)
    (out / _SIGN_IN).unlink(missing_ok=True)
    return out / _SERVICE


def _leave(morning: Morning, out: Path) -> None:
    """Write pictures and the visitors' prints."""
    for number, of in enumerate(morning.visits, 1):
        slug = f"{number}-{of.scene.title.lower().replace(' ', '-')}"
        if of.picture is not None:
            of.picture.save(out / "pictures" / f"{slug}.png")
        for image, finger in zip(of.images, of.scene.fingers, strict=True):
            scan = out / "prints" / f"{slug}_{finger_name(finger)}.png"
            Image.fromarray(image.pixels).save(scan, dpi=(500, 500))


def _show(morning: Morning, out: Path) -> None:
    console = screen()
    console.print(f"\n{morning.town.story}\n", markup=False, soft_wrap=False)
    console.print(
        f"Enrolled {len(morning.town.residents)} people with {morning.prints} prints in "
        f"{morning.enrol_seconds:.1f} s ({morning.bytes / 1024:.0f} KiB on disk)."
    )
    if morning.left_out:
        console.print(f"{morning.left_out} unusable prints were left out.")
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("")
    for column in ("who comes", "answer", "a stranger scores so"):
        table.add_column(column)
    for column in ("time", ""):
        table.add_column(column, justify="right", no_wrap=True)
    for of in morning.visits:
        table.add_row(*_row(of))
    console.print()
    console.print(table)
    right = sum(each.right for each in morning.visits)
    console.print(f"{right} of {len(morning.visits)} answers are right.")
    if morning.cases:
        waiting = "1 case waits" if morning.cases == 1 else f"{morning.cases} cases wait"
        console.print(f"{waiting} for examiners.")
    console.print(f"Open {out / 'index.html'}; the visitors' prints are in {out / 'prints'}.")


def _tell_users(morning: Morning) -> None:
    console = screen()
    console.print("\nSign in to the console as one of these:")
    for name, word in morning.users.items():
        console.print(f"  {name:12} {word}", markup=False)
    if morning.cases:
        console.print("The first page shows each of them where to begin.")


def _row(of: Visit) -> tuple[str, ...]:
    scene = of.scene
    if of.found:
        name = of.names.get(of.found, "")
        answer = f"[bold green]{of.found[:12]}[/bold green]\n{name}"
        sure = odds(of.score)
    else:
        answer, sure = "nobody known", ""
        if scene.retain:
            answer += "\nthe prints are kept"
    count = len(scene.fingers)
    kind = "rolled" if scene.rolled else "flat"
    mark = "[green]right[/green]" if of.right else "[bold red]wrong[/bold red]"
    asked = scene.klass.value.replace("-", " ")
    return (
        scene.clock,
        f"{scene.title}\n[dim]{count} {kind} {'print' if count == 1 else 'prints'}, {asked}[/dim]",
        answer,
        sure,
        f"{of.status.machine_seconds:.2f} s",
        mark,
    )


def _as_json(morning: Morning, out: Path) -> dict[str, Any]:
    return {
        "people": len(morning.town.residents),
        "prints": morning.prints,
        "left_out": morning.left_out,
        "enrol_seconds": round(morning.enrol_seconds, 3),
        "page": str(out / "index.html"),
        "service": str(out / _SERVICE),
        "sign_in": str(out / _SIGN_IN),
        "cases": morning.cases,
        "scenes": [
            {
                "clock": of.scene.clock,
                "title": of.scene.title,
                "class": of.scene.klass.value,
                "fingers": [finger_name(finger) for finger in of.scene.fingers],
                "expected": of.expected or None,
                "found": of.found or None,
                "right": of.right,
                "machine_seconds": of.status.machine_seconds,
                "answer": of.answer.as_dict(),
            }
            for of in morning.visits
        ],
    }
