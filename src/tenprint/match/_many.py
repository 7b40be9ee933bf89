"""Probes against many packed templates at once, without making a Python object of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tenprint import _native
from tenprint.formats import unpack
from tenprint.match._match import _prepare
from tenprint.match._model import calibration
from tenprint.model import Template, TemplateError, TemplateFormatError, TemplateRangeError

#: The bytes of records: bytes, a memory map, or an array of uint8.
Data = bytes | bytearray | memoryview | NDArray[np.uint8]


class PackedDirectory(NamedTuple):
    """Where packed templates lie, and of which finger they are; one row each, in their order.

    Attributes
    ----------
    record_of : ndarray of int64, shape (n,)
        Which run of bytes the template is part of.
    starts, stops : ndarray of int64, shape (n,)
        Its bytes in the data.
    finger : ndarray of uint8, shape (n,)
        `tenprint.Finger` as a number.
    quality : ndarray of uint8, shape (n,)
        0-100.
    """

    record_of: NDArray[np.int64]
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    finger: NDArray[np.uint8]
    quality: NDArray[np.uint8]


def compare_packed(
    probes: Sequence[Template],
    data: Data,
    offsets: NDArray[np.integer[Any]],
    probe_of: NDArray[np.integer[Any]],
    *,
    threads: int = 1,
) -> NDArray[np.float32]:
    """Compare packed templates, each with one of the probes.

    A record is read, checked, prepared and compared where it lies; nothing of it stays in memory.
    Thread-safe; the GIL is released meanwhile. The bytes must not change during the call.

    Parameters
    ----------
    probes : sequence of Template
        The prints in question; each is prepared once and remembered while it lives.
    data : bytes-like or ndarray of uint8, shape (size,)
        Records as `tenprint.formats.pack` makes them, anywhere in it.
    offsets : ndarray of int64, shape (n + 1,) or (n, 2)
        Where the records lie: one after the other, record k from ``offsets[k]`` to
        ``offsets[k + 1]``; or each one's start and stop.
    probe_of : ndarray of int32, shape (n,)
        Which probe each record is compared with.
    threads : int
        How many threads share the work; scores do not depend on it.

    Returns
    -------
    ndarray of float32, shape (n,)
        To the last bit what `TemplateSet.compare` gives for the unpacked templates.

    Raises
    ------
    TemplateFormatError, TemplateRangeError
        What `tenprint.formats.unpack` raises for the first record that it would refuse; the
        error's source is ``record K``. Only a reason that is not UTF-8 is not noticed here.
    IndexError
        If `probe_of` names no probe.
    ValueError
        If shapes do not fit together, or `threads` is below 1.
    """
    raw = _array(data)
    starts, stops = _spans(offsets)
    scores, refused = _native.match_packed(
        [_prepare(probe) for probe in probes],
        raw,
        starts,
        stops,
        _exact(probe_of, np.int32),
        calibration().native,
        threads,
    )
    if refused >= 0:
        raise _refusal(raw, starts[refused], stops[refused], refused)
    return scores


def packed_directory(
    data: Data, starts: NDArray[np.integer[Any]], stops: NDArray[np.integer[Any]]
) -> PackedDirectory:
    """List the packed templates in runs of bytes, such as the ten of an encounter.

    Lengths, checksums and header fields are checked; minutiae are not. Thread-safe; the GIL is
    released meanwhile.

    Parameters
    ----------
    data : bytes-like or ndarray of uint8, shape (size,)
        Records as `tenprint.formats.pack` makes them, anywhere in it.
    starts, stops : ndarray of int64, shape (m,)
        Runs of bytes, each of any number of records one after the other.

    Raises
    ------
    TemplateFormatError, TemplateRangeError
        If a run holds anything else; the error's source is ``record K`` for the K-th run, from 0.
    ValueError
        If `starts` and `stops` differ in length.
    """
    raw = _array(data)
    first, last = _exact(starts, np.int64), _exact(stops, np.int64)
    record_of, begin, end, finger, quality, refused = _native.packed_directory(raw, first, last)
    found = PackedDirectory(record_of, begin, end, finger, quality)
    if refused >= 0:
        # What stopped the walk comes right after the last record that was sound.
        sound = found.stops[found.record_of == refused]
        raise _refusal(
            raw, int(sound[-1] if len(sound) else first[refused]), last[refused], refused
        )
    return found


def _array(data: Data) -> NDArray[np.uint8]:
    if not isinstance(data, np.ndarray):
        return np.frombuffer(data, np.uint8)
    if data.dtype != np.uint8 or data.ndim != 1:
        raise ValueError(f"The data is {data.ndim}-dimensional of {data.dtype}, not bytes.")
    return np.ascontiguousarray(data)


def _exact(
    values: NDArray[np.integer[Any]], kind: type[np.integer[Any]], most: int = 1
) -> NDArray[Any]:
    """The same integers as the kernels take them; ValueError where they do not fit."""
    given = np.asarray(values)
    if not 1 <= given.ndim <= most:
        raise ValueError(f"An array of the shape {given.shape} has too many or too few dimensions.")
    if given.size and given.dtype != kind:
        limits = np.iinfo(kind)
        if given.dtype.kind not in "iu":
            raise ValueError(f"Integers are needed, not {given.dtype}.")
        if int(given.min()) < limits.min or int(given.max()) > limits.max:
            raise ValueError(f"A number is beyond {np.dtype(kind)}.")
    return np.ascontiguousarray(given, dtype=kind)


def _spans(offsets: NDArray[np.integer[Any]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    exact = _exact(offsets, np.int64, most=2)
    if exact.ndim == 1 and len(exact):
        return exact[:-1], exact[1:]
    if exact.ndim == 2 and exact.shape[1] == 2:
        return np.ascontiguousarray(exact[:, 0]), np.ascontiguousarray(exact[:, 1])
    raise ValueError(f"offsets has the shape {exact.shape}, not (n + 1,) or (n, 2).")


def _refusal(raw: NDArray[np.uint8], start: int, stop: int, record: int) -> TemplateError:
    """What is wrong with a record that the kernels would not read."""
    source = f"record {record}"
    if 0 <= start <= stop <= len(raw):
        try:
            unpack(raw[start:stop].tobytes())
        except (TemplateFormatError, TemplateRangeError) as error:
            return type(error)(error.message, source=source, field=error.field, remedy=error.remedy)
    return TemplateFormatError(
        "The record does not lie in the data.",
        source=source,
        remedy="The data was cut off, or the offsets are of other data.",
    )
