"""The second look: the best of the scan, compared minutia by minutia."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tenprint.gallery._assign import assign
from tenprint.gallery._candidate import Candidate, FingerMatch
from tenprint.gallery._derive import Listed, damaged, list_prints
from tenprint.match import best_of, compare_packed, fuse
from tenprint.model import Finger, Template, TemplateError
from tenprint.store import Encounter

#: How many prints of the probe decide who is compared with all of them.
FIRST_PRINTS = 2

#: How many people are compared with all prints: the best by those two, and the best of the scan.
BY_SCORE, BY_SCAN = 200, 50

#: Of how many people every finger is held against every other, to find mixed-up fingers.
SEQUENCE = 3

#: A print found under another position than its own is reported from this score on.
SEQUENCE_SCORE = 4.0

Fetch = Callable[[Sequence[int]], Sequence[Encounter]]


@dataclass(frozen=True, eq=False)
class Prints:
    """The stored prints of some people, to be compared with."""

    listed: Listed
    owner: NDArray[np.int64]  # the person's number, for each print
    view: NDArray[np.int64]  # which impression of the finger in its encounter, from 0


def fetch_prints(fetch: Fetch, ids: Sequence[int], source: str) -> Prints:
    """Read people's active encounters."""
    listed = list_prints(fetch(ids), source)
    of = np.array([each.id for each in listed.encounters], np.int64)
    found = listed.directory
    owner = of[found.record_of] if len(of) else np.empty(0, np.int64)
    # Prints of one finger in one encounter follow each other in any order; count them.
    slot = found.record_of * 16 + found.finger
    order = np.argsort(slot, kind="stable")
    first = np.concatenate([[True], np.diff(slot[order]) != 0]) if len(order) else np.empty(0, bool)
    start = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    view = np.empty(len(order), np.int64)
    view[order] = np.arange(len(order)) - start
    return Prints(listed, owner, view)


def second_look(
    probe: Sequence[Template],
    ids: NDArray[np.int64],
    fetch: Fetch,
    source: str,
    threads: int,
) -> tuple[list[tuple[int, Candidate]], Prints]:
    """Compare with people, the best of the scan first, and fuse their fingers.

    Where there are more than `BY_SCORE` people, the probe's two best prints are compared first and
    decide with whom the others are. Returns person's number and candidate (its name still the
    number), in no order, and the prints compared with.
    """
    prints = fetch_prints(fetch, ids.tolist(), source)
    first = sorted(range(len(probe)), key=lambda n: (-probe[n].quality, n))
    early: set[int] = set()
    tried: dict[int, list[FingerMatch]] = defaultdict(list)
    if len(ids) > BY_SCORE + BY_SCAN and len(probe) > FIRST_PRINTS:
        early = set(first[:FIRST_PRINTS])
        _compare(probe, sorted(early), prints, None, tried, source, threads)
        scored = {
            key: fuse([_best(matches, number) for number in early])
            for key, matches in tried.items()
        }
        ranked = sorted(scored, key=lambda key: (-scored[key], key))[:BY_SCORE]
        kept = set(ranked) | set(ids[:BY_SCAN].tolist())
        tried = defaultdict(list, {key: tried[key] for key in kept if key in tried})
        rest = [number for number in range(len(probe)) if number not in early]
        _compare(probe, rest, prints, kept, tried, source, threads)
    else:
        _compare(probe, range(len(probe)), prints, None, tried, source, threads)
        if len(tried) > 4 * BY_SCORE:
            quick = {key: _quick(matches) for key, matches in tried.items()}
            ranked = sorted(quick, key=lambda key: (-quick[key], key))[: 4 * BY_SCORE]
            tried = defaultdict(list, {key: tried[key] for key in ranked})
    return [(key, assign(str(key), matches)) for key, matches in tried.items()], prints


def _best(matches: Sequence[FingerMatch], probe: int) -> float:
    return max((each.score for each in matches if each.probe == probe), default=0.0)


def _quick(matches: Sequence[FingerMatch]) -> float:
    best: dict[int, float] = {}
    for each in matches:
        best[each.probe] = max(best.get(each.probe, 0.0), each.score)
    return fuse(list(best.values()))


def _compare(
    probe: Sequence[Template],
    numbers: Sequence[int],
    prints: Prints,
    people: set[int] | None,
    into: dict[int, list[FingerMatch]],
    source: str,
    threads: int,
    *,
    every: bool = False,
) -> None:
    """Compare some prints of the probe with the stored prints they may be of."""
    found = prints.listed.directory
    wanted = np.ones(len(prints.owner), bool)
    if people is not None:
        wanted = np.isin(prints.owner, np.fromiter(people, np.int64, len(people)))
    which: list[NDArray[np.int64]] = []
    probes: list[NDArray[np.int32]] = []
    for number in numbers:
        own = probe[number].finger
        able = wanted
        if not every and own is not Finger.UNKNOWN:
            able = wanted & ((found.finger == own) | (found.finger == 0))
        rows = np.flatnonzero(able)
        which.append(rows)
        probes.append(np.full(len(rows), number, np.int32))
    rows = np.concatenate(which) if which else np.empty(0, np.int64)
    if not len(rows):
        return
    asked = np.concatenate(probes)
    spans = np.stack([found.starts[rows], found.stops[rows]], 1)
    try:
        scores = compare_packed(probe, prints.listed.data, spans, asked, threads=threads)
    except TemplateError as error:
        number = int(str(error.source).removeprefix("record "))
        named = TemplateError(error.message, source=f"record {found.record_of[rows[number]]}")
        raise damaged(prints.listed.encounters, named, source) from error
    encounters = [each.encounter for each in prints.listed.encounters]
    columns = (
        rows.tolist(), asked.tolist(), scores.tolist(), prints.owner[rows].tolist(),
        found.finger[rows].tolist(), found.record_of[rows].tolist(), prints.view[rows].tolist(),
    )  # fmt: skip
    for _, number, score, key, finger, record, view in zip(*columns, strict=True):
        into[key].append(
            FingerMatch(
                number, probe[number].finger, _FINGERS[finger], encounters[record], view, score
            )
        )


_FINGERS = [Finger(code) for code in range(11)]


def check_sequence(
    probe: Sequence[Template],
    found: Sequence[tuple[int, Candidate]],
    prints: Prints,
    source: str,
    threads: int,
) -> list[tuple[int, Candidate]]:
    """Look for mixed-up fingers among the best candidates.

    Every print of known position is held against all fingers of the candidate. Where some match
    elsewhere and not in their place, the candidate's `sequence` says so, and its score is that of
    the positions found, each finger's corrected for the number of positions tried.
    """
    positions = {each.finger for each in probe if each.finger}
    if len(positions) < 2:
        return list(found)
    tried: dict[int, list[FingerMatch]] = defaultdict(list)
    people = {key for key, _ in found}
    _compare(probe, range(len(probe)), prints, people, tried, source, threads, every=True)
    return [(key, _resequenced(candidate, tried[key])) for key, candidate in found]


def _resequenced(candidate: Candidate, tried: Sequence[FingerMatch]) -> Candidate:
    own = {each.finger: each.score for each in candidate.matches}
    used: set[Finger] = set()
    sequence: dict[Finger, Finger] = {}
    taken: dict[Finger, FingerMatch] = {}
    for match in sorted(tried, key=lambda each: (-each.score, each.probe, each.enrolled)):
        if not match.finger or not match.enrolled or match.score < SEQUENCE_SCORE:
            continue
        if match.finger in taken or match.enrolled in used:
            continue
        taken[match.finger] = match
        used.add(match.enrolled)
        if match.enrolled is not match.finger:
            sequence[match.finger] = match.enrolled
    wrong = {f: g for f, g in sequence.items() if own.get(f, 0.0) < taken[f].score}
    if not wrong:
        return candidate
    tries = len({each.enrolled for each in tried})
    matches = [replace(m, score=best_of([m.score] * tries)) for m in taken.values()]
    left = [m for m in candidate.matches if m.finger not in taken and m.enrolled not in used]
    matches += left
    score = fuse([m.score for m in matches])
    if score <= candidate.score:
        return replace(candidate, sequence=wrong)
    fingers = {m.finger: m.score for m in sorted(matches, key=lambda m: m.finger)}
    ordered = tuple(sorted(matches, key=lambda m: -m.score))
    return replace(candidate, score=score, fingers=fingers, matches=ordered, sequence=wrong)
