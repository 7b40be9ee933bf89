"""All 22 operations of OSIA's ABIS interface 1.6.0, one row each."""

from __future__ import annotations

from typing import Any

from tenprint.api._osia import _changes, _reads, _searches
from tenprint.api._osia._call import Operation
from tenprint.api._osia._models import (
    Encounter,
    IdentifyRequest,
    VerifyFromBioRequest,
    VerifyFromIdRequest,
)
from tenprint.desk import Operation as Do
from tenprint.model import TransactionClass as Class

_PERSONS = "/v1/persons"
_PERSON = _PERSONS + "/{personId}"
_ENCOUNTERS = _PERSON + "/encounters"
_ENCOUNTER = _ENCOUNTERS + "/{encounterId}"
_SEARCH = "/v1/identify/{galleryId}"

_BASE = frozenset({400, 403, 500})
_KNOWN = _BASE | {404}
_UNIQUE = _BASE | {409}

_PRIORITY = {"priority": int}
_CREATE = {**_PRIORITY, "algorithm": str}
_VERIFY = {**_PRIORITY, "threshold": float, "accuracyLevel": str, "serviceLevel": int}
_IDENTIFY = {**_VERIFY, "maxNbCand": int}
_TEMPLATE = {
    **_PRIORITY,
    **dict.fromkeys(
        ("biometricType", "biometricSubType", "instance", "templateFormat", "qualityFormat"), str
    ),
}
_Filter = dict[str, Any]
_Names = list[str]


def _create(name: str, path: str, codes: frozenset[int]) -> Operation:
    prepare = _changes.create_encounter(name)
    return Operation(
        name, "POST", path, codes, prepare, _changes.finish_encounter, _CREATE, Encounter
    )


def _read(
    name: str, path: str, codes: frozenset[int], prepare: Any, finish: Any, **query: type
) -> Operation:
    return Operation(name, "GET", path, codes, prepare, finish, {**_PRIORITY, **query})


def _change(name: str, method: str, path: str, codes: frozenset[int], prepare: Any) -> Operation:
    return Operation(name, method, path, codes, prepare, _changes.finish_nothing, _PRIORITY)


def _identify(name: str, path: str, prepare: Any, body: Any, required: bool = True) -> Operation:
    finish = _searches.finish_identify
    return Operation(name, "POST", path, _KNOWN, prepare, finish, _IDENTIFY, body, required)


_DELETE_ONE = _changes.simple("deleteEncounter", Class.DELETE, Do.DELETE_ENCOUNTER)
_DELETE_ALL = _changes.simple("deleteAll", Class.DELETE, Do.DELETE_PERSON)
_MERGE = _changes.simple("mergeEncounter", Class.MERGE, Do.MERGE, source="personIdSource")
_MOVE = _changes.simple("moveEncounter", Class.UPDATE, Do.MOVE, source="personIdSource")

#: The operations that a caller starts; `readTaskStatus` and `redeliverTaskResult` are `_tasks`'s.
OPERATIONS: tuple[Operation, ...] = (
    _create("createEncounterNoIds", _PERSONS, _BASE),
    _create("createEncounterNoId", _ENCOUNTERS, _BASE),
    _create("createEncounter", _ENCOUNTER, _UNIQUE),
    _read("readAllEncounters", _ENCOUNTERS, _KNOWN, _reads.at_once, _reads.read_encounters),
    _read("readEncounter", _ENCOUNTER, _KNOWN, _reads.at_once, _reads.read_encounter),
    Operation(
        *("updateEncounter", "PUT", _ENCOUNTER, _KNOWN),
        *(_changes.update_encounter, _changes.finish_encounter, _CREATE, Encounter),
    ),
    _change("deleteEncounter", "DELETE", _ENCOUNTER, _KNOWN, _DELETE_ONE),
    _change("deleteAll", "DELETE", _PERSON, _KNOWN, _DELETE_ALL),
    _change(
        *("mergeEncounter", "POST", _PERSONS + "/{personIdTarget}/merge/{personIdSource}"),
        *(_KNOWN | {409}, _MERGE),
    ),
    _change(
        *("moveEncounter", "POST"),
        _PERSONS + "/{personIdTarget}/move/{personIdSource}/encounters/{encounterId}",
        *(_KNOWN | {409}, _MOVE),
    ),
    Operation(
        *("updateEncounterStatus", "PUT", _ENCOUNTER + "/status", _BASE),
        *(_changes.update_status, _changes.finish_nothing, {"status": str}),
    ),
    Operation(
        *("updateEncounterGalleries", "PUT", _ENCOUNTER + "/galleries", _BASE),
        *(_changes.update_galleries, _changes.finish_nothing, {}, _Names),
    ),
    Operation(
        *("readTemplate", "GET", _ENCOUNTER + "/templates", _KNOWN),
        *(_reads.check_template, _reads.read_template, _TEMPLATE),
    ),
    _identify("identify", _SEARCH, _searches.identify, IdentifyRequest),
    _identify("identifyFromId", _SEARCH + "/{personId}", _searches.identify_person, _Filter, False),
    _identify(
        "identifyFromEncounterId",
        _SEARCH + "/{personId}/encounters/{encounterId}",
        _searches.identify_encounter,
        _Filter,
        required=False,
    ),
    Operation(
        *("verifyFromId", "POST", "/v1/verify/{galleryId}/{personId}", _KNOWN),
        *(_searches.verify_person, _searches.finish_verify, _VERIFY, VerifyFromIdRequest),
    ),
    Operation(
        *("verifyFromBio", "POST", "/v1/verify", _BASE),
        *(_searches.verify_prints, _searches.finish_verify, _VERIFY, VerifyFromBioRequest),
    ),
    _read("readGalleries", "/v1/galleries", _BASE, _reads.at_once, _reads.read_galleries),
    Operation(
        *("readGalleryContent", "GET", "/v1/galleries/{galleryId}", _KNOWN, _reads.check_page),
        *(_reads.read_content, {**_PRIORITY, "offset": int, "limit": int}),
    ),
)

#: The same by name.
BY_NAME = {operation.name: operation for operation in OPERATIONS}
