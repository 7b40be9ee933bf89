"""A QR code (ISO/IEC 18004) as an SVG path."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel

#: The blank margin that readers need, in modules.
QUIET = 4


@dataclass(frozen=True)
class QR:
    """A code to be drawn in a square.

    Attributes
    ----------
    size : int
        Modules a side, the blank margin included.
    path : str
        The dark modules as the ``d`` of an SVG path, one unit each.
    """

    size: int
    path: str


def qr_code(text: str) -> QR:
    """The smallest code of a text, which can be read with 15 % of it hidden (level M)."""
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(text)
    code.make()
    runs = []
    for y, row in enumerate(code.modules):
        x = 0
        for dark, run in groupby(row, key=bool):
            length = len(list(run))
            if dark:
                runs.append(f"M{x + QUIET} {y + QUIET}h{length}v1h-{length}z")
            x += length
    return QR(code.moduleCount + 2 * QUIET, "".join(runs))


__all__ = ["QR", "qr_code"]
