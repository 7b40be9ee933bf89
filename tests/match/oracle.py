"""The matcher once more, slow and obvious: what the kernels must give to the last bit.

Float32 where the kernels use float32, in the same order of operations; Python floats elsewhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

F = np.float32
TURN = 256
COS = (np.rint(np.cos(np.arange(TURN) * 2.0 * np.pi / TURN) * 1048576.0) / 1048576.0).astype(F)
SIN = (np.rint(np.sin(np.arange(TURN) * 2.0 * np.pi / TURN) * 1048576.0) / 1048576.0).astype(F)
NOBODY = F(1e9)

SIGMA, SPREAD = 28.0 / 3.0, 2.0 * math.pi / 9.0
SPATIAL = [
    round(4096.0 * math.exp(-d / (2 * SIGMA * SIGMA)) / (SIGMA * math.sqrt(2.0 * math.pi)))
    for d in range(785)
]
CELLS = [
    ((i - 3.5) * 17.5, (j - 3.5) * 17.5)
    for i in range(8)
    for j in range(8)
    if ((i - 3.5) * 17.5) ** 2 + ((j - 3.5) * 17.5) ** 2 <= 4900
]


def _direction(u: int, b: int) -> int:
    def below(a: float) -> float:
        return 0.5 * (1 + math.erf(a / (SPREAD * math.sqrt(2.0))))

    width = 2.0 * math.pi / 6
    away = -math.pi + (b + 0.5) * width - u * 2.0 * math.pi / TURN
    while away > math.pi:
        away -= 2.0 * math.pi
    while away < -math.pi:
        away += 2.0 * math.pi
    return round(4096.0 * (below(away + width / 2) - below(away - width / 2)))


DIRECTION = [[_direction(u, b) for b in range(6)] for u in range(TURN)]


@dataclass
class Ready:
    """Minutiae sorted by angle with their descriptors as sets of bit numbers."""

    original: list[int]
    x: Any
    y: Any
    angle: list[int]
    weight: Any
    bits: list[set[int]]
    rows: list[int]
    edges: list[tuple[Any, Any, Any]] = field(default_factory=list)

    def ones(self, k: int) -> Any:
        return F(len(self.bits[k])) if self.bits[k] else NOBODY


def prepare(rows: Any) -> Ready:
    """Rows of x, y, angle unit, weight percent."""
    rows = [tuple(int(v) for v in r) for r in rows]
    order = sorted(range(len(rows)), key=lambda k: (rows[k][2], rows[k][1], rows[k][0], k))
    m = [rows[k] for k in order]
    bits = []
    for k, (x, y, angle, _) in enumerate(m):
        near = [
            (o[0] - x, o[1] - y, (angle - o[2]) % TURN)
            for j, o in enumerate(m)
            if j != k and (o[0] - x) ** 2 + (o[1] - y) ** 2 <= 98 * 98
        ]
        mine = set()
        c, s = float(COS[angle]), float(SIN[angle])
        for cell, (cx, cy) in enumerate(CELLS):
            px, py = c * cx + s * cy, -s * cx + c * cy
            total = [0] * 6
            for nx, ny, difference in near:
                d2 = (nx - px) * (nx - px) + (ny - py) * (ny - py)
                if d2 <= 784:
                    for b in range(6):
                        total[b] += SPATIAL[int(d2)] * DIRECTION[difference][b]
            mine |= {cell * 6 + b for b in range(6) if total[b] > 83886}
        bits.append(mine)
    surest = list(range(len(m)))
    if len(m) > 48:
        surest = sorted(sorted(surest, key=lambda k: (-m[k][3], k))[:48])
    ready = Ready(
        order,
        np.array([r[0] for r in m], F),
        np.array([r[1] for r in m], F),
        [r[2] for r in m],
        np.array([r[3] for r in m], F) / F(100.0),
        bits,
        surest,
    )
    ready.edges = hull(ready.x, ready.y)
    return ready


def hull(x: Any, y: Any) -> list[tuple[Any, Any, Any]]:
    """The sides of the convex hull as (nx, ny, c)."""
    n = len(x)
    if n < 3:
        return []
    at = sorted(range(n), key=lambda k: (x[k], y[k], k))

    def turn(o: int, a: int, b: int) -> float:
        return float(F(x[a] - x[o])) * float(F(y[b] - y[o])) - float(F(y[a] - y[o])) * float(
            F(x[b] - x[o])
        )

    def chain(points: list[int]) -> list[int]:
        out: list[int] = []
        for p in points:
            while len(out) >= 2 and turn(out[-2], out[-1], p) <= 0:
                out.pop()
            out.append(p)
        return out[:-1]

    ring = chain(at) + chain(at[::-1])
    if len(ring) < 3:
        return []
    sides = []
    for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
        ex, ey = float(x[b]) - float(x[a]), float(y[b]) - float(y[a])
        length = math.sqrt(ex * ex + ey * ey)
        sides.append(
            (F(-ey / length), F(ex / length), F((ey * float(x[a]) - ex * float(y[a])) / length))
        )
    return sides


def similarity(a: Ready, i: int, b: Ready, j: int) -> Any:
    return F(2 * len(a.bits[i] & b.bits[j])) / (a.ones(i) + b.ones(j))


@dataclass
class Votes:
    probe: list[int]
    candidate: list[int]
    rotation: list[int]
    strength: Any
    compatible: Any
    vote: Any
    eigenvalue: Any
    typical: Any


def agree(a: Ready, b: Ready) -> Votes:
    if len(a.x) < 2 or len(b.x) < 2:
        return Votes([], [], [], [], None, [], F(0), F(0))
    keys = []
    for i in a.rows:
        best = 0
        for j in range(len(b.x)):
            if (b.angle[j] - a.angle[i] + 48) % TURN <= 96:
                best = max(best, (int(similarity(a, i, b, j) * F(65535.0)) << 8) | j)
        keys.append(best)
    chosen = []
    for i, key in zip(a.rows, keys, strict=True):
        if key >= 256:
            chosen.append((i, key & 255, F(key >> 8) * F(1.0 / 65535.0)))
    n = len(chosen)
    probe, candidate = [c[0] for c in chosen], [c[1] for c in chosen]
    strength = np.array([c[2] for c in chosen], F)
    typical = F(0)
    for each in strength:
        typical += each
    typical /= F(len(a.rows))
    rotation = [(b.angle[j] - a.angle[i]) % TURN for i, j in zip(probe, candidate, strict=True)]
    if n < 2:
        return Votes(probe, candidate, rotation, strength, None, strength, F(0), typical)
    compatible = np.zeros((n, n), F)
    for p in range(n):
        for q in range(n):
            turn = (rotation[q] - rotation[p] + 128) % TURN - 128
            t = F(turn)
            half = t * F(0.01227184630)
            square = half * half
            small_c, small_s = F(1) - square * F(0.5), half * (F(1) - square * F(0.16666667))
            c = COS[rotation[p]] * small_c - SIN[rotation[p]] * small_s
            s = SIN[rotation[p]] * small_c + COS[rotation[p]] * small_s
            dx, dy = a.x[probe[q]] - a.x[probe[p]], a.y[probe[q]] - a.y[probe[p]]
            ex = c * dx + s * dy - (b.x[candidate[q]] - b.x[candidate[p]])
            ey = c * dy - s * dx - (b.y[candidate[q]] - b.y[candidate[p]])
            off = (ex * ex + ey * ey) / (F(49) + F(0.03) * (dx * dx + dy * dy))
            if off < 1 and abs(turn) <= 20 and candidate[p] != candidate[q]:
                compatible[p, q] = (F(1) - off) * (F(1) - t * t * (F(1) / F(401)))
    vote, before, after = strength.copy(), F(0), F(0)
    for _ in range(4):
        following = np.zeros(n, F)
        for p in range(n):
            following += vote[p] * compatible[p]
        vote = following * strength
        lanes = np.zeros(16, F)
        for start in range(0, n, 16):
            part = vote[start : start + 16]
            lanes[: len(part)] += part * part
        before, after = after, F(0)
        for lane in lanes:
            after += lane
    value = np.sqrt(after / before) if before > 0 else F(0)
    return Votes(probe, candidate, rotation, strength, compatible, vote, value, typical)


@dataclass
class Evidence:
    matched: list[tuple[int, int]] = field(default_factory=list)
    distance: float = 0.0
    angle: float = 0.0
    similarity: float = 0.0
    shared: float = 0.0


def align(a: Ready, b: Ready, v: Votes) -> Evidence:
    order = sorted(range(len(v.probe)), key=lambda p: (-v.vote[p], p))
    chosen: list[int] = []
    for p in order:
        if len(chosen) == 24 or v.vote[p] <= F(1e-4) * v.vote[order[0]]:
            break
        support = sum(v.compatible[p, c] > 0 for c in chosen)
        if any(v.candidate[c] == v.candidate[p] for c in chosen) or 2 * support < len(chosen):
            continue
        chosen.append(p)
    matched = [(v.probe[p], v.candidate[p]) for p in chosen]
    if len(matched) < 2:
        return Evidence()
    picked: list[Any] = []
    px = py = a.x
    for reach2, reach_turn in ((F(484), F(24)), (F(256), F(20)), (F(256), F(20))):
        cosine, sine, tx, ty, turn = _fit(a, b, matched)
        px, py = _predict(a, b, matched, F(cosine), F(sine), F(tx), F(ty))
        pool = []
        for i in range(len(a.x)):
            for j in range(len(b.x)):
                dx, dy = b.x[j] - px[i], b.y[j] - py[i]
                d2 = dx * dx + dy * dy
                away = (b.angle[j] - a.angle[i] - turn) % TURN
                t = F(min(away, TURN - away))
                if d2 <= reach2 and t <= reach_turn and b.weight[j] > 0:
                    alike = similarity(a, i, b, j)
                    cost = d2 / reach2 + t * t / (reach_turn * reach_turn) - alike
                    pool.append((cost, i, j, d2, t, alike))
        pool.sort(key=lambda c: c[:3])
        used_a, used_b = set(), set()
        picked = []
        for item in pool:
            if item[1] not in used_a and item[2] not in used_b:
                used_a.add(item[1])
                used_b.add(item[2])
                picked.append(item)
        matched = [(c[1], c[2]) for c in picked]
        if len(matched) < 2:
            return Evidence()
    n = len(picked)
    fa = _shared(px, py, a, b.edges, [c[1] for c in picked])
    fb = _shared(b.x, b.y, b, hull(px, py), [c[2] for c in picked])
    d2 = alike = t2 = 0.0
    for c in picked:
        d2 += float(c[3])
        t2 += float(c[4]) * float(c[4])
        alike += float(c[5])
    return Evidence(matched, math.sqrt(d2 / n), math.sqrt(t2 / n), alike / n, fa + fb)


def _fit(
    a: Ready, b: Ready, matched: list[tuple[int, int]]
) -> tuple[float, float, float, float, int]:
    n = len(matched)
    ax = ay = bx = by = c = s = 0.0
    for i, j in matched:
        ax, ay = ax + float(a.x[i]), ay + float(a.y[i])
        bx, by = bx + float(b.x[j]), by + float(b.y[j])
    ax, ay, bx, by = ax / n, ay / n, bx / n, by / n
    for i, j in matched:
        px, py = float(a.x[i]) - ax, float(a.y[i]) - ay
        qx, qy = float(b.x[j]) - bx, float(b.y[j]) - by
        c += px * qx + py * qy
        s += px * qy - py * qx
        turn = (b.angle[j] - a.angle[i]) % TURN
        c += 400.0 * float(COS[turn])
        s -= 400.0 * float(SIN[turn])
    length = math.sqrt(c * c + s * s)
    cosine, sine = (c / length, s / length) if length > 0 else (1.0, 0.0)
    dx, dy = bx - (cosine * ax - sine * ay), by - (sine * ax + cosine * ay)
    along = [cosine * float(COS[u]) - sine * float(SIN[u]) for u in range(TURN)]
    return cosine, sine, dx, dy, along.index(max(along))


def _predict(a: Ready, b: Ready, matched: Any, c: Any, s: Any, tx: Any, ty: Any) -> tuple[Any, Any]:
    sum_x, sum_y = np.zeros(len(a.x), F), np.zeros(len(a.x), F)
    total = np.full(len(a.x), F(0.3))
    for i, j in matched:
        rx = b.x[j] - (c * a.x[i] - s * a.y[i] + tx)
        ry = b.y[j] - (s * a.x[i] + c * a.y[i] + ty)
        dx, dy = a.x - a.x[i], a.y - a.y[i]
        r = F(1) / (F(1) + (dx * dx + dy * dy) * F(1.0 / 14400.0))
        g = r * r
        g[i] = 0
        sum_x, sum_y, total = sum_x + g * rx, sum_y + g * ry, total + g
    x = c * a.x - s * a.y + tx + sum_x / total
    return x, s * a.x + c * a.y + ty + sum_y / total


def _shared(x: Any, y: Any, own: Ready, edges: Any, used: list[int]) -> float:
    inside, weight = np.zeros(len(x), F), 0.0
    for k in range(len(x)):
        if edges and min(nx * x[k] + ny * y[k] + c for nx, ny, c in edges) >= -8:
            inside[k] = own.weight[k]
            weight += float(own.weight[k])
    matched = 0.0
    for k in used:
        matched += float(inside[k])
    return matched / (weight + 2.0)


def features(a: Ready, b: Ready) -> list[float]:
    """The six features of a comparison, always with the second look."""
    votes = agree(a, b)
    first = math.log(max(float(votes.eigenvalue), 0.01))
    if votes.compatible is None:
        return [first, 0.0, 14.0, 16.0, 0.0, 0.0]
    e = align(a, b, votes)
    if not e.matched:
        return [first, 0.0, 14.0, 16.0, 0.0, 0.0]
    return [first, math.sqrt(len(e.matched)), e.distance, e.angle, e.similarity, e.shared]


def score(a: Ready, b: Ready, model: dict[str, Any]) -> float:
    """Minus log10 FMR by the numbers of model.json."""
    if len(a.x) < 2 or len(b.x) < 2:
        return 0.0
    low = math.log(min(len(a.x), len(b.x)) + 1)
    high = math.log(max(len(a.x), len(b.x)) + 1)
    typical = min(float(agree(a, b).typical), model["most_typical"])
    terms = [1.0, low, high, low * low, high * high, low * high, typical]
    parts = features(a, b)

    def standing(chance: dict[str, Any], value: float) -> float:
        where = sum(w * t for w, t in zip(chance["location"], terms, strict=True))
        width = sum(w * t for w, t in zip(chance["spread"], terms, strict=True))
        return (value - where) / max(width, chance["least_spread"])

    def at(curve: list[list[float]], value: float) -> float:
        x, y = curve
        k = 1
        while k + 1 < len(x) and value > x[k]:
            k += 1
        return y[k - 1] + (value - x[k - 1]) * (y[k] - y[k - 1]) / (x[k] - x[k - 1])

    one = standing(model["first"], parts[0])
    least = model["first"]["curve"][1][-1]
    if one <= model["gate"]:
        return min(max(at(model["first"]["curve"], one), 0.0), least)
    total = sum(w * p for w, p in zip(model["weights"], parts, strict=True))
    two = at(model["second"]["curve"], standing(model["second"], total))
    return min(max(two, least), model["ceiling"])
