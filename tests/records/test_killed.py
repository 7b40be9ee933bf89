"""kill -9 at any moment: no acknowledged image is lost, and no row hangs in the air."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import select, text
from tests.records.people import image, who

from tenprint.records import Records, RecordStatus, Vault
from tenprint.records._expunged import read_log
from tenprint.records._schema import doomed, encounters, images, keys, people
from tenprint.store import TruthStore

ROUNDS = 8


def test_killed_at_any_moment(where: str, folder: Path) -> None:
    place = where if "://" in where else str(folder / "people.tenprint")
    command = [sys.executable, "-m", "tests.records.worker", str(folder), place, str(ROUNDS)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    said: dict[str, set[int]] = {"new": set(), "again": set(), "doom": set(), "gone": set()}
    for line in done.stdout.splitlines():
        if line not in ("", "end"):
            kind, number = line.split()
            said[kind].add(int(number))
    assert len(said["new"]) >= ROUNDS
    with TruthStore.open(place, create=False) as store:
        records = Records(store, Vault.open(folder, create=False), None, folder)
        records.sweep(orphans=True, orphan_age=0)
        with store.reading() as connection:
            for number in said["new"] - said["doom"]:
                check(records, connection, number, number in said["again"])
            for number in said["gone"]:
                status = records.status(connection, f"P{number}")
                assert status is RecordStatus.EXPUNGED
            # Whatever was not acknowledged is there as a whole, or not at all.
            for row in connection.execute(select(people)).all():
                records.person(connection, row.person)
            files = set(connection.execute(select(images.c.file)).scalars())
            for file in files:
                assert records.image(connection, file)
            owners = set(connection.execute(select(images.c.encounter)).scalars())
            assert owners <= set(connection.execute(select(encounters.c.key)).scalars())
            assert connection.execute(select(doomed)).all() == []
            numbers = select(encounters.c.person, encounters.c.number)
            ours = {
                (row.person, row.number)
                for row in connection.execute(numbers)
                if row.person is not None
            }
            theirs = connection.execute(text("SELECT person_id, encounter FROM encounters"))
            assert ours == {tuple(row) for row in theirs}
            known = set(connection.execute(select(keys.c.id)).scalars())
            assert set(connection.execute(select(people.c.key)).scalars()) <= known
            lines = {each.person for each in read_log(folder / "expunged.log")[1]}
            table = connection.execute(text("SELECT person FROM records_expunged")).scalars()
            assert lines == set(table)
        on_disk = {path.name for path in (folder / "images").rglob("*") if path.is_file()}
        assert on_disk == files


def check(records: Records, connection: object, number: int, again: bool) -> None:
    found = records.person(connection, f"P{number}")  # type: ignore[arg-type]
    one = found.encounters[0]
    assert one.biographics == who(number)
    data = [records.image(connection, each.file) for each in one.images]  # type: ignore[arg-type]
    assert data == [image(100 * number).data, image(100 * number + 1).data]
    if again:
        (last,) = found.encounters[1].images
        assert records.image(connection, last.file) == image(9_000_000 + number).data  # type: ignore[arg-type]
