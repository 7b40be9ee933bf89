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
from tenprint.extract import Extractor
from tenprint.formats import read_image
from tenprint.model import InputError, Template


@dataclass(frozen=True, eq=False)
class ExtractedDatabase:
    """One database with its templates, in the order of its files; None where extraction failed."""

    database: Database
    templates: list[Template | None]
    failures: list[Failure]


def extract_databases(
    databases: Sequence[Database],
    *,
    ppi: Mapping[str, float] | None = None,
    threads: int = 1,
    progress: Progress | None = None,
    cache: Path | str | None = None,
) -> list[ExtractedDatabase]:
    """The template of every print.

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
    extractor = Extractor(threads=1)
    step = Steps(progress, "extract", sum(map(len, databases)))

    def extract(path: Path, resolution: float | None) -> Template | InputError:
        try:
            template = kept.get(path, resolution) if kept else None
            if template is None:
                template = extractor.extract(read_image(path, resolution))
                if kept:
                    kept.put(path, resolution, template)
        except InputError as error:
            return error
        finally:
            step()
        return template

    with ThreadPoolExecutor(threads) as pool:
        return [
            _sorted_out(
                database,
                list(pool.map(extract, database.files, [ppi.get(database.name)] * len(database))),
            )
            for database in databases
        ]


def _sorted_out(database: Database, found: list[Template | InputError]) -> ExtractedDatabase:
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
    return ExtractedDatabase(database, templates, failures)
