"""The records: what is stored of people beside their templates."""

from __future__ import annotations

from tenprint.records._encounters import Encounters
from tenprint.records._entries import Entries
from tenprint.records._merging import Merging
from tenprint.records._reading import Reading
from tenprint.records._subscribing import Subscribing
from tenprint.records._sweeping import Sweeping


class Records(Sweeping, Encounters, Entries, Merging, Subscribing, Reading):
    """People, their encounters and events in the store's database, encrypted.

    Parameters
    ----------
    store : TruthStore
        The tables are made by `migrate`.
    vault : Vault
    names : NameIndex or None
        Kept in step: call `load_names` at start and `follow_names` before each search.
    folder : Path
        Where ``expunged.log`` lies.
    clock : callable, optional
        The time now, aware.
    reads_only : bool
        Whether somebody else has opened the folder, and nothing is to be written here.

    Notes
    -----
    Methods take the transaction they are part of: a `Change` (``store.writing()``) where people,
    templates or what somebody is called change, else a `Connection` (``store.transaction()``, or
    ``store.reading()`` where nothing is written). They may be combined freely in one transaction.
    Files are erased after the commit, through `Change.then`; after ``store.transaction()`` by the
    next `sweep`. Safe to share between threads, each with its own transaction.
    """
