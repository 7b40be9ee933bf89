"""A submission as bytes: JSON for what is small, one part for each picture."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from tenprint.desk._submission import (
    Attachment,
    Event,
    Flag,
    Operation,
    Options,
    Print,
    Submission,
)
from tenprint.model import (
    Biographics,
    Finger,
    Identifier,
    Impression,
    PersonName,
    Purpose,
    Sex,
    TransactionClass,
)


def biographics_dict(of: Biographics) -> dict[str, Any]:
    """Biographics, JSON-ready; empty ones as an empty mapping."""
    found: dict[str, Any] = {}
    if of.names:
        found["names"] = [{"given": n.given, "family": n.family} for n in of.names]
    if of.birth_dates:
        found["birth_dates"] = list(of.birth_dates)
    if of.sex is not Sex.UNKNOWN:
        found["sex"] = of.sex.value
    if of.identifiers:
        found["identifiers"] = [
            {"kind": i.kind, "value": i.value, "issuer": i.issuer} for i in of.identifiers
        ]
    if of.other:
        found["other"] = dict(of.other)
    return found


def biographics_from(found: Mapping[str, Any]) -> Biographics:
    """Back from `biographics_dict`."""
    return Biographics(
        tuple(PersonName(n["given"], n["family"]) for n in found.get("names", ())),
        tuple(found.get("birth_dates", ())),
        Sex(found.get("sex", Sex.UNKNOWN)),
        tuple(Identifier(i["kind"], i["value"], i["issuer"]) for i in found.get("identifiers", ())),
        dict(found.get("other", {})),
    )


def encode(of: Submission) -> dict[str, bytes]:
    """The parts of a submission by name; ``submission`` is the JSON one."""
    parts: dict[str, bytes] = {}

    def keep(name: str, data: bytes) -> str:
        parts[name] = data
        return name

    def prints(name: str, these: tuple[Print, ...]) -> list[dict[str, Any]]:
        return [
            {
                "data": keep(f"{name}-{n}", p.data),
                "finger": int(p.finger),
                "impression": int(p.impression),
                "ppi": p.ppi,
                "template": p.template,
                "boxes": p.boxes and {int(f): list(box) for f, box in p.boxes.items()},
                "missing": [int(f) for f in p.missing],
                "shape": p.shape and list(p.shape),
            }
            for n, p in enumerate(these)
        ]

    plain: dict[str, Any] = {
        "transaction": of.transaction,
        "class": of.klass.value,
        "purpose": of.purpose.value,
        "operation": of.what.value,
        "prints": prints("print", of.prints),
        "against": prints("against", of.against),
        "biographics": biographics_dict(of.biographics),
        "person": of.person,
        "encounter": of.encounter,
        "other_person": of.other_person,
        "status": of.status,
        "event": of.event and {
            "kind": of.event.kind, "date": of.event.date, "charges": list(of.event.charges),
            "disposition": of.event.disposition, "case": of.event.case,
            **({"codes": dict(of.event.codes)} if of.event.codes else {}),
        },
        "attachments": [
            {"kind": a.kind, "media": a.media, "data": keep(f"attachment-{n}", a.data),
             "notes": dict(a.notes)}
            for n, a in enumerate(of.attachments)
        ],
        "context": dict(of.context),
        "encounter_type": of.encounter_type,
        "as_given": of.as_given,
        "reason": of.reason,
        "captured": of.captured and of.captured.isoformat(),
        "ebts": None if of.ebts is None else keep("ebts", of.ebts),
        "options": {
            "limit": of.options.limit,
            "threshold": of.options.threshold,
            "galleries": list(of.options.galleries),
            "expedite": of.options.expedite,
            "priority": of.options.priority,
            "retain": of.options.retain,
            "search_first": of.options.search_first,
            "callback": of.options.callback,
            "require_fingers": of.options.require_fingers,
            "subscribe_days": of.options.subscribe_days,
        },
        **_entries(of),
    }  # fmt: skip
    if of.not_searched:  # no key otherwise: what was sent before is the same transaction still
        plain["not_searched"] = [dict(each) for each in of.not_searched]
    parts["submission"] = json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()
    return parts


def _entries(of: Submission) -> dict[str, Any]:
    """Flag, identifier and whom or what they concern.

    Only what was stated: a submission without has the bytes, and the digest, that it always had.
    """
    found: dict[str, Any] = {}
    if of.flag is not None:
        found["flag"] = {
            "kind": of.flag.kind,
            "since": of.flag.since and of.flag.since.isoformat(),
            "until": of.flag.until and of.flag.until.isoformat(),
            "note": of.flag.note,
        }
    if of.identifier is not None:
        found["identifier"] = [of.identifier.kind, of.identifier.value, of.identifier.issuer]
    if of.entry is not None:
        found["entry"] = of.entry
    if of.other_people:
        found["other_people"] = list(of.other_people)
    return found


def digest(parts: Mapping[str, bytes]) -> bytes:
    """SHA-256 over all parts: two submissions with the same one are the same."""
    total = hashlib.sha256()
    for name in sorted(parts):
        total.update(f"{name}:{len(parts[name])}:".encode())
        total.update(hashlib.sha256(parts[name]).digest())
    return total.digest()


def decode(plain: bytes, part: Callable[[str], bytes], *, pictures: bool = True) -> Submission:
    """Back from `encode`; without `pictures` the bytes of prints and attachments are left out."""
    found = json.loads(plain)

    def data(name: str) -> bytes:
        return part(name) if pictures else b""

    def prints(listed: list[dict[str, Any]]) -> tuple[Print, ...]:
        return tuple(
            Print(
                data(p["data"]),
                Finger(p["finger"]),
                Impression(p["impression"]),
                p["ppi"],
                p["template"],
                p["boxes"] and {Finger(int(f)): tuple(box) for f, box in p["boxes"].items()},
                tuple(Finger(f) for f in p["missing"]),
                p["shape"] and (p["shape"][0], p["shape"][1]),
            )
            for p in listed
        )

    options = found["options"]
    event = found["event"]
    made = Submission(
        found["transaction"],
        TransactionClass(found["class"]),
        Purpose(found["purpose"]),
        Operation(found["operation"]),
        prints(found["prints"]),
        prints(found["against"]),
        biographics_from(found["biographics"]),
        found["person"],
        found["encounter"],
        found["other_person"],
        found["status"],
        event and Event(**{**event, "charges": tuple(event["charges"])}),
        tuple(
            Attachment(a["kind"], a["media"], data(a["data"]), a["notes"])
            for a in found["attachments"]
        ),
        found["context"],
        found["encounter_type"],
        found["reason"],
        found["captured"] and datetime.fromisoformat(found["captured"]),
        as_given=found["as_given"],
        flag=_flag(found["flag"]) if "flag" in found else None,
        identifier=Identifier(*found["identifier"]) if "identifier" in found else None,
        entry=found.get("entry"),
        other_people=tuple(found.get("other_people", ())),
        options=Options(**{**options, "galleries": tuple(options["galleries"])}),
        not_searched=tuple(found.get("not_searched", ())),
    )
    return made if found["ebts"] is None else replace(made, ebts=data(found["ebts"]))


def _flag(found: Mapping[str, Any]) -> Flag:
    since, until = found["since"], found["until"]
    return Flag(
        found["kind"],
        since and datetime.fromisoformat(since),
        until and datetime.fromisoformat(until),
        found["note"],
    )
