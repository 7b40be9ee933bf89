"""``tenprint synth``: prints of people who do not exist, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from PIL import Image

from tenprint.cli._output import Bar, Json, print_json, reported, screen
from tenprint.cli._words import finger_name
from tenprint.model import InputError
from tenprint.synth import ImpressionStyle, person


@reported
def synth(
    out: Annotated[
        Path, typer.Argument(help="Folder to write to; made if needed.", show_default=False)
    ],
    people: Annotated[int, typer.Option(help="How many people.", min=1, max=1_000_000)] = 10,
    impressions: Annotated[
        int, typer.Option(help="Impressions of each finger.", min=1, max=1000)
    ] = 1,
    seed: Annotated[
        int, typer.Option(help="Number of the first person; the others follow.", min=0)
    ] = 1,
    rolled: Annotated[
        bool, typer.Option("--rolled", help="Rolled from nail to nail, not flat.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make prints of people who do not exist.

    Ten fingers each, 500 ppi PNG, named PERSON_FINGER_IMPRESSION.png.
    The same numbers give the same prints on every machine.

    Example: tenprint synth prints --people 5 --impressions 2
    """
    if out.exists() and not out.is_dir():
        raise InputError("This is not a folder.", source=out)
    out.mkdir(parents=True, exist_ok=True)
    style = ImpressionStyle.rolled() if rolled else ImpressionStyle.plain()
    done, total, listed = 0, people * 10 * impressions, []
    with Bar() as bar:
        for number in range(seed, seed + people):
            somebody = person(number)
            listed.append({"person": f"S{number:06}", "name": somebody.name})
            for finger, ridges in somebody.fingers.items():
                for impression in range(1, impressions + 1):
                    pixels = ridges.impression(impression, style=style)
                    name = f"S{number:06}_{finger_name(finger)}_{impression}.png"
                    Image.fromarray(pixels).save(out / name, dpi=(500, 500))
                    done += 1
                    bar("draw prints", done, total)
    if as_json:
        print_json({"folder": str(out), "prints": done, "people": listed})
    else:
        screen().print(f"{done} prints of {people} people in {out}", markup=False)
