"""Points that examiners marked: as the viewer sends them, and whose are shown to whom."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tenprint.desk import CaseState, CaseView, Mark
from tenprint.model import Finger, InputError

#: The most marks of one case, and the characters of a note.
MAX_MARKS, MAX_NOTE = 2000, 300

#: What a point can be, as people call it.
KINDS = {
    "minutia": "minutia",
    "ending": "ridge ending",
    "bifurcation": "bifurcation",
    "core": "core",
    "delta": "delta",
    "other": "other",
}


@dataclass(frozen=True)
class Layer:
    """One examiner's points, drawn in a colour and shape of their own.

    Attributes
    ----------
    examiner : str
    own : bool
        Whether they are of who looks.
    decided : bool
        Whether they stand with a decision; else they are only kept.
    marks : tuple of Mark
    """

    examiner: str
    own: bool
    decided: bool
    marks: tuple[Mark, ...]


def layers_of(view: CaseView, looker: str) -> list[Layer]:
    """Whose points somebody sees: the own ones; of a closed case also those of each decision."""
    if view.summary.state is not CaseState.CLOSED:
        return [Layer(looker, True, view.summary.mine, view.marks)]
    found = [
        Layer(each.examiner, each.examiner == looker, True, each.marks) for each in view.decisions
    ]
    if view.marks and not any(each.own for each in found):
        found.append(Layer(looker, True, False, view.marks))
    return found


def layer_json(layer: Layer) -> dict[str, Any]:
    """A layer as the viewer draws it."""
    return {
        "examiner": layer.examiner, "own": layer.own, "decided": layer.decided,
        "marks": [mark_json(each) for each in layer.marks],
    }  # fmt: skip


def mark_json(mark: Mark) -> dict[str, Any]:
    """A point as the viewer draws it."""
    return {
        "side": mark.side, "finger": int(mark.finger), "x": mark.x, "y": mark.y,
        "kind": mark.kind, "pair": mark.pair, "note": mark.note,
    }  # fmt: skip


def read_marks(body: bytes) -> list[Mark]:
    """Points as the viewer sends them.

    Raises
    ------
    InputError
    """
    try:
        found = json.loads(body)["marks"]
        if not isinstance(found, list) or len(found) > MAX_MARKS:
            raise InputError(f"A case holds at most {MAX_MARKS} marks.", field="marks")
        return [
            Mark(
                side={"probe": "probe", "candidate": "candidate"}[each["side"]],
                finger=Finger(int(each["finger"])),
                x=float(each["x"]),
                y=float(each["y"]),
                kind=_text(each.get("kind", "minutia"))[:40],
                pair=None if each.get("pair") is None else int(each["pair"]),
                note=_note(each.get("note", "")),
            )
            for each in found
        ]
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise InputError("The marks cannot be read.", field="marks") from None


def _note(value: object) -> str:
    note = _text(value)
    if len(note) > MAX_NOTE:
        raise InputError(f"A note has at most {MAX_NOTE} characters.", field="note")
    return note


def _text(value: object) -> str:
    """Text that can be stored and shown: a lone surrogate, which JSON can hold, raises."""
    text = str(value)
    text.encode()
    return text


__all__ = ["KINDS", "Layer", "layer_json", "layers_of", "mark_json", "read_marks"]
