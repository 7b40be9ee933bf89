"""OSIA's operations that change records: create, update, delete, merge, move."""

from __future__ import annotations

from typing import Any

from tenprint.api._osia._biographics import understood
from tenprint.api._osia._call import Call, Prepared, desk_transaction
from tenprint.api._osia._data import Fetch, document, encrypted, read_parts
from tenprint.api._osia._models import Encounter
from tenprint.api._osia._results import changed
from tenprint.desk import Answer, Desk, Operation, Options, Submission
from tenprint.model import InputError, TransactionClass

#: The name that stands for all galleries in searches; no gallery can be called so.
ALL = "ALL"


def create_encounter(name: str) -> Any:
    """What makes ready one of the three ways to create an encounter."""

    def prepare(desk: Desk, call: Call, fetch: Fetch) -> Prepared:
        person, encounter = call.arguments.get("personId"), call.arguments.get("encounterId")
        return _encounter(
            call,
            fetch,
            desk_transaction(name, call),
            TransactionClass.ENROL,
            Operation.ENROL,
            person,
            encounter,
        )

    return prepare


def update_encounter(desk: Desk, call: Call, fetch: Fetch) -> Prepared:
    """``updateEncounter``: other data in the place of an encounter's."""
    return _encounter(
        call,
        fetch,
        desk_transaction("updateEncounter", call),
        TransactionClass.UPDATE,
        Operation.REPLACE_ENCOUNTER,
        call.arguments["personId"],
        call.arguments["encounterId"],
    )


def _encounter(
    call: Call,
    fetch: Fetch,
    transaction: str,
    klass: TransactionClass,
    operation: Operation,
    person: str | None,
    encounter: str | None,
) -> Prepared:
    body: Encounter = call.body
    if body.encryption is not None:
        raise encrypted("encryption")
    check_galleries(body.galleries)
    parts = read_parts(body.biometricData, fetch, "biometricData")
    submission = Submission(
        transaction,
        klass,
        call.purpose,
        operation,
        prints=tuple(parts.prints),
        biographics=understood(body.biographicData),
        person=person,
        encounter=encounter,
        status=body.status.lower(),
        attachments=(*parts.attachments, document(body, parts.outline)),
        encounter_type=body.encounterType,
        reason=reason_of(call),
        options=Options(
            galleries=tuple(body.galleries),
            priority=call.arguments.get("priority"),
            search_first=False,
            retain=True,
        ),
    )
    return Prepared(submission, {"notSearched": parts.not_searched})


def finish_encounter(desk: Desk, call: Call, answer: Answer | None) -> Any:
    """Both identifiers, and what was kept without being searched."""
    content = changed(answer)
    found: dict[str, Any] = {
        "personId": content["person"],
        "encounterId": str(content["encounter"]),
    }
    others: dict[str, Any] = {}
    if call.arguments.get("notSearched"):
        others["notSearched"] = call.arguments["notSearched"]
    if others:
        found["others"] = others
    return found


def simple(
    name: str, klass: TransactionClass, operation: Operation, *, source: str | None = None
) -> Any:
    """What makes ready a change that is said by identifiers alone."""

    def prepare(desk: Desk, call: Call, fetch: Fetch) -> Prepared:
        given = call.arguments
        submission = Submission(
            desk_transaction(name, call),
            klass,
            call.purpose,
            operation,
            person=given.get("personId") or given["personIdTarget"],
            encounter=given.get("encounterId"),
            other_person=None if source is None else given[source],
            reason=reason_of(call),
            options=Options(priority=given.get("priority")),
        )
        return Prepared(submission)

    return prepare


def update_status(desk: Desk, call: Call, fetch: Fetch) -> Prepared:
    """``updateEncounterStatus``: whether searches compare with an encounter."""
    status = call.arguments["status"]
    if status not in ("ACTIVE", "INACTIVE"):
        raise InputError("A status is ACTIVE or INACTIVE.", field="status")
    # The status belongs to what is asked: another one under the same transactionId is a conflict.
    submission = Submission(
        desk_transaction("updateEncounterStatus", call),
        TransactionClass.UPDATE,
        call.purpose,
        Operation.SET_STATUS,
        person=call.arguments["personId"],
        encounter=call.arguments["encounterId"],
        status=status.lower(),
        reason=reason_of(call),
    )
    return Prepared(submission)


def update_galleries(desk: Desk, call: Call, fetch: Fetch) -> Prepared:
    """``updateEncounterGalleries``: which galleries an encounter is in."""
    galleries: list[str] = call.body
    check_galleries(galleries)
    submission = Submission(
        desk_transaction("updateEncounterGalleries", call),
        TransactionClass.UPDATE,
        call.purpose,
        Operation.SET_GALLERIES,
        person=call.arguments["personId"],
        encounter=call.arguments["encounterId"],
        reason=reason_of(call),
        options=Options(galleries=tuple(galleries)),
    )
    return Prepared(submission)


def finish_nothing(desk: Desk, call: Call, answer: Answer | None) -> Any:
    """Nothing but that it was done."""
    changed(answer)


def check_galleries(names: list[str]) -> None:
    """Refuse a list of galleries with doubles or with the word for all of them.

    Raises
    ------
    InputError
    """
    if len(set(names)) != len(names):
        raise InputError("A gallery is named twice.", field="galleries")
    if ALL in names:
        raise InputError("ALL stands for all galleries and is none.", field="galleries")


def reason_of(call: Call) -> str:
    """What the audit log says of a call: the client's own identifier."""
    text = "".join(c if c.isprintable() else "?" for c in call.transaction[:100])
    return f"OSIA transaction {text}"
