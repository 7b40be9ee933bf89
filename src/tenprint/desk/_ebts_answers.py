"""The answer to an EBTS submission as an EBTS file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from tenprint.desk._answering import Reply
from tenprint.desk._numbers import number_of
from tenprint.desk._rows import get_part
from tenprint.desk._sealing import Seal
from tenprint.desk._text import record_text
from tenprint.desk._workings import Workings
from tenprint.formats.itl import (
    Heading,
    ItlFile,
    ListedCandidate,
    RapidFinding,
    asked_of,
    biographics_of,
    heading_for,
    images_updated,
    rap_sheet_response,
    rapid_response,
    read_itl,
    scan_itl,
    search_results,
    submission_results,
    transaction_error,
    transaction_type,
    write_itl,
)
from tenprint.model import Finger, Outcome, PersonName, RecordError, TransactionError

UNKNOWN = PersonName(given="UNKNOWN", family="UNKNOWN")

#: Type of transaction, receiver, sender and control number: without them nobody can be answered.
_ADDRESS, _LONGEST_ADDRESS = (4, 7, 8, 9), 100

_RAPID = {
    Outcome.HIT: (RapidFinding.HIT, "IDENTIFIED"),
    Outcome.POSSIBLE: (RapidFinding.POSSIBLE, "POSSIBLE MATCH UNDER REVIEW, SUPPLEMENT FOLLOWS"),
}


def with_file(
    works: Workings, connection: Connection, row: Row[Any], seal: Seal, reply: Reply
) -> Reply:
    """The reply with its EBTS file, where the submission's is still there."""
    data = get_part(connection, seal, row.key, "ebts")
    if data is None:
        return reply
    try:
        answer = _answer(
            read_itl(data), _control(row), works.now(), reply,
            lambda person: number_of(works.records, connection, person),
        )  # fmt: skip
        return replace(reply, ebts=write_itl(answer))
    except RecordError as error:
        # The agency still gets the answer itself, and is told that the file could not be made.
        works.figures.error("ebts-answer")
        fault = {"code": error.code, "field": error.field or "", "message": error.message}
        content = {**reply.content, "ebts_fault": fault}
        return replace(reply, content=content)


def _control(row: Row[Any]) -> str:
    """A control number of our own for the answer."""
    return f"TP{row.key[:16].upper()}{row.answers:02d}"


def _answer(
    request: ItlFile, control: str, when: datetime, reply: Reply, number: Callable[[str], str]
) -> ItlFile:
    heading = heading_for(request, control, when)
    content, outcome = reply.content, reply.outcome
    kind = transaction_type(request.type_of_transaction)
    if outcome is Outcome.REJECTED or kind is None:
        return _refusal(heading, request, content.get("faults", ()))
    person = number(content["person"]) if "person" in content else ""
    record = record_text(content["record"]) if "record" in content else ""
    name = _name(content, request)
    if kind.answer == "RPISR":
        finding, note = _RAPID.get(outcome, (RapidFinding.NONE, "NOT IDENTIFIED"))
        return rapid_response(
            heading, finding=finding, note=note, numbers=[person] if person else [], record=record,
            name=name if person else None,
        )  # fmt: skip
    if kind.answer == "SRT":
        listed = [
            ListedCandidate(number(each["person"]), UNKNOWN)
            for each in content.get("candidates", ())[:25]
        ]
        return search_results(heading, listed)
    if kind.answer == "TPRR":
        return rap_sheet_response(heading, record)
    if kind.answer == "FISR":
        fingers = {Finger(each["finger"]) for each in content.get("quality", ()) if each["finger"]}
        # The number of the file itself, where the agency is told nothing else.
        named = person or next(iter(asked_of(request).numbers), "")
        return images_updated(heading, number=named, fingers=sorted(fingers))
    return _results(heading, outcome, name, person, record)


def refused_file(
    data: bytes, error: TransactionError, control: str, when: datetime
) -> bytes | None:
    """The error transaction for a file that was not admitted; None where it cannot be addressed."""
    try:
        file, _ = scan_itl(data)
        head = () if file is None else tuple(file.header.text(number) for number in _ADDRESS)
        if file is None or not all(1 <= len(each) <= _LONGEST_ADDRESS for each in head):
            return None
        faults = error.faults or [{"code": error.code, "field": "", "message": error.message}]
        return write_itl(_refusal(heading_for(file, control, when), file, faults))
    except RecordError:
        return None


def _refusal(heading: Heading, request: ItlFile, faults: Iterable[Mapping[str, str]]) -> ItlFile:
    kind = transaction_type(request.type_of_transaction)
    words = [f"{each['code']} {each['field']}: {each['message']}" for each in faults]
    tot = kind.error if kind is not None and kind.error else "ERRT"
    return transaction_error(heading, words or ["REJECTED"], tot)


def _results(
    heading: Heading, outcome: Outcome, name: PersonName, number: str, record: str
) -> ItlFile:
    identified = outcome is Outcome.HIT
    return submission_results(
        heading,
        identified=identified,
        name=name,
        number=number if identified else "",
        record=record if identified else "",
    )


def _name(content: Mapping[str, Any], request: ItlFile) -> PersonName:
    """The person's name where it is told, else the one submitted."""
    for stated in content.get("record", {}).get("biographics", ()):
        for each in stated.get("names", ()):
            return PersonName(each["given"], each["family"])
    submitted = biographics_of(request).names
    return submitted[0] if submitted else UNKNOWN
