"""Write an Alembic revision from the difference between the rooms' tables and the revisions so far.

    PYTHONPATH=src python tools/make_migration.py "What has changed"     # one more revision
    PYTHONPATH=src python tools/make_migration.py --initial              # the first, written again

`--initial` is for as long as no version was released. Read what it has written.
"""

import argparse
import importlib
import re
import subprocess
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import MetaData, create_engine
from sqlalchemy.types import TypeDecorator

from tenprint.records._migrate import migrations

ROOMS = ("audit", "access", "records", "desk", "api")
VERSIONS = Path(__file__).parents[1] / "src" / "tenprint" / "records" / "migrations" / "versions"


def all_tables() -> MetaData:
    """The tables of every room that has some."""
    together = MetaData()
    for room in ROOMS:
        found = getattr(importlib.import_module(f"tenprint.{room}"), "tables", None)
        for table in found.sorted_tables if found is not None else ():
            for column in table.to_metadata(together).columns:
                if isinstance(column.type, TypeDecorator):  # revisions import nothing of ours
                    column.type = column.type.impl_instance
    return together


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("message", nargs="?", default="The tables of all rooms")
    parser.add_argument("--initial", action="store_true", help="write the first revision again")
    options = parser.parse_args()
    number = 1 + len(list(VERSIONS.glob("[0-9]*.py")))
    if options.initial:
        for old in VERSIONS.glob("[0-9]*.py"):
            old.unlink()
        number = 1
    tables = all_tables()
    config = migrations()
    config.attributes["target_metadata"] = tables
    config.attributes["include_name"] = lambda name, kind, _parents: (
        kind != "table" or name in tables.tables
    )
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/empty.db")
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            if number > 1:
                command.upgrade(config, "head")
            script = command.revision(
                config, options.message, autogenerate=True, rev_id=f"{number:04d}"
            )
        engine.dispose()
    path = Path(script.path)  # type: ignore[union-attr]
    body = re.sub(r"    # ### .*\n", "", path.read_text(encoding="utf-8"))
    body = re.sub(r"def downgrade\(\).*", "", body, flags=re.DOTALL).rstrip() + "\n"
    target = VERSIONS / f"{number:04d}.py"
    path.unlink()
    target.write_text(body, encoding="utf-8")
    subprocess.run(["ruff", "format", "-q", str(target)], check=True)
    subprocess.run(["ruff", "check", "--fix", "-q", str(target)], check=True)
    print(target)


if __name__ == "__main__":
    main()
