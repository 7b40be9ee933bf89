"""What the commands read: images and template files, and which finger each is of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from tenprint.extract import Extractor, Trace, split_slap
from tenprint.formats import media_type, read_image, read_templates
from tenprint.model import TEN_FINGERS, Finger, FingerImage, InputError, Template
from tenprint.store import Original

#: Files of these endings are taken from a folder; `--help` and docs/cli.md name them.
PRINT_SUFFIXES = frozenset(
    {
        *(".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg", ".jp2", ".j2k", ".wsq", ".pgm"),
        *(".ist", ".iso", ".fmr", ".ansi", ".tpm"),
    }
)

#: How a template file begins: ISO/IEC 19794-2 and ANSI 378, and our stored form.
_TEMPLATE_MAGIC = (b"FMR\0", b"TPM")

_NAMES = {finger.name.lower().replace("_", "-"): finger for finger in (*TEN_FINGERS, Finger(0))}

#: Images of several fingers, which are cut apart.
_SLAPS = {
    "right-four": Finger.PLAIN_RIGHT_FOUR,
    "left-four": Finger.PLAIN_LEFT_FOUR,
    "thumbs": Finger.PLAIN_THUMBS,
}
_IN_FILE = re.compile(
    r"(?P<person>.+?)_(?P<hand>left|right)[-_ ]?(?P<digit>thumb|index|middle|ring|little)"
    r"(?:_(?P<impression>\d+))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, eq=False)
class Print:
    """A template with the image it came from, where there is one.

    `taken_as` is the position of the whole image: of a finger cut from a slap, the slap.
    """

    template: Template
    image: FingerImage | None
    path: Path
    taken_as: Finger = Finger.UNKNOWN


def parse_finger(name: str) -> Finger:
    """A finger from its name (``right-index``), a slap (``right-four``), or a number (1-10)."""
    wanted = name.strip().lower().replace("_", "-").replace(" ", "-")
    if wanted.isascii() and wanted.isdigit() and int(wanted) <= 10:
        return Finger(int(wanted))
    known = _NAMES | _SLAPS
    if wanted in known:
        return known[wanted]
    raise typer.BadParameter(f"{name!r} is no finger; use one of {', '.join(known)}, or 1-10.")


def finger_in_name(path: Path) -> tuple[str, Finger] | None:
    """Person and finger of a file named ``PERSON_FINGER.ext`` or ``PERSON_FINGER_2.ext``."""
    found = _IN_FILE.fullmatch(path.stem)
    if found is None:
        return None
    finger = _NAMES[f"{found['hand']}-{found['digit']}".lower()]
    return found["person"], finger


def is_template_file(path: Path) -> bool:
    """Whether a file begins like a template."""
    try:
        with path.open("rb") as file:
            return file.read(4).startswith(_TEMPLATE_MAGIC)
    except FileNotFoundError:
        raise InputError("There is no such file.", source=path) from None
    except IsADirectoryError:
        raise InputError("This is a folder, not a file.", source=path) from None


def read_prints(
    path: Path,
    *,
    ppi: float | None = None,
    finger: Finger | None = None,
    extractor: Extractor | None = None,
    trace: Trace | None = None,
) -> list[Print]:
    """The prints of one file: one of an image, several of a slap or template file.

    Without `finger`, the position is that in the template, or in the file's name, or unknown.

    Raises
    ------
    InputError
        If the file cannot be read, or is a template file and `finger` is a slap.
    """
    named = finger_in_name(path)
    if is_template_file(path):
        if finger is not None and finger.is_slap:
            raise InputError("Templates cannot be cut into fingers.", source=path)
        prints = []
        for template in read_templates(path):
            known = finger if finger is not None else template.finger
            if known is Finger.UNKNOWN and finger is None and named:
                known = named[1]
            prints.append(Print(replace(template, finger=known), None, path))
        return prints
    image = read_image(path, ppi)
    extractor = extractor or Extractor()
    if finger is not None and finger.is_slap:
        parts = split_slap(image, finger)
        if not parts:
            raise InputError("No finger was found in the slap.", source=path)
        return [
            Print(extractor.extract(part.image, finger=part.finger), part.image, path, finger)
            for part in parts
        ]
    known = finger if finger is not None else (named[1] if named else Finger.UNKNOWN)
    template = extractor.extract(image, finger=known, trace=trace)
    return [Print(template, image, path, known)]


def read_one(path: Path, *, ppi: float | None = None, extractor: Extractor | None = None) -> Print:
    """The only print of a file."""
    prints = read_prints(path, ppi=ppi, extractor=extractor)
    if len(prints) != 1:
        raise InputError(
            f"The file holds {len(prints)} templates, not one.",
            source=path,
            remedy="Use enroll or identify, which take several fingers.",
        )
    return prints[0]


def read_fingers(
    files: Sequence[Path], fingers: Sequence[str], ppi: float | None
) -> Iterator[Print]:
    """The prints of several files; `fingers` names none, one for all, or one for each file."""
    if len(fingers) not in (0, 1, len(files)):
        raise typer.BadParameter(
            f"{len(fingers)} fingers for {len(files)} files: give none, one, or one a file.",
            param_hint="--finger",
        )
    named: list[Finger | None] = [parse_finger(name) for name in fingers]
    chosen = named if len(named) == len(files) else (named or [None]) * len(files)
    extractor = Extractor()
    for path, finger in zip(files, chosen, strict=True):
        yield from read_prints(path, ppi=ppi, finger=finger, extractor=extractor)


def originals(prints: Sequence[Print]) -> list[Original]:
    """The image files that prints came from, each once; of template files there is none."""
    images = {(each.path, each.taken_as): each.image for each in prints if each.image is not None}
    found = []
    for (path, taken_as), image in images.items():
        data = path.read_bytes()
        media = media_type(data) or "application/octet-stream"
        found.append(Original(taken_as, round(image.ppi), media, data))
    return found


def by_finger(prints: Sequence[Print]) -> dict[Finger, list[Template]]:
    """Templates by their position, as `Gallery.enroll` takes them."""
    found: dict[Finger, list[Template]] = {}
    for each in prints:
        found.setdefault(each.template.finger.anatomical, []).append(each.template)
    return found
