"""What is PostgreSQL's own: a server that is gone, busy, full or not ours."""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.store.conftest import Cluster
from tests.store.people import new_person, packed_person

from tenprint.model import (
    NotFoundError,
    StoreBusyError,
    StoreError,
    StoreFormatError,
    StoreUnavailableError,
    StoreVersionError,
)
from tenprint.store import TruthStore


def plain(url: str) -> str:
    return url.replace("+psycopg", "")


def run(url: str, statement: str) -> None:
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_the_password_is_never_shown(postgres_url: str, scheme: str) -> None:
    secret = postgres_url.replace("postgresql+psycopg", scheme)
    secret = secret.replace("postgres@", "postgres:geheim@") + "?application_name=tenprint"
    with TruthStore.open(secret) as store:
        assert store.source.startswith("postgresql://postgres@127.0.0.1:")
        with pytest.raises(StoreError) as caught:
            TruthStore.open(secret.replace("/test_", "/no_"))
        for text in (store.source, str(caught.value), repr(caught.value.__cause__)):
            assert "geheim" not in text
    assert not caught.value.retryable
    with pytest.raises(StoreError) as caught:
        TruthStore.open("postgresql://u@127.0.0.1:1/db?password=geheim")
    assert "geheim" not in str(caught.value)


def test_a_server_that_does_not_answer_is_worth_another_try() -> None:
    with pytest.raises(StoreUnavailableError) as caught:
        TruthStore.open("postgresql://u@127.0.0.1:1/db")
    assert caught.value.retryable


def test_a_server_may_go_and_come_back(postgres: Cluster, postgres_url: str) -> None:
    with TruthStore.open(postgres_url) as store:
        store.insert_people([new_person(n) for n in range(10)])
        postgres.control("-m", "immediate", "stop")
        for call in (store.change, lambda: store.insert_people([new_person(10)])):
            with pytest.raises(StoreUnavailableError):
                call()
        postgres.start()
        assert store.count() == (10, 10)
        assert store.insert_people([new_person(10)]) == [11]


def test_a_connection_cut_in_the_middle_leaves_nothing(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TruthStore.open(postgres_url) as store:
        store.insert_people([new_person(0)])

        def cut(connection: object, rows: object) -> None:
            run(
                postgres_url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )

        with monkeypatch.context() as patched:
            patched.setattr("tenprint.store._change.insert_originals", cut)
            with pytest.raises(StoreUnavailableError):
                store.insert_people([new_person(1)])
        assert store.count() == (1, 1)
        assert store.insert_people([new_person(1)]) == [2]
        assert store.changed_since(0, 9) == [(1, 1, 0, 1), (2, 2, 0, 1)]


def test_a_second_writer_waits_then_gives_up(postgres_url: str) -> None:
    with (
        TruthStore.open(postgres_url) as store,
        TruthStore.open(postgres_url, busy_timeout=0.1) as hasty,
        psycopg.connect(plain(postgres_url)) as blocker,
    ):
        blocker.execute("UPDATE meta SET value = value WHERE key = 'change'")
        with pytest.raises(StoreBusyError) as caught:
            hasty.insert_people([new_person(1)])
        assert caught.value.retryable
        assert hasty.people() == []  # reading goes on meanwhile
        timer = threading.Timer(0.2, blocker.rollback)
        timer.start()
        store.insert_people([new_person(2)])
        timer.join()
        assert hasty.people() == ["P2"]


def test_a_deadlock_is_worth_another_try(postgres_url: str) -> None:
    """Somebody else locks a person and then waits for the counters: one of the two gives up."""
    with TruthStore.open(postgres_url) as store, psycopg.connect(plain(postgres_url)) as other:
        store.insert_people([new_person(1)])
        other.execute("SET lock_timeout = '5s'")
        other.execute("SELECT 1 FROM people FOR UPDATE")
        failed: list[StoreError] = []

        def seal() -> None:
            try:
                store.set_status("P1", 2)
            except StoreError as error:
                failed.append(error)

        thread = threading.Thread(target=seal)
        thread.start()
        try:
            other.execute("SELECT 1 FROM meta WHERE key = 'change' FOR UPDATE")
        except psycopg.errors.DeadlockDetected:
            other.rollback()
        other.rollback()
        thread.join()
        assert all(isinstance(error, StoreBusyError) for error in failed)
        assert store.changed_since(0, 9)[0].status == (0 if failed else 2)


def test_the_database_must_hold_every_script(postgres: Cluster) -> None:
    postgres.run("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(StoreError, match="LATIN1, not UTF8"):
        TruthStore.open(postgres.url("latin"))


def test_tables_of_others_are_left_alone(postgres_url: str) -> None:
    run(postgres_url, "CREATE TABLE people (name TEXT)")
    with pytest.raises(StoreFormatError, match="not tenprint's"):
        TruthStore.open(postgres_url)


def test_another_version_is_refused(postgres_url: str) -> None:
    TruthStore.open(postgres_url).close()
    run(postgres_url, "UPDATE meta SET value = '3' WHERE key = 'format'")
    with pytest.raises(StoreVersionError, match="format 3; this tenprint reads format 2"):
        TruthStore.open(postgres_url)


def test_a_user_who_may_only_read(postgres_url: str) -> None:
    with TruthStore.open(postgres_url) as store:
        store.insert_people([new_person(1)])
    run(
        postgres_url,
        "CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
    )
    try:
        with TruthStore.open(postgres_url.replace("postgres@", "reader@")) as store:
            assert store.encounters_of([1])[0].packed == packed_person(1)
            with pytest.raises(StoreError, match="may not be written"):
                store.delete("P1")
    finally:
        run(postgres_url, "DROP OWNED BY reader; DROP ROLE reader")


def test_a_table_that_is_gone_is_damage(postgres_url: str) -> None:
    with TruthStore.open(postgres_url) as store:
        run(postgres_url, "DROP TABLE originals")
        with pytest.raises(StoreFormatError, match="damaged"):
            store.originals_of(1, 1)


@pytest.fixture
def small_space(postgres: Cluster) -> Iterator[str]:
    """A place for tables on a disk of eight megabytes."""
    folder = postgres.folder / "small"
    folder.mkdir(exist_ok=True)
    options = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and shutil.which("mount")
    if not mounted or subprocess.run(options, capture_output=True, check=False).returncode:
        pytest.skip("no small disk can be mounted here (it takes root)")
    shutil.chown(folder, "postgres")
    postgres.run(f"CREATE TABLESPACE small LOCATION '{folder}'")
    postgres.run("CREATE DATABASE small")
    try:
        yield postgres.url("small") + "?options=-cdefault_tablespace%3Dsmall"
    finally:
        postgres.run("DROP DATABASE small WITH (FORCE)")
        postgres.run("DROP TABLESPACE small")
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_loses_nothing(small_space: str) -> None:
    number = 0

    def enrol() -> None:
        nonlocal number
        while number < 100_000:
            store.insert_people([new_person(n) for n in range(number, number + 100)])
            number += 100

    with TruthStore.open(small_space) as store:
        with pytest.raises(StoreError, match="The disk is full") as caught:
            enrol()
        assert not caught.value.retryable
        assert store.people() == [f"P{n}" for n in range(number)]
        found = store.encounters_of(range(1, number + 1))
        assert [each.packed for each in found] == [packed_person(n) for n in range(number)]
        assert (store.count(), store.change()) == ((number, number), number)


def test_no_gallery_in_the_database(postgres_url: str, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no gallery in this database"):
        TruthStore.open(postgres_url, create=False)
