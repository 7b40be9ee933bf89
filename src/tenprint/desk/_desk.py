"""The desk: transactions in, answers out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING

from tenprint.desk._nouns import (
    Answer,
    CaseState,
    CaseSummary,
    CaseView,
    DeadLetter,
    EncounterView,
    ImageAnswer,
    Load,
    Mark,
    State,
    Status,
    Subscription,
)
from tenprint.desk._queries import ImageRequest, NameQuery, RecordQuery
from tenprint.desk._settings import DeskSettings
from tenprint.desk._submission import Submission
from tenprint.model import Finding, Finger, Purpose, Template, TransactionClass

if TYPE_CHECKING:
    from tenprint.access import Caller
    from tenprint.audit import Sequencer
    from tenprint.gallery import Gallery
    from tenprint.names import NameIndex
    from tenprint.records import Records, Vault
    from tenprint.store import TruthStore

#: Posts an answer to an address; raises what went wrong. The default keeps the address rules.
Deliver = Callable[[str, Answer], None]


class Desk:
    """Transactions, priorities and deadlines, decisions, answers. Use `open`.

    Safe to share between threads. Every method that takes a `caller` checks the permission table
    and writes an audit leaf; what it returns is on disk.

    Attributes
    ----------
    settings : DeskSettings
    store, gallery, names, vault, records, sequencer
        What the desk is built on, opened and closed with it.
    """

    settings: DeskSettings
    store: TruthStore
    gallery: Gallery
    names: NameIndex
    vault: Vault
    records: Records
    sequencer: Sequencer

    @classmethod
    def open(cls, settings: DeskSettings, *, deliver: Deliver | None = None) -> Desk:
        """Open the folder, or make it, and take up what was accepted and not answered.

        Raises
        ------
        StoreBusyError
            If another process has it open.
        StoreError, StoreUnavailableError
        """
        raise NotImplementedError

    def close(self, timeout: float = 30.0) -> None:
        """Let what is in work end its step, and close; the rest goes on at the next `open`."""
        raise NotImplementedError

    # Transactions that wait

    def submit(self, caller: Caller, submission: Submission) -> Status:
        """Admit a transaction; it is on disk when this returns.

        The same identifier with the same content again is the same transaction, and gives its
        status.

        Raises
        ------
        TransactionError
            With all `faults`.
        AccessError
            If this agency, role or purpose may not submit that.
        ConflictError
            If the identifier was used for something else.
        ServiceUnavailableError
            If too many are waiting.
        """
        raise NotImplementedError

    def status(self, caller: Caller, transaction: str) -> Status:
        """Where one of the caller's agency's transactions is.

        Raises
        ------
        NotFoundError
            Also for another agency's.
        """
        raise NotImplementedError

    def answer(self, caller: Caller, transaction: str, number: int | None = None) -> Answer | None:
        """The answer (0) or a supplement; by default the latest; None where there is none yet.

        Raises
        ------
        NotFoundError
        """
        raise NotImplementedError

    def answers(self, caller: Caller, transaction: str) -> list[Answer]:
        """The answer and its supplements in order.

        Raises
        ------
        NotFoundError
        """
        raise NotImplementedError

    def wait(
        self, caller: Caller, transaction: str, timeout: float, *, final: bool = False
    ) -> Answer | None:
        """The latest answer as soon as there is one; None after `timeout` seconds.

        With `final` only once no examiner looks any more.

        Raises
        ------
        NotFoundError
        """
        raise NotImplementedError

    def list(
        self,
        caller: Caller,
        *,
        state: State | None = None,
        klass: TransactionClass | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str | None = None,
        limit: int = 100,
        every_agency: bool = False,
    ) -> list[Status]:
        """The agency's transactions, newest first.

        Parameters
        ----------
        after : str, optional
            The `key` of the last one of the page before.
        limit : int
            1 to 1000.
        every_agency : bool
            For administrators.
        """
        raise NotImplementedError

    # Questions answered at once

    def name_search(self, caller: Caller, query: NameQuery) -> Answer:
        """People by name, dates and identifiers; candidates with explained scores."""
        raise NotImplementedError

    def record_query(self, caller: Caller, query: RecordQuery) -> Answer:
        """The record of events this agency and purpose may see.

        Raises
        ------
        PersonNotFoundError
            Also where the person is sealed to this caller.
        """
        raise NotImplementedError

    def image_request(self, caller: Caller, request: ImageRequest) -> ImageAnswer:
        """The originals of an encounter."""
        raise NotImplementedError

    def encounters(
        self,
        caller: Caller,
        person: str,
        purpose: Purpose,
        *,
        encounter: str | None = None,
        images: bool = False,
    ) -> list[EncounterView]:
        """All encounters of a person, or the one named.

        Raises
        ------
        PersonNotFoundError, NotFoundError
        """
        raise NotImplementedError

    def templates(
        self, caller: Caller, person: str, encounter: str, purpose: Purpose
    ) -> dict[Finger, list[Template]]:
        """The templates of one encounter."""
        raise NotImplementedError

    def galleries(self, caller: Caller) -> list[str]:
        """The names of all galleries."""
        raise NotImplementedError

    def gallery_content(
        self, caller: Caller, name: str, *, offset: int = 0, limit: int = 1000
    ) -> list[tuple[str, str]]:
        """Person and encounter of everything in a gallery, in the order of enrolment.

        Raises
        ------
        NotFoundError
        """
        raise NotImplementedError

    # Examiners

    def cases(
        self, caller: Caller, *, state: CaseState | None = None, limit: int = 200
    ) -> list[CaseSummary]:
        """The examiners' queue, earliest deadline first; without `state` all that are not closed.

        Cases that the caller has decided already are marked `mine`.
        """
        raise NotImplementedError

    def case(self, caller: Caller, case: str) -> CaseView:
        """One case with its prints."""
        raise NotImplementedError

    def claim(self, caller: Caller, case: str) -> CaseSummary:
        """Take a case for the time of a lease; again to prolong it.

        Raises
        ------
        ConflictError
            If somebody else has it, it is closed, or the caller has decided it already.
        """
        raise NotImplementedError

    def release(self, caller: Caller, case: str) -> CaseSummary:
        """Give a claimed case back."""
        raise NotImplementedError

    def mark(self, caller: Caller, case: str, marks: Sequence[Mark]) -> None:
        """Keep the caller's marks in place of earlier ones."""
        raise NotImplementedError

    def decide(
        self,
        caller: Caller,
        case: str,
        finding: Finding,
        reason: str,
        marks: Sequence[Mark] | None = None,
    ) -> CaseSummary:
        """Decide a case; where enough examiners agree, the transaction goes on.

        Without `marks` those kept by `mark` count. It needs no claim, but respects others'.

        Raises
        ------
        ConflictError
            As `claim`.
        """
        raise NotImplementedError

    # Subscriptions

    def subscribe(
        self, caller: Caller, person: str, purpose: Purpose, until: datetime,
        callback: str | None = None,
    ) -> Subscription:  # fmt: skip
        """Tell of later arrests of a person, until a day."""
        raise NotImplementedError

    def subscriptions(self, caller: Caller) -> list[Subscription]:
        """Those of the caller's agency."""
        raise NotImplementedError

    def cancel(self, caller: Caller, subscription: str) -> None:
        """End a subscription.

        Raises
        ------
        NotFoundError
        """
        raise NotImplementedError

    def notices(
        self, caller: Caller, *, after: str | None = None, limit: int = 100
    ) -> list[Answer]:
        """Notices to the caller's agency, oldest first, after the one named."""
        raise NotImplementedError

    # Operators

    def load(self) -> Load:
        """Figures for the operator's page; counts only, nothing personal."""
        raise NotImplementedError

    def usage(
        self, caller: Caller, since: datetime, until: datetime, agency: str | None = None
    ) -> dict[TransactionClass, int]:
        """What an agency has asked, by class; another agency's for administrators and auditors."""
        raise NotImplementedError

    def dead_letters(self, caller: Caller) -> list[DeadLetter]:
        """Deliveries that failed: to be tried again, and given up."""
        raise NotImplementedError

    def redeliver(self, caller: Caller, answer: str) -> None:
        """Try a failed delivery again, at once."""
        raise NotImplementedError

    def add_gallery(self, caller: Caller, name: str) -> None:
        """Make a gallery; at most 31.

        Raises
        ------
        ConflictError
            If there is one of that name, or there are too many.
        """
        raise NotImplementedError

    def __enter__(self) -> Desk:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
