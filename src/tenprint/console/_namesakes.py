"""People found by name, and why, as people say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

#: How two words are alike, with both where they differ.
_ALIKE = {
    "same": "the same",
    "spelling": "spelt otherwise",
    "sound": "sounds alike",
    "nickname": "another form of the name",
    "initial": "an initial of it",
    "joined": "written apart or together",
    "different": "differs",
}


def namesake(found: Mapping[str, Any]) -> dict[str, Any]:
    """A candidate of a name search for a page: name and date of birth if told, and the reasons."""
    stated: Sequence[Mapping[str, Any]] = found.get("biographics") or ()
    names = [name for each in stated for name in each.get("names", ())]
    born = [day for each in stated for day in each.get("birth_dates", ())]
    whole = _meant(found.get("parts") or (), names)
    return {
        "person": found["person"],
        "name": f"{whole['given']} {whole['family']}".strip() if whole else "",
        "born": born[0] if born else "",
        "score": found["score"],
        "why": _sentence(
            [_said(part, whole) for part in found.get("parts") or () if part["kind"] != "name"]
        ),
        "parts": found.get("parts") or [],
    }


def _meant(
    parts: Sequence[Mapping[str, Any]], names: Sequence[Mapping[str, Any]]
) -> Mapping[str, Any] | None:
    """Of the names that somebody goes by the one that was compared; else the first."""
    compared = next((set(part["b"].split()) for part in parts if part["kind"] == "name"), set())
    return max(names, key=lambda name: len(compared & _words(name)), default=None)


def _words(name: Mapping[str, Any]) -> set[str]:
    return set(f"{name['given']} {name['family']}".casefold().split())


def _said(part: Mapping[str, Any], whole: Mapping[str, Any] | None) -> str:
    """One reason."""
    kind, a, b, reason = part["kind"], part["a"], part["b"], part["reason"]
    if kind == "birth-date":
        return f"born: {'the same' if reason == 'same' else reason}" + _both(a, b)
    if kind == "sex":
        return "sex the same" if reason == "same" else "sex differs"
    if kind == "identifier":
        return f"number the same ({b})"
    which = _which(b or a, whole)
    if reason == "missing":
        return (
            f"{which} {b.title()} was not asked for" if b else f"{a.title()} is not in the record"
        )
    if reason == "different":
        return f"{which} differs" + _both(a, b)
    return f"{which} {_ALIKE.get(reason, reason)}" + _both(a, b)


def _both(a: str, b: str) -> str:
    """Both sides where they differ; names were compared without capitals, and get them back."""
    return f" ({a.title()}, {b.title()})" if a and b and a != b else ""


def _sentence(reasons: list[str]) -> str:
    text = "; ".join(reasons)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _which(word: str, whole: Mapping[str, Any] | None) -> str:
    """Whether it is the family name of the person found, or a given one."""
    words = set(word.casefold().split())
    for field, called in (("family", "family name"), ("given", "given name")):
        if whole is not None and words <= set(whole[field].casefold().split()):
            return called
    return "name"
