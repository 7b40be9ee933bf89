"""What ANSI/NIST-ITL itself says about values: the header, characters, image descriptions."""

from __future__ import annotations

from tenprint.formats.itl._model import Fault, ItlFile


def content_faults(file: ItlFile) -> list[Fault]:
    """Every fault of the values of a file whose structure can be read."""
    raise NotImplementedError
