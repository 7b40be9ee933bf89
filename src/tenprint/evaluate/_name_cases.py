"""Labelled pairs of names: how well a score parts the same person from another."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import jellyfish
import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, utils
from rapidfuzz.distance import OSA, DamerauLevenshtein, Indel, Jaro, JaroWinkler, Levenshtein

from tenprint.evaluate._machine import describe_run
from tenprint.model import InputError
from tenprint.names import compare_names

Scorer = Callable[[str, str], float]

_MAX_PAIRS = 1_000_000


@dataclass(frozen=True)
class NamePair:
    """Two names, and whether they are one person's."""

    group: str
    a: str
    b: str
    same: bool

    @property
    def tuning(self) -> bool:
        """Whether the pair is in the half that weights and threshold were chosen on."""
        text = "|".join(sorted((self.a, self.b)))
        return sha256(text.encode()).digest()[0] & 1 == 0


def read_name_pairs(path: Path) -> list[NamePair]:
    """The pairs of people in a CSV file with ``case_group,schema,name1,name2,is_match``.

    Raises
    ------
    InputError
        If the file is something else.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        pairs = [
            NamePair(row["case_group"], row["name1"], row["name2"], row["is_match"] == "true")
            for row in rows[:_MAX_PAIRS]
            if row["schema"] == "Person"
        ]
    except (KeyError, UnicodeDecodeError, csv.Error) as error:
        raise InputError("This is no list of pairs of names.", source=path) from error
    if len({pair.same for pair in pairs}) < 2:
        raise InputError("Pairs of both kinds are needed.", source=path)
    return pairs


def evaluate_name_cases(path: Path) -> dict[str, Any]:
    """F1 of our score and of each scorer of rapidfuzz and jellyfish over labelled pairs.

    Our threshold is chosen on the half of the pairs that our weights were chosen on (by hash of
    the names), and reported on the other half and on all. The others get, on each of them, the
    threshold that is best there, and of all their scorers the best is named.
    """
    pairs = read_name_pairs(path)
    same = np.array([pair.same for pair in pairs])
    tuning = np.array([pair.tuning for pair in pairs])
    halves = {"tuning half": tuning, "other half": ~tuning, "all": np.ones(len(pairs), bool)}
    own = np.array([compare_names(pair.a, pair.b).score for pair in pairs])
    threshold = _best(own[tuning], same[tuning])[1]
    report: dict[str, Any] = {
        "run": describe_run(),
        "pairs": len(pairs),
        "same": int(same.sum()),
        "threshold": round(threshold, 4),
    }
    others = {
        name: np.array([scorer(pair.a, pair.b) for pair in pairs])
        for name, scorer in _scorers().items()
    }
    for half, members in halves.items():
        if not same[members].any():
            continue
        rows = {
            name: round(_best(scores[members], same[members])[0], 4)
            for name, scores in others.items()
        }
        best = max(rows, key=lambda name: rows[name])
        report[half] = {
            "pairs": int(members.sum()),
            "tenprint": {
                **_rates(own[members], same[members], threshold),
                "f1_best_threshold": round(_best(own[members], same[members])[0], 4),
            },
            "best_other": {"scorer": best, "f1": rows[best]},
            "others": rows,
        }
    report["precision_by_score"] = _by_score(own, same)
    return report


def _scorers() -> dict[str, Scorer]:
    """Each of theirs on lower-case letters and digits, as their own processor gives them."""

    def folded(scorer: Scorer) -> Scorer:
        return lambda a, b: scorer(utils.default_process(a), utils.default_process(b))

    def heard(code: Callable[[str], str]) -> Scorer:
        def score(a: str, b: str) -> float:
            one, other = ({code(word) for word in text.split()} for text in (a, b))
            return len(one & other) / max(1, len(one | other))

        return score

    found: dict[str, Scorer] = {
        "rapidfuzz ratio": fuzz.ratio,
        "rapidfuzz partial_ratio": fuzz.partial_ratio,
        "rapidfuzz token_sort_ratio": fuzz.token_sort_ratio,
        "rapidfuzz token_set_ratio": fuzz.token_set_ratio,
        "rapidfuzz token_ratio": fuzz.token_ratio,
        "rapidfuzz partial_token_ratio": fuzz.partial_token_ratio,
        "rapidfuzz WRatio": fuzz.WRatio,
        "rapidfuzz QRatio": fuzz.QRatio,
        "rapidfuzz Levenshtein": Levenshtein.normalized_similarity,
        "rapidfuzz OSA": OSA.normalized_similarity,
        "rapidfuzz DamerauLevenshtein": DamerauLevenshtein.normalized_similarity,
        "rapidfuzz Indel": Indel.normalized_similarity,
        "rapidfuzz Jaro": Jaro.normalized_similarity,
        "rapidfuzz JaroWinkler": JaroWinkler.normalized_similarity,
        "jellyfish jaro": jellyfish.jaro_similarity,
        "jellyfish jaro_winkler": jellyfish.jaro_winkler_similarity,
        "jellyfish damerau_levenshtein": lambda a, b: (
            1 - jellyfish.damerau_levenshtein_distance(a, b) / max(1, len(a), len(b))
        ),
        "jellyfish metaphone": heard(jellyfish.metaphone),
        "jellyfish soundex": heard(jellyfish.soundex),
        "jellyfish nysiis": heard(jellyfish.nysiis),
    }
    return {name: folded(scorer) for name, scorer in found.items()}


def _rates(
    scores: NDArray[np.float64], same: NDArray[np.bool_], threshold: float
) -> dict[str, float]:
    said = scores >= threshold
    right, said_all, all_same = (int(each.sum()) for each in (said & same, said, same))
    precision, recall = right / max(1, said_all), right / max(1, all_same)
    f1 = 2 * right / max(1, said_all + all_same)
    return {"f1": round(f1, 4), "precision": round(precision, 4), "recall": round(recall, 4)}


def _best(scores: NDArray[np.float64], same: NDArray[np.bool_]) -> tuple[float, float]:
    """The best F1 and its threshold, which lies in the middle of a gap between scores."""
    order = np.argsort(-scores, kind="stable")
    ranked, right = scores[order], np.cumsum(same[order])
    f1 = 2 * right / (np.arange(len(order)) + 1 + same.sum())
    last = np.append(ranked[1:] != ranked[:-1], True)
    at = int(np.argmax(np.where(last, f1, 0)))
    below = ranked[at + 1] if at + 1 < len(ranked) else 0.0
    return float(f1[at]), float(ranked[at] + below) / 2


def _by_score(scores: NDArray[np.float64], same: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """How many pairs of each score are one person."""
    rows = []
    for low in np.arange(0, 10) / 10:
        inside = (scores >= low) & ((scores < low + 0.1) | (low == 0.9))
        if inside.any():
            share = float(same[inside].mean())
            rows.append({"from": float(low), "pairs": int(inside.sum()), "same": round(share, 3)})
    return rows
