"""The templates of a folder's prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tenprint.evaluate._cache import TemplateCache
from tenprint.evaluate._dataset import Database
from tenprint.evaluate._fvc import Failure
from tenprint.evaluate._progress import Progress, Steps
from tenprint.evaluate._reading import read_print, shared_extractor, warn_assumed
from tenprint.model import FingerImage, InputError, Template

#: Images held in memory at a time.
_BATCH = 64


@dataclass(frozen=True, eq=False)
class ExtractedDatabase:
    """One database with its templates.

    Attributes
    ----------
    database : Database
    templates : list of Template or None
        In the order of its files; None where extraction failed.
    failures : list of Failure
    assumed : int
        How many images carry no usable resolution, so that 500 ppi was assumed.
    """

    database: Database
    templates: list[Template | None]
    failures: list[Failure]
    assumed: int = 0


def extract_databases(
    databases: Sequence[Database],
    *,
    ppi: Mapping[str, float] | None = None,
    threads: int = 1,
    progress: Progress | None = None,
    cache: Path | str | None = None,
) -> list[ExtractedDatabase]:
    """The template of every print.

    Warns once (`ResolutionWarning`) where a resolution had to be assumed.
    An image that cannot be read, and one without a single minutia, is a failure and not an error.

    Parameters
    ----------
    databases : sequence of Database
    ppi : mapping of str to float, optional
        Resolution of a database's images, by its name. Default: from the file, else 500.
    threads : int
        Images extracted at the same time, one thread each.
    progress : callable, optional
        ``progress(stage, done, total)``.
    cache : path, optional
        A folder that keeps templates between runs; see `TemplateCache`.

    Raises
    ------
    InputError
        If `ppi` names a database that is not there.
    """
    ppi = ppi or {}
    unknown = sorted(set(ppi) - {database.name for database in databases})
    if unknown:
        raise InputError(f"No database is called {unknown[0]!r}.", field="ppi")
    kept = None if cache is None else TemplateCache(Path(cache))
    extractor = shared_extractor(threads=1)
    step = Steps(progress, "extract", sum(map(len, databases)))

    def extract(path: Path, image: FingerImage | InputError) -> Template | InputError:
        try:
            if isinstance(image, InputError):
                return image
            template = kept.get(path, given) if kept else None
            if template is None:
                template = extractor.extract(image)
                if kept:
                    kept.put(path, given, template)
        except InputError as error:
            return error
        finally:
            step()
        return template

    extracted = []
    with ThreadPoolExecutor(threads) as pool:
        for database in databases:
            given = ppi.get(database.name)
            found: list[Template | InputError] = []
            assumed = 0
            for start in range(0, len(database), _BATCH):
                paths = database.files[start : start + _BATCH]
                images = [_read(path, given) for path in paths]
                assumed += sum(isinstance(i, FingerImage) and i.ppi_assumed for i in images)
                found += pool.map(extract, paths, images)
            extracted.append(_sorted_out(database, found, assumed))
    warn_assumed({each.database.name: each.assumed for each in extracted})
    return extracted


def _read(path: Path, ppi: float | None) -> FingerImage | InputError:
    try:
        return read_print(path, ppi)
    except InputError as error:
        return error


def _sorted_out(
    database: Database, found: list[Template | InputError], assumed: int
) -> ExtractedDatabase:
    """Templates and failures apart."""
    templates: list[Template | None] = []
    failures = []
    for path, result in zip(database.files, found, strict=True):
        if isinstance(result, Template) and len(result):
            templates.append(result)
            continue
        reason = result.reason if isinstance(result, Template) else result.message
        failures.append(Failure(database.name, path.name, reason or "No minutiae were found."))
        templates.append(None)
    return ExtractedDatabase(database, templates, failures, assumed)
