"""The second look: the best of the scan, compared minutia by minutia."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.gallery._assign import assign
from tenprint.gallery._brought import SLOTS, Brought
from tenprint.gallery._candidate import Candidate, FingerMatch
from tenprint.gallery._derive import Listed, damaged, list_prints
from tenprint.match import best_of, compare_packed, fuse
from tenprint.model import Finger, Template, TemplateError
from tenprint.store import Encounter

#: How many prints of the probe decide who is compared with all of them.
FIRST_PRINTS = 2

#: How many people are compared with all prints: the best by those two, and the best of the scan.
BY_SCORE, BY_SCAN = 200, 50

#: The same where only somebody is looked for who is the one for sure.
SURE_BY_SCORE, SURE_BY_SCAN = 16, 8

#: How many times as many are compared with both, after all with one.
BY_ONE = 3

#: Of how many people every finger is held against every other, to find mixed-up fingers.
SEQUENCE = 3

#: A print found under another position than its own is reported from this score on.
SEQUENCE_SCORE = 4.0

#: Of how many people templates are read at a time, to be compared with single fingers.
PART = 2048

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
    slot = found.record_of * SLOTS + found.finger
    order = np.argsort(slot, kind="stable")
    first = np.concatenate([[True], np.diff(slot[order]) != 0]) if len(order) else np.empty(0, bool)
    start = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    view = np.empty(len(order), np.int64)
    view[order] = np.arange(len(order)) - start
    return Prints(listed, owner, view)


def leading(
    probe: Sequence[Template],
    own: Brought,
    fetch: Fetch,
    source: str,
    threads: int,
    limit: int = BY_SCAN,
) -> NDArray[np.int64]:
    """Whom to compare as a whole: who leads by the fingers that the scan brought, best first.

    A print of unknown position has ten fingers of everybody to be compared with; the scan has
    mostly brought one of them. The best of the scan stay whatever their prints say.
    """
    by_score = max(BY_SCORE, limit)
    if own.fingers is None or len(own.ids) <= by_score + BY_SCAN:
        return own.ids
    wanted = {number: np.sort(fingers) for number, fingers in own.fingers.items()}

    def compared(ids: NDArray[np.int64]) -> _Tried:
        prints = fetch_prints(fetch, ids.tolist(), source)
        slots = prints.owner * SLOTS + prints.listed.directory.finger
        able = {
            number: fingers.searchsorted(slots) < fingers.searchsorted(slots, "right")
            for number, fingers in wanted.items()
        }
        return _scores(probe, able, prints, source, 1)

    # A part of the people at a time, as many parts as threads: reading takes its time as well,
    # and templates of everybody would take hundreds of megabytes.
    parts = [own.ids[start : start + PART] for start in range(0, len(own.ids), PART)]
    with ThreadPoolExecutor(threads) as pool:
        tried = reduce(_Tried.joined, pool.map(compared, parts))
    kept = np.union1d(tried.best(by_score), own.ids[:BY_SCAN])
    return own.ids[np.isin(own.ids, kept)]


def second_look(
    probe: Sequence[Template],
    ids: NDArray[np.int64],
    fetch: Fetch,
    source: str,
    threads: int,
    limit: int = BY_SCAN,
    *,
    sure: bool = False,
) -> tuple[list[tuple[int, Candidate]], Prints]:
    """Compare with people, the best of the scan first, and fuse their fingers.

    Where there are more than `BY_SCORE` people, the probe's best print is compared first, then its
    second best with those who remain, and both decide with whom the others are. Returns the best
    `limit` people and some more, each the person's number and candidate (its name still the
    number), in no order, and the prints compared with. `sure` says that only somebody is looked
    for whom two prints show already: then fewer are compared with all of them.
    """
    prints = fetch_prints(fetch, ids.tolist(), source)
    by_score, by_scan = (SURE_BY_SCORE, SURE_BY_SCAN) if sure else (BY_SCORE, BY_SCAN)
    by_score = max(by_score, limit)
    if len(ids) > by_score + by_scan and len(probe) > FIRST_PRINTS:
        order = sorted(range(len(probe)), key=lambda n: (-probe[n].quality, n))
        late = sorted(order[FIRST_PRINTS:])
        # First the very best print, then both for those whom it leaves or the scan thought likely.
        tried = _compare(probe, order[:1], prints, None, source, threads)
        kept = np.union1d(tried.best(BY_ONE * by_score), ids[: BY_ONE * by_scan])
        tried = tried.of(kept).joined(
            _compare(probe, order[1:FIRST_PRINTS], prints, kept, source, threads)
        )
        kept = np.union1d(tried.best(by_score), ids[:by_scan])
        tried = tried.of(kept).joined(_compare(probe, late, prints, kept, source, threads))
    else:
        tried = _compare(probe, range(len(probe)), prints, None, source, threads)
    # Fusing is exact and slow: only for those who lead by their best prints.
    matches = tried.of(tried.best(limit + BY_SCAN)).matches(probe, prints)
    return [(key, assign(str(key), own)) for key, own in matches.items()], prints


@dataclass(frozen=True, eq=False)
class _Tried:
    """Comparisons: which stored print with which of the probe's, whose it is, and the score."""

    rows: NDArray[np.int64]
    probe: NDArray[np.int32]
    owner: NDArray[np.int64]
    score: NDArray[np.float32]

    def best(self, count: int) -> NDArray[np.int64]:
        """The numbers of the people who lead by their prints' best scores, at most `count`."""
        people, place = np.unique(self.owner, return_inverse=True)
        if len(people) <= count:
            return people
        probes = int(self.probe.max()) + 1
        table = np.full((len(people), probes), -1.0, np.float32)
        np.maximum.at(table, (place, self.probe), self.score)
        tried = (table >= 0).sum(1)
        total = np.where(table > 0, table, 0).sum(1)
        # What `fuse` gives for so many prints, nearly: it costs about 0.6 a print beyond the first.
        merit = total - 0.6 * (tried - 1)
        return np.asarray(people[np.lexsort((people, -merit))[:count]])

    def of(self, people: NDArray[np.int64]) -> _Tried:
        """Those of some people."""
        mine = np.isin(self.owner, people)
        return _Tried(self.rows[mine], self.probe[mine], self.owner[mine], self.score[mine])

    def joined(self, other: _Tried) -> _Tried:
        """These and others."""
        pairs = zip(self._columns(), other._columns(), strict=True)
        return _Tried(*(np.concatenate(pair) for pair in pairs))

    def _columns(self) -> tuple[NDArray[Any], ...]:
        return self.rows, self.probe, self.owner, self.score

    def matches(self, probe: Sequence[Template], prints: Prints) -> dict[int, list[FingerMatch]]:
        """As the comparisons of each person."""
        found, encounters = prints.listed.directory, prints.listed.encounters
        columns = (
            self.probe.tolist(), self.owner.tolist(), self.score.tolist(),
            found.finger[self.rows].tolist(), found.record_of[self.rows].tolist(),
            prints.view[self.rows].tolist(),
        )  # fmt: skip
        by_person: dict[int, list[FingerMatch]] = defaultdict(list)
        for number, key, score, finger, record, view in zip(*columns, strict=True):
            own, enrolled = probe[number].finger, _FINGERS[finger]
            encounter = encounters[record].encounter
            by_person[key].append(FingerMatch(number, own, enrolled, encounter, view, score))
        return by_person


def _compare(
    probe: Sequence[Template],
    numbers: Sequence[int],
    prints: Prints,
    people: NDArray[np.int64] | None,
    source: str,
    threads: int,
    *,
    every: bool = False,
) -> _Tried:
    """Compare some prints of the probe with the stored prints they may be of."""
    found = prints.listed.directory
    wanted = np.ones(len(prints.owner), bool)
    if people is not None:
        wanted = np.isin(prints.owner, people)
    able: dict[int, NDArray[np.bool_]] = {}
    for number in numbers:
        own = probe[number].finger
        able[number] = wanted
        if not every and own is not Finger.UNKNOWN:
            able[number] = wanted & ((found.finger == own) | (found.finger == 0))
    return _scores(probe, able, prints, source, threads)


def _scores(
    probe: Sequence[Template],
    able: Mapping[int, NDArray[np.bool_]],
    prints: Prints,
    source: str,
    threads: int,
) -> _Tried:
    """Compare prints of the probe, by number, each with the stored prints of its mask."""
    found = prints.listed.directory
    which: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    probes: list[NDArray[np.int32]] = [np.empty(0, np.int32)]
    for number, mask in able.items():
        which.append(np.flatnonzero(mask))
        probes.append(np.full(len(which[-1]), number, np.int32))
    rows, asked = np.concatenate(which), np.concatenate(probes)
    spans = np.stack([found.starts[rows], found.stops[rows]], 1)
    try:
        scores = compare_packed(probe, prints.listed.data, spans, asked, threads=threads)
    except TemplateError as error:
        number = int(str(error.source).removeprefix("record "))
        named = TemplateError(error.message, source=f"record {found.record_of[rows[number]]}")
        raise damaged(prints.listed.encounters, named, source) from error
    return _Tried(rows, asked, prints.owner[rows], scores)


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
    people = np.array([key for key, _ in found], np.int64)
    every = _compare(probe, range(len(probe)), prints, people, source, threads, every=True)
    tried = every.matches(probe, prints)
    return [(key, _resequenced(candidate, tried[key])) for key, candidate in found]


def _resequenced(candidate: Candidate, tried: Sequence[FingerMatch]) -> Candidate:
    # What a print reaches in its own place; where the candidate was found with hands swapped, its
    # matches are in others.
    own = {m.finger: m.score for m in candidate.matches if m.enrolled in (m.finger, Finger.UNKNOWN)}
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
