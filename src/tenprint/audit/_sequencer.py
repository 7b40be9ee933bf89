"""The one who puts leaves into the tree and signs what it has become."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Signal
from threading import RLock, Thread

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, select

from tenprint.audit._append import append
from tenprint.audit._checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from tenprint.audit._event import Event, EventKind
from tenprint.audit._folder import read_latest, write_checkpoint
from tenprint.audit._intake import Intake
from tenprint.audit._keys import public_key_text
from tenprint.audit._log import lock, read_state, take_waiting, tree_root, write_heads
from tenprint.audit._schema import queue
from tenprint.model import AuditError, ConflictError, InputError, TenprintError
from tenprint.store import TruthStore


@dataclass(frozen=True, slots=True)
class Sequenced:
    """What one run has done.

    Attributes
    ----------
    added : int
        Leaves put into the tree, heads among them.
    size : int
        The tree's size after it.
    root : bytes
        And its root.
    """

    added: int
    size: int
    root: bytes


class Sequencer:
    """Puts leaves into the tree, in a thread of its own (`start`) or when told (`run_once`).

    Thread-safe. Several may run on one database: each run takes a lock. A checkpoint is signed
    after its leaves are committed, and only if the tree continues the last one in the folder, and
    what this object itself has made of it since: a tree that somebody else rewrote is not signed.

    Parameters
    ----------
    store : TruthStore
        Its database has this room's tables.
    key : Ed25519PrivateKey
        `load_signing_key`.
    folder : Path
        Where checkpoints go: better on another machine's disk.
    interval : float
        Seconds between runs.
    checkpoint_every : float
        Seconds between checkpoints, where something was logged.
    heads_every : float
        Seconds between the leaves that say each agency's sub-tree; a checkpoint follows at once.
        A head for each agency at every checkpoint would double the log of a country.
    clock : callable
        The time, with a time zone.
    intake : Intake, optional
        Leaves that are not in the database yet. A thread beside the one that sequences brings them
        there: a tree that cannot be continued, or a folder of checkpoints that hangs, does not keep
        them out.

    """

    def __init__(
        self,
        store: TruthStore,
        key: Ed25519PrivateKey,
        folder: Path,
        *,
        interval: float = 0.5,
        checkpoint_every: float = 60.0,
        heads_every: float = 3600.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        intake: Intake | None = None,
    ) -> None:
        self._problems: dict[str, TenprintError] = {}  # by thread
        self._store = store
        self._key = key
        self._folder = folder
        self._interval = interval
        self._checkpoint_every = checkpoint_every
        self._heads_every = heads_every
        self._clock = clock
        self._intake = intake
        self._turn = RLock()
        self._stop = Signal()
        self._threads: list[Thread] = []
        self._made: Sequenced | None = None  # the tree as the last run left it

    @property
    def problem(self) -> TenprintError | None:
        """What hindered the last run of a thread; None while all is well."""
        return next(iter(list(self._problems.values())), None)

    def start(self) -> None:
        """Start the threads; again does nothing."""
        with self._turn:
            if not self._threads:
                self._stop.clear()
                works = {"audit-sequencer": self._work}
                if self._intake is not None:
                    works["audit-mover"] = self._move
                for name, work in works.items():
                    self._threads.append(Thread(target=work, name=name, daemon=True))
                    self._threads[-1].start()

    def close(self) -> None:
        """End the threads, sequence what waits and write a checkpoint.

        Raises
        ------
        TenprintError
            If that fails; the leaves are in the queue then, and nothing is lost.
        """
        self._stop.set()
        threads, self._threads = self._threads, []
        for thread in threads:
            thread.join()
        if threads:
            self._sequence_all()
            self._publish()

    def run_once(self, connection: Connection, *, heads: bool = False) -> Sequenced:
        """Put waiting leaves into the tree, in the caller's write transaction; at most 5000.

        Parameters
        ----------
        heads : bool
            Whether to add each agency's sub-tree as a leaf, where it has grown since.

        Raises
        ------
        AuditError
            If the stored tree is damaged.
        """
        size = lock(connection)
        added = take_waiting(connection, size)
        if heads:
            added += write_heads(connection, size + added, self._clock())
        return Sequenced(added, size + added, tree_root(connection, size + added))

    def bring(self) -> None:
        """Have all that was logged before this call in the database, not in the intake.

        Raises
        ------
        TenprintError
            If the database cannot be written.
        """
        if self._intake is not None:
            self._intake.move(self._store)

    def checkpoint(self, *, heads: bool = True) -> Checkpoint:
        """Sequence what waits, heads too, and write a signed checkpoint now.

        Raises
        ------
        AuditError
            If the tree does not continue the last checkpoint.
        StoreError
            If the folder cannot be written.
        """
        with self._turn:
            self._sequence_all()
            if heads:
                self._step(heads=True)
            return self._publish()

    def public_key(self) -> str:
        """The line to keep elsewhere and to give to `verify`."""
        return public_key_text(self._origin(), self._key.public_key())

    def lost_checkpoint(self, kept: str | None = None) -> Checkpoint:
        """The checkpoint that the log does not continue, as after restoring a backup.

        Parameters
        ----------
        kept : str, optional
            The text of a checkpoint that was kept elsewhere; by default the last in the folder.

        Raises
        ------
        InputError
            If there is none in the folder and none is given, or it is none at all.
        AuditError
            If it is not signed with this log's key, or is another log's.
        ConflictError
            If the log continues it: then nothing was lost.
        """
        text = read_latest(self._folder) if kept is None else kept
        if text is None:
            raise InputError(
                "There is no checkpoint of what was lost.",
                source=self._folder,
                field="checkpoint",
                remedy="Give the last one that was kept elsewhere.",
            )
        lost = open_checkpoint(text, self._key.public_key())
        if lost.origin != self._origin():
            raise AuditError("The checkpoint is of another log.", field="checkpoint")
        with self._store.reading() as connection:
            _, size = read_state(connection)
            if _continues(connection, size, lost.size, lost.root):
                raise ConflictError(
                    "The log continues this checkpoint: nothing was lost.", field="checkpoint"
                )
        return lost

    def accept_restored(self, kept: str | None = None) -> Checkpoint:
        """Go on from a restored backup, whose tree lacks what was signed after it.

        The log says so from then on: a leaf ``audit.restored`` names the size and root of the
        checkpoint that is lost. Checkpoints of what was lost do not verify any more, and `verify`
        lists the restores. Only an operator who knows why the log is not what was signed should
        call this: a log that somebody cut off looks the same.

        Parameters
        ----------
        kept : str, optional
            As of `lost_checkpoint`.

        Raises
        ------
        InputError, AuditError, ConflictError
            As `lost_checkpoint`; nothing is written then.
        StoreError
            If the folder cannot be written.
        """
        with self._turn:
            lost = self.lost_checkpoint(kept)
            detail = {"root": lost.root.hex(), "size": str(lost.size)}
            with self._store.transaction() as connection:
                append(connection, Event(EventKind.RESTORED, "", "operator", detail=detail))
            self._made = None
            self._sequence_all()
            return self._publish(checked=False)

    def _sequence_all(self) -> None:
        """Run until nothing waits."""
        self.bring()
        while self._step().added:
            pass

    def _step(self, *, heads: bool = False) -> Sequenced:
        """One run in a transaction of its own, remembered once it is committed."""
        with self._turn:
            with self._store.transaction() as connection:
                done = self.run_once(connection, heads=heads)
                continues = self._made is None or _continues(
                    connection, done.size, self._made.size, self._made.root
                )
            if continues:  # else what is remembered stays, and nothing is signed
                self._made = done
            return done

    def _publish(self, *, checked: bool = True) -> Checkpoint:
        """Sign and write the present state of the tree, if it continues what was signed last."""
        with self._turn:
            last = self._last() if checked else None
            made = self._made if checked else None
            origin = self._origin()
            with self._store.reading() as connection:
                _, size = read_state(connection)
                root = tree_root(connection, size)
                known = [(each.size, each.root) for each in (last, made) if each is not None]
                if (last is not None and last.origin != origin) or not all(
                    _continues(connection, size, *each) for each in known
                ):
                    raise AuditError(
                        "The log does not continue its last checkpoint.",
                        source=self._folder,
                        remedy="Verify it; after a restore: tenprint audit accept-restored.",
                    )
            checkpoint = sign_checkpoint(self._key, origin, size, root, self._clock())
            line = public_key_text(origin, self._key.public_key())
            write_checkpoint(self._folder, checkpoint, line)
            return checkpoint

    def _origin(self) -> str:
        """The name of the log, which is begun if it is new."""
        with self._store.reading() as connection:
            origin, _ = read_state(connection)
        if not origin:
            with self._store.transaction() as connection:
                lock(connection)
                origin, _ = read_state(connection)
        return origin

    def _last(self) -> Checkpoint | None:
        text = read_latest(self._folder)
        if text is None:
            return None
        try:
            return open_checkpoint(text, self._key.public_key())
        except InputError as error:
            raise AuditError(
                "The last checkpoint is damaged.", source=self._folder, field="latest.checkpoint"
            ) from error

    def _work(self) -> None:
        start = time.monotonic()
        next_checkpoint, next_heads = start, start + self._heads_every
        signed = -1
        while not self._stop.wait(self._interval):
            with self._noted("sequencer"):
                size = self._run()
                now = time.monotonic()
                if now >= next_heads:
                    size = self.checkpoint().size
                    signed = size
                    next_heads, next_checkpoint = (
                        now + self._heads_every,
                        now + self._checkpoint_every,
                    )
                elif now >= next_checkpoint and size != signed:
                    signed = self._publish().size
                    next_checkpoint = now + self._checkpoint_every

    def _move(self) -> None:
        """Bring the intake's leaves into the database, twice in an interval of the sequencer."""
        while not self._stop.wait(self._interval / 2):
            with self._noted("intake"):
                self.bring()

    @contextmanager
    def _noted(self, what: str) -> Iterator[None]:
        """What goes wrong is the thread's problem until a run goes well: the leaves wait."""
        try:
            yield
        except TenprintError as error:
            self._problems[what] = error
        except Exception as error:  # a thread that ended unseen would be worse
            self._problems[what] = AuditError(f"The {what} failed: {type(error).__name__}.")
        else:
            self._problems.pop(what, None)

    def _run(self) -> int:
        """Sequence what waits, without the writer's lock where nothing does; the tree's size."""
        while True:
            with self._store.reading() as connection:
                if connection.execute(select(queue.c.number).limit(1)).scalar() is None:
                    return read_state(connection)[1]
            self._step()


def _continues(connection: Connection, size: int, old_size: int, old_root: bytes) -> bool:
    """Whether the stored tree of `size` leaves begins with a tree known from before."""
    return old_size <= size and tree_root(connection, old_size) == old_root
