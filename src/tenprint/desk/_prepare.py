"""The first step: pictures to templates, their quality, and whether fingers are in their places."""

from __future__ import annotations

import json
from collections import defaultdict
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import combinations
from typing import Any

from tenprint.desk._pictures import Piece, pieces, read_print_templates
from tenprint.desk._submission import Operation, Print, Submission
from tenprint.desk._workings import Workings
from tenprint.formats import pack, unpack_all
from tenprint.match import compare
from tenprint.model import (
    Finger,
    InputError,
    ServiceUnavailableError,
    Template,
    TenprintError,
    TransactionClass,
)

#: A rolled print that agrees less with its own slap's finger, and more than the second number with
#: another one, is in the wrong place (minus log10 of the false-match rate).
_OWN_BELOW, _OTHER_FROM = 3.0, 6.0

_TEN = range(1, 11)


@dataclass(frozen=True)
class Prepared:
    """The templates of one sample, and what was noticed.

    Attributes
    ----------
    templates : list of Template
        Usable ones, of all prints, with their fingers.
    slap : list of bool
        Whether each comes out of a slap or is a plain thumb.
    quality : list of mapping
        ``finger``, ``quality``, ``reason``, ``print`` of every print.
    faults : list of mapping
        Why it cannot be used; empty where it can.
    """

    templates: list[Template]
    slap: list[bool]
    quality: list[dict[str, Any]] = field(default_factory=list)
    faults: list[dict[str, str]] = field(default_factory=list)

    def probe(self) -> list[Template]:
        """Of each finger the best print, those of unknown position all."""
        best: dict[Finger, Template] = {}
        unknown = [each for each in self.templates if each.finger is Finger.UNKNOWN]
        for each in self.templates:
            known = best.get(each.finger)
            if each.finger and (known is None or each.quality > known.quality):
                best[each.finger] = each
        return [best[finger] for finger in sorted(best)] + unknown

    def to_bytes(self) -> bytes:
        """For the transaction's parts."""
        head = json.dumps(
            {"slap": self.slap, "quality": self.quality, "faults": self.faults}
        ).encode()
        packed = b"".join(pack(each) for each in self.templates)
        return len(head).to_bytes(4, "big") + head + packed

    @classmethod
    def from_bytes(cls, data: bytes) -> Prepared:
        """Back from `to_bytes`."""
        end = 4 + int.from_bytes(data[:4], "big")
        head = json.loads(data[4:end])
        found = list(unpack_all(data[end:])) if len(data) > end else []
        return cls(found, head["slap"], head["quality"], head["faults"])


def prepare(works: Workings, of: Submission, these: tuple[Print, ...], due: datetime) -> Prepared:
    """Extract what was sent as pictures, and look whether it can be used.

    Raises
    ------
    ServiceUnavailableError
        If the desk is closing.
    """
    faults: list[dict[str, str]] = []
    cuts, others = _cut(works, these, due, faults)
    if of.klass in _HURRIED:
        cuts = _once(cuts)
    listed: list[tuple[Template, bool, int]] = []
    work = [(piece, works.pool.submit(_extraction(works, piece, these), due)) for piece in cuts]
    for piece, future in work:
        try:
            listed.append((_done(future), piece.slap, piece.print))
        except TenprintError as error:
            _note(error, these[piece.print], faults)
    for number, one in enumerate(these):
        if one.template:
            try:
                listed += [(each, False, number) for each in read_print_templates(one)]
            except TenprintError as error:
                _note(error, one, faults)
    good = [each for each in listed if each[0].quality > 0 and len(each[0])]
    quality: list[dict[str, Any]] = [
        {
            "finger": int(template.finger), "quality": template.quality,
            "reason": template.reason, "print": number,
        }
        for template, _, number in listed
    ]  # fmt: skip
    made = Prepared([t for t, _, _ in good], [slap for _, slap, _ in good], quality, faults)
    if others and set(others) >= {f.finger for f in these if f.finger in _HANDS}:
        for position in others:
            message = f"The {position.label} slap looks like the other hand's."
            faults.append(_fault("hands-swapped", position, message))
    elif not faults:
        faults += sequence_faults(made)
    usable = {t.finger for t in made.templates if t.finger}
    unknown = sum(1 for t in made.templates if not t.finger)
    needed = of.options.require_fingers if of.what is not Operation.VERIFY_PRINTS else 1
    if not faults and len(usable) + unknown < needed:
        for each in quality:
            if not each["quality"]:
                reason = each["reason"] or "quality 0"
                faults.append(_fault("quality", Finger(each["finger"]), f"Too poor: {reason}."))
        message = f"{len(usable) + unknown} usable fingers; {needed} are needed."
        faults.append({"code": "quality", "field": "prints", "message": message})
    return made


#: Classes that are answered in seconds: of a finger that was rolled the slap is left out.
_HURRIED = frozenset({TransactionClass.BORDER_CHECK, TransactionClass.VERIFY})


def _once(cuts: list[Piece]) -> list[Piece]:
    rolled = {piece.finger for piece in cuts if not piece.slap and piece.finger}
    return [piece for piece in cuts if not piece.slap or piece.finger not in rolled]


_HANDS = (Finger.PLAIN_RIGHT_FOUR, Finger.PLAIN_LEFT_FOUR)


def _cut(
    works: Workings, these: tuple[Print, ...], due: datetime, faults: list[dict[str, str]]
) -> tuple[list[Piece], list[Finger]]:
    """All pictures of single fingers, and the slaps that look like the other hand's."""
    waiting = [
        (one, works.pool.submit(_cutting(number, one), due))
        for number, one in enumerate(these)
        if not one.template
    ]
    found: list[Piece] = []
    others: list[Finger] = []
    for one, future in waiting:
        try:
            some, other = _done(future)
        except TenprintError as error:
            # A slap in which nothing is found is no reason to refuse ten good rolled prints.
            if not one.finger.is_slap or len(these) == 1:
                _note(error, one, faults)
            continue
        found += some
        if other:
            others.append(one.finger)
    return found, others


def _cutting(number: int, one: Print) -> Any:
    return lambda: pieces(number, one)


def _extraction(works: Workings, piece: Piece, these: tuple[Print, ...]) -> Any:
    impression = these[piece.print].impression
    return lambda: works.extractor.extract(piece.image, finger=piece.finger, impression=impression)


def _done(future: Future[Any]) -> Any:
    try:
        return future.result()
    except CancelledError:
        raise ServiceUnavailableError("The desk is closing.") from None


def _note(error: TenprintError, one: Print, faults: list[dict[str, str]]) -> None:
    if not isinstance(error, InputError):
        raise error
    faults.append(_fault(error.code, one.finger, error.message))


def _fault(code: str, finger: Finger, message: str) -> dict[str, str]:
    return {"code": code, "field": f"prints.{int(finger)}", "message": message}


def sequence_faults(of: Prepared) -> list[dict[str, str]]:
    """Rolled prints in the wrong place by their own slaps, and one finger sent as two."""
    rolled: dict[Finger, list[Template]] = defaultdict(list)
    plain: dict[Finger, list[Template]] = defaultdict(list)
    for template, slap in zip(of.templates, of.slap, strict=True):
        if template.finger:
            (plain if slap else rolled)[template.finger].append(template)
    faults = []
    for finger, prints in rolled.items():
        if not plain:
            break
        scores = {
            other: max(compare(a, b) for a in prints for b in slaps)
            for other, slaps in plain.items()
        }
        found = max(scores, key=lambda other: scores[other])
        if found is finger or scores[found] < _OTHER_FROM:
            continue
        if scores.get(finger, 0.0) < _OWN_BELOW:
            message = f"The {finger.label} is the {found.label} of the slaps."
            faults.append({**_fault("sequence", finger, message), "found": str(int(found))})
    for group in (rolled, plain):
        for a, b in combinations(sorted(group), 2):
            if max(compare(x, y) for x in group[a] for y in group[b]) >= _OTHER_FROM:
                message = f"The {a.label} and the {b.label} are one finger."
                faults.append({**_fault("same-finger", b, message), "found": str(int(a))})
    return faults


def stored_sample(templates: list[Template]) -> Prepared:
    """A sample of templates that are already enrolled."""
    return Prepared([replace(t) for t in templates], [False] * len(templates))
