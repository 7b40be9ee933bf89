"""What is logged of each access and each change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tenprint.model import InputError, Purpose, TransactionClass

#: The most characters of an actor, a subject, a transaction's id, or one value of the detail.
MAX_WORDS = 200
MAX_VALUE = 500
#: The most entries of an event's detail.
MAX_DETAIL = 32

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_AGENCY = re.compile(r"[!-~]{0,40}")


class EventKind(StrEnum):
    """The kinds that tenprint itself logs; any other lower-case dotted word is allowed too.

    `ACCEPTED` is logged exactly once for each transaction, and is what `usage` counts.
    """

    ACCEPTED = "transaction.accepted"
    ANSWERED = "transaction.answered"
    REFUSED = "transaction.refused"
    DISSEMINATED = "record.disseminated"
    VIEWED = "record.viewed"
    CHANGED = "record.changed"
    EXPUNGED = "record.expunged"
    DECIDED = "review.decided"
    SIGNED_IN = "access.signed-in"
    SIGN_IN_REFUSED = "access.sign-in-refused"
    SIGNED_OUT = "access.signed-out"
    DENIED = "access.denied"
    ADMINISTERED = "access.administered"
    AUDIT_READ = "audit.read"
    AGENCY_HEAD = "audit.agency-head"
    ERASED = "audit.erased"
    RESTORED = "audit.restored"


@dataclass(frozen=True, slots=True)
class Event:
    """One access or change.

    Parameters
    ----------
    kind : str
        What happened: an `EventKind`, or another word of up to 64 of ``a-z 0-9 . _ -``.
    agency : str
        Whose credential was used, at most 40 printable ASCII characters; ``""`` for none.
    actor : str
        The user or credential, at most 200 characters. Kept when a subject is erased: who looked
        stays on record.
    purpose, klass : optional
        As named in the request.
    transaction : str, optional
        The transaction's id, personal (erased with its subject), at most 200 characters.
    subject : str, optional
        The person concerned, personal, at most 200 characters. `erase` finds entries by it.
    outcome : str
        How it ended, such as ``"hit"``, ``"refused"``, ``"done"``; a word like `kind`, or ``""``.
    detail : mapping of str to str
        More, personal: at most 32 entries, names like `kind`, values of at most 500 characters.

    Raises
    ------
    InputError
        If a value breaks these limits, or holds NUL or half a surrogate pair.
    """

    kind: str
    agency: str
    actor: str
    purpose: Purpose | None = None
    transaction: str | None = None
    klass: TransactionClass | None = None
    subject: str | None = None
    outcome: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.kind):
            raise InputError("This is no kind of event.", field="kind")
        if self.outcome and not _NAME.fullmatch(self.outcome):
            raise InputError("This is no outcome.", field="outcome")
        if not _AGENCY.fullmatch(self.agency):
            raise InputError("This is no agency's identifier.", field="agency")
        _check_text(self.actor, "actor", MAX_WORDS)
        if self.transaction is not None:
            _check_text(self.transaction, "transaction", MAX_WORDS)
        if self.subject is not None:
            _check_text(self.subject, "subject", MAX_WORDS)
        if self.detail:
            _check_detail(self.detail)


def _check_detail(detail: Mapping[str, str]) -> None:
    if len(detail) > MAX_DETAIL:
        raise InputError(f"An event has at most {MAX_DETAIL} details.", field="detail")
    for name, value in detail.items():
        if not _NAME.fullmatch(name):
            raise InputError("This is no name of a detail.", field="detail")
        _check_text(value, "detail", MAX_VALUE)


def _check_text(text: str, where: str, most: int) -> None:
    if len(text) > most:
        raise InputError(f"This has more than {most} characters.", field=where)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise InputError("This is not proper text.", field=where) from None
    if "\0" in text:
        raise InputError("This is not proper text.", field=where)
