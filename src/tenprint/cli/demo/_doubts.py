"""Prints so poor that the machine leaves them to examiners, made to measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tenprint.cli.demo._town import Resident
from tenprint.desk import Desk
from tenprint.extract import Extractor
from tenprint.match import compare
from tenprint.model import Finger, FingerImage, Template

#: How often a print is taken anew until its score needs an examiner, and of how many fingers.
_TRIES, _FINGERS = 7, 12

#: How poor the prints of a card are at first, and the score that each may have.
_POOR, _LEAST, _MOST = 0.5, 0.5, 1.6

#: Rounds over the fingers of a card, and corrections of single ones after that.
_ROUNDS, _CORRECTIONS = 2, 24

#: How many fingers of a card can be compared at least, and of how many people one is tried.
_USABLE, _PEOPLE = 8, 5


@dataclass(frozen=True, eq=False)
class Doubt:
    """Somebody's prints that need an examiner."""

    who: Resident
    fingers: tuple[Finger, ...]
    images: list[FingerImage]


class Doubts:
    """Takes prints of the town's people that are neither a hit nor nothing."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._extractor = Extractor()

    def one(self, people: Sequence[Resident], occasion: int) -> Doubt | None:
        """A print of one of these; None where every try failed."""
        for number in range(_FINGERS):
            who = people[number % len(people)]
            finger = who.fingers[(3 * occasion + number) % len(who.fingers)]
            image = self._finger(who, finger, occasion)
            if image is not None:
                return Doubt(who, (finger,), [image])
        return None

    def ten(self, people: Sequence[Resident], occasion: int) -> Doubt | None:
        """All ten fingers of one of these; None where every try failed."""
        for who in people[:_PEOPLE]:
            images = self._card(who, occasion)
            if images is not None:
                return Doubt(who, who.fingers, images)
        return None

    def _finger(self, who: Resident, finger: Finger, occasion: int) -> FingerImage | None:
        """The poorer the touch, the lower the score: it is found by halving."""
        least, sure = self._window(1)
        good, bad = 0.0, 1.0
        for _ in range(_TRIES):
            grade = (good + bad) / 2
            image = who.smudge(finger, occasion, grade)
            score = self._fused(who, [self._extractor.extract(image, finger=finger)])
            if least < score < sure:
                return image
            good, bad = (grade, bad) if score >= sure else (good, grade)
        return None

    def _card(self, who: Resident, occasion: int) -> list[FingerImage] | None:
        """All fingers, each poor, whose fused score needs an examiner."""
        card = _Card(self, who, occasion)
        for _ in range(_ROUNDS):
            if not card.even_out():
                break
        least, sure = self._window(len(who.fingers))
        for _ in range(_CORRECTIONS):
            score = self._fused(who, card.templates)
            enough = card.usable >= min(_USABLE, len(who.fingers))
            if least < score < sure and enough:
                return card.images
            card.correct(better=score <= least or not enough)
        return None

    def take(
        self, who: Resident, finger: Finger, occasion: int, grade: float
    ) -> tuple[FingerImage, Template]:
        """A print and its template."""
        image = who.smudge(finger, occasion, grade)
        return image, self._extractor.extract(image, finger=finger)

    def stored(self, who: Resident) -> dict[Finger, Template]:
        """What is enrolled of somebody."""
        return {each.finger: each.template for each in self._desk.gallery.stored(who.person)}

    def _window(self, fingers: int) -> tuple[float, float]:
        """Scores between which examiners decide, a little narrower."""
        settings, gallery = self._desk.settings, self._desk.gallery
        least = gallery.needed_score(settings.review_fpir, fingers=fingers)
        return least + 0.05, gallery.needed_score(settings.hit_fpir, fingers=fingers) - 0.05

    def _fused(self, who: Resident, prints: Sequence[Template]) -> float:
        usable = [each for each in prints if each.quality > 0 and len(each)]
        if not usable:
            return 0.0
        found = self._desk.gallery.compare_people(usable, [who.person])
        return found[0].score if found else 0.0


class _Card:
    """Ten poor prints, each with how poor it is."""

    def __init__(self, doubts: Doubts, who: Resident, occasion: int) -> None:
        self._doubts, self._who, self._occasion = doubts, who, occasion
        self._known = doubts.stored(who)
        self._grades = dict.fromkeys(who.fingers, _POOR)
        self._taken = {finger: self._take(finger) for finger in who.fingers}
        self._step = 0.12

    @property
    def images(self) -> list[FingerImage]:
        return [image for image, _ in self._taken.values()]

    @property
    def templates(self) -> list[Template]:
        return [template for _, template in self._taken.values()]

    @property
    def usable(self) -> int:
        return sum(each.quality > 0 and len(each) > 0 for each in self.templates)

    def even_out(self) -> bool:
        """Take again, poorer or better, what stands out; whether there was anything."""
        wrong = {f: s for f in self._who.fingers if not _LEAST < (s := self._score(f)) < _MOST}
        for finger, score in wrong.items():
            self._change(finger, better=score <= _LEAST)
        self._step *= 0.6
        return bool(wrong)

    def correct(self, *, better: bool) -> None:
        """Take the finger again that stands out most in the other direction."""
        scores = {finger: self._score(finger) for finger in self._who.fingers}
        of = min(scores, key=scores.__getitem__) if better else max(scores, key=scores.__getitem__)
        self._change(of, better=better)

    def _change(self, finger: Finger, *, better: bool) -> None:
        grade = self._grades[finger] + (-self._step if better else self._step)
        self._grades[finger] = min(1.0, max(0.0, grade))
        self._taken[finger] = self._take(finger)

    def _take(self, finger: Finger) -> tuple[FingerImage, Template]:
        return self._doubts.take(self._who, finger, self._occasion, self._grades[finger])

    def _score(self, finger: Finger) -> float:
        template = self._taken[finger][1]
        if not template.quality or finger not in self._known:
            return -1.0  # of no use at all
        return compare(template, self._known[finger])
