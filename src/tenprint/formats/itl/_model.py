"""A transaction file of ANSI/NIST-ITL: records, fields, subfields, items."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tenprint.formats.itl._charset import decode
from tenprint.model import RecordError

#: The four separators: of fields, records, subfields and items (ANSI/NIST-ITL 1-2011, 7.2).
FS, GS, RS, US = b"\x1c", b"\x1d", b"\x1e", b"\x1f"

#: The most faults that one look at a file names.
MAX_FAULTS = 1000

#: Types whose records are binary; every other type is tagged.
BINARY_TYPES = frozenset({3, 4, 5, 6, 7, 8})

Item = str | int
Value = Item | bytes | Sequence[Item] | Sequence[Sequence[Item]]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a transaction file.

    Attributes
    ----------
    code : str
        What kind of fault; the table is in docs/formats.md.
    field : str
        Where, such as ``record 3, 14.013``; records count from 1.
    message : str
        One sentence without personal data.
    warning : bool
        Whether the file can be worked with all the same.
    """

    code: str
    field: str
    message: str
    warning: bool = False

    def as_dict(self) -> dict[str, str]:
        """For `TransactionError.faults` and JSON."""
        severity = "warning" if self.warning else "error"
        return {
            "code": self.code,
            "field": self.field,
            "message": self.message,
            "severity": severity,
        }


@dataclass(frozen=True)
class ItlField:
    """One field as it stands in the file.

    Attributes
    ----------
    number : int
        Such as 13 of ``14.013``.
    raw : bytes
        Everything between the tag's colon and the next separator; of field 999 the image.
    tag : str
        The tag as written where it is not the usual ``14.013``; else empty.
    encoding : str
        Python's codec of the text.
    """

    number: int
    raw: bytes
    tag: str = ""
    encoding: str = field(default="ascii", compare=False, repr=False)

    @classmethod
    def of(cls, number: int, value: Value, encoding: str = "ascii") -> ItlField:
        """A field of an item, of the items of one subfield, or of several subfields of items.

        Raises
        ------
        RecordError
            If a text holds a separator or a character the encoding lacks.
        """
        if isinstance(value, bytes):
            return cls(number, value, encoding=encoding)
        entries = [value] if isinstance(value, (str, int)) else value
        single = [each for each in entries if isinstance(each, (str, int))]
        if len(single) == len(entries):
            groups = [single]
        else:
            groups = [[e] if isinstance(e, (str, int)) else list(e) for e in entries]
        subfields = [US.join(_encode(item, number, encoding) for item in items) for items in groups]
        return cls(number, RS.join(subfields), encoding=encoding)

    @property
    def text(self) -> str:
        """The whole value as text, separators included."""
        return decode(self.raw, self.encoding)

    @property
    def subfields(self) -> tuple[tuple[str, ...], ...]:
        """The items of each subfield as text."""
        return tuple(
            tuple(decode(item, self.encoding) for item in subfield.split(US))
            for subfield in self.raw.split(RS)
        )

    @property
    def values(self) -> tuple[str, ...]:
        """The first item of each subfield."""
        return tuple(subfield[0] for subfield in self.subfields)


def _encode(item: Item, number: int, encoding: str) -> bytes:
    try:
        raw = str(item).encode(encoding)
    except UnicodeError as cause:
        raise RecordError(
            f"A character of the field is not in {encoding}.",
            field=f"{number:03d}",
            remedy="Give an encoding such as utf-8.",
        ) from cause
    if any(separator in raw for separator in (FS, GS, RS, US)):
        raise RecordError("A text holds a separator character.", field=f"{number:03d}")
    return raw


@dataclass(frozen=True)
class ItlRecord:
    """One logical record: its type and its fields in the order of the file.

    The fields of a binary record (types 3 to 8) are numbered as in the standard, numbers as
    decimal text, finger positions as six subfields with 255 for none; its image is field 9
    (type 8: field 8). Field 1, the length, is computed again when a record is written.
    """

    type: int
    fields: tuple[ItlField, ...] = field(default=(), repr=False)

    @classmethod
    def of(
        cls, kind: int, values: dict[int, Value], idc: int = 0, encoding: str = "ascii"
    ) -> ItlRecord:
        """A tagged record with field 1 (computed), field 2 (`idc`) and `values` by number."""
        made = [ItlField.of(number, value, encoding) for number, value in values.items()]
        return cls(kind, (ItlField(1, b""), ItlField.of(2, f"{idc:02d}"), *made))

    @property
    def binary(self) -> bool:
        """Whether it is of a binary type."""
        return self.type in BINARY_TYPES

    @property
    def idc(self) -> int | None:
        """The information designation character, 0 to 99; None if missing or no number."""
        return None if self.type == 1 else self.number(2)

    @property
    def image(self) -> bytes | None:
        """The image or other data of the record as it stands there; None if it has none."""
        number = 999 if not self.binary else 8 if self.type == 8 else 9
        found = self.get(number)
        return None if found is None else found.raw

    def get(self, number: int) -> ItlField | None:
        """The first field of that number."""
        return next((each for each in self.fields if each.number == number), None)

    def text(self, number: int, default: str = "") -> str:
        """The value of a field without blanks around it."""
        found = self.get(number)
        return default if found is None else found.text.strip()

    def items(self, number: int) -> tuple[tuple[str, ...], ...]:
        """Subfields and items of a field; none if it is missing or empty."""
        found = self.get(number)
        return () if found is None or not found.raw else found.subfields

    def number(self, number: int) -> int | None:
        """The value of a field as a whole number of at most nine digits; None if it is not one."""
        text = self.text(number)
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None

    def name(self, number: int) -> str:
        """``14.013``."""
        return f"{self.type}.{number:03d}"


@dataclass(frozen=True)
class ItlFile:
    """A transaction: a Type 1 record and what it announces.

    Immutable and safe to share between threads.
    """

    records: tuple[ItlRecord, ...]
    source: str = field(default="", compare=False)

    @property
    def header(self) -> ItlRecord:
        """The Type 1 record."""
        return self.records[0]

    @property
    def type_of_transaction(self) -> str:
        """1.004, such as ``CAR``."""
        return self.header.text(4)

    @property
    def control_number(self) -> str:
        """1.009, by which the sender knows the transaction."""
        return self.header.text(9)

    @property
    def sender(self) -> str:
        """1.008, the originating agency."""
        return self.header.text(8)

    @property
    def receiver(self) -> str:
        """1.007, the destination agency."""
        return self.header.text(7)

    @property
    def descriptive(self) -> ItlRecord | None:
        """The first Type 2 record."""
        return next(self.of_type(2), None)

    def of_type(self, *types: int) -> Iterator[ItlRecord]:
        """The records of these types, in order."""
        return (record for record in self.records if record.type in types)

    def where(self, record: ItlRecord, number: int | None = None) -> str:
        """``record 3, 14.013``: how a fault names a field."""
        index = next((i for i, each in enumerate(self.records, 1) if each is record), 0)
        return f"record {index}" + ("" if number is None else f", {record.name(number)}")
