"""Writing an answer: it, the state, the audit leaf and the outbox row in one transaction."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from tenprint.audit import Event, EventKind, append_many
from tenprint.desk._nouns import Answer, AnswerKind, State
from tenprint.desk._rows import caller_of
from tenprint.desk._schema import answers, outbox, transactions
from tenprint.desk._sealing import Seal
from tenprint.model import NotFoundError, Outcome, Purpose, TransactionClass
from tenprint.records import Vault

_ANSWERED = update(transactions).where(transactions.c.key == bindparam("of"))
_NEW_ANSWER = insert(answers)
_ANSWERS = select(answers).where(answers.c.key == bindparam("of")).order_by(answers.c.number)


@dataclass(frozen=True)
class Reply:
    """What is to be told.

    Attributes
    ----------
    outcome : Outcome
    content : mapping
        JSON-ready.
    text : str
    ebts : bytes or None
    person : str or None
        Whom it concerns: expunging the person empties the answer.
    named : tuple of str
        The people of whom anything is told: each is an entry of the audit log, and an expunge
        takes them out.
    """

    outcome: Outcome
    content: Mapping[str, Any]
    text: str
    ebts: bytes | None = None
    person: str | None = None
    named: tuple[str, ...] = ()
    extra: tuple[Event, ...] = field(default=())


def people_in(content: Mapping[str, Any]) -> tuple[str, ...]:
    """The people whom an answer's content names."""
    named = [content, *content.get("candidates", ())]
    return tuple(dict.fromkeys(each["person"] for each in named if each.get("person")))


def machine_ms(row: Row[Any], now: datetime) -> int:
    """What the machine has taken, the present stretch included; milliseconds."""
    running = 0.0 if row.resumed_at is None else (now - row.resumed_at).total_seconds()
    return int(row.machine_ms + 1000 * max(running, 0.0))


def write_answer(
    connection: Connection,
    row: Row[Any],
    seal: Seal,
    reply: Reply,
    *,
    now: datetime,
    limit_ms: float,
    callback: str | None,
    under_review: bool = False,
) -> None:
    """Write an answer, or a supplement where there is one already.

    `row` is the transaction's row as it is in this connection's transaction.
    """
    number = row.answers
    first = number == 0
    taken = machine_ms(row, now)
    kind = AnswerKind.ANSWER if first else AnswerKind.SUPPLEMENT
    insert_answer(
        connection, seal, row.key, row.agency, row.transaction, number, kind,
        row.klass, reply, now, callback,
    )  # fmt: skip
    values: dict[str, Any] = {
        "state": State.ANSWERED.value,
        "outcome": reply.outcome.value,
        "under_review": under_review,
        "todo": False,
        "answers": number + 1,
        "resumed_at": None,
        # Whom an expunging transaction was about must not stay here.
        "person": reply.person or (None if row.klass == TransactionClass.DELETE else row.person),
    }
    if first:
        late = taken > limit_ms
        values |= {"answered_at": now, "machine_ms": taken, "late": late}
    connection.execute(_ANSWERED, {**values, "of": row.key})
    caller = caller_of(row)
    facts = {
        "agency": row.agency,
        "actor": caller.actor,
        "purpose": Purpose(row.purpose),
        "transaction": row.transaction,
        "klass": TransactionClass(row.klass),
        "subject": reply.person,
        "outcome": reply.outcome.value,
    }
    events = [Event(EventKind.ANSWERED, detail={"number": str(number)}, **facts)]
    events += [Event(EventKind.DISSEMINATED, **{**facts, "subject": each}) for each in reply.named]
    append_many(connection, [*events, *reply.extra], at=now)


def insert_answer(
    connection: Connection, seal: Seal, key: str, agency: str, transaction: str, number: int,
    kind: AnswerKind, klass: str | None, reply: Reply, now: datetime, callback: str | None,
) -> str:  # fmt: skip
    """The row of an answer, and of its delivery where it has an address; the answer's id."""
    name = secrets.token_hex(16)
    plain = {"content": reply.content, "text": reply.text}
    if reply.ebts is not None:
        plain["ebts"] = reply.ebts.decode("latin-1")
    connection.execute(
        _NEW_ANSWER,
        {
            "id": name,
            "agency": agency,
            "transaction": transaction,
            "kind": kind.value,
            "number": number,
            "key": key,
            "klass": klass,
            "outcome": reply.outcome.value,
            "created_at": now,
            "person": reply.person,
            "vault_key": seal.number,
            "content": seal.close(f"answer-{number}", json.dumps(plain).encode()),
        },
    )
    if callback:
        connection.execute(
            insert(outbox),
            {
                "id": name, "agency": agency, "transaction": transaction, "url": callback,
                "attempts": 0, "next_at": now, "problem": "",
            },
        )  # fmt: skip
    return name


def read_answer(vault: Vault, connection: Connection, row: Row[Any]) -> Answer:
    """An answer from its row.

    Raises
    ------
    NotFoundError
        If its content was emptied.
    """
    if row.vault_key is None:
        raise NotFoundError("The content of this answer is no longer kept.", field="transaction")
    seal = Seal(vault, connection, row.vault_key, row.key)
    plain = json.loads(seal.open(f"answer-{row.number}", row.content))
    ebts = plain.get("ebts")
    return Answer(
        row.id,
        row.agency,
        row.transaction,
        row.number,
        AnswerKind(row.kind),
        None if row.klass is None else TransactionClass(row.klass),
        Outcome(row.outcome),
        row.created_at,
        plain["content"],
        plain["text"],
        None if ebts is None else ebts.encode("latin-1"),
    )


def answers_of(connection: Connection, vault: Vault, row: Row[Any]) -> list[Answer]:
    """All answers of a transaction in order."""
    found = connection.execute(_ANSWERS, {"of": row.key})
    return [read_answer(vault, connection, each) for each in found]
