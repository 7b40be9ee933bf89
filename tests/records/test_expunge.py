"""After an expunge nothing is left anywhere of who was expunged."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text
from tests.records.conftest import Clock
from tests.records.people import WHEN, encounter, event, who
from tests.store.conftest import Cluster
from tests.store.people import packed_person

from tenprint.audit import Event, append
from tenprint.model import Identifier, InputError, PersonNotFoundError
from tenprint.names import NameIndex
from tenprint.records import (
    EventKind,
    Flag,
    FlagKind,
    Records,
    RecordStatus,
    Retention,
    Swept,
    Vault,
    migrate,
)
from tenprint.records._expunged import read_log
from tenprint.records._schema import encounters, entries, images, keys, people, subscriptions
from tenprint.store import TruthStore


def pieces(data: bytes) -> Iterator[bytes]:
    """Parts of bytes, so that a half-overwritten copy is found too."""
    if len(data) <= 32:
        yield data
    for start in range(0, len(data) - 24, max(24, len(data) // 8)):
        yield data[start : start + 24]


def everywhere(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def traces(records: Records, store: TruthStore, person: str) -> list[bytes]:
    """Every byte string that is of this person: plain, and as it is stored."""
    found: list[bytes] = []
    with store.reading() as connection:
        record = records.person(connection, person)
        number = record.number
        found += [each.packed for each in store.encounters_of([number], active_only=False)]
        for row in connection.execute(select(encounters).where(encounters.c.person == number)):
            found += [bytes(row.body), bytes(row.wrapped), row.token.encode()]
            found += [row.encounter.encode(), row.transaction_id.encode()]
            files = select(images).where(images.c.encounter == row.key)
            for image in connection.execute(files):
                found += [image.file.encode(), records.image(connection, image.file)]
                found += [records.vault.files.read(image.file), bytes(image.detail)]
        for row in connection.execute(select(entries).where(entries.c.person == number)):
            found += [bytes(row.body), row.id.encode()]
        query = select(subscriptions).where(subscriptions.c.person == number)
        for row in connection.execute(query):
            found += [bytes(row.body), row.id.encode()]
        query = select(keys.c.wrapped, keys.c.id).join(people, people.c.key == keys.c.id)
        row = connection.execute(query.where(people.c.number == number)).one()
        found += [bytes(row.wrapped), records.vault.key(connection, row.id)._secret]
        known = records._known(connection, person)
        for each in connection.execute(select(encounters).where(encounters.c.person == number)):
            own = known.key.unwrap(each.wrapped, f"encounter-key {each.token}")
            found.append(own._secret)
    for each in record.encounters:
        said = each.biographics
        found += [said.names[0].given.encode(), said.names[0].family.encode()]
        found += [said.identifiers[0].value.encode(), each.detail["cell"].encode()]
        found += [said.other["place-of-birth"].encode()]
    found += [each.text.encode() for each in record.events]
    found += [each.codes["offence"].encode() for each in record.events]
    found += [each.reference.encode() for each in record.flags]
    found += [each.value.encode() for each in record.identifiers]
    return [*found, person.encode()]


def fill(records: Records, store: TruthStore, people: range) -> None:
    for n in people:
        with store.writing() as change:
            person = f"Person-{n:05d}"
            records.new_person(change, person, encounter(1000 + n, f"Enc-{n:05d}-a"))
            records.add_encounter(change, person, encounter(2000 + n, f"Enc-{n:05d}-b"))
            connection = change.connection
            records.add_event(connection, person, event(7000 + n))
            flag = Flag(FlagKind.WANTED, "RU2", WHEN, None, f"warrant {7000 + n}")
            records.set_flag(connection, person, flag)
            records.add_identifier(change, person, Identifier("fbi", f"FBI-{n:07d}"))
            kinds = [EventKind.ARREST]
            records.subscribe(connection, "DMV", person, kinds, reference=f"licence-{n:06d}")
            append(connection, Event("record.viewed", "RU2", "key:1", subject=person))


def test_nothing_is_left(records: Records, store: TruthStore, folder: Path) -> None:
    fill(records, store, range(12))
    records.load_names()
    gone = ["Person-00003", "Person-00004", "Person-00007"]
    with store.writing() as change:
        # One has been merged, by way of another.
        records.merge(change, "Person-00004", "Person-00007")
    with store.writing() as change:
        records.merge(change, "Person-00003", "Person-00004")
    sought = [b"Person-00004", b"Person-00007", *traces(records, store, gone[0])]
    assert len(sought) > 100
    with store.reading() as connection:
        kept = records.person(connection, "Person-00005")
    if store.source.endswith(".tenprint"):
        before = b"".join(everywhere(folder).values())
        secret = {each for each in sought if each not in before}
        # Secrets of keys, names and the like are stored encrypted only; what is stored is found.
        assert 0 < len(secret) < len(sought) / 2
    assert records.names is not None
    assert records.names.search(who(1003))[0].score > 0.9
    with store.writing() as change:
        records.expunge(change, gone[0], "court-order", agency="RU2", actor="user:z")
    files = everywhere(folder)
    for each in sought:
        for piece in pieces(each):
            for name, data in files.items():
                assert piece not in data, (name, each[:40])
                assert each.decode("latin-1") not in name
    with store.reading() as connection:
        for name in gone:
            assert records.status(connection, name) is RecordStatus.EXPUNGED
            with pytest.raises(PersonNotFoundError):
                records.person(connection, name)
        assert records.person(connection, "Person-00005") == kept
        assert records.image(connection, kept.encounters[0].images[0].file)
        said = connection.execute(
            text("SELECT detail FROM audit_entries WHERE detail LIKE '%cou%'")
        )
        assert json.loads(said.scalar_one()) == {"reason": "court-order", "people": "3"}
    assert all(each.key != kept.number - 2 for each in records.names.search(who(1003)))
    assert len(read_log(folder / "expunged.log")[1]) == 3
    assert store.count() == (9, 18)


def test_postgres_keeps_nothing_in_its_tables(
    postgres: Cluster, postgres_url: str, folder: Path
) -> None:
    """Written anew, the server's files hold nothing; its own log (pg_wal) is its operator's."""
    with TruthStore.open(postgres_url) as store:
        with store.transaction() as connection:
            migrate(connection)
        records = Records(store, Vault.open(folder), None, folder)
        fill(records, store, range(6))
        sought = traces(records, store, "Person-00001")
        postgres.run("CHECKPOINT")
        stored = [each for each in sought if each in server_files(postgres)]
        assert len(stored) > 20
        with store.writing() as change:
            records.expunge(change, "Person-00001", "court-order")
        assert records.scrub(whole=True)
        postgres.run("CHECKPOINT")
        left = server_files(postgres)
        assert [each for each in sought if each in left] == []
        with store.reading() as connection:
            wrapped = connection.execute(select(keys.c.wrapped).order_by(keys.c.id)).scalars()
            assert [any(each) for each in wrapped] == [True, False, True, True, True, True]


def server_files(cluster: Cluster) -> bytes:
    return b"".join(everywhere(cluster.folder / "data" / "base").values())


def test_other_rooms_take_part(records: Records, store: TruthStore) -> None:
    fill(records, store, range(2))
    told: list[list[str]] = []
    records.erasers.append(lambda connection, names: told.append(list(names)))
    for wrong in ("", "Court order", "x" * 41):
        with pytest.raises(InputError), store.writing() as change:
            records.expunge(change, "Person-00001", wrong)
    with pytest.raises(PersonNotFoundError), store.writing() as change:
        records.expunge(change, "nobody", "mistake")
    with store.writing() as change:
        records.expunge(change, "Person-00001", "mistake")
    assert told == [["Person-00001"]]
    with store.writing() as change:  # the identifier may be used again
        records.new_person(change, "Person-00001", encounter(1))


def test_the_log_follows_the_table(records: Records, store: TruthStore, folder: Path) -> None:
    """A crash between the commit and the log's line is made up for at the next start."""
    fill(records, store, range(3))
    for person in ("Person-00000", "Person-00001"):
        with store.writing() as change:
            records.expunge(change, person, "mistake")
    path = folder / "expunged.log"
    salt, lines = read_log(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b"\n", 60) + 30])  # in the middle of the first line
    Records(store, Vault.open(folder), NameIndex(), folder)
    assert read_log(path)[0] == salt
    assert sorted(read_log(path)[1]) == sorted(lines)
    path.unlink()
    Records(store, Vault.open(folder), NameIndex(), folder)
    assert sorted(read_log(path)[1]) == sorted(lines)


def test_a_first_start_that_was_cut_off(store: TruthStore, folder: Path) -> None:
    (folder / "expunged.log").write_text(f"tenprint-expunged 1 {'ab' * 16}\n", encoding="ascii")
    records = Records(store, Vault.open(folder), None, folder)
    assert records.expunge_salt == "ab" * 16
    Records(store, Vault.open(folder), None, folder)


def test_what_may_not_be_kept_is_removed(
    records: Records, store: TruthStore, clock: Clock, folder: Path
) -> None:
    with store.writing() as change:
        records.new_person(change, "civil", encounter(1, retention=Retention.CIVIL_NOT_RETAINED))
        records.new_person(change, "both", encounter(2, "kept"))
        records.add_encounter(change, "both", encounter(3, "gone", retention=Retention.BORDER))
        records.add_submission(change.connection, encounter(4, retention=Retention.NONE))
    assert records.sweep() == Swept()
    assert len(list((folder / "images").rglob("*/*"))) == 8
    clock.pass_days(1)
    assert records.sweep().submissions == 1
    clock.pass_days(6)
    assert records.sweep().encounters == 1
    clock.pass_days(24)
    swept = records.sweep()
    assert (swept.encounters, swept.people) == (1, 1)
    assert len(list((folder / "images").rglob("*/*"))) == 2
    with store.reading() as connection:
        assert records.status(connection, "civil") is RecordStatus.EXPUNGED
        assert [e.id for e in records.person(connection, "both").encounters] == ["kept"]
    assert [each.packed for each in store.encounters_of([1, 2])] == [packed_person(2)]
