"""The nouns of access: kinds of agencies, parts of a record, callers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tenprint.model import Purpose, Role


class AgencyKind(StrEnum):
    """What an agency is; with the purpose it decides what it may do."""

    POLICE = "police"
    COURT = "court"
    CORRECTION = "correction"
    BORDER = "border"
    CIVIL = "civil"  # licensing and employment checks
    IDENTITY = "identity"  # civil registers and identity cards
    HUMANITARIAN = "humanitarian"
    OPERATOR = "operator"  # who runs this service


class Part(StrEnum):
    """A part of what is stored of a person, as far as seeing it goes."""

    IDENTITY = "identity"  # the person's identifier here
    BIOGRAPHICS = "biographics"  # names, date of birth, sex
    IDENTIFIERS = "identifiers"  # numbers of documents and registers
    CRIMINAL_EVENTS = "criminal-events"
    CIVIL_EVENTS = "civil-events"
    SEALED = "sealed"  # events and people under seal
    FLAGS = "flags"  # wanted, missing, special concern
    IMAGES = "images"
    ENCOUNTERS = "encounters"  # of the asking agency itself
    OTHER_AGENCIES = "other-agencies"  # encounters of other agencies, and which they were


class Told(StrEnum):
    """How much of an answer an agency is told."""

    NOTHING = "nothing"  # only that it was done
    HIT = "hit"  # whether somebody was found
    IDENTITY = "identity"  # and who, with the flags that it may see
    RECORD = "record"  # and the parts of the record that it may see


class Reach(StrEnum):
    """Whose records an operation of an agency may touch."""

    NONE = "-"  # nobody's: the agency may not do it
    OWN = "own"  # those that are the agency's own
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: what a credential stands for. Rooms below decide by it and nothing else.

    Attributes
    ----------
    agency : str
        The agency's identifier; a caller sees submissions of no other agency.
    kind : AgencyKind
    user : str or None
        The user's name, or None for a key.
    credential : str
        For the audit log, no secret: ``key:ID``, ``session:USER`` or ``token:ISSUER:SUBJECT``.
    roles, purposes : frozenset
        What the credential allows; what the agency's kind allows comes on top (`PermissionTable`).
    rate, burst : float
        The agency's limit: requests a second, and how many at once.
    callback_hosts : frozenset of str
        Hosts to which the agency may have answers sent.
    second_factor_missing : bool
        Whether this is a user who must set up a second factor first; such a caller has no roles.
    """

    agency: str
    kind: AgencyKind
    user: str | None
    credential: str
    roles: frozenset[Role]
    purposes: frozenset[Purpose]
    rate: float = 50.0
    burst: float = 100.0
    callback_hosts: frozenset[str] = frozenset()
    second_factor_missing: bool = False

    @property
    def actor(self) -> str:
        """Who to name in the audit log."""
        return self.user or self.credential
