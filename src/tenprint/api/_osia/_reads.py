"""OSIA's operations that only read: encounters, templates, galleries."""

from __future__ import annotations

from typing import Any

from tenprint.api._osia._call import Call, Prepared
from tenprint.api._osia._changes import ALL
from tenprint.api._osia._data import Fetch
from tenprint.api._osia._models import SUB_TYPES
from tenprint.api._osia._views import TEMPLATE_FORMATS, encounter_of, templates_of
from tenprint.desk import Answer, Desk
from tenprint.model import InputError, NotFoundError

_TYPES = ("FACE", "FINGER", "IRIS", "SIGNATURE", "UNKNOWN")

#: The most rows of a gallery's content at once.
MOST_ROWS = 10_000


def at_once(desk: Desk, call: Call, fetch: Fetch) -> Prepared:
    """Nothing to make ready."""
    return Prepared()


def read_encounter(desk: Desk, call: Call, answer: Answer | None) -> Any:
    """``readEncounter``."""
    given = call.arguments
    views = desk.encounters(
        call.caller, given["personId"], call.purpose, encounter=given["encounterId"], images=True
    )
    if not views:
        raise NotFoundError("There is no such encounter.", field="encounterId")
    return encounter_of(views[0])


def read_encounters(desk: Desk, call: Call, answer: Answer | None) -> Any:
    """``readAllEncounters``."""
    views = desk.encounters(call.caller, call.arguments["personId"], call.purpose, images=True)
    return [encounter_of(view) for view in views]


def check_template(desk: Desk, call: Call, fetch: Fetch) -> Prepared:
    """Refuse a template in a form that cannot be had."""
    given = call.arguments
    if given.get("biometricType") not in (None, *_TYPES):
        raise InputError("There is no such type.", field="biometricType")
    if given.get("biometricSubType") not in (None, *SUB_TYPES):
        raise InputError("There is no such position.", field="biometricSubType")
    if given.get("templateFormat") not in (None, *TEMPLATE_FORMATS):
        raise InputError(
            "Templates are not written in this format.",
            field="templateFormat",
            remedy=f"Ask for one of {', '.join(TEMPLATE_FORMATS)}.",
        )
    return Prepared()


def read_template(desk: Desk, call: Call, answer: Answer | None) -> Any:
    """``readTemplate``."""
    given = call.arguments
    templates = desk.templates(call.caller, given["personId"], given["encounterId"], call.purpose)
    return templates_of(templates, given)


def read_galleries(desk: Desk, call: Call, answer: Answer | None) -> Any:
    """``readGalleries``."""
    return desk.galleries(call.caller)


def check_page(desk: Desk, call: Call, fetch: Fetch) -> Prepared:
    """Refuse a page that is none."""
    if not 0 <= call.arguments.get("offset", 0) < 2**31:
        raise InputError("An offset is 0 or more.", field="offset")
    if not 0 <= call.arguments.get("limit", 1000) <= MOST_ROWS:
        raise InputError(f"A limit is 0 to {MOST_ROWS}.", field="limit")
    return Prepared()


def read_content(desk: Desk, call: Call, answer: Answer | None) -> Any:
    """``readGalleryContent``."""
    given = call.arguments
    name, offset, limit = given["galleryId"], given.get("offset", 0), given.get("limit", 1000)
    if limit == 0:
        return []
    rows = desk.gallery_content(
        call.caller, None if name == ALL else name, call.purpose, offset=offset, limit=limit
    )
    return [{"personId": person, "encounterId": encounter} for person, encounter in rows]


def as_csv(rows: list[dict[str, str]]) -> str:
    """Gallery content in the standard's CSV form."""
    lines = ["PersonId, encounterId"]
    lines += [f"{_cell(row['personId'])}, {_cell(row['encounterId'])}" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    if any(character in text for character in ',"\n\r'):
        return '"' + text.replace('"', '""') + '"'
    return text
