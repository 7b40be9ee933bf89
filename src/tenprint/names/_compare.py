"""Comparing two names, and two people."""

from __future__ import annotations

from tenprint.model import Biographics, PersonName
from tenprint.names._score import NameScore


def compare_names(a: str | PersonName, b: str | PersonName) -> NameScore:
    """How alike two names are, in any order, script and spelling.

    Symmetric; 1 for a name with itself. Safe from several threads.
    """
    raise NotImplementedError


def compare_people(a: Biographics, b: Biographics) -> NameScore:
    """How alike two statements about people are: names, birth dates, sex, identifiers.

    Symmetric; 1 for a statement with itself. Safe from several threads.
    """
    raise NotImplementedError
