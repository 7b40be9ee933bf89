"""Requests into the desk's nouns."""

from __future__ import annotations

import base64
import binascii
import secrets

from tenprint.access import Caller
from tenprint.api._service import purpose_of
from tenprint.api._v1._models import (
    BiographicsIn,
    EventIn,
    FlagIn,
    IdentifierIn,
    MarkIn,
    PrintIn,
    SubmissionIn,
)
from tenprint.desk import Attachment, Event, Flag, Mark, Options, Print, Submission
from tenprint.model import (
    Biographics,
    Identifier,
    InputError,
    PersonName,
    TransactionClass,
)


def submission(given: SubmissionIn, caller: Caller, named: str | None) -> Submission:
    """A submission out of a JSON body; `named` is the header's purpose.

    Raises
    ------
    InputError
        If a buffer is not base64, or class or purpose are missing.
    """
    purpose = purpose_of(caller, given.purpose.value if given.purpose else named)
    ebts = None if given.ebts is None else decode(given.ebts, "ebts")
    klass = given.klass
    if klass is None:
        if ebts is None:
            raise InputError("The class is missing.", field="class")
        klass = TransactionClass.CRIMINAL_TENPRINT  # the file's type decides
    return Submission(
        given.transaction,
        klass,
        purpose,
        given.operation,
        prints=tuple(_print(each, f"prints[{n}]") for n, each in enumerate(given.prints)),
        against=tuple(_print(each, f"against[{n}]") for n, each in enumerate(given.against)),
        biographics=biographics(given.biographics),
        person=given.person,
        encounter=given.encounter,
        other_person=given.other_person,
        status=given.status,
        event=None if given.event is None else _event(given.event),
        flag=None if given.flag is None else _flag(given.flag),
        identifier=None if given.identifier is None else _identifier(given.identifier),
        entry=given.entry,
        other_people=tuple(given.other_people),
        attachments=tuple(
            Attachment(each.kind, each.media, decode(each.data, f"attachments[{n}]"), each.notes)
            for n, each in enumerate(given.attachments)
        ),
        context=given.context,
        encounter_type=given.encounter_type,
        reason=given.reason,
        captured=given.captured,
        ebts=ebts,
        options=Options(
            **{**given.options.model_dump(), "galleries": tuple(given.options.galleries)}
        ),
    )


def ebts_submission(
    data: bytes, caller: Caller, named: str | None, transaction: str | None
) -> Submission:
    """A submission that is an EBTS file and nothing else."""
    return Submission(
        transaction or f"tp-{secrets.token_hex(12)}",
        TransactionClass.CRIMINAL_TENPRINT,  # the file's type decides
        purpose_of(caller, named),
        ebts=data,
    )


def biographics(given: BiographicsIn) -> Biographics:
    """Biographics out of a JSON body.

    Raises
    ------
    InputError
    """
    return Biographics(
        tuple(PersonName(each.given, each.family) for each in given.names),
        tuple(given.birth_dates),
        given.sex,
        tuple(_identifier(each) for each in given.identifiers),
        dict(given.other),
    )


def marks(given: list[MarkIn]) -> tuple[Mark, ...]:
    """An examiner's marks."""
    return tuple(
        Mark(each.side, each.finger, each.x, each.y, each.kind, each.pair, each.note)
        for each in given
    )


def decode(text: str, field: str) -> bytes:
    """Base64 into bytes.

    Raises
    ------
    InputError
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InputError("This is not base64.", field=field) from None


def _event(given: EventIn) -> Event:
    return Event(
        given.kind.value,
        given.date,
        tuple(given.charges),
        given.disposition,
        given.case,
        dict(given.codes),
    )


def _flag(given: FlagIn) -> Flag:
    return Flag(given.kind.value, given.since, given.until, given.note)


def _identifier(given: IdentifierIn) -> Identifier:
    return Identifier(given.kind, given.value, given.issuer)


def _print(given: PrintIn, field: str) -> Print:
    buffers = [each for each in (given.image, given.template) if each is not None]
    if len(buffers) != 1:
        raise InputError("A print is one image or one template.", field=field)
    return Print(
        decode(buffers[0], field),
        given.finger,
        given.impression,
        given.ppi,
        given.template is not None,
        None,
        tuple(given.missing),
    )
