"""What a search asks of the code matrix, and how many candidates it keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tenprint.formats import pack
from tenprint.gallery._code import CodeParameters
from tenprint.gallery._matrix import POSITIONS
from tenprint.model import TEN_FINGERS, Finger, Template

#: Everybody is looked at twice in a gallery of up to this many people.
LEAST = 2000

#: And at most this many in any.
MOST = 100_000

#: The share of the gallery that is looked at twice, by the number of fingers searched with; more
#: fingers make the first look surer.
SHARE = {1: 0.05, 2: 0.01, 3: 4e-3, 4: 2e-3, 5: 1e-3, 6: 5e-4, 7: 3e-4, 8: 2e-4, 9: 1e-4}
LEAST_SHARE = 3e-5

#: Searches with all ten fingers read the planes of the best seven of everybody, and the others only
#: of this share of the people, those most alike by the seven. In galleries from this size on.
EARLY_FINGERS, EARLY_SHARE, EARLY_FROM = 7, 3e-4, 2_000_000

#: By which ten fingers' candidates are divided where hands are tried the other way round.
TURNED = 20

Query = tuple[list[int], NDArray[np.uint8]]


@dataclass(frozen=True, eq=False)
class Plan:
    """The queries of one search.

    Attributes
    ----------
    queries : list
        Planes and their tables, as `CodeMatrix.scan` takes them.
    swapped : tuple or None
        The query that asks for the left hand's prints on right hands and the other way round, to
        be tried where the others find nobody.
    candidates : int
        How many people each query brings.
    turned : int
        How many the swapped query brings. Ten fingers find who is clearly the one among few.
    early : tuple of int or None
        Of how many planes the first query, and the swapped one, read everybody's codes, and how
        many people they keep by them.
    prints : list or None
        Where positions are unknown and there are many people: which of the probe's prints each
        query asks for, in the order of its planes. People are first compared by these only.
    """

    queries: list[Query]
    swapped: Query | None
    candidates: int
    turned: int
    early: tuple[int, int] | None = None
    prints: list[list[int]] | None = None

    def asked(self) -> list[tuple[Query, int, tuple[int, int] | None]]:
        """Each query, how many people it brings, and its early rejection."""
        return [
            (query, self.candidates, self.early if n == 0 else None)
            for n, query in enumerate(self.queries)
        ]


def early(people: int, fingers: int) -> tuple[int, int] | None:
    """How many planes are read of everybody, and of how many people the others."""
    if fingers < len(TEN_FINGERS) or people < EARLY_FROM:
        return None
    return EARLY_FINGERS, max(LEAST, int(people * EARLY_SHARE))


def candidates(people: int, fingers: int) -> int:
    """How many people are looked at twice."""
    share = SHARE.get(fingers, LEAST_SHARE)
    return min(max(LEAST, int(people * share)), MOST)


def mirrored(finger: int) -> int:
    """The same finger of the other hand."""
    return finger if finger == 0 else finger + 5 if finger <= 5 else finger - 5


def make_plan(
    probe: Sequence[Template],
    code: CodeParameters,
    people: int,
    *,
    has_unknown: bool,
    threads: int = 1,
) -> Plan:
    """The queries of a search.

    Prints of known positions make one query, the best print of each; the same with hands swapped
    finds people whose hands were mixed up. A print of unknown position asks each plane by itself,
    and where enrolled prints of unknown position exist every print asks for those.
    """
    blobs = [pack(template) for template in probe]
    stops = np.cumsum([len(blob) for blob in blobs], dtype=np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), stops[:-1]])
    data = np.frombuffer(b"".join(blobs), np.uint8)
    vectors = code.vectors(data, starts, stops, threads=threads)
    quality = np.array([template.quality for template in probe])
    best: dict[Finger, int] = {}
    for number, template in enumerate(probe):
        known = best.get(template.finger)
        if template.finger and (known is None or quality[number] > quality[known]):
            best[template.finger] = number
    # Planes by themselves bring most of a large gallery between them; which of them brought whom,
    # and by what score, then matters, so all prints' tables must be of one scale.
    by_print = people > LEAST and any(each.finger is Finger.UNKNOWN for each in probe)
    shared = code.tables(vectors, quality) if by_print else None

    def tables(numbers: list[int]) -> NDArray[np.uint8]:
        if shared is not None:
            return shared[numbers]
        return code.tables(vectors[numbers], quality[numbers])

    queries: list[Query] = []
    prints: list[list[int]] = []
    swapped: Query | None = None
    if best:
        # The best first: they decide early, where there are many people.
        numbers = sorted(best.values(), key=lambda n: (-quality[n], n))
        positions = [int(probe[n].finger) for n in numbers]
        queries.append((positions, tables(numbers)))
        prints.append(numbers)
        if len(positions) > 1:
            swapped = ([mirrored(position) for position in positions], queries[0][1])
    for number, template in enumerate(probe):
        if template.finger is Finger.UNKNOWN:
            alone: Sequence[int] = range(POSITIONS)
        elif has_unknown:
            alone = (0,)
        else:
            continue
        table = tables([number])
        queries.extend(([position], table) for position in alone)
        prints.extend([number] for _ in alone)
    count = len(best)
    most = candidates(people, count or 1)
    if by_print and not count:
        # A plane by itself says little; together they bring no more than `MOST` in any case.
        most = max(most, MOST // len(TEN_FINGERS))
    turned = -(-most // TURNED) if count == len(TEN_FINGERS) else most
    return Plan(queries, swapped, most, turned, early(people, count), prints if by_print else None)
