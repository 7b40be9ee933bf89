"""A transaction file against the rules of EBTS 9.1."""

from __future__ import annotations

from tenprint.formats.itl._model import Fault, ItlFile


def check_ebts(file: ItlFile, *, strict: bool = True) -> list[Fault]:
    """Every fault of a transaction by the rules of EBTS 9.1, those of `check_itl` included.

    Parameters
    ----------
    file : ItlFile
    strict : bool
        False: what only the FBI's own business needs (a missing or foreign description in Type 2,
        the form of agency identifiers) is marked as a warning; what the service cannot do without
        (type of transaction, number of records, image descriptions) stays an error.

    Returns
    -------
    list of Fault
        In the order of the file; empty if none was found.
    """
    raise NotImplementedError
