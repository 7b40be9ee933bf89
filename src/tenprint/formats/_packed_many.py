"""Many stored templates at once: what loads a gallery."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tenprint.formats._packed import Header, decode_planes, read_header, unpack, unpack_bits
from tenprint.model import MAX_EXTENT, Finger, Impression, Template

_FINGERS = {int(member): member for member in Finger}
_IMPRESSIONS = {int(member): member for member in Impression}
_CHUNK = 4096  # records decoded together; bounds the memory beside the result


def unpack_many(records: Sequence[bytes]) -> list[Template]:
    """What ``[unpack(record) for record in records]`` gives, several times faster.

    All minutiae of a few thousand records are decoded and checked together. Thread-safe.

    Raises
    ------
    TemplateFormatError, TemplateRangeError
        What `unpack` raises for the first record that it would refuse.
    """
    templates: list[Template] = []
    for start in range(0, len(records), _CHUNK):
        templates += _chunk(records[start : start + _CHUNK])
    return templates


def _chunk(records: Sequence[bytes]) -> list[Template]:
    headers = [read_header(data, 0, "tenprint template") for data in records]
    planes = [
        np.frombuffer(
            b"".join(
                data[header.at + first * header.number : header.at + last * header.number]
                for data, header in zip(records, headers, strict=True)
            ),
            np.uint8,
        )
        for first, last in ((0, 3), (3, 4), (4, 5))
    ]
    bits = [unpack_bits(data, header) for data, header in zip(records, headers, strict=True)]
    minutiae = decode_planes(planes[0], planes[1], planes[2], np.concatenate(bits))
    counts = [header.number for header in headers]
    owner = np.repeat(np.arange(len(records)), counts)
    sizes = np.array([(header.width, header.height) for header in headers], np.int64)
    wrong = (
        (minutiae["x"] >= sizes[owner, 0])
        | (minutiae["y"] >= sizes[owner, 1])
        | (minutiae["quality"] > 100)
        | (minutiae["kind"] > 2)
    )
    refused = set(owner[wrong].tolist())
    minutiae.flags.writeable = False
    ends = np.cumsum(counts).tolist()
    templates = []
    for row, (data, header) in enumerate(zip(records, headers, strict=True)):
        reason = _text(data[header.reason : header.stop])
        if row in refused or reason is None or not _possible(header, len(data)):
            templates.append(unpack(data))  # raises, saying what is wrong
            continue
        # A checked record needs no second check: this leaves out Template.__post_init__.
        template = object.__new__(Template)
        template.__dict__.update(
            minutiae=minutiae[ends[row] - header.number : ends[row]],
            width=header.width,
            height=header.height,
            quality=header.quality,
            finger=_FINGERS[header.finger],
            impression=_IMPRESSIONS[header.impression],
            reason=reason,
        )
        templates.append(template)
    return templates


def _possible(header: Header, size: int) -> bool:
    """Whether the fields beside the minutiae are ones that a `Template` takes."""
    return (
        header.end == size
        and 1 <= header.width <= MAX_EXTENT
        and 1 <= header.height <= MAX_EXTENT
        and header.quality <= 100
        and header.finger in _FINGERS
        and header.impression in _IMPRESSIONS
    )


def _text(data: bytes) -> str | None:
    """UTF-8 as text, or None."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None
