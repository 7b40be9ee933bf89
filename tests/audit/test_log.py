"""Appending, sequencing, proving: the whole life of leaves."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as Signal
from threading import Thread

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, insert, select
from tests.audit.conftest import Clock
from tests.audit.events import AGENCIES, check, codes, events, log
from tests.audit.test_tree import mth

from tenprint.audit import (
    Event,
    EventKind,
    Sequencer,
    append,
    append_many,
    check_consistency,
    check_inclusion,
    count_waiting,
    erase,
    open_checkpoint,
    parse_public_key,
    prove_consistency,
    prove_inclusion,
    read_entries,
    read_latest,
    read_public_key,
    root_at,
    usage,
)
from tenprint.audit._checkpoint import sign_checkpoint
from tenprint.audit._commitment import leaf_hash
from tenprint.audit._schema import leaves, queue, tiles
from tenprint.model import (
    AuditError,
    ConflictError,
    InputError,
    NotFoundError,
    Purpose,
    StoreError,
    TransactionClass,
)
from tenprint.store import TruthStore


def order(store: TruthStore) -> list[str]:
    with store.reading() as connection:
        query = select(leaves.c.id).order_by(leaves.c.position)
        return [bytes(each).hex() for each in connection.execute(query).scalars()]


def test_leaves_stand_in_the_tree_in_their_order(store: TruthStore, sequencer: Sequencer) -> None:
    names, rand = [], random.Random(1)
    while len(names) < 900:  # over several tiles, by steps of all sizes
        names += log(store, events(rand.choice([1, 2, 3, 40, 255, 256, 257]), len(names)))
        with store.transaction() as connection:
            sequencer.run_once(connection)
    assert order(store) == names
    with store.reading() as connection:
        rows = connection.execute(select(leaves).order_by(leaves.c.position))
        hashes = [leaf_hash(row.id, row.commitment) for row in rows]
        assert root_at(connection) == (len(names), mth(hashes))
        for size in (0, 1, 255, 256, 257, 511, 600, len(names)):
            assert root_at(connection, size) == (size, mth(hashes[:size]))
        assert connection.execute(select(func.count()).select_from(tiles)).scalar_one() < 10
        assert connection.execute(select(func.count()).select_from(queue)).scalar_one() == 0


def test_what_is_rolled_back_was_never_logged(store: TruthStore, sequencer: Sequencer) -> None:
    def fail() -> None:
        with store.transaction() as connection:
            append(connection, Event("record.viewed", "NX0000001", "officer"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert sequencer.checkpoint().size == 0


def test_proofs_from_the_stored_tree(store: TruthStore, sequencer: Sequencer) -> None:
    names = log(store, events(700))
    old = sequencer.checkpoint(heads=False)
    more = log(store, events(400, 700))
    new = sequencer.checkpoint(heads=False)
    with store.reading() as connection:
        for name in [names[0], names[255], names[256], names[699]]:
            for signed in (old, new):
                proof = prove_inclusion(connection, name, signed.size)
                held = (proof.leaf, proof.position, proof.size, proof.path)
                assert check_inclusion(*held, signed.root)
        with pytest.raises(NotFoundError):
            prove_inclusion(connection, more[0], old.size)
        with pytest.raises(InputError):
            prove_inclusion(connection, more[0], 5000)
        with pytest.raises(InputError):
            prove_inclusion(connection, "no id")
        proof_of_growth = prove_consistency(connection, old.size)
        sides = (old.size, old.root, new.size, new.root)
        assert check_consistency(*sides, proof_of_growth)
        with pytest.raises(InputError):
            prove_consistency(connection, 9, 8)


def test_checkpoints_are_signed_and_lie_in_the_folder(
    store: TruthStore, sequencer: Sequencer, tmp_path: Path, clock: Clock
) -> None:
    log(store, events(10))
    made = sequencer.checkpoint()
    assert made.size == 10 + len(AGENCIES)
    folder = tmp_path / "checkpoints"
    assert read_latest(folder) == made.text
    assert read_public_key(folder) == sequencer.public_key() + "\n"
    origin, key = parse_public_key(sequencer.public_key())
    assert open_checkpoint(made.text, key) == made
    assert made.origin == origin
    assert made.time == clock.now
    [kept] = folder.glob("2026-03-01/*.checkpoint")
    assert kept.read_text() == made.text
    assert not list(folder.glob("**/*.tmp"))


def test_a_late_writer_is_neither_lost_nor_put_in_between(
    store: TruthStore, sequencer: Sequencer
) -> None:
    """A leaf inserted early and committed late comes after what was sequenced meanwhile."""
    inserted, go_on = Signal(), Signal()
    late: list[str] = []

    def write_slowly() -> None:
        # Not through the store, whose threads take turns: another process, as it were.
        with store._database.engine.connect() as plain:
            connection = plain.execution_options(writes=True)
            with connection.begin():
                late.append(append(connection, Event("record.viewed", "NX0000009", "slow")))
                inserted.set()
                assert go_on.wait(30)

    before = log(store, events(3))
    slow = Thread(target=write_slowly)
    slow.start()
    assert inserted.wait(30)
    if store._database.engine.dialect.name == "postgresql":
        meanwhile = log(store, events(5, 3))
        first = sequencer.checkpoint()
    else:  # SQLite has one writer at a time: the others wait for it
        meanwhile = []
        first = None
    go_on.set()
    slow.join()
    last = sequencer.checkpoint(heads=False)
    heads = len(order(store)) - len(before) - len(meanwhile) - 1
    assert order(store)[-1] == late[0]
    assert [name for name in order(store) if name in {*before, *meanwhile}] == before + meanwhile
    earlier = [] if first is None else [first.text]
    report = check(store, last.text, sequencer.public_key(), *earlier)
    assert report.ok
    assert report.heads == heads


def test_many_writers_and_two_sequencers(
    store: TruthStore, sequencer: Sequencer, tmp_path: Path, clock: Clock
) -> None:
    """Everybody at once: each leaf is in the tree once, each writer's own in its order."""
    engine = store._database.engine
    written: dict[int, list[str]] = {}
    failed: list[BaseException] = []

    def write(number: int) -> None:
        try:
            rand, own = random.Random(number), []
            for turn in range(12):
                with engine.connect() as plain:
                    connection = plain.execution_options(writes=True)
                    with connection.begin() as transaction:
                        some = append_many(connection, list(events(rand.randint(1, 5), turn)))
                        if rand.random() < 0.2:
                            transaction.rollback()
                        else:
                            transaction.commit()
                            own += some
            written[number] = own
        except BaseException as error:
            failed.append(error)

    second = Sequencer(store, sequencer._key, tmp_path / "others", clock=clock)
    threads = [Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        for each in (sequencer, second):
            with store.transaction() as connection:
                each.run_once(connection, heads=each is second)
    assert not failed
    checkpoint = sequencer.checkpoint()
    found = order(store)
    assert len(set(found)) == len(found) == checkpoint.size
    for own in written.values():
        assert [name for name in found if name in set(own)] == own
    report = check(store, checkpoint.text, sequencer.public_key())
    assert report.ok, report.problems
    assert report.readable == sum(map(len, written.values())) + report.heads


def test_the_thread_sequences_and_signs(store: TruthStore, tmp_path: Path) -> None:
    sequencer = Sequencer(
        store,
        Ed25519PrivateKey.generate(),
        tmp_path / "checkpoints",
        interval=0.01,
        checkpoint_every=0.05,
    )
    sequencer.start()
    names = log(store, events(20))
    waited = Signal()
    for _ in range(1000):
        text = read_latest(tmp_path / "checkpoints")
        if text is not None and text.splitlines()[1] == "20":
            break
        waited.wait(0.01)
    assert sequencer.problem is None
    assert order(store) == names
    more = log(store, events(5, 20))
    sequencer.close()
    assert order(store) == names + more
    text = read_latest(tmp_path / "checkpoints")
    assert text is not None
    assert check(store, text, sequencer.public_key()).ok


def test_a_folder_that_cannot_be_written_stops_no_leaves(store: TruthStore, tmp_path: Path) -> None:
    place = tmp_path / "checkpoints"
    place.write_text("a file, where a folder should be")
    key = Ed25519PrivateKey.generate()
    sequencer = Sequencer(store, key, place, interval=0.01, checkpoint_every=0.01)
    sequencer.start()
    names, waited = log(store, events(5)), Signal()
    for _ in range(1000):
        if sequencer.problem is not None and order(store) == names:
            break
        waited.wait(0.01)
    assert isinstance(sequencer.problem, StoreError)
    assert order(store) == names
    place.unlink()
    for _ in range(1000):
        if sequencer.problem is None and read_latest(place) is not None:
            break
        waited.wait(0.01)
    assert sequencer.problem is None
    sequencer.close()


def test_no_checkpoint_of_a_tree_that_lost_leaves(
    store: TruthStore, sequencer: Sequencer, tmp_path: Path
) -> None:
    """After a restore nothing is signed until somebody says that it was one."""
    log(store, events(10))
    with store.transaction() as connection:
        sequencer.run_once(connection)
        kept = {
            table.name: [dict(row._mapping) for row in connection.execute(select(table))]
            for table in leaves.metadata.sorted_tables
        }
    log(store, events(10, 10))
    lost = sequencer.checkpoint()
    with store.transaction() as connection:
        for table in leaves.metadata.sorted_tables:
            connection.execute(table.delete())
            if kept[table.name]:
                connection.execute(insert(table), kept[table.name])
    log(store, events(30, 30))
    with pytest.raises(AuditError, match="does not continue"):
        sequencer.checkpoint()
    assert read_latest(tmp_path / "checkpoints") == lost.text
    assert sequencer.lost_checkpoint() == lost
    fresh = sequencer.accept_restored()
    report = check(store, fresh.text, sequencer.public_key())
    assert report.ok
    assert len(report.restored) == 1
    assert "root-differs" in codes(check(store, lost.text, sequencer.public_key()))
    log(store, events(3))
    assert check(store, sequencer.checkpoint().text, sequencer.public_key(), fresh.text).ok


def test_a_restore_is_accepted_only_where_something_was_lost(
    store: TruthStore, sequencer: Sequencer, tmp_path: Path
) -> None:
    log(store, events(3))
    with pytest.raises(InputError, match="no checkpoint of what was lost"):
        sequencer.accept_restored()
    before = sequencer.checkpoint()
    log(store, events(3, 3))
    for kept in (None, before.text):
        with pytest.raises(ConflictError, match="nothing was lost"):
            sequencer.accept_restored(kept)
    with pytest.raises(InputError, match="no checkpoint of an audit log"):
        sequencer.accept_restored("size 3")
    stranger = sign_checkpoint(
        Ed25519PrivateKey.generate(), before.origin, 9, bytes(32), before.time
    )
    with pytest.raises(AuditError, match="not signed with this key"):
        sequencer.accept_restored(stranger.text)
    other = sign_checkpoint(sequencer._key, "tenprint.audit/0123", 9, bytes(32), before.time)
    with pytest.raises(AuditError, match="another log"):
        sequencer.accept_restored(other.text)
    # Of all this nothing was logged; what was kept elsewhere is accepted, and named.
    lost = sign_checkpoint(sequencer._key, before.origin, 20, bytes(32), before.time)
    fresh = sequencer.accept_restored(lost.text)
    assert fresh.size == before.size + 3 + 1
    with store.reading() as connection:
        (entry,) = [e for e in read_entries(connection) if e.kind == EventKind.RESTORED]
    assert entry.detail == {"root": bytes(32).hex(), "size": "20"}


def test_what_was_rewritten_before_the_next_checkpoint_is_not_signed(
    store: TruthStore, sequencer: Sequencer, tmp_path: Path
) -> None:
    log(store, events(10))
    sequencer.checkpoint()
    log(store, events(10, 10))
    sequencer._step()
    with store.transaction() as connection:
        [tile] = connection.execute(select(tiles.c.hashes)).scalars()
        wrong = bytes(tile[:-1]) + bytes([tile[-1] ^ 1])
        connection.execute(tiles.update().values(hashes=wrong))
    with pytest.raises(AuditError, match="does not continue"):
        sequencer.checkpoint()


def test_usage_counts_accepted_transactions(store: TruthStore) -> None:
    start = datetime(2026, 5, 1, tzinfo=UTC)
    border = Event(
        EventKind.ACCEPTED, "NX0000001", "key:1", Purpose.BORDER, "T", TransactionClass.BORDER_CHECK
    )
    other = Event(EventKind.ACCEPTED, "NX0000002", "key:2", klass=TransactionClass.ENROL)
    seen = Event(EventKind.ANSWERED, "NX0000001", "key:1", klass=TransactionClass.BORDER_CHECK)
    with store.transaction() as connection:
        for day in range(4):
            append_many(connection, [border, other, seen], at=start + timedelta(days=day))
    with store.reading() as connection:
        two_days = usage(connection, "NX0000001", start, start + timedelta(days=2))
        assert [(each.agency, each.klass, each.count) for each in two_days] == [
            ("NX0000001", TransactionClass.BORDER_CHECK, 2)
        ]
        everybody = usage(connection, None, start, start + timedelta(days=9))
        assert [(each.agency, each.count) for each in everybody] == [
            ("NX0000001", 4),
            ("NX0000002", 4),
        ]
        with pytest.raises(InputError):
            usage(connection, None, datetime(2026, 1, 1), start)


def test_entries_are_read_newest_first_by_pages(store: TruthStore) -> None:
    names = log(store, events(30))
    with store.reading() as connection:
        first = read_entries(connection, limit=20)
        rest = read_entries(connection, after=first[-1].id, limit=20)
        assert [each.id for each in [*first, *rest]] == names[::-1]
        own = read_entries(connection, agency="NX0000002")
        assert {each.agency for each in own} == {"NX0000002"}
        pages = read_entries(connection, agency="NX0000002", limit=4)
        while len(more := read_entries(connection, agency="NX0000002", after=pages[-1].id)):
            pages += more
        assert pages == own
        with pytest.raises(InputError):
            read_entries(connection, agency="NX0000002", after="00" * 16)
        assert count_waiting(connection) == 30
        about = read_entries(connection, subject="P-4")
        assert {each.subject for each in about} == {"P-4"}
        assert about[0].detail["fingers"] == "réf ☞ 2"
        for wrong in ({"limit": 0}, {"limit": 10**6}, {"after": "x"}, {"after": "00"}):
            with pytest.raises(InputError):
                read_entries(connection, **wrong)


def test_erasing_leaves_a_log_that_verifies(store: TruthStore, sequencer: Sequencer) -> None:
    log(store, events(60))
    before = sequencer.checkpoint()
    start, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    with store.reading() as connection:
        counted = usage(connection, None, start, end)
        number = len(read_entries(connection, subject="P-4"))
    with store.transaction() as connection:
        assert erase(connection, "P-4") == number > 0
        assert erase(connection, "P-4") == 0
    after = sequencer.checkpoint()
    report = check(store, after.text, sequencer.public_key(), before.text)
    assert report.ok, report.problems
    assert report.erased == report.erased_logged == number
    with store.reading() as connection:
        assert read_entries(connection, subject="P-4") == []
        erased = [each for each in read_entries(connection, limit=200) if each.erased]
        assert len(erased) == number
        assert all(each.transaction is None and not each.detail for each in erased)
        assert usage(connection, None, start, end) == counted


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": ""},
        {"kind": "With space"},
        {"kind": "x" * 65},
        {"agency": "NX 1"},
        {"agency": "x" * 41},
        {"actor": "x" * 201},
        {"subject": "half \ud800"},
        {"transaction": "a\0b"},
        {"outcome": "Not a word"},
        {"detail": {"Big": "x"}},
        {"detail": {"a": "x" * 501}},
        {"detail": {f"n{number}": "" for number in range(33)}},
    ],
)
def test_events_have_limits(wrong: dict[str, object]) -> None:
    values: dict[str, object] = {"kind": "a.b", "agency": "NX1", "actor": "me", **wrong}
    with pytest.raises(InputError):
        Event(**values)  # type: ignore[arg-type]
