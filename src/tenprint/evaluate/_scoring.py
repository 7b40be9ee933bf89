"""Scores of pairs of templates."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tenprint.evaluate._extraction import ExtractedDatabase
from tenprint.evaluate._fvc import ScoredDatabase
from tenprint.evaluate._metrics import Floats, rank_one
from tenprint.evaluate._progress import Progress, Steps
from tenprint.match import TemplateSet
from tenprint.model import Template


def score_pairs(
    templates: Sequence[Template | None],
    pairs: ArrayLike,
    *,
    threads: int = 1,
    progress: Progress | None = None,
    stage: str = "compare",
) -> Floats:
    """The score of each pair of rows of `templates`.

    Parameters
    ----------
    templates : sequence of Template or None
        None is a failed extraction; it scores 0.
    pairs : array_like of int, shape (n, 2)
        Probe row and candidate row.
    threads : int
        Probes compared at the same time.
    progress : callable, optional
        ``progress(stage, done, total)``, counting probes.

    Returns
    -------
    ndarray of float64, shape (n,)
        Scores as of `tenprint.compare`: minus log10 of the false-match rate.
    """
    rows = np.asarray(pairs, np.int64).reshape(-1, 2)
    usable = np.array([template is not None for template in templates], bool)
    place = np.cumsum(usable) - 1
    gallery = TemplateSet([template for template in templates if template is not None])
    scores = np.zeros(len(rows), np.float64)
    kept = np.flatnonzero(usable[rows].all(axis=1))
    order = kept[np.argsort(rows[kept, 0], kind="stable")]
    probes, starts = np.unique(rows[order, 0], return_index=True)
    step = Steps(progress, stage, len(probes))

    def compare(probe_row: int, where: NDArray[np.int64]) -> None:
        probe = templates[probe_row]
        if probe is not None:
            scores[where] = gallery.compare(probe, place[rows[where, 1]])
        step()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(compare, probes.tolist(), np.split(order, starts[1:])))
    return scores


def score_database(
    extracted: ExtractedDatabase, *, threads: int = 1, progress: Progress | None = None
) -> ScoredDatabase:
    """All genuine and impostor scores of one database."""
    database = extracted.database
    genuine, impostor = database.genuine_pairs(), database.impostor_pairs()
    scores = score_pairs(
        extracted.templates,
        np.concatenate([genuine, impostor]),
        threads=threads,
        progress=progress,
        stage=f"compare {database.name}",
    )
    quality = [0 if template is None else template.quality for template in extracted.templates]
    return ScoredDatabase(
        database,
        scores[: len(genuine)],
        scores[len(genuine) :],
        np.array(quality, np.int64),
        extracted.templates,
    )


def score_rank_one(
    extracted: Sequence[ExtractedDatabase],
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> float:
    """Rank-1 identification rate over all databases together.

    The gallery is the first impression of every finger of all databases, the probes are all other
    impressions.
    """
    templates: list[Template | None] = []
    gallery: list[int] = []
    probes: list[int] = []
    mates: list[int] = []
    for each in extracted:
        first = each.database.first_impressions()
        others = np.setdiff1d(np.arange(len(each.database)), first)
        mates += (len(gallery) + each.database.finger[others]).tolist()
        probes += (len(templates) + others).tolist()
        gallery += (len(templates) + first).tolist()
        templates += each.templates
    pairs = np.stack(np.meshgrid(probes, gallery, indexing="ij"), axis=-1)
    scores = score_pairs(
        templates, pairs, threads=threads, progress=progress, stage="identify at rank 1"
    )
    return rank_one(scores.reshape(len(probes), len(gallery)), np.array(mates))
