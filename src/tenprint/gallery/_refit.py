"""Codes fitted to the people of one gallery."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tenprint.gallery._code import DIMENSIONS, CodeParameters, load_parameters, with_quantiser
from tenprint.gallery._derive import list_prints
from tenprint.model import InputError, StoreError, StoreFormatError, StoreVersionError
from tenprint.store import TruthStore, sync_folder

#: The gallery's own parameters, in the folder of its index.
OWN = "code.tpc"

#: Prints that fitting needs: the spread of strangers in 192 dimensions is estimated from them.
LEAST_PRINTS = 1000

#: People read at a time.
_CHUNK = 1000


def own_parameters(index: Path | None) -> CodeParameters:
    """The gallery's own parameters, where it was refitted, else the package's.

    Raises
    ------
    StoreFormatError, StoreVersionError
        If its own cannot be read.
    """
    own = None if index is None else index / OWN
    if own is None or not own.exists():
        return load_parameters()
    try:
        return load_parameters(own)
    except (StoreFormatError, StoreVersionError) as error:
        raise type(error)(
            error.message,
            source=own,
            field=error.field,
            remedy="Remove this file: the index is then derived again with the package's "
            "parameters, and nobody is lost; refit afterwards.",
        ) from error
    except OSError as error:
        raise StoreError(
            f"The parameters of codes cannot be read: {error.strerror}.", source=own
        ) from error


def fit(
    store: TruthStore,
    sample: int,
    seed: int,
    threads: int,
    progress: Callable[[str, int, int], None] | None = None,
) -> CodeParameters:
    """Parameters whose quantiser suits prints drawn at random from the truth.

    Raises
    ------
    InputError
        If there are fewer than `LEAST_PRINTS` prints, or fewer are asked for.
    """
    if sample < LEAST_PRINTS:
        raise InputError(f"sample is {sample}, not {LEAST_PRINTS} or more.", field="sample")
    base = load_parameters()
    random = np.random.default_rng(seed)
    last = store.last_id()
    ids = 1 + random.choice(last, min(last, sample), replace=False) if last else np.empty(0, int)
    vectors, count = [np.empty((0, DIMENSIONS), np.float32)], 0
    for start in range(0, len(ids), _CHUNK):
        some = ids[start : start + _CHUNK]
        listed = list_prints(store.encounters_of(some.tolist()), store.source)
        found = listed.directory
        # Each chunk brings its share, so that a large gallery is drawn from as a whole.
        share = -(-sample * min(start + _CHUNK, len(ids)) // len(ids)) - count
        wanted = min(share, len(found.starts))
        picked = np.sort(random.choice(len(found.starts), wanted, replace=False))
        made = base.vectors(listed.data, found.starts[picked], found.stops[picked], threads=threads)
        vectors.append(made[np.linalg.norm(made, axis=1) > 0])
        count += wanted
        if progress:
            progress("read prints", count, max(count, sample))
    together = np.concatenate(vectors)
    if len(together) < LEAST_PRINTS:
        raise InputError(
            f"Fitting needs {LEAST_PRINTS} prints; the gallery's sample has {len(together)}.",
            field="sample",
            remedy="Until there are more, the package's own parameters serve better.",
        )
    fitted = with_quantiser(base, together, seed=seed)
    if progress:
        progress("fit codes", 1, 1)
    return fitted


def keep(parameters: CodeParameters, index: Path) -> CodeParameters:
    """Write the gallery's own parameters, whole or not at all; as they will be read again.

    Raises
    ------
    StoreError
        If the folder cannot be written.
    """
    path = index / OWN
    draft = index / f"{OWN}.new"
    try:
        parameters.save(draft)
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        read_back = load_parameters(draft)
        draft.replace(path)
        sync_folder(index)
    except OSError as error:
        raise StoreError(
            f"The parameters of codes cannot be written: {error.strerror}.", source=path
        ) from error
    return read_back
