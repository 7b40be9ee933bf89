"""The binary records, types 3 to 8: a fixed header of big-endian numbers, then the image."""

from __future__ import annotations

from tenprint.formats.itl._model import RS, ItlField, ItlRecord
from tenprint.model import RecordError

# Field number, bytes, how many times (ANSI/NIST-ITL 1-2007, clauses 10 to 14). The standard leaves
# all of type 7 behind the IDC to its users; EBTS lays it out as type 4.
_IMAGE = ((1, 4, 1), (2, 1, 1), (3, 1, 1), (4, 1, 6), (5, 1, 1), (6, 2, 1), (7, 2, 1), (8, 1, 1))
_SIGNATURE = ((1, 4, 1), (2, 1, 1), (3, 1, 1), (4, 1, 1), (5, 1, 1), (6, 2, 1), (7, 2, 1))
_BARE = ((1, 4, 1), (2, 1, 1))


def layout(kind: int, size: int) -> tuple[tuple[int, int, int], ...]:
    """The header's fields of a record of that type and length."""
    if kind == 8:
        return _SIGNATURE
    return _BARE if kind == 7 and size < header_size(4) else _IMAGE


def header_size(kind: int, size: int = 1 << 30) -> int:
    """The bytes of the header."""
    return sum(width * count for _, width, count in layout(kind, size))


def data_field(kind: int) -> int:
    """The number of the field that holds the image."""
    return 8 if kind == 8 else 9


def read_binary(kind: int, data: bytes) -> ItlRecord:
    """A record from its bytes, which are at least its header."""
    fields, at = [], 0
    for number, width, count in layout(kind, len(data)):
        values = []
        for _ in range(count):
            values.append(b"%d" % int.from_bytes(data[at : at + width], "big"))
            at += width
        fields.append(ItlField(number, RS.join(values)))
    fields.append(ItlField(data_field(kind), data[at:]))
    return ItlRecord(kind, tuple(fields))


def write_binary(record: ItlRecord, source: str = "") -> bytes:
    """The bytes of a record; `RecordError` names what is missing or too large."""
    image = record.image or b""
    bare = record.type == 7 and record.get(3) is None
    parts = _BARE if bare else layout(record.type, 1 << 30)
    size = sum(width * count for _, width, count in parts) + len(image)
    header = []
    for number, width, count in parts:
        found = record.get(number)
        texts = [f"{size}"] if number == 1 else [] if found is None else list(found.values)
        if len(texts) < count and number == 4:
            texts += ["255"] * (count - len(texts))
        try:
            if len(texts) != count:
                raise ValueError
            for text in texts:
                header.append(int(text).to_bytes(width, "big"))
        except (ValueError, OverflowError) as cause:
            raise RecordError(
                f"The binary field needs {count} number of {width} bytes.",
                source=source or None,
                field=record.name(number),
            ) from cause
    return b"".join(header) + image
