"""The tables that the revisions make are those the rooms describe."""

import importlib
import pkgutil

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, text

import tenprint
from tenprint.model import StoreVersionError
from tenprint.records import migrate
from tenprint.store import TruthStore

ROOMS = ("audit", "access", "records", "desk", "api")


def described() -> MetaData:
    together = MetaData()
    for room in ROOMS:
        for table in importlib.import_module(f"tenprint.{room}").tables.sorted_tables:
            table.to_metadata(together)
    return together


def test_the_tables_are_the_rooms_own(store: TruthStore) -> None:
    """If this fails, write a revision: ``tools/make_migration.py``."""
    tables = described()
    with store.transaction() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, _: kind != "table" or name in tables.tables,
                "compare_type": True,
            },
        )
        assert compare_metadata(context, tables) == []
        assert not migrate(connection)


def test_no_room_was_forgotten() -> None:
    rooms = {
        each.name
        for each in pkgutil.iter_modules(tenprint.__path__)
        if each.ispkg
        and isinstance(
            getattr(importlib.import_module(f"tenprint.{each.name}"), "tables", None), MetaData
        )
    }
    assert rooms == set(ROOMS)


def test_a_newer_one_is_refused(store: TruthStore) -> None:
    with store.transaction() as connection:
        connection.execute(text("UPDATE service_version SET version_num = 'ffff'"))
        with pytest.raises(StoreVersionError, match="newer version"):
            migrate(connection)
        connection.execute(text("DELETE FROM service_version"))
        with pytest.raises(StoreVersionError):
            migrate(connection, to="ffff")


def test_all_or_nothing(where: str) -> None:
    with TruthStore.open(where) as store:
        with pytest.raises(ZeroDivisionError), store.transaction() as connection:
            assert migrate(connection) / 0
        with store.transaction() as connection:
            assert migrate(connection)
            assert connection.execute(text("SELECT count(*) FROM records_people")).scalar() == 0


def test_what_a_version_before_has_kept_is_to_be_read_through(where: str) -> None:
    """Transactions that may name others, and all calls; what a search found goes at once."""
    kept = 'INSERT INTO desk_transactions (key, agency, "transaction", klass, purpose, operation,'
    kept += " caller, digest, state, under_review, priority, attempt, todo, submitted_at, due_at,"
    kept += " machine_ms, human_ms, late, answers, vault_key) VALUES (:key, 'A', :key, 'k', 'p',"
    kept += " :what, '{}', :some, 'answered', :no, 0, 1, :no, 0, 0, 0, 0, :no, 1, :vault)"
    call = "INSERT INTO api_osia_tasks (id, agency, osia_transaction, operation, key, arguments,"
    call += " caller, callback, state, attempts, created_at)"
    call += " VALUES ('t', 'A', 'x', 'o', 1, :some, '{}', 'c', 's', 0, 0)"
    with TruthStore.open(where) as store, store.transaction() as connection:
        migrate(connection, to="0002")
        for key, what, vault in [("a", "identify", 1), ("b", "check", 2), ("c", "merge", None)]:
            row = {"key": key, "what": what, "vault": vault, "some": bytes(32), "no": False}
            connection.execute(text(kept), row)
        part = "INSERT INTO desk_parts (key, name, data) VALUES (:key, :name, :some)"
        for key in ("a", "b"):
            for name in ("found", "sample"):
                connection.execute(text(part), {"key": key, "name": name, "some": b"x"})
        connection.execute(text(call), {"some": b"x"})
        assert migrate(connection)
        named = connection.execute(text("SELECT key, person FROM desk_named")).all()
        assert [tuple(each) for each in named] == [("a", "")]
        parts = connection.execute(text("SELECT name FROM desk_parts")).scalars().all()
        assert parts == ["sample", "sample"]
        calls = connection.execute(text("SELECT task, person FROM api_osia_named")).all()
        assert [tuple(each) for each in calls] == [("t", "")]
