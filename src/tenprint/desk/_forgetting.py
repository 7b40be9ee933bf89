"""What is emptied: content past its time, and everything about an expunged person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Connection, delete, select, update

from tenprint.desk._nouns import State
from tenprint.desk._schema import (
    answers,
    cases,
    decisions,
    marks,
    numbers,
    outbox,
    parts,
    transactions,
)
from tenprint.desk._workings import Workings

#: Emptied in one transaction.
_PIECE = 200


def forget(works: Workings, connection: Connection, keys: Sequence[str]) -> None:
    """Empty transactions: their rows stay, their key and all that was sealed under it goes."""
    mine = transactions.c.key.in_(keys) & transactions.c.vault_key.is_not(None)
    for number in connection.execute(select(transactions.c.vault_key).where(mine)).scalars():
        works.vault.destroy(connection, number)
    emptied = {"vault_key": None, "person": None, "trace": None}
    connection.execute(update(transactions).where(transactions.c.key.in_(keys)).values(emptied))
    _empty_answers(connection, keys)
    connection.execute(delete(parts).where(parts.c.key.in_(keys)))
    gone = select(cases.c.id).where(cases.c.key.in_(keys))
    for table in (decisions, marks):
        connection.execute(delete(table).where(table.c.case.in_(gone)))
    connection.execute(delete(cases).where(cases.c.key.in_(keys)))


def _empty_answers(connection: Connection, keys: Sequence[str]) -> None:
    ids = select(answers.c.id).where(answers.c.key.in_(keys))
    connection.execute(delete(outbox).where(outbox.c.id.in_(ids)))
    emptied = {"vault_key": None, "content": b"", "person": None}
    connection.execute(update(answers).where(answers.c.key.in_(keys)).values(emptied))


def forget_people(works: Workings, connection: Connection, people: Sequence[str]) -> None:
    """Everything the desk holds of expunged people, in the transaction that expunges them.

    What is at work goes on and finds nobody; its own content is emptied with its answer's time.
    """
    concerned = [
        *connection.execute(
            select(transactions.c.key).where(
                transactions.c.person.in_(people), transactions.c.state == State.ANSWERED.value
            )
        ).scalars(),
        *connection.execute(select(cases.c.key).where(cases.c.person.in_(people))).scalars(),
    ]
    done = select(transactions.c.key).where(
        transactions.c.key.in_(concerned), transactions.c.todo.is_(False),
        transactions.c.under_review.is_(False),
    )  # fmt: skip
    forget(works, connection, list(connection.execute(done).scalars()))
    connection.execute(delete(numbers).where(numbers.c.person.in_(people)))
    notices = select(answers).where(answers.c.person.in_(people), answers.c.vault_key.is_not(None))
    for row in list(connection.execute(notices)):
        if row.kind == "notice":
            works.vault.destroy(connection, row.vault_key)
        _empty_answers(connection, [row.key])


def forget_old(works: Workings) -> int:
    """Empty a piece of what was answered longer ago than it is kept; how many there were."""
    before = works.now() - timedelta(days=works.settings.retention_days)
    table = transactions.c
    old = (
        select(table.key)
        .where(
            table.state == State.ANSWERED.value, table.under_review.is_(False),
            table.todo.is_(False), table.vault_key.is_not(None), table.answered_at < before,
        )
        .limit(_PIECE)
    )  # fmt: skip
    with works.store.reading() as connection:
        keys = list(connection.execute(old).scalars())
    if keys:
        works.journal.run(lambda connection: forget(works, connection, keys))
    return len(keys)
