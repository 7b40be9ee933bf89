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
