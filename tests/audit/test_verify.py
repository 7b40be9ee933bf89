"""Whatever is changed in whatever table, verifying finds it."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    func,
    insert,
    select,
    text,
    update,
)
from tests.audit.conftest import Clock
from tests.audit.events import check, codes, events, log

from tenprint.audit import (
    Checkpoint,
    Report,
    Sequencer,
    append_many,
    erase,
    parse_checkpoint,
    public_key_text,
    verify,
)
from tenprint.audit._checkpoint import sign_checkpoint
from tenprint.audit._commitment import commit
from tenprint.audit._schema import agencies, entries, leaves, queue, state, tables, tiles
from tenprint.model import InputError
from tenprint.store import TruthStore

_MANY = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

#: What may be changed without being found: the order among leaves that still wait.
_FREE = {("audit_queue", "number")}


class Town:
    """A log with some of everything, and ways to tamper with it that are rolled back."""

    def __init__(self, store: TruthStore, sequencer: Sequencer) -> None:
        self.store, self.sequencer = store, sequencer
        log(store, events(290))
        self.early = sequencer.checkpoint()
        with store.transaction() as connection:
            assert erase(connection, "P-4")
        log(store, events(30, 290))
        self.checkpoint = sequencer.checkpoint()
        log(store, events(20, 320))
        with store.transaction() as connection:
            sequencer.run_once(connection)  # in the tree, in no checkpoint yet
        log(store, events(10, 340))  # waiting
        self.key = sequencer.public_key()

    @contextmanager
    def changed(self) -> Iterator[Connection]:
        with self.store._database.engine.connect() as plain:
            connection = plain.execution_options(writes=True)
            transaction = connection.begin()
            try:
                if connection.dialect.name == "sqlite":
                    connection.execute(text("PRAGMA defer_foreign_keys = ON"))
                yield connection
            finally:
                transaction.rollback()

    def verify(self, connection: Connection) -> Report:
        return verify(connection, self.checkpoint.text, self.key, earlier=[self.early.text])


@pytest.fixture
def town(store: TruthStore, sequencer: Sequencer) -> Town:
    return Town(store, sequencer)


def nth(connection: Connection, table: Table, number: int) -> Any:
    """One row of a table, counted round."""
    count = connection.execute(select(func.count()).select_from(table)).scalar_one()
    order = list(table.primary_key)
    query = select(table).order_by(*order).offset(number % count).limit(1)
    return connection.execute(query).one()


def here(table: Table, row: Any) -> Any:
    """The condition for one row."""
    found = None
    for column in table.primary_key:
        same = column == getattr(row, column.name)
        found = same if found is None else found & same
    return found


def other(column: Column[Any], value: Any, bit: int) -> Any:
    """The value with one bit turned over; something in the place of nothing."""
    if isinstance(column.type, LargeBinary):
        if not value:
            return b"\x00"
        at = bit % (8 * len(value))
        changed = bytearray(value)
        changed[at // 8] ^= 1 << at % 8
        return bytes(changed)
    if isinstance(column.type, Boolean):
        return not value
    if isinstance(column.type, BigInteger | Integer | SmallInteger):
        most = 14 if isinstance(column.type, SmallInteger) else 40
        return (value or 0) ^ (1 << bit % most)
    if not value:
        return "x"
    at = bit % len(value)
    return value[:at] + chr((ord(value[at]) ^ 1) or 1) + value[at + 1 :]


def test_the_town_verifies(town: Town) -> None:
    with town.store.reading() as connection:
        report = town.verify(connection)
    assert report.ok, report.problems
    assert report.waiting == 10
    assert report.erased == report.erased_logged > 0
    assert report.signed == town.checkpoint.size < report.size
    assert report.as_dict()["ok"] is True


@pytest.mark.parametrize("name", sorted(tables.tables))
def test_any_bit_of_any_table(town: Town, name: str) -> None:
    table = tables.tables[name]
    columns = [each for each in table.columns if (name, each.name) not in _FREE]

    @_MANY
    @given(st.integers(0, 10**6), st.sampled_from(columns), st.integers(0, 10**6))
    def turn_over(number: int, column: Column[Any], bit: int) -> None:
        with town.changed() as connection:
            row = nth(connection, table, number)
            value = other(column, getattr(row, column.name), bit)
            if column.primary_key and clashes(connection, table, row, column, value):
                return
            connection.execute(update(table).where(here(table, row)).values({column: value}))
            assert not town.verify(connection).ok

    turn_over()


def clashes(
    connection: Connection, table: Table, row: Any, column: Column[Any], value: Any
) -> bool:
    """Whether another row has the changed key already."""
    keys = {each: getattr(row, each.name) for each in table.primary_key} | {column: value}
    query = select(table)
    for each, wanted in keys.items():
        query = query.where(each == wanted)
    return connection.execute(query).first() is not None


@pytest.mark.parametrize("table", [entries, leaves, tiles, agencies, state, queue])
def test_a_row_removed(town: Town, table: Table) -> None:
    for number in (0, 1, 7, 255, 256, 300, -1):
        with town.changed() as connection:
            row = nth(connection, table, number)
            connection.execute(table.delete().where(here(table, row)))
            assert not town.verify(connection).ok


@pytest.mark.parametrize("column", ["subject", "transaction_id", "detail", "personal_salt"])
def test_a_part_erased(town: Town, column: str) -> None:
    with town.changed() as connection:
        query = select(entries).where(entries.c.subject.is_not(None)).limit(1)
        row = connection.execute(query).one()
        connection.execute(update(entries).where(here(entries, row)).values({column: None}))
        assert "entry-changed" in codes(town.verify(connection)) | waiting(town, connection)


def waiting(town: Town, connection: Connection) -> set[str]:
    return {"entry-changed"} if "waiting-changed" in codes(town.verify(connection)) else set()


def test_an_entry_erased_behind_the_logs_back(town: Town) -> None:
    with town.changed() as connection:
        row = connection.execute(select(entries).where(entries.c.subject == "P-5")).first()
        nothing = dict.fromkeys(["subject", "transaction_id", "detail", "personal_salt"])
        connection.execute(update(entries).where(here(entries, row)).values(nothing))
        assert codes(town.verify(connection)) == {"erased-unlogged"}


def test_two_leaves_exchanged(town: Town) -> None:
    with town.changed() as connection:
        one, two = nth(connection, leaves, 10), nth(connection, leaves, 200)
        where = update(leaves)
        connection.execute(where.where(leaves.c.position == 10).values(id=b"x" * 16))
        for position, row in ((200, one), (10, two)):
            values = {"id": row.id, "commitment": row.commitment}
            connection.execute(where.where(leaves.c.position == position).values(values))
        found = codes(town.verify(connection))
        assert {"root-differs", "hashes-differ"} <= found


def test_two_entries_exchange_their_contents(town: Town) -> None:
    with town.changed() as connection:
        one, two = nth(connection, entries, 10), nth(connection, entries, 200)
        for target, source in ((one, two), (two, one)):
            values = {key: value for key, value in source._mapping.items() if key != "id"}
            connection.execute(update(entries).where(here(entries, target)).values(values))
        assert codes(town.verify(connection)) >= {"entry-changed"}


def test_a_whole_history_rewritten(town: Town, tmp_path: Path, clock: Clock) -> None:
    """Somebody who can write everything but the kept checkpoint and key makes another log."""
    origin = parse_checkpoint(town.checkpoint.text).origin
    with town.store.transaction() as connection:
        for table in (queue, leaves, tiles, agencies, entries):
            connection.execute(table.delete())
        connection.execute(update(state).where(state.c.key == "size").values(value="0"))
    forger = Sequencer(town.store, Ed25519PrivateKey.generate(), tmp_path / "forged", clock=clock)
    log(town.store, events(400))
    forged = forger.checkpoint()
    assert check(town.store, forged.text, forger.public_key()).ok  # by itself it is sound
    report = check(town.store, town.checkpoint.text, town.key)
    assert codes(report) == {"root-differs"}
    report = check(town.store, forged.text, town.key)
    assert "checkpoint-forged" in codes(report)
    assert forged.origin == origin


def test_the_end_cut_off_consistently(town: Town, tmp_path: Path, clock: Clock) -> None:
    with town.store.transaction() as connection:
        rows = list(connection.execute(select(leaves).order_by(leaves.c.position).limit(280)))
        kept = [row.id for row in rows]
        gone = select(leaves.c.id).where(leaves.c.position >= 280)
        connection.execute(entries.delete().where(entries.c.id.in_(gone)))
        connection.execute(entries.delete().where(entries.c.id.in_(select(queue.c.id))))
        for table in (queue, leaves, tiles, agencies):
            connection.execute(table.delete())
        connection.execute(update(state).where(state.c.key == "size").values(value="0"))
        again = {row.id: row for row in connection.execute(select(entries))}
        frame = ("time", "kind", "agency", "actor", "purpose", "klass", "outcome")
        waiting_rows = []
        for each in kept:
            row = again[each]
            commitment = commit(row.salt, row.sealed, *(getattr(row, name) for name in frame))
            values = {"commitment": commitment, "agency": row.agency, "counted": True}
            waiting_rows.append({"id": each, **values})
        connection.execute(insert(queue), waiting_rows)
        Sequencer(town.store, Ed25519PrivateKey.generate(), tmp_path / "x").run_once(connection)
    found = codes(check(town.store, town.checkpoint.text, town.key))
    assert "tree-shorter" in found


def test_any_character_of_a_checkpoint(town: Town) -> None:
    text_of = town.checkpoint.text

    @settings(max_examples=25, deadline=None)
    @given(st.integers(0, len(text_of) - 1), st.integers(0, 6))
    def turn_over(at: int, bit: int) -> None:
        wrong = text_of[:at] + chr(ord(text_of[at]) ^ 1 << bit) + text_of[at + 1 :]
        with town.store.reading() as connection:
            try:
                found = verify(connection, wrong, town.key).ok
            except InputError:
                found = False
            assert not found

    turn_over()


def signed(town: Town, change: dict[str, Any]) -> Checkpoint:
    made = {
        "origin": town.checkpoint.origin,
        "size": town.checkpoint.size,
        "root": town.checkpoint.root,
        "time": town.checkpoint.time,
    }
    return sign_checkpoint(town.sequencer._key, **(made | change))


def test_checkpoints_that_contradict_one_another(town: Town) -> None:
    smaller = signed(town, {"size": town.early.size - 1, "root": town.early.root})
    larger = signed(town, {"size": 10**6})
    other_log = signed(town, {"origin": "tenprint.audit/other"})
    late = town.sequencer._clock()
    later = signed(town, {"size": town.early.size, "root": town.early.root, "time": late})
    key = town.sequencer._key.public_key()
    for each, code in (
        (smaller, "root-differs"),
        (larger, "tree-shorter"),
        (other_log, "checkpoint-other-log"),
    ):
        with town.store.reading() as connection:
            assert code in codes(verify(connection, each.text, key))
    assert "checkpoint-time" in codes(check(town.store, town.checkpoint.text, town.key, later.text))
    assert check(town.store, town.checkpoint.text, town.key, town.early.text).ok
    foreign = public_key_text("tenprint.audit/other", key)
    assert "checkpoint-forged" not in codes(check(town.store, town.checkpoint.text, town.key))
    assert "checkpoint-other-log" in codes(check(town.store, town.checkpoint.text, foreign))


def test_nonsense_instead_of_checkpoint_and_key(town: Town) -> None:
    with town.store.reading() as connection:
        for wrong in ("", "x" * 10**6, base64.b64encode(b"x" * 80).decode()):
            with pytest.raises(InputError):
                verify(connection, wrong, town.key)
            with pytest.raises(InputError):
                verify(connection, town.checkpoint.text, wrong)


def test_verifying_while_others_write(town: Town) -> None:
    """What is verified is one state, whatever is written meanwhile."""
    seen = []

    def meanwhile(done: int, todo: int) -> None:
        seen.append((done, todo))
        with town.store.transaction() as connection:
            append_many(connection, list(events(300)))
            town.sequencer.run_once(connection, heads=True)

    with town.store.reading() as connection:
        report = verify(connection, town.checkpoint.text, town.key, progress=meanwhile)
    assert report.ok, report.problems
    assert seen == [(report.size, report.size)]
    with town.store.reading() as connection:
        again = verify(connection, town.checkpoint.text, town.key)
    assert again.ok
    assert again.size > report.size + 300
