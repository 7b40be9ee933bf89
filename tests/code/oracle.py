"""Fingers' codes once more, slow and obvious, in double precision."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from tests.match.oracle import prepare

from tenprint.gallery import CodeParameters

#: What the kernels leave out: Gaussians with a smaller share in a minutia, or whose logarithm lies
#: further below the best one's.
LEAST_SHARE, FURTHEST = 1e-3, 12.0


def features(rows: Any, known: CodeParameters) -> tuple[Any, Any]:
    """Features (n, 52) and weights (n,) of rows of x, y, angle unit, percent."""
    ready = prepare(rows)
    x, y, weight = (np.asarray(v, np.float64) for v in (ready.x, ready.y, ready.weight))
    middle = np.array([x, y]) @ (weight + 0.01) / (weight + 0.01).sum()
    found = np.empty((len(x), 52))
    for k in range(len(x)):
        bits = np.zeros(312)
        bits[sorted(ready.bits[k])] = 1
        turn = ready.angle[k] * 2 * math.pi / 256
        place = (x[k] - middle[0]) / 100, (y[k] - middle[1]) / 100
        found[k, :48] = known.shape_zero + bits @ known.shape.astype(np.float64)
        found[k, 48:] = math.cos(turn), math.sin(turn), *place
    return found, weight


def shares(feature: Any, known: CodeParameters) -> Any:
    """How much of a minutia each Gaussian explains; 0 where it is left out."""
    mean, variance = known.mean.astype(np.float64), known.variance.astype(np.float64)
    log = np.log(known.share.astype(np.float64)) - 0.5 * (
        np.log(variance) + (feature - mean) ** 2 / variance
    ).sum(1)
    part = np.where(log > log.max() - FURTHEST, np.exp(log - log.max()), 0.0)
    part /= part.sum()
    return np.where(part < LEAST_SHARE, 0.0, part)


def fisher(rows: Any, known: CodeParameters) -> Any:
    """The Fisher vector (3392,): first-order gradients of 64 Gaussians, then their counts."""
    if not len(rows):
        return np.zeros(64 * 52 + 64)
    found, weight = features(rows, known)
    first, counts = np.zeros((64, 52)), np.zeros(64)
    for feature, own in zip(found, weight, strict=True):
        part = shares(feature, known) * own
        counts += part
        first += part[:, None] * (feature - known.mean)
    share = known.share.astype(np.float64)
    first /= np.sqrt(known.variance.astype(np.float64) * share[:, None])
    zero = (counts - share * weight.sum()) / np.sqrt(share)
    v = np.concatenate([first.reshape(-1), zero])
    v = np.sign(v) * np.sqrt(np.abs(v))
    length = math.sqrt(v @ v)
    return v / length if length else v


def vector(rows: Any, known: CodeParameters) -> Any:
    """The projected vector (192,) of length 1, 0 where no minutia counts."""
    aggregated = fisher(rows, known)
    if not aggregated.any():
        return np.zeros(192)
    directions = known.projection * known.unit.astype(np.float64)
    v = (aggregated @ directions - known.origin) @ known.rotation.astype(np.float64)
    return v / math.sqrt(v @ v)


def code(found: Any, known: CodeParameters, margin: float = 0.0) -> list[set[int]]:
    """For each of the 48 parts the numbers of the nearest centroids, up to a margin of distance."""
    chosen = []
    for part in range(48):
        own = np.asarray(found[4 * part : 4 * part + 4], np.float64)
        distance = ((own - known.centroids[part]) ** 2).sum(1)
        chosen.append({int(c) for c in np.flatnonzero(distance <= distance.min() + margin)})
    return chosen


def parts(code: Any) -> list[int]:
    """The 48 numbers of a code's 24 bytes."""
    return [int(b) >> shift & 15 for b in code for shift in (0, 4)]
