"""What a desk is told when it is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryFile
from types import MappingProxyType

from tenprint.model import InputError, TransactionClass


def utc_now() -> datetime:
    """The time, aware, UTC."""
    return datetime.now(UTC)


#: Machine time each class may take; `DeskSettings.deadlines` replaces single ones.
DEADLINES: Mapping[TransactionClass, timedelta] = MappingProxyType(
    {
        TransactionClass.BORDER_CHECK: timedelta(seconds=15),
        TransactionClass.CRIMINAL_TENPRINT: timedelta(hours=2),
        TransactionClass.CIVIL_CHECK: timedelta(hours=24),
        TransactionClass.TENPRINT_SEARCH: timedelta(hours=2),
        TransactionClass.ENROL: timedelta(hours=2),
        TransactionClass.UPDATE: timedelta(hours=2),
        TransactionClass.DELETE: timedelta(hours=2),
        TransactionClass.VERIFY: timedelta(seconds=15),
        TransactionClass.MERGE: timedelta(hours=2),
        TransactionClass.NAME_SEARCH: timedelta(seconds=5),
        TransactionClass.RECORD_QUERY: timedelta(seconds=5),
        TransactionClass.IMAGE_REQUEST: timedelta(seconds=5),
    }
)

#: Machine time of an expedited civil check.
EXPEDITED = timedelta(hours=2)


@dataclass(frozen=True)
class DeskSettings:
    """Settings of a desk; plain values, read from nowhere.

    Attributes
    ----------
    folder : Path
        The data folder. One process owns it while the desk is open.
    database : str, optional
        ``postgresql+psycopg://...``; default: the SQLite file ``people.tenprint`` in `folder`.
    workflows : str, optional
        DBOS's system database; default: ``workflows.db`` in `folder`, or the schema ``dbos`` of
        the PostgreSQL `database`.
    master_key : Path, optional
        File of the master key; default ``keys/master.key`` in `folder`, made at the first start.
    signing_key : Path, optional
        File of the audit log's key; default ``keys/audit.key`` in `folder`, made likewise.
    checkpoints : Path, optional
        Folder that checkpoints of the audit log are written to; it must exist. Default
        ``checkpoints`` in `folder`, which is made.
    permissions : Path, optional
        Folder of tables that replace rows of the permission table.
    deadlines : mapping of TransactionClass to timedelta
        Machine time each class may take, where not `DEADLINES`.
    expedited : timedelta
        Machine time of an expedited civil check.
    hit_fpir, review_fpir : float
        A score is a hit, or goes to an examiner, where at most this share of searches for people
        who are not enrolled reaches it, in a gallery of this size; 0 < hit <= review <= 1.
    verify_fmr : float
        False-match rate at which a 1:1 verification says yes.
    examiners : int
        1 or 2: how many must agree on a case.
    lease : timedelta
        How long a claimed case is kept for its examiner.
    workers : int
        Transactions in work at once.
    extract_threads : int
        Prints extracted at once; 0 for as many as there are processors.
    search_threads : int
        Threads of one search; 0 for as many as there are processors.
    search_process : bool
        Search in a process of its own: questions are answered faster beside searches, and opening
        takes a second longer.
    lookup_process : bool
        Look up names and records in a process of its own: questions are answered faster beside
        everything else, and opening takes a second longer.
    search_batch : int
        The most searches that share one pass.
    max_prints, max_image_bytes, max_bytes : int
        Limits of one submission.
    max_waiting : int
        Transactions in the queue from which on new ones are refused (503).
    callback_hosts : tuple of str
        Hosts a callback may go to beside public https addresses: these may be http, and lie on
        loopback or private networks. ``host`` or ``host:port``.
    callback_timeout : float
        Seconds until a delivery counts as failed.
    delivery_attempts : int
        Then a delivery becomes a dead letter.
    retention_days : int
        How long the content of an answered transaction is kept.
    clock : callable
        Gives the time, UTC.
    """

    folder: Path
    database: str | None = None
    workflows: str | None = None
    master_key: Path | None = None
    signing_key: Path | None = None
    checkpoints: Path | None = None
    permissions: Path | None = None
    deadlines: Mapping[TransactionClass, timedelta] = field(default_factory=dict)
    expedited: timedelta = EXPEDITED
    hit_fpir: float = 1e-3
    review_fpir: float = 1e-2
    verify_fmr: float = 1e-4
    examiners: int = 2
    lease: timedelta = timedelta(minutes=30)
    workers: int = 16
    extract_threads: int = 0
    search_threads: int = 0
    search_process: bool = False
    lookup_process: bool = False
    search_batch: int = 16
    max_prints: int = 40
    max_image_bytes: int = 16 << 20
    max_bytes: int = 64 << 20
    max_waiting: int = 100_000
    callback_hosts: tuple[str, ...] = ()
    callback_timeout: float = 10.0
    delivery_attempts: int = 12
    retention_days: int = 365
    clock: Callable[[], datetime] = utc_now

    def __post_init__(self) -> None:
        if not 0 < self.hit_fpir <= self.review_fpir <= 1:
            raise InputError("0 < hit_fpir <= review_fpir <= 1.", field="hit_fpir")
        if self.examiners not in (1, 2):
            raise InputError("One or two examiners.", field="examiners")
        if not 0 < self.verify_fmr <= 1:
            raise InputError("A rate lies above 0 and is at most 1.", field="verify_fmr")
        for name in ("workers", "search_batch", "max_prints", "max_waiting", "delivery_attempts"):
            if getattr(self, name) < 1:
                raise InputError("At least 1.", field=name)

    @property
    def signing_file(self) -> Path:
        """Where the key that signs checkpoints lies."""
        return self.signing_key or self.folder / "keys" / "audit.key"

    @property
    def checkpoint_folder(self) -> Path:
        """The folder that checkpoints are written to."""
        return self.checkpoints or self.folder / "checkpoints"

    def check_checkpoints(self) -> Path:
        """The folder that checkpoints are written to, once it is sure that they can be.

        One that was named is not made: where another machine's is not mounted, checkpoints would
        lie on this one.

        Raises
        ------
        InputError
            If it is not there, or cannot be written.
        """
        where = self.checkpoint_folder
        try:
            if self.checkpoints is None:
                where.mkdir(exist_ok=True)
            with TemporaryFile(dir=where):
                pass
        except OSError as error:
            raise InputError(
                f"Checkpoints cannot be written there: {error.strerror}.",
                source=where,
                field="checkpoints",
                remedy="Make or mount the folder, and let the service's user write in it.",
            ) from None
        return where

    def deadline(self, klass: TransactionClass, *, expedite: bool = False) -> timedelta:
        """Machine time a transaction of this class may take."""
        if expedite and klass is TransactionClass.CIVIL_CHECK:
            return self.expedited
        return self.deadlines.get(klass, DEADLINES[klass])
