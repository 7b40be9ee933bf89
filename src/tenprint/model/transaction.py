"""The nouns of a day's work: who asks what, for which purpose, and how it ended."""

from __future__ import annotations

from enum import StrEnum


class TransactionClass(StrEnum):
    """What is asked for."""

    BORDER_CHECK = "border-check"
    CRIMINAL_TENPRINT = "criminal-tenprint"
    CIVIL_CHECK = "civil-check"
    TENPRINT_SEARCH = "tenprint-search"
    ENROL = "enrol"
    UPDATE = "update"
    DELETE = "delete"
    VERIFY = "verify"
    NAME_SEARCH = "name-search"
    RECORD_QUERY = "record-query"
    IMAGE_REQUEST = "image-request"
    MERGE = "merge"

    @property
    def waits(self) -> bool:
        """Whether it is a durable workflow; the others are answered in the request."""
        return self not in _ANSWERED_AT_ONCE


_ANSWERED_AT_ONCE = frozenset(
    {TransactionClass.NAME_SEARCH, TransactionClass.RECORD_QUERY, TransactionClass.IMAGE_REQUEST}
)


class Purpose(StrEnum):
    """Why it is asked; named in every request, and decides what may be seen."""

    BORDER = "border"
    CRIMINAL_JUSTICE = "criminal-justice"
    CIVIL_APPLICANT = "civil-applicant"
    HUMANITARIAN = "humanitarian"
    IDENTITY_SERVICES = "identity-services"
    ADMINISTRATION = "administration"


class Role(StrEnum):
    """What a user or a key may do."""

    SUBMIT = "submit"
    SEARCH = "search"
    EXAMINE = "examine"
    ADMINISTER = "administer"
    AUDIT = "audit"


class Outcome(StrEnum):
    """How a transaction was answered."""

    HIT = "hit"
    POSSIBLE = "possible"  # under review; a supplement follows
    NO_HIT = "no-hit"
    DONE = "done"
    REJECTED = "rejected"


class Finding(StrEnum):
    """What an examiner decides about two sets of prints."""

    IDENTIFICATION = "identification"
    EXCLUSION = "exclusion"
    INCONCLUSIVE = "inconclusive"
