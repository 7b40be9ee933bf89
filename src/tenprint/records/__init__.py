"""The people, their encounters and events; merge, seal, expunge; keys, images, backups.

What says something about a person is encrypted under a key of that person, which a master key
wraps. `Records` writes and reads; `Vault` keeps the keys and the image files.
"""

from tenprint.records._backup import BackupReport, backup
from tenprint.records._base import MAX_GALLERIES
from tenprint.records._cipher import Key
from tenprint.records._encounters import Prepared
from tenprint.records._migrate import migrate
from tenprint.records._originals import VaultImages
from tenprint.records._reading import ALL_PARTS
from tenprint.records._records import Records
from tenprint.records._restore import RestoreReport, restore
from tenprint.records._retention import RETENTION_PERIODS
from tenprint.records._schema import tables
from tenprint.records._types import (
    EncounterRecord,
    EventKind,
    EventRecord,
    Flag,
    FlagKind,
    ImageKind,
    MergeRecord,
    NewEncounter,
    NewEvent,
    NewImage,
    Notice,
    PersonRecord,
    RecordStatus,
    Retention,
    StoredImage,
    Subscription,
    Swept,
)
from tenprint.records._vault import Vault

__all__ = [
    "ALL_PARTS",
    "MAX_GALLERIES",
    "RETENTION_PERIODS",
    "BackupReport",
    "EncounterRecord",
    "EventKind",
    "EventRecord",
    "Flag",
    "FlagKind",
    "ImageKind",
    "Key",
    "MergeRecord",
    "NewEncounter",
    "NewEvent",
    "NewImage",
    "Notice",
    "PersonRecord",
    "Prepared",
    "RecordStatus",
    "Records",
    "RestoreReport",
    "Retention",
    "StoredImage",
    "Subscription",
    "Swept",
    "Vault",
    "VaultImages",
    "backup",
    "migrate",
    "restore",
    "tables",
]
