"""Templates in and out, in every format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from tenprint.formats._packed import MAGIC, pack, unpack_from
from tenprint.formats._records_v20 import read_v20, write_ansi_2004, write_iso_2005
from tenprint.formats._records_v30 import (
    is_iso_2011,
    read_ansi_2009,
    read_iso_2011,
    write_ansi_2009,
    write_iso_2011,
)
from tenprint.formats._source import ByteSource, read_bytes
from tenprint.model import Template, TemplateFormatError, TemplateRangeError


class TemplateFormat(StrEnum):
    """A format that templates are written in.

    The first four are full finger minutiae records of their standards; `TENPRINT` is `pack`'s
    lossless form, one record after the other.
    """

    ISO_2005 = "iso-19794-2-2005"
    ISO_2011 = "iso-19794-2-2011"
    ANSI_2004 = "ansi-378-2004"
    ANSI_2009 = "ansi-378-2009"
    TENPRINT = "tenprint"


_WRITERS: dict[TemplateFormat, Callable[[Sequence[Template]], bytes]] = {
    TemplateFormat.ISO_2005: write_iso_2005,
    TemplateFormat.ISO_2011: write_iso_2011,
    TemplateFormat.ANSI_2004: write_ansi_2004,
    TemplateFormat.ANSI_2009: write_ansi_2009,
    TemplateFormat.TENPRINT: lambda templates: b"".join(map(pack, templates)),
}

#: ISO/IEC 19794-2:2011 counts to 11 fingers of 16 views; the older standards have one byte.
_MOST_VIEWS = {
    TemplateFormat.ISO_2005: 255,
    TemplateFormat.ISO_2011: 176,
    TemplateFormat.ANSI_2004: 255,
    TemplateFormat.ANSI_2009: 255,
    TemplateFormat.TENPRINT: 1_000_000,
}


def read_templates(source: ByteSource, ppi: float | None = None) -> list[Template]:
    """Read a template file: one `Template` for each finger view in it.

    The format (ISO/IEC 19794-2:2005 or :2011, ANSI/INCITS 378-2004, -2009 or -2009/AM1, or our
    own) is told by content. Coordinates are brought to 500 ppi; a finger quality that the file
    marks as not reported becomes 0, with a `reason` saying so. Extended data (ridge counts,
    cores, deltas) are passed over. Thread-safe.

    Parameters
    ----------
    source : path, bytes or binary file
    ppi : float, optional
        Resolution of the coordinates, 100-2000, where the file's header is known to be wrong.

    Raises
    ------
    TemplateFormatError
        If the bytes are no template of these formats, cut off, or damaged.
    TemplateRangeError
        If a value is impossible, such as a minutia outside its image.
    """
    data, name = read_bytes(source, TemplateFormatError, TemplateFormatError)
    if data.startswith(MAGIC):
        return _read_packed(data, name)
    version = data[4:8]
    if data[:4] != b"FMR\0":
        raise TemplateFormatError(
            "The content is no template.",
            source=name,
            field="byte 0",
            remedy="Give ISO/IEC 19794-2, ANSI/INCITS 378 or tenprint template bytes.",
        )
    if version in (b" 20\0", b"020\0"):
        return read_v20(data, name, ppi)
    if version == b"030\0" and is_iso_2011(data):
        return read_iso_2011(data, name, ppi)
    if version in (b"030\0", b"035\0"):
        return read_ansi_2009(data, name, ppi)
    raise TemplateFormatError(
        f"The minutiae record's version is {version!r}.",
        source=name,
        field="version at byte 4",
        remedy="Versions 020, 030 and 035 are read.",
    )


def write_templates(templates: Sequence[Template], form: TemplateFormat) -> bytes:
    """Templates as one file of a format.

    The standard formats keep positions, kinds, qualities and size as they are; angles to the
    format's unit (ISO 1.40625 degrees: exact; ANSI 2 degrees); latent impression types as one;
    no `reason`; and ISO_2005 and ANSI_2004 have one image size for all views, the largest.

    Raises
    ------
    TemplateRangeError
        If there is no template or more than the format can count, or one is not expressible.
    """
    form = TemplateFormat(form)
    most = _MOST_VIEWS[form]
    if not 1 <= len(templates) <= most:
        raise TemplateRangeError(
            f"{len(templates)} templates; a file of this format holds 1 to {most}.",
            field="templates",
            remedy="Write several files." if templates else "Give at least one.",
        )
    return _WRITERS[form](templates)


def _read_packed(data: bytes, name: str) -> list[Template]:
    templates, at = [], 0
    while at < len(data):
        template, at = unpack_from(data, at, name)
        templates.append(template)
    return templates
