"""What the desk tells, as OSIA's objects."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from tenprint.api._osia._data import DOCUMENT, POSITIONS
from tenprint.desk import EncounterView, PrintImage
from tenprint.formats import TemplateFormat, write_templates
from tenprint.model import Finger, InputError, Template

#: Template formats by their names in the standard. The compact card formats are not written.
TEMPLATE_FORMATS = {
    "ISO_19794_2": TemplateFormat.ISO_2005,
    "ISO_19794_2_2011": TemplateFormat.ISO_2011,
    "ANSI_378": TemplateFormat.ANSI_2004,
    "ANSI_378_2009": TemplateFormat.ANSI_2009,
}

#: The format of our own quality values, 0-100.
QUALITY_FORMAT = "TENPRINT"

_COMPRESSIONS = {
    "image/x-wsq": "WSQ",
    "image/wsq": "WSQ",
    "image/jpeg": "JPEG",
    "image/jp2": "JPEG2000",
    "image/jpx": "JPEG2000",
    "image/png": "PNG",
}

_TYPES = {"face": "FACE", "iris": "IRIS", "signature": "SIGNATURE", "palm": "FINGER"}


def kept_document(view: EncounterView) -> dict[str, Any]:
    """What OSIA sent beside images; empty where the encounter came another way."""
    for each in view.attachments:
        if each["media"] == DOCUMENT:
            found: dict[str, Any] = json.loads(bytes(each["data"]))
            return found
    return {}


def biographics_of(view: EncounterView) -> Any:
    """The biographic data as OSIA sent it, else ours under usual names."""
    kept = kept_document(view)
    if kept:
        return kept.get("biographicData")
    return _biographic(view.biographics)


def encounter_of(view: EncounterView) -> dict[str, Any]:
    """One encounter, its images included."""
    kept = kept_document(view)
    found: dict[str, Any] = {
        "encounterId": view.encounter,
        "status": "ACTIVE" if view.active else "INACTIVE",
        "encounterType": view.type,
        "galleries": list(view.galleries) or ["ALL"],
        "createdDate": view.created_at.astimezone(UTC).isoformat(),
        "biographicData": biographics_of(view),
    }
    for name in ("createdDate", "updatedDate", "clientData", "contextualData", "integrity"):
        if name in kept:
            found[name] = kept[name]
    found["biometricData"] = _restored(view, kept["biometricData"]) if kept else _biometrics(view)
    return {name: value for name, value in found.items() if value is not None}


def templates_of(
    templates: Mapping[Finger, Sequence[Template]], wanted: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """Templates as computed data.

    Parameters
    ----------
    wanted : mapping
        ``biometricType``, ``biometricSubType``, ``instance``, ``templateFormat`` and
        ``qualityFormat`` as asked for; None for any.

    Raises
    ------
    InputError
        If templates are not written in the format.
    """
    name = wanted.get("templateFormat") or "ISO_19794_2"
    form = TEMPLATE_FORMATS.get(name)
    if form is None:
        raise InputError(
            "Templates are not written in this format.",
            field="templateFormat",
            remedy=f"Ask for one of {', '.join(TEMPLATE_FORMATS)}.",
        )
    if wanted.get("biometricType") not in (None, "FINGER"):
        return []
    with_quality = wanted.get("qualityFormat") in (None, QUALITY_FORMAT)
    found = []
    for finger, each in sorted(templates.items()):
        position = POSITIONS.get(finger, "UNKNOWN")
        if wanted.get("biometricSubType") not in (None, position):
            continue
        for instance, template in enumerate(each):
            if wanted.get("instance") not in (None, str(instance)):
                continue
            item: dict[str, Any] = {
                "biometricType": "FINGER",
                "biometricSubType": position,
                "instance": str(instance),
                "template": base64.b64encode(write_templates([template], form)).decode(),
                "templateFormat": name,
                "vendor": "tenprint",
            }
            if with_quality:
                item |= {"quality": template.quality, "qualityFormat": QUALITY_FORMAT}
            found.append(item)
    return found


def _restored(view: EncounterView, outline: list[dict[str, Any]]) -> list[dict[str, Any]]:
    images: dict[int, list[PrintImage]] = {}
    for image in view.images:
        images.setdefault(int(image.finger), []).append(image)
    attached = {each["notes"].get("osia"): each for each in view.attachments}
    found = []
    for each in outline:
        item = dict(each)
        where = item.pop("image", None)
        if isinstance(where, list):
            finger, occurrence = where
            of_finger = images.get(finger, [])
            if occurrence < len(of_finger):
                item |= _image(of_finger[occurrence].media, of_finger[occurrence].data)
        elif where is not None and str(where) in attached:
            one = attached[str(where)]
            item |= _image(one["media"], bytes(one["data"]))
        item["encounterId"] = view.encounter
        found.append(item)
    return found


def _biometrics(view: EncounterView) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "biometricType": "FINGER",
            "biometricSubType": POSITIONS.get(image.finger, "UNKNOWN"),
            "encounterId": view.encounter,
            "resolution": round(image.ppi),
            **_image(image.media, image.data, image.shape),
        }
        for image in view.images
    ]
    found += [
        {
            "biometricType": _TYPES.get(each["kind"], "UNKNOWN"),
            "encounterId": view.encounter,
            **_image(each["media"], bytes(each["data"]), _shape(each["media"], each["notes"])),
        }
        for each in view.attachments
    ]
    return found


def _image(media: str, data: bytes, shape: tuple[int, int] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"image": base64.b64encode(data).decode(), "mimeType": media}
    if media in _COMPRESSIONS:
        found["compression"] = _COMPRESSIONS[media]
    if shape is not None:
        found |= {"compression": "NONE", "height": shape[0], "width": shape[1]}
    return found


def _shape(media: str, notes: Mapping[str, str]) -> tuple[int, int] | None:
    """Height and width of raw pixels, where they are stated; notes may be anything."""
    stated = notes.get("shape", "").split()[:2] if media == "image/x-raw" else []
    if len(stated) < 2 or not all(re.fullmatch("[0-9]{1,5}", each) for each in stated):
        return None
    return int(stated[0]), int(stated[1])


def _biographic(ours: Mapping[str, Any]) -> dict[str, Any] | None:
    """Our biographics under the names that OSIA's examples use."""
    found: dict[str, Any] = {}
    names = ours.get("names") or []
    if names:
        found["firstName"] = names[0].get("given", "")
        found["lastName"] = names[0].get("family", "")
    if ours.get("birth_dates"):
        found["dateOfBirth"] = ours["birth_dates"][0]
    sex = {"female": "F", "male": "M"}.get(str(ours.get("sex")))
    if sex:
        found["gender"] = sex
    return found or None
