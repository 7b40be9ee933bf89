"""Holding the whole log against a checkpoint and a key that were kept elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from tenprint.audit._checkpoint import Checkpoint, open_checkpoint
from tenprint.audit._keys import parse_public_key
from tenprint.audit._log import read_state
from tenprint.audit._report import Report
from tenprint.audit._walk import Walk
from tenprint.model import AuditError, InputError


def verify(
    connection: Connection,
    checkpoint: str,
    public_key: str | Ed25519PublicKey,
    *,
    earlier: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Read the whole log, compute every hash again, and say what is not as it was.

    Leaves changed, removed, inserted, reordered or cut off, entries that do not fit their leaves
    or have none, stored hashes and sub-trees that differ, a checkpoint that is forged or another
    log's, and trees that do not continue one another are all found. About 30 microseconds a leaf,
    memory for the sub-tree of each agency; nothing is written and nobody waits.

    Parameters
    ----------
    connection : Connection
        That reads; what is checked is one state of the log, whatever is written meanwhile.
    checkpoint : str
        A signed checkpoint's text.
    public_key : str or Ed25519PublicKey
        The line that `Sequencer.public_key` gave (then the log's name is checked as well), or the
        key alone. Both should come from where nobody who can write the database can write.
    earlier : sequence of str
        Older checkpoints that the same tree must continue.
    progress : callable
        Called now and then with the leaves done and the leaves to do.

    Raises
    ------
    InputError
        If the key or a checkpoint is none at all.
    """
    origin = None
    if isinstance(public_key, str):
        origin, public_key = parse_public_key(public_key)
    report = Report()
    signed = _open(report, [checkpoint, *earlier], public_key, origin)
    with _one_state(connection) as snapshot:
        try:
            report.origin, report.size = read_state(snapshot)
        except AuditError as error:
            report.found("state", None, error.message)
            report.size = _leaves(snapshot)
        for each in list(signed):
            if each.origin != report.origin:
                report.found("checkpoint-other-log", each.size, "It is of another log.")
                signed.remove(each)
            elif each.size > report.size:
                report.found("tree-shorter", each.size, "The tree is shorter than was signed.")
        report.signed = max((each.size for each in signed), default=0)
        walk = Walk(snapshot, report, {each.size: each.root for each in signed})
        try:
            walk.check(progress)
        except DBAPIError:
            report.found("unreadable", walk.position, "The database cannot read what it stores.")
        _compare_roots(report, signed, walk.roots)
    return report


def _open(
    report: Report, texts: Sequence[str], key: Ed25519PublicKey, origin: str | None
) -> list[Checkpoint]:
    """The checkpoints that are signed with the key, the others reported."""
    signed: list[Checkpoint] = []
    for each in texts:
        try:
            found = open_checkpoint(each, key)
        except InputError:
            raise
        except AuditError as error:
            report.found("checkpoint-forged", None, error.message)
            continue
        if origin is not None and found.origin != origin:
            report.found("checkpoint-other-log", found.size, "It is of another log.")
            continue
        signed.append(found)
    in_time = sorted(signed, key=lambda each: each.time)
    for before, after in pairwise(in_time):
        if after.size < before.size:
            text = "A later checkpoint is of a smaller tree."
            report.found("checkpoint-time", after.size, text)
    return signed


def _compare_roots(report: Report, signed: Sequence[Checkpoint], roots: dict[int, bytes]) -> None:
    for each in signed:
        if each.size <= report.size and roots.get(each.size) != each.root:
            report.found("root-differs", each.size, "The tree is not the one that was signed.")


@contextmanager
def _one_state(connection: Connection) -> Iterator[Connection]:
    """A connection that sees one state of the database throughout."""
    # SQLite's readers do anyway; PostgreSQL's see each statement's own.
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        yield connection
        return
    with connection.engine.connect() as plain:
        yield plain.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _leaves(connection: Connection) -> int:
    return int(connection.execute(text("SELECT count(*) FROM audit_leaves")).scalar() or 0)
