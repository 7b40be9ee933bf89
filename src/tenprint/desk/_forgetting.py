"""What is emptied: content past its time, and everything about an expunged person."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from tenprint.desk._found import Found
from tenprint.desk._naming import UNREAD, note_named
from tenprint.desk._nouns import AnswerKind, State
from tenprint.desk._rows import get_part
from tenprint.desk._schema import (
    answers,
    cases,
    decisions,
    marks,
    named,
    numbers,
    outbox,
    parts,
    tables,
    transactions,
)
from tenprint.desk._sealing import Seal
from tenprint.desk._taking_out import named_in, opened_answers, submission_names, take_out
from tenprint.desk._workings import Workings
from tenprint.model import TransactionClass
from tenprint.records import Records, Vault
from tenprint.store import in_pieces

#: Emptied, or read through, in one transaction.
_PIECE = 200


def follow_expunges(records: Records) -> None:
    """Have everything that the desk holds of a person go when these records expunge the person.

    The desk calls it itself; whoever restores a backup does, where no desk is open.
    """
    records.erasers.append(lambda connection, people: forget_people(records, connection, people))
    records.rooms_tables.update(tables.tables)


def forget(vault: Vault, connection: Connection, keys: Sequence[str]) -> None:
    """Empty transactions: their rows stay, their key and all that was sealed under it goes."""
    mine = transactions.c.key.in_(keys) & transactions.c.vault_key.is_not(None)
    for number in connection.execute(select(transactions.c.vault_key).where(mine)).scalars():
        vault.destroy(connection, number)
    emptied = {"vault_key": None, "person": None, "trace": None}
    connection.execute(update(transactions).where(transactions.c.key.in_(keys)).values(emptied))
    _empty_answers(connection, keys)
    for table in (parts, named):
        connection.execute(delete(table).where(table.c.key.in_(keys)))
    gone = select(cases.c.id).where(cases.c.key.in_(keys))
    for table in (decisions, marks):
        connection.execute(delete(table).where(table.c.case.in_(gone)))
    connection.execute(delete(cases).where(cases.c.key.in_(keys)))


def _empty_answers(connection: Connection, keys: Sequence[str]) -> None:
    ids = select(answers.c.id).where(answers.c.key.in_(keys))
    connection.execute(delete(outbox).where(outbox.c.id.in_(ids)))
    emptied = {"vault_key": None, "content": b"", "person": None}
    connection.execute(update(answers).where(answers.c.key.in_(keys)).values(emptied))


def forget_people(records: Records, connection: Connection, people: Sequence[str]) -> None:
    """Everything the desk holds of people, in the transaction that expunges them.

    Answered transactions about them are emptied. They are taken out of those that only name them,
    and of what is still at work, which goes on and finds nobody.
    """
    while read_through(records, connection):
        pass
    told = set(_told_while_merged(records, connection, people))
    keys = [*told, *_naming(records, connection, people)]
    for some in in_pieces(sorted(set(keys))):
        mine = transactions.c.key.in_(some) & transactions.c.vault_key.is_not(None)
        for row in list(connection.execute(select(transactions).where(mine))):
            _remove(records, connection, row, people, whole=row.key in told)
    notices = select(answers).where(
        answers.c.person.in_(people),
        answers.c.kind == AnswerKind.NOTICE.value,
        answers.c.vault_key.is_not(None),
    )
    for row in list(connection.execute(notices)):
        records.vault.destroy(connection, row.vault_key)
        _empty_answers(connection, [row.key])
    for table in (numbers, named):
        connection.execute(delete(table).where(table.c.person.in_(people)))


def _naming(records: Records, connection: Connection, people: Sequence[str]) -> Iterator[str]:
    """The transactions that concern people or name them."""
    for table in (transactions, cases, named):
        query = select(table.c.key).where(table.c.person.in_(people))
        yield from connection.execute(query).scalars()
    # What is at work and has searched: only a few, so they are opened.
    query = select(transactions).join(parts, parts.c.key == transactions.c.key)
    query = query.where(transactions.c.todo, parts.c.name == "found")
    for row in list(connection.execute(query)):
        seal = Seal(records.vault, connection, row.vault_key, row.key)
        data = get_part(connection, seal, row.key, "found")
        if data is not None and any(c.person in people for c in Found.from_bytes(data).candidates):
            yield row.key


def _told_while_merged(
    records: Records, connection: Connection, people: Sequence[str]
) -> Iterator[str]:
    """Transactions that told a record with what people brought into it while they were merged."""
    waiting, seen = list(people), set(people)
    while waiting:
        person = waiting.pop()
        for each in records.merges(connection, person):
            if each.source != person or each.target in people:
                continue
            told = answers.c.person == each.target
            told &= answers.c.vault_key.is_not(None) & (answers.c.created_at >= each.at)
            if each.undone_at is not None:
                told &= answers.c.created_at <= each.undone_at
            query = select(transactions).join(answers, answers.c.key == transactions.c.key)
            for row in list(connection.execute(query.where(told).distinct())):
                seal = Seal(records.vault, connection, row.vault_key, row.key)
                opened = opened_answers(connection, row, seal)
                if any("record" in plain["content"] for _, plain in opened):
                    yield row.key
            if each.target not in seen:
                seen.add(each.target)
                waiting.append(each.target)


def _remove(
    records: Records, connection: Connection, row: Row[Any], people: Collection[str], *, whole: bool
) -> None:
    """Empty a transaction that is about people, or take them out of it."""
    if row.todo or row.under_review or not (whole or _about(records, connection, row, people)):
        take_out(records, connection, row, people)
    else:
        forget(records.vault, connection, [row.key])


def _about(
    records: Records, connection: Connection, row: Row[Any], people: Collection[str]
) -> bool:
    if row.person in people:
        return True
    if row.klass == TransactionClass.DELETE:
        return False  # that it was done, or why it was not, stays without the name
    seal = Seal(records.vault, connection, row.vault_key, row.key)
    plain = get_part(connection, seal, row.key, "submission")
    return plain is not None and not submission_names(plain).isdisjoint(people)


def read_through(records: Records, connection: Connection) -> int:
    """Note whom a piece of the transactions of a version before name; how many there were.

    Whoever was expunged under that version is taken out of them now.
    """
    query = select(named.c.key).where(named.c.person == UNREAD).limit(_PIECE)
    keys = list(connection.execute(query).scalars())
    mine = transactions.c.key.in_(keys) & transactions.c.vault_key.is_not(None)
    for row in list(connection.execute(select(transactions).where(mine))):
        seal = Seal(records.vault, connection, row.vault_key, row.key)
        names = named_in(connection, row, seal)
        gone = set(records.expunged(connection, names)) - records.known(connection, names)
        note_named(connection, row.key, names - gone)
        if gone:
            _remove(records, connection, row, gone, whole=False)
    read = named.c.key.in_(keys) & (named.c.person == UNREAD)
    connection.execute(delete(named).where(read))
    return len(keys)


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
        works.journal.run(lambda connection: forget(works.vault, connection, keys))
    return len(keys)
