"""Lossless JPEG (ITU-T T.81, process 14) as its writers for fingerprints have it.

Pillow decodes it by libjpeg-turbo 3. One widespread writer, of the NIST's image software, marks
its Huffman tables as class 1, which is that of AC coefficients; lossless frames have class 0
(B.2.4.2), and decoders look for that.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_SOF3, _DHT, _SOS = 0xFFC3, 0xFFC4, 0xFFDA
_COUNTS = 16


def is_lossless_jpeg(data: bytes) -> bool:
    """Whether a JPEG file says in its header that it is lossless."""
    return any(marker == _SOF3 for marker, _, _ in _segments(data))


def with_lossless_tables(data: bytes) -> bytes:
    """The file with tables of class 0 where it is lossless and has none; else as it is."""
    if not is_lossless_jpeg(data):
        return data
    standard, others = set(), {}  # identifiers; identifier to the table's place
    for marker, table, end in _segments(data):
        while marker == _DHT and table + 1 + _COUNTS <= end:
            kind, name = data[table] >> 4, data[table] & 15
            if kind == 0:
                standard.add(name)
            else:
                others[name] = table
            table += 1 + _COUNTS + sum(data[table + 1 : table + 1 + _COUNTS])
    wrong = [place for name, place in others.items() if name not in standard]
    if not wrong:
        return data
    made = bytearray(data)
    for place in wrong:
        made[place] &= 15
    return bytes(made)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, beginning and end of the segments before the scan, as far as they are whole."""
    at = 2
    while at + 4 <= len(data):
        marker, length = struct.unpack_from(">HH", data, at)
        end = at + 2 + length
        if marker >> 8 != 0xFF or length < 2 or end > len(data) or marker == _SOS:
            return
        yield marker, at + 4, end
        at = end
