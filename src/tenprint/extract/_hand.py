"""Which patches of ridges are the fingertips of one hand, and which finger each is."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise
from math import cos, hypot, radians, sin
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenprint.extract._ridges import CELL, SKIN, components, dilate, erode
from tenprint.model import Finger

#: Fingers from left to right as they lie in the image.
ORDER = {
    Finger.PLAIN_RIGHT_FOUR: (
        Finger.RIGHT_INDEX,
        Finger.RIGHT_MIDDLE,
        Finger.RIGHT_RING,
        Finger.RIGHT_LITTLE,
    ),
    Finger.PLAIN_LEFT_FOUR: (
        Finger.LEFT_LITTLE,
        Finger.LEFT_RING,
        Finger.LEFT_MIDDLE,
        Finger.LEFT_INDEX,
    ),
    Finger.PLAIN_THUMBS: (Finger.LEFT_THUMB, Finger.RIGHT_THUMB),
}

#: How far fingertips lie below the highest one, in mean spacings, in the same order.
_ARC = {
    Finger.PLAIN_RIGHT_FOUR: (0.6, 0.0, 0.1, 0.9),
    Finger.PLAIN_LEFT_FOUR: (0.9, 0.1, 0.0, 0.6),
    Finger.PLAIN_THUMBS: (0.0, 0.0),
}

_LEAST = 4500.0  # square pixels: a smaller patch is no fingertip
_HOLE = 20000.0  # square pixels: a larger gap inside a patch is not of one finger
_FULL = 26000.0  # square pixels of a whole one
_NARROW = 90.0  # pixels: a patch less broad is no fingertip
_SOLID = 0.75  # of the ellipse with the same spread
_TIP = 200.0  # pixels from the top that place a tip
_ABSENT = 0.75  # what leaving a finger out costs, against 1 for a good one
_MOST = 9  # candidates considered


@dataclass(frozen=True, eq=False)
class Patch:
    """One patch of ridges: its cells, in the pixels of the slap."""

    x: NDArray[np.floating[Any]]
    y: NDArray[np.floating[Any]]
    cells: NDArray[np.bool_]
    at_side: bool

    @property
    def area(self) -> float:
        """Square pixels."""
        return float(len(self.x) * CELL * CELL)


@dataclass(frozen=True, eq=False)
class Tip:
    """A patch seen with the hand upright: where its tip is and how wide it is."""

    patch: Patch
    u: float
    v: float
    width: float
    lean: float


@dataclass(frozen=True, eq=False)
class Hand:
    """Fingers found in a slap, the hand's rotation, and how sure that is."""

    fingers: dict[Finger, Tip]
    angle: float  # degrees that the hand leans to the right
    certain: bool
    other_hand: bool


def patches(ridges: NDArray[np.float32]) -> list[Patch]:
    """Candidate fingertips; touching fingers are parted by eroding until they fall apart."""
    skin = ridges > SKIN
    for hole in components(~skin):
        rows, columns = hole[:, 0], hole[:, 1]
        inside = rows.min() > 0 and columns.min() > 0
        inside = inside and rows.max() < skin.shape[0] - 1 and columns.max() < skin.shape[1] - 1
        if inside and len(hole) * CELL * CELL < _HOLE:
            skin[rows, columns] = True  # a scar, a stain, a card's punched hole
    found: list[Patch] = []
    for whole in components(dilate(erode(skin, 1), 1) & skin):
        if len(whole) * CELL * CELL < _LEAST:
            break
        mask = np.zeros_like(skin)
        mask[whole[:, 0], whole[:, 1]] = True
        pieces = [mask]
        for radius in (2, 3, 4, 5, 6, 7):
            cores = [c for c in components(erode(mask, radius)) if len(c) >= 12]
            if len(cores) > len(pieces):
                pieces = []
                for core in cores:
                    seed = np.zeros_like(skin)
                    seed[core[:, 0], core[:, 1]] = True
                    pieces.append(dilate(seed, radius) & mask)
        for piece in pieces:
            rows, columns = np.nonzero(piece)
            if len(rows) * CELL * CELL >= _LEAST and _is_solid(rows, columns):
                at_side = bool(columns.min() == 0 or columns.max() == skin.shape[1] - 1)
                found.append(Patch((columns + 0.5) * CELL, (rows + 0.5) * CELL, piece, at_side))
    return sorted(found, key=lambda p: -p.area)[:_MOST]


def _is_solid(rows: NDArray[Any], columns: NDArray[Any]) -> bool:
    """Whether a patch fills an ellipse of a finger's breadth; writing and lines of print do not."""
    spread = np.cov(np.stack([rows, columns]))
    narrow = float(np.linalg.eigvalsh(spread)[0])
    if narrow * CELL * CELL < _NARROW**2 / 16:
        return False
    return len(rows) / (4 * np.pi * float(np.sqrt(np.linalg.det(spread)))) > _SOLID


def _tip(patch: Patch, degrees: float) -> Tip:
    c, s = cos(radians(degrees)), sin(radians(degrees))
    # Turn the slap by -degrees so that a hand leaning right stands upright; v grows downwards.
    u, v = c * patch.x + s * patch.y, -s * patch.x + c * patch.y
    top = float(np.quantile(v, 0.01))
    near = v <= top + _TIP
    # The long axis; of a round patch it means little, so it is weighed by how long the patch is.
    uu, vv = u - u.mean(), v - v.mean()
    across, along, mixed = (uu * uu).mean(), (vv * vv).mean(), (uu * vv).mean()
    stretch = float(np.hypot(along - across, 2 * mixed) / (along + across))
    lean = 0.5 * np.degrees(np.arctan2(-2 * mixed, along - across)) * min(1.0, 2.5 * stretch)
    width = float(np.quantile(u[near], 0.95) - np.quantile(u[near], 0.05))
    return Tip(patch, float(u[near].mean()), top, width, float(lean))


def _worth(
    tips: tuple[Tip, ...], every: list[Tip], degrees: float, fingers: int, widest_gap: float
) -> float:
    """How well these tips make a hand: about 1 a finger, less what speaks against it."""
    worth = -_ABSENT * (fingers - len(tips)) - abs(degrees) / 120
    for tip in tips:
        worth += min(1.0, tip.patch.area / _FULL)
        worth -= 0.3 * tip.patch.at_side + min(abs(tip.lean), 45) / 60
        for other in every:
            if other in tips:
                continue
            same_column = abs(other.u - tip.u) < 0.75 * max(tip.width, other.width)
            if same_column and other.v < tip.v - 60 and other.patch.area > 0.5 * tip.patch.area:
                worth -= 1.5  # something lies above it: this is a middle phalanx
    widths = [tip.width for tip in tips]
    for one, two in pairwise(tips):
        gap = two.u - one.u
        if gap < 0.55 * min(one.width, two.width):
            return -10.0  # one above the other
        worth -= 0.5 * max(0.0, gap / float(np.mean(widths)) - widest_gap)
    if len(tips) > 2:
        gaps = np.diff([tip.u for tip in tips])
        worth -= (0.8 if widest_gap < 3 else 0.3) * float(np.std(gaps) / np.mean(gaps))
        top = min(tip.v for tip in tips)
        worth -= 0.15 * max(0.0, max((tip.v - top) for tip in tips) / float(np.mean(gaps)) - 1.5)
    worth -= 0.5 * float(np.std(widths) / np.mean(widths)) if widths else 0.0
    return worth


def _arc_misfit(tips: tuple[Tip, ...], places: tuple[int, ...], arc: tuple[float, ...]) -> float:
    """Mean distance, in spacings, of tips from where a hand has them (after shift and scale)."""
    u = np.array([t.u for t in tips])
    v = np.array([t.v for t in tips])
    at = np.array(places, float)
    spacing = float(np.polyfit(at, u, 1)[0]) if len(tips) > 1 else 160.0
    if spacing <= 0:
        return 9.0
    du = (u - u.mean()) / spacing - (at - at.mean())
    below = np.array([arc[p] for p in places])
    dv = (v - v.mean()) / spacing - (below - below.mean())
    # A spacing far from a finger's breadth is a finger left out in between.
    breadth = float(np.mean([t.width for t in tips]))
    return float(np.mean([hypot(a, b) for a, b in zip(du, dv, strict=True)])) + 0.5 * max(
        0.0, 0.75 - spacing / (breadth + 1)
    )


def find_hand(ridges: NDArray[np.float32], position: Finger, missing: frozenset[Finger]) -> Hand:
    """The fingertips in a ridge map of a slap; none where nothing looks like one."""
    order = [f for f in ORDER[position] if f not in missing]
    candidates = patches(ridges)
    # In fingers' breadths; wider where a finger may be missing in between.
    widest_gap = 2.2 if len(order) == len(ORDER[position]) else 3.6
    best: tuple[float, tuple[Tip, ...], float] = (-9.0, (), 0.0)
    for degrees in range(-45, 46, 5):
        every = [_tip(patch, degrees) for patch in candidates]
        for size in range(1, min(len(order), len(every)) + 1):
            for chosen in combinations(every, size):
                tips = tuple(sorted(chosen, key=lambda t: t.u))
                worth = _worth(tips, every, degrees, len(order), widest_gap)
                if worth > best[0]:
                    best = (worth, tips, float(degrees))
    _, tips, angle = best
    if not tips:
        return Hand({}, 0.0, False, False)
    arc = _ARC[position]
    allowed = [k for k, f in enumerate(ORDER[position]) if f in order]
    choices: list[Any] = sorted(
        (_arc_misfit(tips, places, arc), places) for places in combinations(allowed, len(tips))
    )
    misfit, places = choices[0]
    mirrored = _arc_misfit(tips, tuple(range(len(tips))), arc[::-1]) if len(tips) == 4 else misfit
    return Hand(
        {ORDER[position][p]: tip for p, tip in zip(places, tips, strict=True)},
        angle,
        len(tips) == len(order),
        len(tips) == 4 and mirrored < 0.6 * misfit and misfit > 0.35,
    )
