"""Signatures for the rooms below; being filled in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from tenprint.access import Part
from tenprint.model import Biographics, Identifier
from tenprint.names import NameIndex
from tenprint.records._types import *  # noqa: F403
from tenprint.store import Change, TruthStore


class Vault:
    @classmethod
    def open(cls, folder: Path, *, master: Path | None = None, create: bool = True) -> "Vault":
        """folder = data folder (images/ in it); master = path of the master key file,
        default folder/keys/master.key"""

    def close(self) -> None: ...


class Records:
    def __init__(self, store: TruthStore, vault: Vault, names: NameIndex | None, folder: Path,
                 *, clock: Callable[[], datetime] = ...) -> None:
        """names: kept in step; folder: for expunged.log"""

    # --- submissions: an encounter whose person is not known yet (key under the transaction's) ---
    def add_submission(self, connection: Connection, new: NewEncounter) -> int: """its key"""
    def submission(self, connection: Connection, key: int, *, images: bool = False) -> EncounterRecord: ...
    def submission_templates(self, connection: Connection, key: int) -> bytes: ...
    def set_submission_templates(self, connection: Connection, key: int, packed: bytes) -> None: ...
    def discard_submission(self, connection: Connection, key: int) -> None: ...

    # --- people and encounters ---
    def new_person(self, change: Change, person: str | None, new: NewEncounter | int) -> str:
        """the person's id (made if None); new: an encounter, or the key of a submission"""
    def add_encounter(self, change: Change, person: str, new: NewEncounter | int) -> str: """encounter id"""
    def update_encounter(self, change: Change, person: str, encounter: str, *, packed: bytes | None = None,
                         biographics: Biographics | None = None, detail: Mapping[str, str] | None = None,
                         images: Sequence[NewImage] | None = None, taken_at: datetime | None = None,
                         retention: Retention | None = None) -> None: ...
    def delete_encounter(self, change: Change, person: str, encounter: str) -> None: """the last one: delete_person"""
    def set_encounter_status(self, change: Change, person: str, encounter: str, active: bool) -> None: ...
    def set_galleries(self, change: Change, person: str, encounter: str, galleries: Sequence[str]) -> None: ...
    def set_status(self, change: Change, person: str, status: RecordStatus) -> None: """ACTIVE, INACTIVE"""
    def seal(self, change: Change, person: str) -> None: ...
    def unseal(self, change: Change, person: str) -> None: ...
    def move_encounter(self, change: Change, person: str, encounter: str, target: str) -> None: ...
    def merge(self, change: Change, target: str, source: str) -> str: """merge id"""
    def unmerge(self, change: Change, merge: str) -> str: """the source's id"""
    def merges(self, connection: Connection, person: str) -> list[MergeRecord]: ...
    def expunge(self, change: Change, person: str, reason: str, *, agency: str = "", actor: str = "") -> None:
        """complete (files, log, free pages) when store.writing() ends"""

    # --- reading ---
    def status(self, connection: Connection, person: str) -> RecordStatus | None: """also EXPUNGED"""
    def person(self, connection: Connection, person: str, parts: Collection[Part] = ...,) -> PersonRecord: ...
    def person_of_number(self, connection: Connection, number: int, parts: Collection[Part] = ...) -> PersonRecord:
        """by the number of NameCandidate"""
    def image(self, connection: Connection, file: str) -> bytes: ...
    def galleries(self, connection: Connection) -> dict[str, int]: """name -> bit mask"""
    def galleries_mask(self, connection: Connection, names: Sequence[str]) -> int: ...
    def people_in(self, connection: Connection, gallery: str, offset: int, limit: int) -> list[tuple[str, str]]:
        """(person, encounter)"""

    # --- events, flags, identifiers: entries of a person ---
    def add_event(self, connection: Connection, person: str, event: NewEvent) -> EventRecord: ...
    def seal_event(self, connection: Connection, person: str, event: str, sealed: bool = True) -> None: ...
    def remove_event(self, connection: Connection, person: str, event: str) -> None: ...
    def set_flag(self, connection: Connection, person: str, flag: Flag) -> Flag: ...
    def remove_flag(self, connection: Connection, person: str, flag: str) -> None: ...
    def add_identifier(self, change: Change, person: str, identifier: Identifier) -> None: ...
    def remove_identifier(self, change: Change, person: str, identifier: Identifier) -> None: ...

    # --- subscriptions ---
    def subscribe(self, connection: Connection, agency: str, person: str, kinds: Collection[EventKind],
                  until: datetime | None = None, reference: str = "") -> Subscription: ...
    def cancel_subscription(self, connection: Connection, agency: str, id: str) -> None: ...
    def subscriptions(self, connection: Connection, agency: str, *, active_only: bool = True) -> list[Subscription]: ...
    def notices_for(self, connection: Connection, person: str, event: EventRecord) -> list[Notice]: ...

    # --- upkeep ---
    def load_names(self) -> int: """at start; how many people"""
    def follow_names(self) -> None: """call before each name search: cheap if nothing changed"""
    def sweep(self) -> Swept: """expired encounters and submissions, orphaned files; call every minute or so"""
    #: called with (connection, person ids) in the transaction of an expunge: other rooms' rows
    erasers: list[Callable[[Connection, Sequence[str]], None]]


def migrate(connection: Connection) -> None: """all rooms' tables; in store.transaction()"""
def backup(store: TruthStore, folder: Path, target: Path, *, key: bytes | None = None, passphrase: str | None = None, master: Path | None = None) -> "BackupReport": ...
def restore(source: Path, folder: Path, *, key: bytes | None = None, passphrase: str | None = None, where: str | None = None, expunged: Sequence[Path] = ()) -> "RestoreReport": ...
