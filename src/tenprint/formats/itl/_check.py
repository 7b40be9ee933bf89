"""What ANSI/NIST-ITL itself says about values: the header, characters, image descriptions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from itertools import chain, islice

from tenprint.formats._resolution import MAX_PPI, MIN_PPI, usable
from tenprint.formats.itl._images import itl_images
from tenprint.formats.itl._model import MAX_FAULTS, Fault, ItlField, ItlFile

#: Field 1.002 of the editions in this encoding: 1-1997, 1-2000, 1-2007, 1-2011 and its updates.
VERSIONS = frozenset({"0201", "0300", "0400", "0500", "0501", "0502"})

# Mandatory in every edition (ANSI/NIST-ITL 1-2007 table 4); 1.003 is the parser's.
_MANDATORY = (2, 4, 5, 7, 8, 9, 11, 12)
_RESOLUTION = re.compile(r"\d\d\.\d\d")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1b]")  # tab, line ends and separators are fine
_MARKED = re.compile(rb"\x02\d{3}\(.*?\x03", re.DOTALL)
_FINGER_TYPES = frozenset({4, 13, 14, 15})


def content_faults(file: ItlFile) -> list[Fault]:
    """Every fault of the values of a file whose structure can be read."""
    return list(islice(chain(_header(file), _characters(file), _images(file)), MAX_FAULTS))


def date_is_real(text: str, form: str) -> bool:
    """Whether a text is a date of EBTS's form ``CCYYMMDD``, ``ZCCYYMMDD`` or with a time."""
    if form.startswith("Z") and text == "00000000":
        return True
    pattern = "%Y%m%d%H%M%SZ" if form.endswith("Z") else "%Y%m%d"
    if len(text) != (15 if form.endswith("Z") else 8) or not text.isascii():
        return False
    try:
        datetime.strptime(text, pattern)
    except ValueError:
        return False
    return True


def _header(file: ItlFile) -> Iterator[Fault]:
    header = file.header
    for number in _MANDATORY:
        if not header.text(number):
            yield Fault("missing-field", f"record 1, {header.name(number)}", "It is mandatory.")
    if header.text(2) and header.text(2) not in VERSIONS:
        message = "The version is none of 0201, 0300, 0400, 0500, 0501, 0502."
        yield Fault("version", "record 1, 1.002", message, warning=True)
    if header.text(5) and not date_is_real(header.text(5), "CCYYMMDD"):
        yield Fault("date", "record 1, 1.005", "It is no date YYYYMMDD.")
    if header.text(14) and not date_is_real(header.text(14), "YYYYMMDDhhmmssZ"):
        yield Fault("date", "record 1, 1.014", "It is no time YYYYMMDDhhmmssZ.")
    for number in (11, 12):
        if header.text(number) and not _RESOLUTION.fullmatch(header.text(number)):
            yield Fault("pattern", f"record 1, {header.name(number)}", "It is not such as 19.69.")


def _characters(file: ItlFile) -> Iterator[Fault]:
    for record in file.records:
        if record.binary:
            continue
        for field in record.fields:
            if field.number in (1, 999):  # the length is made when it is written
                continue
            where = file.where(record, field.number)
            if not field.raw:
                yield Fault("empty-field", where, "The field has no value.", warning=True)
            elif trouble := _bad_characters(field):
                yield Fault("characters", where, trouble)


def _bad_characters(field: ItlField) -> str | None:
    raw = _MARKED.sub(b"", field.raw)
    if _CONTROLS.search(raw):
        return "It holds a control character."
    if not raw.isascii() and field.encoding == "ascii":
        return "It holds a character outside of ASCII, and 1.015 declares no other set."
    try:
        raw.decode(field.encoding)
    except UnicodeError:
        return f"It is not {field.encoding}, as 1.015 declares."
    return None


def _images(file: ItlFile) -> Iterator[Fault]:
    for image in itl_images(file):
        record = file.records[image.record - 1]
        where = f"record {image.record}, {record.name(8 if record.binary else 11)}"
        if trouble := image.mismatch():
            yield Fault("image", where, trouble)
        if image.type not in _FINGER_TYPES:
            continue
        if image.ppi is None or not usable(image.ppi) or not usable(image.ppi_down or image.ppi):
            where = f"record {image.record}, {record.name(5 if record.binary else 9)}"
            message = f"The resolution is not {MIN_PPI:g} to {MAX_PPI:g} pixels per inch."
            yield Fault("resolution", where, message)
        if image.position < 0:
            where = f"record {image.record}, {record.name(4 if record.binary else 13)}"
            yield Fault("position", where, "There is no finger or palm position.")
