"""Identifiers in one spelling."""

from __future__ import annotations

import unicodedata


def normal_identifier(text: str) -> str:
    """Letters and digits only, capitals, width and form of the signs made equal.

    ``ab-123 456`` and ``AB123456`` are one identifier; a text without letters and digits stays as
    it is.
    """
    if text.isascii() and text.isalnum():
        return text.upper()
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(sign for sign in plain if sign.isalnum()) or plain.strip()
