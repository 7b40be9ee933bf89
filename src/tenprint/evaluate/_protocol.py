"""The FVC protocol over a folder: extract every print, compare every pair, report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tenprint.evaluate._dataset import find_databases
from tenprint.evaluate._extraction import extract_databases
from tenprint.evaluate._fvc import FvcReport, assess
from tenprint.evaluate._machine import describe_run
from tenprint.evaluate._progress import Progress, Steps
from tenprint.evaluate._scoring import score_database, score_rank_one
from tenprint.evaluate._timing import measure_timing


def evaluate_fvc(
    directory: Path | str,
    *,
    ppi: Mapping[str, float] | None = None,
    threads: int = 2,
    progress: Progress | None = None,
    cache: Path | str | None = None,
    replicates: int = 1000,
    seed: int = 0,
    command: str | None = None,
) -> FvcReport:
    """Accuracy over a folder of databases by the protocol of the FVC competitions.

    All pairs of impressions of the same finger are genuine comparisons, all pairs of impressions
    of different fingers of one database are impostor comparisons; every unordered pair is compared
    once, the one that sorts first as probe. An image that gives no template scores 0 with everyone.
    Rank-1: the gallery is the first impression of every finger of all databases, the probes are all
    other impressions; a mate must score strictly above everyone else.

    (Maio, Maltoni, Cappelli, Wayman, Jain: FVC2002, ICPR 2002. The competitions themselves compare
    only first impressions as impostors; all cross-finger pairs resolve lower error rates.)

    Parameters
    ----------
    directory : path
        A folder of database folders, or one database; see `find_databases`.
    ppi : mapping of str to float, optional
        Resolution of a database's images, by folder name, such as ``{"DB2_B": 569}``. Default:
        from the file, else 500.
    threads : int
        For extraction and comparison. Timings are taken apart, on one thread.
    progress : callable, optional
        ``progress(stage, done, total)``.
    cache : path, optional
        A folder that keeps templates between runs; a changed image, resolution or extractor is
        extracted again.
    replicates, seed : int
        Of the bootstrap over fingers.
    command : str, optional
        Written into the report; default: this process's command line.

    Returns
    -------
    FvcReport

    Raises
    ------
    InputError
        If the folder is unusable or `ppi` names a database that is not there.
    """
    extracted = extract_databases(
        find_databases(directory), ppi=ppi, threads=threads, progress=progress, cache=cache
    )
    scored = [score_database(each, threads=threads, progress=progress) for each in extracted]
    rank1 = score_rank_one(extracted, threads=threads, progress=progress)
    timing = measure_timing(extracted, ppi or {}, progress)
    return assess(
        scored,
        replicates=replicates,
        seed=seed,
        tick=Steps(progress, "intervals", replicates),
        rank1=rank1,
        extract_ms=timing["extract_ms"],
        compare_us=timing["compare_us"],
        failures=[failure for each in extracted for failure in each.failures],
        details={
            **describe_run(command),
            "data": str(Path(directory).resolve().name),
            "settings": {
                "ppi": dict(ppi or {}),
                "threads": threads,
                "replicates": replicates,
                "seed": seed,
            },
            "resolution_assumed": {
                each.database.name: each.assumed for each in extracted if each.assumed
            },
            "timing": timing,
        },
    )
