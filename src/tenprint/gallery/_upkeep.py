"""What is done to a whole gallery."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tenprint.extract import Extractor
from tenprint.gallery._code import load_parameters
from tenprint.gallery._core import Core
from tenprint.gallery._derive import follow
from tenprint.gallery._reextract import (
    KeptImages,
    ReextractReport,
    StoredOriginals,
    reextract_all,
)
from tenprint.gallery._refit import fit, keep
from tenprint.model import InputError


class Upkeep(Core):
    """Facts about a gallery, and its index derived anew; `Gallery` adds people and searches."""

    def info(self) -> dict[str, str | int | float]:
        """What is in it, and how its index is.

        Keys: source, people, encounters, format and extractor of the store; whose codes
        ("the package's", or "its own" after `refit`); bytes_per_person that a search may read;
        segments_repaired when it was opened; index_discarded, why the index was derived anew.
        """
        self._check_open()
        people, encounters = self._store.count()
        notes = self._store.meta()
        return {
            "source": self._store.source,
            "people": people,
            "encounters": encounters,
            "format": int(notes.get("format", 0)),
            "extractor": notes.get("extractor", ""),
            "codes": "the package's" if self._code is load_parameters() else "its own",
            "bytes_per_person": round(self._matrix.bytes_per_person(), 1),
            "segments_repaired": self._repaired,
            "index_discarded": self._matrix.discarded,
        }

    def rebuild(self, progress: Callable[[int], None] | None = None) -> int:
        """Derive the index from the truth again; how many people there are.

        Searches wait meanwhile. `progress` is called with the number of people derived so far.
        """
        with self._turn, self._gate.alone():
            self._check_open()
            self._matrix.clear()
            done = 0

            def count(some: int) -> None:
                nonlocal done
                done += some
                if progress:
                    progress(done)

            follow(self._store, self._matrix, self._code, threads=self._threads, progress=count)
            self._checkpoint()
        return len(self)

    def refit(
        self,
        sample: int = 20_000,
        *,
        seed: int = 0,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> int:
        """Fit the codes to this gallery's people, and derive the index with them.

        The package's codes were fitted to fictitious prints of many kinds. Here what 24 bytes can
        say is spread anew over the prints of one gallery; it needs no labels. Whether fewer are
        missed is to be measured on your own data. The parameters are kept in the index's folder.

        Searches and changes go on while codes are fitted, and wait while the index is derived.
        After a crash the gallery has either the old codes or the new ones.

        Parameters
        ----------
        sample : int
            Fit to at most this many prints drawn at random, 1000 or more.
        seed : int
            Another number draws others.
        progress : callable, optional
            Called with a stage ("read prints", "fit codes", "derive codes"), how much of it is
            done and how much there is, which may turn out to be less.

        Returns
        -------
        int
            How many people there are.

        Raises
        ------
        InputError
            If the index has no folder (in memory, or private), or there are fewer than 1000
            prints.
        StoreError
            If the folder cannot be written.
        """
        self._check_open()
        folder = self._matrix.folder
        if folder is None:
            raise InputError(
                "Codes are fitted for an index in files; this one is in memory.",
                source=self._store.source,
                field="index",
                remedy="Open the gallery as its owner, without a private index.",
            )
        fitted = fit(self._store, sample, seed, self._threads, progress)
        with self._turn, self._gate.alone():
            self._check_open()
            self._code = keep(fitted, folder)
            self._matrix.code = self._code.name
            total = len(self)

            def derived(done: int) -> None:
                if progress:
                    progress("derive codes", done, max(done, total))

            return self.rebuild(derived)

    def reextract(
        self,
        extractor: Extractor | None = None,
        *,
        kept: KeptImages | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> ReextractReport:
        """Extract the templates of all kept originals again, such as after a new version.

        The templates of an encounter are replaced finger by finger: one whose images give no usable
        print, or that has more templates than images, keeps what it had. What has been replaced
        is on disk when `progress` is called; it may be stopped and begun again. Searches and
        changes go on meanwhile, and an encounter changed meanwhile is left alone.

        Parameters
        ----------
        extractor : Extractor, optional
            Default: the package's; several images are worked on at once.
        kept : KeptImages, optional
            Where the images are; by default the store's own originals. What the service enrolled
            has them encrypted in its vault: `tenprint.records.VaultImages`.
        progress : callable, optional
            Called with the number of encounters looked at so far, and how many have originals.

        Raises
        ------
        StoreBusyError
            If another process was writing for too long.
        """
        self._check_open()

        def write(
            updates: Sequence[tuple[int, int, bytes]], known: Sequence[bytes]
        ) -> list[tuple[int, int]]:
            with self._changing():
                return self._store.replace_packed(updates, known=known)

        extractor = extractor or Extractor()
        where = kept or StoredOriginals(self._store)
        return reextract_all(self._store, write, extractor, self._threads, where, progress)
