"""Which characters a file's text is in: field 1.015, the directory of character sets."""

from __future__ import annotations

import re

#: Character set index of 1.015 (ANSI/NIST-ITL 1-2011 table 4) to Python's codec.
CODECS = {0: "ascii", 1: "latin-1", 2: "utf-16", 3: "utf-8", 4: "utf-32"}

# ITL 1-2000 and 1-2007: inside a field, STX, three digits and "(" switch to another character
# set, ")" and ETX back.
_SWITCHED = re.compile(rb"\x02(\d{3})\((.*?)\)?\x03", re.DOTALL)


def decode(raw: bytes, encoding: str) -> str:
    """Bytes of a field as text; what cannot be decoded becomes U+FFFD."""
    if b"\x02" not in raw:
        return _plain(raw, encoding)
    parts, at = [], 0
    for found in _SWITCHED.finditer(raw):
        parts.append(_plain(raw[at : found.start()], encoding))
        parts.append(_plain(found[2], CODECS.get(int(found[1]), "ascii")))
        at = found.end()
    return "".join(parts) + _plain(raw[at:], encoding)


def _plain(raw: bytes, encoding: str) -> str:
    # ASCII is read as Latin-1 where a writer forgot to declare it: no byte is lost.
    return raw.decode("latin-1" if encoding == "ascii" else encoding, "replace")
