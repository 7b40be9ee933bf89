"""Questions answered in the request: by name, for a record, for images."""

from __future__ import annotations

from dataclasses import dataclass, field

from tenprint.model import Biographics, Purpose


@dataclass(frozen=True)
class NameQuery:
    """Who could be meant by these names, dates and identifiers?

    Attributes
    ----------
    biographics : Biographics
    purpose : Purpose
    limit : int
        1 to 100.
    transaction : str
        The agency's own identifier, for the audit log; may be empty.
    reason : str
    """

    biographics: Biographics
    purpose: Purpose
    limit: int = 10
    transaction: str = ""
    reason: str = ""


@dataclass(frozen=True)
class RecordQuery:
    """What is known of one person?

    Attributes
    ----------
    person : str, optional
        Our identifier; or
    identifier_kind, identifier : str, optional
        one by which others know the person.
    purpose : Purpose
    transaction, reason : str
        As of `NameQuery`.
    """

    purpose: Purpose
    person: str | None = None
    identifier_kind: str | None = None
    identifier: str | None = None
    transaction: str = ""
    reason: str = ""


@dataclass(frozen=True)
class ImageRequest:
    """The pictures of one encounter, or of the latest one that has any of those kinds.

    Attributes
    ----------
    person : str
    purpose : Purpose
    encounter : str, optional
    fingers : tuple of int
        Positions wanted; empty for all.
    transaction, reason : str
        As of `NameQuery`.
    kinds : tuple of str
        ``finger``, ``face``, ``palm``, ``iris``, ``signature``, ``other``; empty: of every kind,
        but where `fingers` are named fingers only.
    """

    person: str
    purpose: Purpose
    encounter: str | None = None
    fingers: tuple[int, ...] = field(default=())
    transaction: str = ""
    reason: str = ""
    kinds: tuple[str, ...] = ()
