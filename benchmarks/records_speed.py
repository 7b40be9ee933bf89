"""What the records cost: reading a person, loading the names, enrolling. Processor time.

    PYTHONPATH=src python benchmarks/records_speed.py [--people 100000] [--url POSTGRES]

Everybody is fictitious; of the people read each has 3 encounters of 4 images, 5 events and a flag.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import insert

from tenprint.access import Part
from tenprint.model import Identifier
from tenprint.names import NameIndex
from tenprint.records import (
    EventKind,
    Flag,
    FlagKind,
    Key,
    NewEncounter,
    NewEvent,
    NewImage,
    Records,
    Vault,
    migrate,
)
from tenprint.records._base import no_prints
from tenprint.records._bodies import encounter_body
from tenprint.records._schema import encounters, keys, people
from tenprint.store import NewPerson, TruthStore
from tenprint.synth import biographics

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def timed(name: str, count: int, call: Callable[[int], object]) -> None:
    """Processor and wall time of one call of many."""
    start, wall = time.process_time(), time.perf_counter()
    for number in range(count):
        call(number)
    each = 1000 * (time.process_time() - start) / count
    whole = 1000 * (time.perf_counter() - wall) / count
    print(f"{name:45} {each:8.3f} ms of processor, {whole:8.3f} ms")


def bulk(store: TruthStore, vault: Vault, count: int) -> None:
    """People with one encounter each, written without the checks of `Records.new_person`."""
    master = vault._master.key
    stream = biographics(0, count)
    while chunk := list(islice(stream, 5000)):
        rows: tuple[list, list, list] = ([], [], [])
        with store.writing() as change:
            new = [NewPerson(f"bulk-{n}", no_prints()) for n, _ in chunk]
            numbers = change.insert_people(new)
            for number, (n, who) in zip(numbers, chunk, strict=True):
                above, own, token = Key(), Key(), f"{n:032x}"
                rows[0].append({"id": number, "wrapped": master.wrap(above, "key")})
                rows[1].append(
                    {
                        "number": number, "person": f"bulk-{n}", "status": "active",
                        "key": number, "version": 0, "created_at": NOW,
                    }
                )  # fmt: skip
                rows[2].append(
                    {
                        "person": number, "encounter": "1", "token": token, "number": 1,
                        "agency": "BULK", "stored_at": NOW, "active": True, "galleries": 1,
                        "retention": "criminal",
                        "wrapped": above.wrap(own, f"encounter-key {token}"),
                        "body": own.seal(encounter_body(who, {}), f"encounter {token}"),
                    }
                )  # fmt: skip
            for table, some in zip((keys, people, encounters), rows, strict=True):
                change.connection.execute(insert(table), some)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--read", type=int, default=300)
    parser.add_argument("--url")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with TruthStore.open(options.url or folder / "people.tenprint") as store:
            measure(store, folder, options.people, options.read)


def measure(store: TruthStore, folder: Path, count: int, read: int) -> None:
    with store.transaction() as connection:
        migrate(connection)
    names = NameIndex()
    records = Records(store, Vault.open(folder), names, folder)
    start, wall = time.process_time(), time.perf_counter()
    bulk(store, records.vault, count)
    with store.transaction() as connection:
        if connection.dialect.name == "postgresql":  # the keys' numbers were given by hand
            connection.exec_driver_sql(f"SELECT setval('records_keys_id_seq', {count})")
    print(f"{count} people written in {time.process_time() - start:.0f} s of processor")
    start, wall = time.process_time(), time.perf_counter()
    with (
        store.reading() as connection,
        connection.execution_options(
            **({} if connection.dialect.name == "sqlite" else {"isolation_level": "READ COMMITTED"})
        ).begin(),
    ):
        found = sum(1 for _ in records._people(connection))
    spent = time.process_time() - start
    each = 1e6 * spent / found
    print(f"{found} people decrypted in {spent:.1f} s of processor, {each:.0f} us each")
    start, wall = time.process_time(), time.perf_counter()
    records.load_names()
    print(
        f"{len(names)} people in the index of names in {time.process_time() - start:.1f} s of "
        f"processor, {time.perf_counter() - wall:.1f} s; {names.nbytes / 1e6:.0f} MB"
    )
    who = [each for _, each in biographics(10**7, read)]

    def given(number: int, images: int = 4) -> NewEncounter:
        pictures = tuple(NewImage(bytes(10_000), media="image/x-wsq") for _ in range(images))
        return NewEncounter("RU0000001", no_prints(), biographics=who[number], images=pictures)

    ready = [[records.prepare(given(n)) for _ in range(3)] for n in range(read)]

    def enrol(number: int) -> None:
        person = f"P{number}"
        with store.writing() as change:
            records.new_person(change, person, ready[number][0])
            for more in ready[number][1:]:
                records.add_encounter(change, person, more)
            for _ in range(5):
                new = NewEvent(EventKind.ARREST, "RU1", "2025-01-01", "text " * 10, {"code": "1"})
                records.add_event(change.connection, person, new)
            records.set_flag(change.connection, person, Flag(FlagKind.WANTED, "RU1", NOW))
            records.add_identifier(change, person, Identifier("fbi", f"{number}"))

    timed("enrol: 3 encounters, 5 events, flag, number", read, enrol)
    timed("prepare: 4 images of 10 kB, synced", min(read, 50), lambda n: records.prepare(given(n)))
    few = frozenset(Part) - {Part.IMAGES}

    def ask(parts: frozenset[Part]) -> Callable[[int], object]:
        def call(number: int) -> object:
            with store.reading() as connection:
                return records.person(connection, f"P{number}", parts)

        return call

    timed("read a person, first time", read, ask(few))
    timed("read a person again, without images", read, ask(few))
    timed("read a person again, with the list of images", read, ask(frozenset(Part)))
    timed("follow names, nothing new", 1000, lambda _: records.follow_names())


if __name__ == "__main__":
    main()
