"""The tables of all rooms, made and brought up to date by Alembic.

The revisions are fixed statements (``migrations/versions``), so no other room is
imported; ``tools/make_migration.py`` writes them from the rooms' tables, and a test compares.
The store's own tables are the store's business.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from tenprint.model import StoreVersionError

if TYPE_CHECKING:
    from alembic.config import Config

#: Holds the revision of a database.
TABLE = "service_version"

#: Held in PostgreSQL while tables are made: the letters TPMG.
_LOCK = 0x54504D47

_FOLDER = Path(__file__).parent / "migrations"


def migrations() -> Config:
    """Alembic's configuration: where the revisions lie."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    return config


@cache
def _revisions() -> tuple[str, frozenset[str]]:
    """The newest revision, and all."""
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(migrations())
    head = script.get_current_head()
    assert head is not None  # noqa: S101 - there is one
    return head, frozenset(each.revision for each in script.walk_revisions())


def revision(connection: Connection) -> str | None:
    """The revision of a database's tables, None where there are none."""
    if not inspect(connection).has_table(TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {TABLE}")).scalar()  # noqa: S608


def migrate(connection: Connection, *, to: str = "head") -> bool:
    """Make the tables of all rooms, or bring them up to date; whether there was anything to do.

    Call it at every start, in ``store.transaction()``: all of it is done or nothing.

    Parameters
    ----------
    connection : Connection
    to : str
        The revision to go to; another one than the newest only while a backup is restored.

    Raises
    ------
    StoreVersionError
        If the tables were written by a newer version.
    """
    from alembic import command

    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    found = revision(connection)
    head, known = _revisions()
    if found == head:
        return False
    if found is not None and found not in known:
        raise StoreVersionError(
            "The tables were written by a newer version of tenprint.",
            field=f"revision {found}",
            remedy="Start that version, or a later one.",
        )
    if to not in known and to != "head":
        raise StoreVersionError(
            "This was written by a newer version of tenprint.", field=f"revision {to}"
        )
    config = migrations()
    config.attributes["connection"] = connection
    command.upgrade(config, to)
    return True
