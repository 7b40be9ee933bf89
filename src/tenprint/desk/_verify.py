"""One sample against another: is it the same person?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tenprint.desk._found import Listed
from tenprint.match import best_of, compare, fuse
from tenprint.match import extrapolated as beyond
from tenprint.model import Finger, Template


def verified(probe: Sequence[Template], other: Sequence[Template]) -> Listed | None:
    """The fused score of two samples; None if they have no finger in common.

    Prints of known position are compared with the same finger and with those of unknown position;
    the best of several tries is corrected for their number (`tenprint.match.best_of`), and each
    print of the other sample counts once.
    """
    pairs: list[tuple[float, int, int]] = []
    tries: dict[int, int] = defaultdict(int)
    for n, mine in enumerate(probe):
        for m, theirs in enumerate(other):
            if mine.finger and theirs.finger and mine.finger is not theirs.finger:
                continue
            pairs.append((compare(mine, theirs), n, m))
            tries[n] += 1
    if not pairs:
        return None
    scores: dict[int, float] = {}
    unknown: list[float] = []
    taken: set[int] = set()
    done: set[int] = set()
    for score, n, m in sorted(pairs, reverse=True):
        if n in done or m in taken:
            continue
        done.add(n)
        taken.add(m)
        corrected = best_of([score] + [0.0] * (tries[n] - 1))
        finger = probe[n].finger or other[m].finger
        if finger is Finger.UNKNOWN:
            unknown.append(corrected)
        else:
            scores[int(finger)] = max(corrected, scores.get(int(finger), 0.0))
    total = fuse([*scores.values(), *unknown])
    if unknown:
        scores[int(Finger.UNKNOWN)] = max(unknown)
    return Listed("", round(total, 4), scores, extrapolated=beyond(total))
