"""Subscriptions: "tell us if this person is arrested later", and the notices that follow."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, func, select

from tenprint.access import AgencyKind, Caller, Part
from tenprint.audit import Event, EventKind, append
from tenprint.desk._answering import Reply, insert_answer
from tenprint.desk._nouns import AnswerKind
from tenprint.desk._schema import answers
from tenprint.desk._sealing import Seal
from tenprint.desk._workings import Workings
from tenprint.model import Outcome, Purpose
from tenprint.records import EventRecord, RecordStatus


def pack_reference(caller: Caller, purpose: Purpose, callback: str | None) -> str:
    """What a subscription must remember of who made it."""
    return json.dumps(
        {"kind": caller.kind.value, "purpose": purpose.value, "callback": callback or ""}
    )


def unpack_reference(text: str) -> tuple[AgencyKind | None, Purpose, str | None]:
    """Kind of agency, purpose and callback; without a kind nothing but the fact is told."""
    try:
        found = json.loads(text)
        kind, purpose = AgencyKind(found["kind"]), Purpose(found["purpose"])
    except (ValueError, KeyError, TypeError):
        return None, Purpose.ADMINISTRATION, None
    return kind, purpose, found.get("callback") or None


def notify(works: Workings, connection: Connection, person: str, event: EventRecord) -> None:
    """Put a notice for each subscriber into the outbox, in the transaction of the event.

    Of a sealed person nothing is told to who may not see sealed parts.
    """
    now = works.now()
    sealed = works.records.status(connection, person) is RecordStatus.SEALED
    for notice in works.records.notices_for(connection, person, event):
        subscription = notice.subscription
        kind, purpose, callback = unpack_reference(subscription.reference)
        seen = works.permissions.see[kind, purpose] if kind is not None else frozenset()
        if sealed and Part.SEALED not in seen:
            continue
        content: dict[str, Any] = {
            "subscription": subscription.id,
            "outcome": Outcome.HIT.value,
        }
        if Part.IDENTITY in seen:
            content["person"] = person
        if (Part.CIVIL_EVENTS if event.kind.civil else Part.CRIMINAL_EVENTS) in seen:
            content["event"] = event_dict(event)
        query = select(func.count()).where(answers.c.key == subscription.id)
        number = int(connection.execute(query).scalar_one())
        seal = Seal.new(works.vault, connection, subscription.id)
        insert_answer(
            connection, seal, subscription.id, subscription.agency, subscription.id, number,
            AnswerKind.NOTICE, None,
            Reply(Outcome.HIT, content, notice_text(content), person=person),
            now, callback,
        )  # fmt: skip
        if "person" in content or "event" in content:
            told = Event(
                EventKind.DISSEMINATED, subscription.agency, "subscription", purpose, None, None,
                person, "notice",
            )  # fmt: skip
            append(connection, told, at=now)


def event_dict(event: EventRecord) -> dict[str, Any]:
    """An event, JSON-ready."""
    return {
        "id": event.id,
        "kind": event.kind.value,
        "date": event.date,
        "agency": event.agency,
        "charges": event.text.splitlines(),
        "case": event.codes.get("case", ""),
        "disposition": event.codes.get("disposition", ""),
        "sealed": event.sealed,
        "codes": {k: v for k, v in event.codes.items() if k not in ("case", "disposition")},
    }


def notice_text(content: dict[str, Any]) -> str:
    """A notice for people."""
    lines = ["NOTICE", "=" * 72, f"Subscription:   {content['subscription']}"]
    if "person" in content:
        lines.append(f"Person:         {content['person']}")
    event = content.get("event")
    if event is None:
        lines.append("There is a new event of a person you subscribed to.")
    else:
        lines.append(f"Event:          {event['kind'].upper()}  {event['date']}")
        lines.append(f"Agency:         {event['agency']}")
        lines += [f"Charge:         {charge}" for charge in event["charges"]]
    return "\n".join(lines) + "\n"
