"""``tenprint inspect``: what a transaction file holds, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from tenprint.cli._output import Json, check_writable, print_json, reported, screen
from tenprint.cli._words import finger_name
from tenprint.formats import (
    Fault,
    ItlField,
    ItlFile,
    ItlImage,
    ItlRecord,
    check_ebts,
    itl_images,
    media_type,
    rules,
    scan_itl,
    transaction_type,
)
from tenprint.model import Finger, NotFoundError

EXIT_FAULTS = 3
_LONGEST = 100

# Names of image files by what the bytes are.
_ENDINGS = {
    "image/x-wsq": ".wsq",
    "image/jpeg": ".jpg",
    "image/jp2": ".jp2",
    "image/j2c": ".j2c",
    "image/png": ".png",
}


@reported
def inspect(
    file: Annotated[Path, typer.Argument(help="A transaction file.", show_default=False)],
    images: Annotated[
        Path | None,
        typer.Option(help="Write the images, as they are, to this folder.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what an ANSI/NIST-ITL or EBTS file holds, and every fault of it.

    Exit code 3 if there is a fault that is not a mere warning.

    Examples:

      tenprint inspect card.eft

      tenprint inspect card.eft --images out
    """
    check_writable(images)
    found, faults = scan_itl(file)
    if found is not None:
        faults = [*faults, *check_ebts(found)]
    written = _write(found, images) if found is not None and images else []
    if as_json:
        print_json(_json(found, faults, written))
    else:
        _show(found, faults, written)
    if any(not fault.warning for fault in faults):
        raise typer.Exit(EXIT_FAULTS)


def _json(file: ItlFile | None, faults: list[Fault], written: list[Path]) -> dict[str, Any]:
    return {
        "transaction": file.type_of_transaction if file else None,
        "records": [
            {"type": record.type, "idc": record.idc, "fields": _fields_json(record)}
            for record in (file.records if file else ())
        ],
        "images": [_image_json(image) for image in (itl_images(file) if file else ())],
        "faults": [fault.as_dict() for fault in faults],
        "written": [str(path) for path in written],
    }


def _fields_json(record: ItlRecord) -> list[dict[str, Any]]:
    return [
        {
            "field": record.name(field.number),
            "name": rules().mnemonic(record.type, field.number) or None,
            **(
                {"bytes": len(field.raw)}
                if _is_image(record, field)
                else {"subfields": [list(items) for items in field.subfields]}
            ),
        }
        for field in record.fields
    ]


def _image_json(image: ItlImage) -> dict[str, Any]:
    return {
        "record": image.record,
        "type": image.type,
        "idc": image.idc,
        "position": image.position,
        "finger": finger_name(image.finger),
        "impression": image.impression.name.lower().replace("_", "-"),
        "width": image.width,
        "height": image.height,
        "ppi": image.ppi,
        "compression": image.compression,
        "bytes": len(image.data),
        "missing": [[finger_name(finger), code] for finger, code in image.missing],
        "segments": [
            {"finger": finger_name(each.finger), "corners": [list(c) for c in each.corners]}
            for each in image.segments
        ],
    }


def _show(file: ItlFile | None, faults: list[Fault], written: list[Path]) -> None:
    console = screen()
    if file is not None:
        known = transaction_type(file.type_of_transaction)
        name = known.name if known else "not a transaction of EBTS 9.1"
        served = known.klass.value if known and known.klass else "not served"
        console.print(f"{file.type_of_transaction}  {name} ({served})", markup=False)
        images = {image.record: image for image in itl_images(file)}
        for index, record in enumerate(file.records, 1):
            idc = "" if record.idc is None else f", IDC {record.idc}"
            console.print(f"\nrecord {index}: Type {record.type}{idc}", markup=False)
            table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 1))
            for field in record.fields:
                tag, mnemonic = _names(record, field)
                table.add_row(f"  {tag}", mnemonic, _escaped(_value(record, field)))
            console.print(table)
            if image := images.get(index):
                console.print(f"  {_image_words(image)}", markup=False)
    grave = [fault for fault in faults if not fault.warning]
    mild = [fault for fault in faults if fault.warning]
    for title, each in (("faults", grave), ("warnings", mild)):
        if each:
            console.print(f"\n{len(each)} {title}")
            for fault in each:
                console.print(f"  {fault.field}: {fault.message} [{fault.code}]", markup=False)
    if not faults:
        console.print("\nno faults")
    for path in written:
        console.print(f"written: {path}", markup=False)


def _names(record: ItlRecord, field: ItlField) -> tuple[str, str]:
    return record.name(field.number), rules().mnemonic(record.type, field.number)


def _value(record: ItlRecord, field: ItlField) -> str:
    """A field in one line; what a terminal would act on is shown as what it is."""
    if _is_image(record, field):
        return f"{len(field.raw)} bytes"
    parts = [" | ".join(items) for items in field.subfields[: _LONGEST // 2]]
    text = " / ".join(parts)
    shown = "".join(each if each.isprintable() else "\N{MIDDLE DOT}" for each in text[:_LONGEST])
    return shown if len(text) <= _LONGEST else f"{shown}... ({len(text)} characters)"


def _escaped(text: str) -> str:
    return text.replace("[", "\\[")


def _image_words(image: ItlImage) -> str:
    what = image.finger.label if image.finger is not Finger.UNKNOWN else f"code {image.position}"
    scale = f"{image.ppi:.0f} ppi" if image.ppi else "no resolution"
    return f"image: {what}, {image.width} x {image.height}, {scale}, {image.compression}"


def _is_image(record: ItlRecord, field: ItlField) -> bool:
    return field.number == (999 if not record.binary else 8 if record.type == 8 else 9)


def _write(file: ItlFile, folder: Path) -> list[Path]:
    """The images, named by record, type and finger."""
    if folder.exists() and not folder.is_dir():
        raise NotFoundError("It is not a folder.", source=folder)
    folder.mkdir(exist_ok=True)
    written = []
    for image in itl_images(file):
        what = "" if image.finger is Finger.UNKNOWN else f"-{finger_name(image.finger)}"
        ending = (
            ".raw" if image.compression == "NONE" else _ENDINGS.get(media_type(image.data) or "")
        )
        path = folder / f"record-{image.record:02d}-type-{image.type}{what}{ending or '.bin'}"
        path.write_bytes(image.data)
        written.append(path)
    return written
