"""Comparing two names, and two people."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from tenprint.model import Biographics, PersonName, Sex
from tenprint.names._align import WEIGHTS, Weights, align, explain
from tenprint.names._dates import date_likeness, date_text, pack_date
from tenprint.names._fold import FoldedName, fold_name
from tenprint.names._identifiers import normal_identifier
from tenprint.names._score import NameScore, ScorePart

#: What names and birth dates count; a date that only one side has counts half for `_UNSTATED`.
_NAME, _DATE, _UNSTATED = 0.65, 0.35, 0.75

#: Names of this score and more are called alike; docs/names.md says what it means.
ALIKE = 0.745

#: Factor where the sexes differ, and how much of the doubt an equal identifier takes away.
_OTHER_SEX, _IDENTIFIED = 0.93, 0.9


@dataclass(slots=True, eq=False)
class FoldedPerson:
    """What is known of a person, folded: names, packed birth dates, sex, identifiers."""

    names: tuple[FoldedName, ...]
    dates: tuple[int, ...]
    sex: Sex
    identifiers: AbstractSet[tuple[str, str]]


def compare_names(a: str | PersonName, b: str | PersonName) -> NameScore:
    """How alike two names are, in any order, script and spelling.

    Parameters
    ----------
    a, b : str or PersonName
        A text is a name of which nobody knows the parts.

    Returns
    -------
    NameScore
        Symmetric, up to `a` and `b` of its parts; 1 for a name with itself, and 0 where a name
        has no letters. Parts are the words linked with each other, and those left over.

    Notes
    -----
    Safe from several threads.
    """
    one, other = fold_name(a), fold_name(b)
    score, parts = compare_folded(one, other)
    return NameScore(score, tuple(parts))


def compare_people(a: Biographics, b: Biographics) -> NameScore:
    """How alike two statements about people are: names, birth dates, sex, identifiers.

    The best pair of names and the best pair of dates count (two to one), a differing sex takes a
    little, and an equal identifier takes nine tenths of the remaining doubt. What neither side
    states is left out; a date that only one side states leaves some doubt.

    Returns
    -------
    NameScore
        Symmetric; 1 for a statement with itself, 0 where nothing can be compared.

    Notes
    -----
    Safe from several threads.
    """
    return compare_folded_people(fold_person(a), fold_person(b))


def fold_person(who: Biographics) -> FoldedPerson:
    """Everything that is compared of a person."""
    return fold_people([who])


def fold_people(who: Sequence[Biographics]) -> FoldedPerson:
    """Several statements about one person, taken together."""
    if len(who) == 1 and len(who[0].names) == 1:
        names = [fold_name(who[0].names[0])]
    else:
        names = [fold_name(n) for n in dict.fromkeys(name for each in who for name in each.names)]
    dates = dict.fromkeys([pack_date(day) for each in who for day in each.birth_dates])
    sexes = {each.sex for each in who}
    sexes.discard(Sex.UNKNOWN)
    identifiers = {
        (normal_identifier(x.kind), normal_identifier(x.value))
        for each in who
        for x in each.identifiers
    }
    sex = sexes.pop() if len(sexes) == 1 else Sex.UNKNOWN
    names = [name for name in names if name.words]
    return FoldedPerson(tuple(names), tuple(dates), sex, frozenset(identifiers))


def compare_folded(
    a: FoldedName, b: FoldedName, weights: Weights = WEIGHTS, *, explained: bool = True
) -> tuple[float, list[ScorePart]]:
    """Likeness of two folded names, and its parts where wanted."""
    turned = (b.texts, b.roles) < (a.texts, a.roles)  # so that ties fall the same way both ways
    first, second = (b, a) if turned else (a, b)
    score, links = align(first, second, weights)
    if first.texts == second.texts and first.roles == second.roles and first.words:
        score = 1.0
    if not explained:
        return score, []
    parts = explain(first, second, links)
    if turned:
        parts = [ScorePart(p.kind, p.b, p.a, p.score, p.reason) for p in parts]
    return score, parts


def compare_folded_people(a: FoldedPerson, b: FoldedPerson) -> NameScore:
    """Likeness of two folded people."""
    parts: list[ScorePart] = []
    name: float | None = None
    date: float | None = None
    if a.names and b.names:
        pairs = [(*compare_folded(x, y), x, y) for x in a.names for y in b.names]
        name, words, x, y = max(pairs, key=lambda pair: pair[0])
        degree = "same" if name == 1 else "alike" if name >= ALIKE else "different"
        parts.append(ScorePart("name", " ".join(x.texts), " ".join(y.texts), name, degree))
        parts += words
    if a.dates and b.dates:
        days = [(*date_likeness(x, y), x, y) for x in a.dates for y in b.dates]
        date, reason, day, other = max(days, key=lambda pair: pair[0])
        parts.append(ScorePart("birth-date", date_text(day), date_text(other), date, reason))
    if Sex.UNKNOWN not in (a.sex, b.sex):
        same = a.sex is b.sex
        parts.append(ScorePart("sex", a.sex, b.sex, float(same), "same" if same else "different"))
    shared = sorted(a.identifiers & b.identifiers)
    if shared:
        text = " ".join(shared[0])
        parts.append(ScorePart("identifier", text, text, 1.0, "same"))
    score = combine(name, date, bool(a.dates or b.dates), a.sex, b.sex, bool(shared))
    return NameScore(score, tuple(parts))


def combine(
    name: float | None, date: float | None, dated: bool, sex: Sex, other_sex: Sex, identified: bool
) -> float:
    """One score of what names, dates (`dated`: one side has some), sexes and identifiers say."""
    total = weight = 0.0
    if name is not None:
        total, weight = _NAME * name, _NAME
    if date is not None:
        total, weight = total + _DATE * date, weight + _DATE
    elif dated and weight:
        total, weight = total + _DATE / 2 * _UNSTATED, weight + _DATE / 2
    score = total / weight if weight else 0.0
    if sex is not other_sex and Sex.UNKNOWN not in (sex, other_sex):
        score *= _OTHER_SEX
    if identified:
        score = 1 - (1 - score) * (1 - _IDENTIFIED)
    return min(1.0, score)
