"""The durable workflow of one transaction, and DBOS which runs it.

Imported only when a desk is opened: DBOS takes a second to load. Workflows carry keys only; each
step may be done again without harm, since what it does is written under the key.
"""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from dbos import DBOS, SetWorkflowID
from dbos._serialization import DBOSPortableJSON
from sqlalchemy import URL, Engine, create_engine, event

from tenprint.model import StoreBusyError

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection

#: Goes up when the steps of a workflow change: what an older version left unfinished is begun anew.
VERSION = "desk-1"

#: A workflow during which the process ended so often is not begun again.
MOST_STARTS = 30

#: Finished workflows are deleted in pieces of so many.
_SWEEP = 200


class Steps(Protocol):
    """What the steps do; each may be called again for the same key."""

    def prepare(self, key: str) -> str:
        """Templates and quality; ``search`` or ``settle``, which comes next."""

    def search(self, key: str) -> str:
        """Candidates."""

    def settle(self, key: str) -> str:
        """Decide, record and answer; or open cases."""


_steps: Steps | None = None


def _now() -> Steps:
    if _steps is None:
        raise RuntimeError("No desk is open.")
    return _steps


@DBOS.step(name="prepare")
def _prepare(key: str) -> str:
    return _now().prepare(key)


@DBOS.step(name="search")
def _search(key: str) -> str:
    return _now().search(key)


@DBOS.step(name="settle")
def _settle(key: str) -> str:
    return _now().settle(key)


@DBOS.workflow(name="transaction", max_recovery_attempts=MOST_STARTS)
def _transaction(key: str) -> str:
    """Extract and check, search, then decide, record and answer."""
    if _prepare(key) == "search":
        _search(key)
    return _settle(key)


def start(steps: Steps, where: Path | str, threads: int) -> Engine:
    """Start DBOS for one desk, and take up workflows that a crash left unfinished.

    Parameters
    ----------
    where : path or str
        A file for SQLite, or a PostgreSQL address.

    Raises
    ------
    StoreBusyError
        If another desk is open in this process.
    """
    global _steps
    if _steps is not None:
        raise StoreBusyError("A desk is open in this process already.", source="desk")
    logger = logging.getLogger("dbos")
    logger.setLevel(logging.CRITICAL)
    # It keeps the stderr of the first start, which may be closed by now, and flushes it.
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
    engine = _engine(where, threads)
    config: Any = {
        "name": "tenprint",
        "system_database_url": engine.url.render_as_string(hide_password=False),
        "system_database_engine": engine,
        "serializer": DBOSPortableJSON,
        "log_level": "CRITICAL",
        "console_log_level": "CRITICAL",
        "enable_otlp": False,
        "application_version": VERSION,
        "executor_id": "desk",
        "notification_listener_polling_interval_sec": 1.0,
        "scheduler_polling_interval_sec": 3600.0,
        "use_listen_notify": False,
    }
    _steps = steps
    try:
        DBOS(config=config)
        DBOS.launch()
    except BaseException:
        stop(engine)
        raise
    return engine


def stop(engine: Engine) -> None:
    """Stop DBOS; what was not finished stays as it is, and is taken up at the next start."""
    global _steps
    DBOS.destroy()
    engine.dispose()
    _steps = None


def run(name: str, key: str) -> None:
    """Run the workflow of a transaction under a name, in this thread."""
    with SetWorkflowID(name):
        _transaction(key)


def taken_up(name: str) -> bool:
    """Whether DBOS itself goes on with a workflow that was begun before."""
    status = DBOS.get_workflow_status(name)
    if status is None or status.app_version != VERSION:
        return False
    return str(status.status) in ("PENDING", "ENQUEUED", "DELAYED")


def spent(name: str) -> bool:
    """Whether the process has ended `MOST_STARTS` times while it was at this workflow."""
    status = DBOS.get_workflow_status(name)
    return status is not None and status.status == "MAX_RECOVERY_ATTEMPTS_EXCEEDED"


def sweep() -> int:
    """Forget finished workflows; how many there were, at most a piece."""
    done = DBOS.list_workflows(
        status=["SUCCESS", "ERROR", "CANCELLED"], limit=_SWEEP, load_input=False, load_output=False
    )
    names = [each.workflow_id for each in done]
    if names:
        DBOS.delete_workflows(names)
    return len(names)


def _engine(where: Path | str, threads: int) -> Engine:
    if not isinstance(where, Path):
        return create_engine(where, pool_size=threads, max_overflow=8, pool_pre_ping=True)
    with sqlite3.connect(where) as first:
        first.execute("PRAGMA journal_mode = WAL")
    first.close()
    url = URL.create("sqlite", database=str(where))
    engine = create_engine(url, pool_size=threads, max_overflow=-1)

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _record: object) -> None:
        raw: Any = connection
        raw.isolation_level = "IMMEDIATE"
        for pragma in (
            "busy_timeout = 30000",
            "foreign_keys = ON",
            # The truth is in the desk's own tables: a step whose note a power cut loses is done
            # again, so these notes need not wait for the disk.
            "synchronous = NORMAL",
            # Each copy of the log makes the disk slow for all others.
            "wal_autocheckpoint = 4096",
        ):
            raw.execute(f"PRAGMA {pragma}")

    return engine
