"""The other process of `LookupsProcess`: ``python -m tenprint.desk._lookup_child FD``."""

from __future__ import annotations

from pathlib import Path

from tenprint.access import Part, Told
from tenprint.desk._lookups import LookedUp, Reader
from tenprint.desk._queries import NameQuery, RecordQuery
from tenprint.names import NameIndex
from tenprint.process import Child, serve
from tenprint.records import Records, Vault
from tenprint.store import TruthStore


class _Lookups(Child):
    """The index of names, the records to read, and what is asked of them."""

    at_once = 2
    apart = frozenset({"keep", "erase"})

    def __init__(self) -> None:
        self._reader: Reader | None = None

    def do_open(
        self, where: Path | str, folder: Path, master: Path | None, busy_timeout: float
    ) -> None:
        store = TruthStore.open(where, create=False, busy_timeout=busy_timeout)
        vault = Vault.open(folder, master=master, create=False)
        names = NameIndex()
        records = Records(store, vault, names, folder, reads_only=True)
        records.load_names()
        self._reader = Reader(records, names)

    def do_name(self, query: NameQuery, seen: frozenset[Part], told: Told) -> LookedUp:
        return self._known().by_name(query, seen, told)

    def do_record(
        self, query: RecordQuery, seen: frozenset[Part], told: Told, agency: str
    ) -> LookedUp:
        return self._known().record(query, seen, told, agency)

    def do_keep(self, closing: bool) -> None:
        self._known().records.keep_names(closing=closing)

    def do_erase(self, follow: bool) -> None:
        self._known().records.erase_kept(follow=follow)

    def close(self) -> None:
        if self._reader is not None:
            self._reader.records.store.close()

    def _known(self) -> Reader:
        if self._reader is None:
            raise RuntimeError("Nothing is open.")
        return self._reader


if __name__ == "__main__":
    serve(_Lookups())
