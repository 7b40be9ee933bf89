"""The desk: transactions in, answers out."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from tenprint.access import PermissionTable
from tenprint.audit import INTAKE, Intake, Sequencer, Verifying, load_signing_key
from tenprint.desk._comparing import Comparing
from tenprint.desk._deadlines import DeadlinePool
from tenprint.desk._ebts_questions import EbtsQuestions
from tenprint.desk._examining import Examining
from tenprint.desk._figures import Figures
from tenprint.desk._forgetting import follow_expunges
from tenprint.desk._journal import Journal
from tenprint.desk._kept_figures import KeptFigures
from tenprint.desk._lookups import Lookups, LookupsHere, Reader
from tenprint.desk._lookups_process import LookupsProcess
from tenprint.desk._operating import Operating
from tenprint.desk._outbox import Deliver, Outbox, poster
from tenprint.desk._priority import STEPS
from tenprint.desk._processes import Processes
from tenprint.desk._scheduler import SearchScheduler
from tenprint.desk._settings import DeskSettings
from tenprint.desk._submitting import Submitting
from tenprint.desk._workings import Workings
from tenprint.extract import Extractor
from tenprint.gallery import Gallery, GalleryProcess
from tenprint.model import StoreError, TenprintError
from tenprint.names import NameIndex
from tenprint.records import Records, Vault, migrate
from tenprint.store import TruthStore

#: Seconds that another writer is waited for.
PATIENCE = 30.0


class Desk(Submitting, EbtsQuestions, Comparing, Examining, Operating):
    """Transactions, priorities and deadlines, decisions, answers. Use `open`.

    Safe to share between threads. Every method that takes a `caller` checks the permission table
    and writes an audit leaf where something is changed or told; what it returns is on disk. One
    process owns the folder, and a process has one desk open at a time.

    Attributes
    ----------
    settings : DeskSettings
    store, gallery, lookups, vault, records, sequencer, verifying
        What the desk is built on, opened and closed with it.
    permissions : PermissionTable
    """

    def __init__(
        self,
        works: Workings,
        sequencer: Sequencer,
        verifying: Verifying,
        stop: Callable[[float], None],
    ) -> None:
        self._works = works
        self._stop = stop
        self.settings = works.settings
        self.store: TruthStore = works.store
        self.gallery: Gallery | GalleryProcess = works.gallery
        self.lookups: Lookups = works.lookups
        self.vault: Vault = works.vault
        self.records: Records = works.records
        self.permissions = works.permissions
        self.sequencer = sequencer
        self.verifying = verifying

    @classmethod
    def open(cls, settings: DeskSettings, *, deliver: Deliver | None = None) -> Desk:
        """Open the folder, or make it, and take up what was accepted and not answered.

        Parameters
        ----------
        settings : DeskSettings
        deliver : callable, optional
            Sends an answer to an address; default: a POST of JSON that keeps the address rules.

        Raises
        ------
        StoreBusyError
            If another process has it open, or this one has a desk open.
        StoreError, StoreUnavailableError
        InputError
            If the permission tables are wrong, or checkpoints cannot be written.
        """
        with ExitStack() as undo:
            desk = _open(settings, deliver or poster(settings), undo)
            undo.pop_all()
            return desk

    def close(self, timeout: float = 30.0) -> None:
        """Let what is in work end its step, and close; the rest goes on at the next `open`.

        Closing again does nothing.
        """
        if not self._works.closing.is_set():
            self._stop(timeout)

    def __enter__(self) -> Desk:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _open(settings: DeskSettings, deliver: Deliver, undo: ExitStack) -> Desk:
    """The parts in the order in which they need one another; `undo` closes what was opened."""
    from tenprint.desk._flow import Flow

    folder = settings.folder
    permissions = _permissions(settings)
    _make_folder(folder)
    checkpoints = settings.check_checkpoints()
    processors = os.cpu_count() or 1
    where: Path | str = settings.database or folder / "people.tenprint"
    gallery = _open_gallery(settings, where, settings.search_threads or processors)
    undo.callback(gallery.close)
    store = gallery.store
    vault = Vault.open(folder, master=settings.master_key)
    with store.transaction() as connection:
        migrate(connection)
    names = None if settings.lookup_process else NameIndex()
    records = Records(store, vault, names, folder, clock=settings.clock)
    lookups: Lookups
    if names is None:
        lookups = LookupsProcess(records, where, master=settings.master_key, busy_timeout=PATIENCE)
    else:
        records.load_names()
        lookups = LookupsHere(Reader(records, names))
    undo.callback(lookups.close)
    key = load_signing_key(settings.signing_file)
    # PostgreSQL lets others write meanwhile, and a leaf should lie where the database does.
    intake = None if settings.database else Intake(folder / INTAKE, records.expunged)
    sequencer = Sequencer(store, key, checkpoints, clock=settings.clock, intake=intake)
    pool = DeadlinePool(settings.extract_threads or processors, settings.clock, "extract")
    scheduler = SearchScheduler(gallery, settings.search_batch, settings.clock)
    journal = Journal(store, intake)
    figures = Figures(settings.clock)
    verifying = Verifying(where, busy_timeout=PATIENCE, clock=settings.clock)
    processes = Processes(lambda: _processes(gallery, lookups, verifying))
    works = Workings(
        settings,
        store,
        gallery,
        lookups,
        vault,
        records,
        permissions,
        journal,
        pool,
        scheduler,
        Extractor(),
        figures,
        processes,
        sequencer.bring,
    )
    follow_expunges(records)
    flow = Flow(works)
    outbox = Outbox(works, deliver)
    works.posted = outbox.wake
    sequencer.start()
    kept = KeptFigures(folder, figures, processes)

    def stop(timeout: float) -> None:
        works.closing.set()
        works.tell_answered()
        verifying.close()
        scheduler.close()
        pool.close()
        flow.close(timeout)
        outbox.close()
        journal.close()
        kept.close()
        try:
            lookups.close()
        except TenprintError as error:  # names are read anew at the next start
            works.figures.error(error.code)
        try:
            sequencer.close()
        finally:  # also where the log is not signed: the folder is given back
            gallery.close()

    undo.pop_all()
    undo.callback(stop, 5.0)
    flow.start()
    return Desk(works, sequencer, verifying, stop)


def _open_gallery(
    settings: DeskSettings, where: Path | str, threads: int
) -> Gallery | GalleryProcess:
    index, patience = settings.folder / "people.tenprint.index", PATIENCE
    if not settings.search_process:
        return Gallery.open(where, index=index, busy_timeout=patience, threads=threads)
    store = TruthStore.open(where, busy_timeout=patience)
    try:
        return GalleryProcess(
            store, where, index, threads=threads, busy_timeout=patience, nice=STEPS
        )
    except BaseException:
        store.close()
        raise


def _processes(
    gallery: Gallery | GalleryProcess, lookups: Lookups, verifying: Verifying
) -> dict[str, int | None]:
    apart = gallery.pid if isinstance(gallery, GalleryProcess) else None
    return {
        "service": os.getpid(),
        "search": apart,
        "lookups": lookups.pid,
        "verification": verifying.pid,
    }


def _permissions(settings: DeskSettings) -> PermissionTable:
    if settings.permissions is None:
        return PermissionTable.default()
    return PermissionTable.load(settings.permissions)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "keys").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The data folder cannot be made: {error.strerror}.", source=folder
        ) from error
