"""``tenprint extract``: one image to a template."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from tenprint.cli._inputs import Print, is_template_file, parse_finger, read_prints
from tenprint.cli._output import Json, check_writable, print_json, reported, screen
from tenprint.cli._words import finger_name
from tenprint.extract import Extractor, Trace, draw_extraction
from tenprint.formats import TemplateFormat, write_templates
from tenprint.model import Finger, InputError


class Form(StrEnum):
    """Forms a template can be written in."""

    ISO_2005 = "iso-2005"
    ISO_2011 = "iso-2011"
    ANSI_2004 = "ansi-2004"
    ANSI_2009 = "ansi-2009"
    TENPRINT = "tenprint"


@reported
def extract(
    file: Annotated[Path, typer.Argument(help="Image of one finger.", show_default=False)],
    ppi: Annotated[
        float | None, typer.Option(help="Resolution; default: from the file, else 500.")
    ] = None,
    finger: Annotated[
        str | None, typer.Option(help="Which finger, such as right-index.", show_default=False)
    ] = None,
    explain: Annotated[
        Path | None, typer.Option(help="Write a picture of every stage.", show_default=False)
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the template.", show_default=False)
    ] = None,
    form: Annotated[
        Form, typer.Option("--format", help="Form of the written template.")
    ] = Form.TENPRINT,
    as_json: Json = False,
) -> None:
    """Extract the minutiae of a fingerprint image.

    PNG, TIFF, BMP, JPEG, JPEG 2000, WSQ and PGM are read.

    Examples:

      tenprint extract thumb.wsq --explain stages.png

      tenprint extract 101_1.tif --ppi 500 -o 101_1.ist --format iso-2005
    """
    for path in (explain, output):
        check_writable(path)
    if is_template_file(file):
        raise InputError("This is a template already, not an image.", source=file)
    trace = Trace()
    extractor = Extractor()
    known = parse_finger(finger) if finger else None
    if known is not None and known.is_slap:
        raise typer.BadParameter("A slap holds several fingers; enroll and identify take it.")
    start = time.perf_counter()
    found = read_prints(file, ppi=ppi, finger=known, extractor=extractor, trace=trace)[0]
    elapsed = time.perf_counter() - start
    if explain and found.image is not None:
        draw_extraction(found.image, found.template, trace).save(explain)
    if output:
        output.write_bytes(write_templates([found.template], TemplateFormat[form.name]))
    if as_json:
        print_json(template_json(found, elapsed))
    else:
        _show(found, elapsed, [path for path in (output, explain) if path])


def template_json(found: Print, elapsed: float) -> dict[str, Any]:
    """A template as JSON-ready data: pixels at 500 ppi, radians."""
    template, image = found.template, found.image
    names = ("x", "y", "angle", "kind", "quality")
    return {
        "file": str(found.path),
        "ppi": image.ppi if image else None,
        "ppi_assumed": image.ppi_assumed if image else None,
        "finger": finger_name(template.finger),
        "quality": template.quality,
        "reason": template.reason,
        "width": template.width,
        "height": template.height,
        "minutiae": [
            dict(zip(names, row, strict=True)) for row in template.minutiae[list(names)].tolist()
        ],
        "seconds": round(elapsed, 4),
    }


def _show(found: Print, elapsed: float, written: list[Path]) -> None:
    template, console = found.template, screen()
    reason = f" ({template.reason})" if template.reason else ""
    console.print(f"[bold]{found.path.name}[/bold]  quality {template.quality} of 100{reason}")
    finger = "" if template.finger is Finger.UNKNOWN else f"{template.finger.label}, "
    console.print(
        f"{finger}{len(template)} minutiae, {template.width} x {template.height} pixels at 500 ppi,"
        f" {elapsed * 1000:.0f} ms"
    )
    for path in written:
        console.print(f"written: {path}", markup=False)
