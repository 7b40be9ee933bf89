"""What the parts of the desk share."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row

from tenprint.desk._deadlines import DeadlinePool
from tenprint.desk._figures import Figures
from tenprint.desk._journal import Journal
from tenprint.desk._processes import Processes
from tenprint.desk._rush import Rush
from tenprint.desk._settings import DeskSettings
from tenprint.extract import Extractor

if TYPE_CHECKING:
    from tenprint.access import PermissionTable
    from tenprint.desk._lookups import Lookups
    from tenprint.desk._scheduler import SearchScheduler
    from tenprint.gallery import Gallery, GalleryProcess
    from tenprint.records import Records, Vault
    from tenprint.store import TruthStore


def nobody(_row: Row[Any]) -> None:
    """Before the workflows run there is nobody to tell."""


@dataclass
class Workings:
    """The open desk's insides; everything in it is safe to share between threads.

    Attributes
    ----------
    bring_log : callable
        Puts what was logged so far into the database, where it is not yet.
    admitted : callable
        Told the row of each transaction that is to be worked on; may be told again.
    posted : callable
        Told when there is something in the outbox.
    answered : Condition
        Notified at every answer.
    closing : Event
        Set when the desk closes.
    """

    settings: DeskSettings
    store: TruthStore
    gallery: Gallery | GalleryProcess
    lookups: Lookups
    vault: Vault
    records: Records
    permissions: PermissionTable
    journal: Journal
    pool: DeadlinePool
    scheduler: SearchScheduler
    extractor: Extractor
    figures: Figures
    processes: Processes
    bring_log: Callable[[], None]
    admitted: Callable[[Row[Any]], None] = nobody
    posted: Callable[[], None] = lambda: None
    rush: Rush = field(default_factory=Rush)
    answered: threading.Condition = field(default_factory=threading.Condition)
    closing: threading.Event = field(default_factory=threading.Event)

    def now(self) -> datetime:
        """The time, UTC."""
        return self.settings.clock()

    def tell_answered(self) -> None:
        """Wake whoever waits for an answer."""
        with self.answered:
            self.answered.notify_all()


def new_key() -> str:
    """A random key of a transaction."""
    return secrets.token_hex(16)
