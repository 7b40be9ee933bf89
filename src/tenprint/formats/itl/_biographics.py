"""Type 2 of EBTS to and from `Biographics`."""

from __future__ import annotations

from collections.abc import Mapping

from tenprint.formats.itl._model import ItlFile, ItlRecord, Value
from tenprint.model import Biographics


def biographics_of(file: ItlFile) -> Biographics:
    """Names, dates and identifiers of the first Type 2 record.

    What cannot be read (a date that is none) is left out; `check_ebts` names it.
    """
    raise NotImplementedError


def type2_of(
    biographics: Biographics, tot: str, more: Mapping[int, Value] | None = None, idc: int = 0
) -> ItlRecord:
    """A Type 2 record of the fields that a transaction of type `tot` may have, and `more`."""
    raise NotImplementedError
