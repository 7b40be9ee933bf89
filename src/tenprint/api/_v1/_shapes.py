"""What our own interface sends, made of the desk's nouns; `_answers` describes it."""

from __future__ import annotations

import base64
from typing import Any

from tenprint.desk import (
    CasePrint,
    CaseSummary,
    CaseView,
    Decision,
    ImageAnswer,
    Load,
    Mark,
    Status,
    Subscription,
)
from tenprint.model import Finger


def status(of: Status) -> dict[str, Any]:
    """A status, JSON-ready."""
    return {
        "key": of.key,
        "agency": of.agency,
        "transaction": of.transaction,
        "class": of.klass,
        "purpose": of.purpose,
        "operation": of.operation,
        "state": of.state,
        "outcome": of.outcome,
        "under_review": of.under_review,
        "submitted_at": of.submitted_at,
        "deadline": of.deadline,
        "answered_at": of.answered_at,
        "machine_seconds": of.machine_seconds,
        "human_seconds": of.human_seconds,
        "late": of.late,
        "answers": of.answers,
    }


def case(of: CaseSummary) -> dict[str, Any]:
    """A line of the queue, JSON-ready."""
    return {
        "id": of.id,
        "key": of.key,
        "agency": of.agency,
        "transaction": of.transaction,
        "class": of.klass,
        "person": of.person,
        "score": of.score,
        "state": of.state,
        "opened_at": of.opened_at,
        "due_at": of.due_at,
        "claimed_by": of.claimed_by,
        "mine": of.mine,
        "finding": of.finding,
    }


def case_view(of: CaseView, with_images: bool) -> dict[str, Any]:
    """A case with its prints, JSON-ready."""
    return {
        **case(of.summary),
        "fingers": {finger_name(finger): score for finger, score in of.fingers.items()},
        "probe": [_case_print(each, with_images) for each in of.probe],
        "candidate": [_case_print(each, with_images) for each in of.candidate],
        "decisions": [_decision(each) for each in of.decisions],
        "marks": [_mark(each) for each in of.marks],
    }


def images(of: ImageAnswer) -> dict[str, Any]:
    """Pictures, JSON-ready."""
    return {
        "person": of.person,
        "encounter": of.encounter,
        "images": [
            {
                "finger": finger_name(each.finger),
                "ppi": each.ppi,
                "media": each.media,
                "shape": each.shape,
                "image": base64.b64encode(each.data).decode(),
            }
            for each in of.images
        ],
        "others": [
            {
                "kind": each["kind"],
                "media": each["media"],
                "notes": each["notes"],
                "image": base64.b64encode(each["data"]).decode(),
            }
            for each in of.others
        ],
        "kept": dict(of.kept),
    }


def subscription(of: Subscription) -> dict[str, Any]:
    """A subscription, JSON-ready."""
    names = ("id", "agency", "purpose", "person", "created_at", "until", "active")
    return {name: getattr(of, name) for name in names}


def load(of: Load) -> dict[str, Any]:
    """The operator's figures, JSON-ready."""
    found = {name: getattr(of, name) for name in of.__dataclass_fields__ if name != "classes"}
    found["classes"] = {
        klass.value: {name: getattr(each, name) for name in each.__dataclass_fields__}
        for klass, each in of.classes.items()
    }
    return found


def finger_name(finger: Finger) -> str:
    """A finger's name in our interface, such as ``right-index``."""
    return finger.name.lower().replace("_", "-")


def _case_print(each: CasePrint, with_images: bool) -> dict[str, Any]:
    minutiae = each.template.minutiae
    found: dict[str, Any] = {
        "finger": finger_name(each.finger),
        "encounter": each.encounter,
        "quality": each.template.quality,
        "width": each.template.width,
        "height": each.template.height,
        "minutiae": [
            {
                "x": int(row["x"]),
                "y": int(row["y"]),
                "angle": float(row["angle"]),
                "kind": int(row["kind"]),
                "quality": int(row["quality"]),
            }
            for row in minutiae
        ],
    }
    if with_images and each.image is not None:
        found["media"], found["ppi"] = each.media, each.ppi
        found["image"] = base64.b64encode(each.image).decode()
    return found


def _decision(each: Decision) -> dict[str, Any]:
    return {
        "examiner": each.examiner,
        "finding": each.finding,
        "reason": each.reason,
        "decided_at": each.decided_at,
        "marks": [_mark(mark) for mark in each.marks],
    }


def _mark(each: Mark) -> dict[str, Any]:
    return {
        "side": each.side,
        "finger": finger_name(each.finger),
        "x": each.x,
        "y": each.y,
        "kind": each.kind,
        "pair": each.pair,
        "note": each.note,
    }
