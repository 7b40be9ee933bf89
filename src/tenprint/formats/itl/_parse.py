"""Bytes to records: the traditional encoding of ANSI/NIST-ITL, read as hostile input.

Nothing is allocated but slices of the input, every loop is bounded by the input's length and by
the limits here, and all that is wrong is noted: a reader may raise the first or show all.
"""

from __future__ import annotations

import re
from contextlib import suppress

from tenprint.formats.itl._binary import header_size, read_binary
from tenprint.formats.itl._charset import CODECS
from tenprint.formats.itl._model import (
    BINARY_TYPES,
    FS,
    GS,
    MAX_FAULTS,
    RS,
    US,
    Fault,
    ItlField,
    ItlFile,
    ItlRecord,
)

#: The most records of a file, fields of a record, bytes of a text, and subfields and items of all
#: texts of a file together (a field is split only when it is asked for).
MAX_RECORDS, MAX_FIELDS, MAX_TEXT, MAX_ITEMS = 1000, 2000, 4 << 20, 200_000

_TAG = re.compile(rb"(\d{1,3})\.(\d{1,6}):")
_LENGTH = re.compile(rb"\d{1,3}\.0{0,3}1:(\d{1,10})(?=[\x1c\x1d])")


class _UnreadableError(Exception):
    """Nothing behind this point can be told apart."""


class Parser:
    """One reading of one file; `records` and `faults` are what came out."""

    def __init__(self, data: bytes, source: str) -> None:
        self.data, self.source = data, source
        self.records: list[ItlRecord] = []
        self.faults: list[Fault] = []
        self._at = 0
        self._items = 0

    def run(self) -> ItlFile | None:
        """Read all that can be read; None if not even the Type 1 record can."""
        with suppress(_UnreadableError):
            self._read_all()
        return ItlFile(tuple(self.records), self.source) if self.records else None

    def _read_all(self) -> None:
        found = _TAG.match(self.data)
        if not found or int(found[1]) != 1 or int(found[2]) != 1:
            raise self._stop("not-itl", "record 1", "The file does not begin with field 1.001.")
        header = self._tagged(1, 1, "ascii")
        self.records.append(header)
        encoding = self._encoding(header)
        for index, (kind, idc) in enumerate(self._content(header), 2):
            record = self._record(index, kind, encoding)
            self.records.append(record)
            if record.idc != idc:
                self._note(
                    "idc-mismatch",
                    f"record {index}, {record.name(2)}",
                    f"The IDC is {'missing' if record.idc is None else record.idc}; "
                    f"field 1.003 says {idc}.",
                )
        if self._at != len(self.data):
            self._note(
                "trailing-data",
                f"record {len(self.records)}",
                f"{len(self.data) - self._at} bytes follow the last record of field 1.003.",
            )

    def _content(self, header: ItlRecord) -> list[tuple[int, int]]:
        """Type and IDC of the records after the first, from field 1.003."""
        where = "record 1, 1.003"
        field = header.get(3)
        if field is None or not field.raw:
            raise self._stop("content", where, "The file content is missing.")
        if field.raw.count(RS) > MAX_RECORDS:
            raise self._stop("limit", where, f"More than {MAX_RECORDS} records.")
        pairs = []
        for subfield in field.raw.split(RS):
            items = subfield.split(US)
            if len(items) != 2 or not all(each.isdigit() and len(each) <= 4 for each in items):
                raise self._stop("content", where, "An entry is not two numbers.")
            pairs.append((int(items[0]), int(items[1])))
        (first, count), rest = pairs[0], pairs[1:]
        if first != 1:
            self._note("content", where, "The first entry is not that of the Type 1 record.")
        if count != len(rest):
            self._note("content", where, f"{count} records announced, {len(rest)} listed.")
        return rest

    def _encoding(self, header: ItlRecord) -> str:
        """The codec of all records but the first, from field 1.015."""
        indices = [items[0] for items in header.items(15)]
        known = {int(each) for each in indices if each.isascii() and each.isdigit() and each}
        if 3 in known:
            return "utf-8"
        if known - CODECS.keys() or known & {2, 4} or len(known) < len(set(indices)):
            self._note(
                "charset",
                "record 1, 1.015",
                "A character set is declared that is not read outside of marked passages.",
                warning=True,
            )
        return "latin-1" if 1 in known else "ascii"

    def _record(self, index: int, kind: int, encoding: str) -> ItlRecord:
        """The record that field 1.003 puts here."""
        where, rest = f"record {index}", len(self.data) - self._at
        if rest == 0:
            raise self._stop("missing-record", where, f"The Type {kind} record is missing.")
        tag = _TAG.match(self.data, self._at, self._at + 16)
        if kind not in BINARY_TYPES:
            if not tag:
                raise self._stop("field-tag", where, f"No field tag of a Type {kind} record.")
            if int(tag[1]) in BINARY_TYPES:
                raise self._stop("content", where, f"A tagged record of binary Type {int(tag[1])}.")
            if int(tag[1]) != kind:
                self._note(
                    "content", where, f"A Type {int(tag[1])} record; field 1.003 says {kind}."
                )
            return self._tagged(index, int(tag[1]), encoding)
        if tag and int(tag[2]) == 1 and int(tag[1]) not in BINARY_TYPES:
            self._note("content", where, f"A Type {int(tag[1])} record; field 1.003 says {kind}.")
            return self._tagged(index, int(tag[1]), encoding)
        where = f"record {index}, {kind}.001"
        size = int.from_bytes(self.data[self._at : self._at + 4], "big")
        if rest < 5 or size > rest:
            raise self._stop("record-length", where, "The record is longer than the file.")
        if size < header_size(kind, size):
            raise self._stop("record-length", where, "The record is shorter than its header.")
        record = read_binary(kind, self.data[self._at : self._at + size])
        self._at += size
        return record

    def _tagged(self, index: int, kind: int, encoding: str) -> ItlRecord:
        """A record of tagged fields."""
        where = f"record {index}, {kind}.001"
        start, data = self._at, self.data
        found = _LENGTH.match(data, start, start + 32)
        if not found:
            raise self._stop("record-length", where, "The record's length is not a number.")
        end = start + int(found[1])
        if end > len(data):
            raise self._stop("record-length", where, "The record is longer than the file.")
        if end <= found.end() or data[end - 1 : end] != FS:
            self._note("record-length", where, "No record separator where the length says.")
            end = data.find(FS, start) + 1  # a guess, so that more can be said; never a reading
            if end <= found.end():
                raise self._stop("truncated", where, "The record has no end.")
        fields = self._fields(index, kind, start, end - 1, encoding)
        self._at = end
        return ItlRecord(kind, fields)

    def _fields(
        self, index: int, kind: int, at: int, end: int, encoding: str
    ) -> tuple[ItlField, ...]:
        fields: list[ItlField] = []
        seen: set[int] = set()
        while at <= end:
            tag = _TAG.match(self.data, at, end)
            if not tag:
                last = f"{kind}.{fields[-1].number:03d}" if fields else f"{kind}.001"
                self._note("field-tag", f"record {index}, {last}", "No field tag follows it.")
                break
            number = int(tag[2])
            where = f"record {index}, {kind}.{number:03d}"
            if len(fields) == MAX_FIELDS:
                raise self._stop("limit", where, f"More than {MAX_FIELDS} fields in a record.")
            if int(tag[1]) != kind:
                self._note("field-tag", where, f"A field of a Type {int(tag[1])} record.")
            if number in seen:
                self._note("field-twice", where, "The field stands twice in its record.")
            seen.add(number)
            stop = end if number == 999 else self.data.find(GS, tag.end(), end)
            stop = end if stop < 0 else stop
            raw = self.data[tag.end() : stop]
            if number != 999:
                self._text(raw, where)
            usual = b"%d.%03d:" % (kind, number)
            name = "" if tag[0] == usual else tag[0][:-1].decode("ascii")
            fields.append(ItlField(number, raw, name, encoding))
            at = stop + 1
        return tuple(fields)

    def _text(self, raw: bytes, where: str) -> None:
        """Limits of a text, and what may not be in it."""
        if len(raw) > MAX_TEXT:
            raise self._stop("limit", where, f"More than {MAX_TEXT >> 20} MiB of text.")
        self._items += raw.count(RS) + raw.count(US) + 1
        if self._items > MAX_ITEMS:
            raise self._stop("limit", where, f"More than {MAX_ITEMS} items in the file.")
        if FS in raw:
            self._note("separator", where, "A record separator inside a field.")

    def _note(self, code: str, where: str, message: str, warning: bool = False) -> None:
        if len(self.faults) == MAX_FAULTS:
            raise _UnreadableError
        self.faults.append(Fault(code, where, message, warning))

    def _stop(self, code: str, where: str, message: str) -> _UnreadableError:
        self._note(code, where, message)
        return _UnreadableError()
