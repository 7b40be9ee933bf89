"""Reading, writing and checking transaction files."""

from __future__ import annotations

from collections.abc import Sequence

from tenprint.formats._source import ByteSource, describe, read_bytes
from tenprint.formats.itl._binary import write_binary
from tenprint.formats.itl._check import content_faults
from tenprint.formats.itl._model import FS, GS, Fault, ItlField, ItlFile, ItlRecord
from tenprint.formats.itl._parse import MAX_FIELDS, MAX_RECORDS, Parser
from tenprint.model import RecordError, RecordFormatError

_REMEDY = "Send the file as its software wrote it."


def read_itl(source: ByteSource) -> ItlFile:
    """Read a transaction file of ANSI/NIST-ITL, traditional encoding.

    Versions 1-2000 to 1-2013 (field 1.002: 0300 to 0502) share this encoding. Types 3 to 8 are
    binary records, all others tagged; unknown types and fields are kept. What can be read is
    structure: lengths, tags, separators and the content of 1.003; values are checked by
    `check_itl` and `check_ebts`. Thread-safe.

    Parameters
    ----------
    source : path, bytes or binary file
        At most 256 MiB, 1000 records, 2000 fields a record.

    Raises
    ------
    RecordFormatError
        If the structure is broken anywhere: `source`, and `field` such as ``record 3, 14.013``.
    """
    file, faults = scan_itl(source)
    broken = [fault for fault in faults if not fault.warning]
    if broken or file is None:
        more = f" ({len(broken) - 1} more faults.)" if len(broken) > 1 else ""
        raise RecordFormatError(
            broken[0].message + more,
            source=describe(source),
            field=broken[0].field,
            remedy=_REMEDY,
        )
    return file


def scan_itl(source: ByteSource) -> tuple[ItlFile | None, list[Fault]]:
    """As much of a file as can be read, and every fault of its structure.

    Where a length is wrong, the next separator is taken for the end, so that later faults can be
    named; a file with faults is for showing, not for working with.

    Raises
    ------
    RecordFormatError
        If the source cannot be opened, is empty or larger than 256 MiB.
    """
    data, name = read_bytes(source, RecordFormatError, RecordFormatError)
    parser = Parser(data, name)
    return parser.run(), parser.faults


def check_itl(source: ByteSource | ItlFile) -> list[Fault]:
    """Every fault of a file by ANSI/NIST-ITL: structure, header fields, characters, images.

    What EBTS asks for beyond that is `check_ebts`'s. An empty list means none was found.
    """
    if isinstance(source, ItlFile):
        return content_faults(source)
    file, faults = scan_itl(source)
    return faults + (content_faults(file) if file else [])


def write_itl(file: ItlFile) -> bytes:
    """A file's bytes; lengths are computed, everything else is written as it stands.

    What `read_itl` read is written byte for byte as it was.

    Raises
    ------
    RecordError
        If 1.003 does not list the records, a binary field does not fit, or there is too much.
    """
    if not file.records or file.header.type != 1 or len(file.records) > MAX_RECORDS + 1:
        raise RecordError("A file begins with a Type 1 record and has at most 1001 records.")
    listed = [tuple(items) for items in file.header.items(3)]
    wanted = content_of(file.records[1:])
    if [tuple(int(i) if i.isdigit() else -1 for i in items) for items in listed] != wanted:
        raise RecordError(
            "The file content is not that of the records.",
            source=file.source or None,
            field="record 1, 1.003",
            remedy="Make the file with make_itl.",
        )
    return b"".join(_write(record, file.source) for record in file.records)


def content_of(records: Sequence[ItlRecord]) -> list[tuple[int, int]]:
    """The entries of 1.003: type and number of the rest, then type and IDC of each."""
    return [(1, len(records)), *((each.type, each.idc or 0) for each in records)]


def _write(record: ItlRecord, source: str) -> bytes:
    if record.binary:
        return write_binary(record, source)
    if len(record.fields) > MAX_FIELDS:
        raise RecordError(f"More than {MAX_FIELDS} fields in a record.")
    parts = [_tag(record, each) + each.raw for each in record.fields if each.number != 1]
    first = record.get(1) or ItlField(1, b"")
    tag = _tag(record, first)
    rest = GS.join([b"", *parts]) + FS
    # The length counts its own digits.
    size = len(tag) + len(rest) + 1
    while size != len(tag) + len(rest) + len(str(size)):
        size += 1
    kept = first.raw  # such as 00057, if that is the length all the same
    wide = len(tag) + len(kept) + len(rest)
    text = kept if kept.isdigit() and int(kept) == wide else b"%d" % size
    return tag + text + rest


def _tag(record: ItlRecord, field: ItlField) -> bytes:
    return f"{field.tag or record.name(field.number)}:".encode("ascii")
