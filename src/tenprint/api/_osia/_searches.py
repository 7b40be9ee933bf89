"""OSIA's searches and verifications."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tenprint.api._osia._biographics import passes
from tenprint.api._osia._call import Call, Prepared, desk_transaction
from tenprint.api._osia._changes import ALL, reason_of
from tenprint.api._osia._data import POSITIONS, Fetch, encrypted, read_parts
from tenprint.api._osia._results import Found, decision, found
from tenprint.api._osia._views import biographics_of
from tenprint.desk import Answer, Desk, Operation, Options, Submission
from tenprint.model import AccessError, InputError, NotFoundError, TransactionClass

#: The most candidates of a search, and how many are looked at where filters leave some out.
MOST, LOOKED_AT = 100, 100

#: Filters that are not about biographic data.
_TYPES = "biometricType"


def identify(desk: Desk, call: Call, fetch: Fetch) -> Prepared:
    """``identify``: whose prints are these?"""
    if call.body.encryption is not None:
        raise encrypted("encryption")
    filters = _filters(call.body.filter)
    parts = read_parts(call.body.biometricData, fetch, "biometricData")
    if not parts.prints:
        raise InputError("There is no finger to search for.", field="biometricData")
    submission = Submission(
        desk_transaction("identify", call, repeats=True),
        TransactionClass.TENPRINT_SEARCH,
        call.purpose,
        Operation.IDENTIFY,
        prints=tuple(parts.prints),
        reason=reason_of(call),
        options=_options(desk, call, filters),
    )
    return Prepared(submission, {"notSearched": parts.not_searched, "filters": filters})


def identify_person(desk: Desk, call: Call, fetch: Fetch) -> Prepared:
    """``identifyFromId``: who else has the prints of this person?"""
    return _identify_known(desk, call, "identifyFromId", Operation.IDENTIFY_PERSON)


def identify_encounter(desk: Desk, call: Call, fetch: Fetch) -> Prepared:
    """``identifyFromEncounterId``: who else has the prints of this encounter?"""
    return _identify_known(desk, call, "identifyFromEncounterId", Operation.IDENTIFY_ENCOUNTER)


def _identify_known(desk: Desk, call: Call, name: str, operation: Operation) -> Prepared:
    filters = _filters(call.body or {})
    submission = Submission(
        desk_transaction(name, call, repeats=True),
        TransactionClass.TENPRINT_SEARCH,
        call.purpose,
        operation,
        person=call.arguments["personId"],
        encounter=call.arguments.get("encounterId"),
        reason=reason_of(call),
        options=_options(desk, call, filters),
    )
    return Prepared(submission, {"filters": filters})


def finish_identify(desk: Desk, call: Call, answer: Answer | None) -> Any:
    """The candidates, best first."""
    limit = _limit(call)
    filters = call.arguments.get("filters") or {}
    kept: list[dict[str, Any]] = []
    for each in found(answer):
        if len(kept) == limit:
            break
        if filters and not _passes(desk, call, each, filters):
            continue
        kept.append(_candidate(call, _placed(desk, call, each), len(kept) + 1))
    return kept


def _placed(desk: Desk, call: Call, each: Found) -> Found:
    """A candidate of a search in all galleries, with those it is in, where the caller may know."""
    if call.arguments["galleryId"] != ALL:
        return replace(each, galleries=(call.arguments["galleryId"],))
    try:
        views = desk.encounters(call.caller, each.person, call.purpose)
    except (AccessError, NotFoundError):  # not for this caller, or deleted since the search
        return each
    galleries = tuple(dict.fromkeys(name for view in views for name in view.galleries))
    encounter = views[0].encounter if len(views) == 1 else None
    return replace(each, galleries=galleries, encounter=encounter)


def verify_person(desk: Desk, call: Call, fetch: Fetch) -> Prepared:
    """``verifyFromId``: are these the prints of this person?"""
    if call.body.encryption is not None:
        raise encrypted("encryption")
    _check_gallery(desk, call)
    parts = read_parts(call.body.biometricData, fetch, "biometricData")
    if not parts.prints:
        raise InputError("There is no finger to compare.", field="biometricData")
    submission = Submission(
        desk_transaction("verifyFromId", call, repeats=True),
        TransactionClass.VERIFY,
        call.purpose,
        Operation.VERIFY_PERSON,
        prints=tuple(parts.prints),
        person=call.arguments["personId"],
        reason=reason_of(call),
        options=Options(
            galleries=_galleries(call),
            threshold=call.arguments.get("threshold"),
            priority=call.arguments.get("priority"),
        ),
    )
    return Prepared(submission, {"notSearched": parts.not_searched})


def verify_prints(desk: Desk, call: Call, fetch: Fetch) -> Prepared:
    """``verifyFromBio``: are these two the prints of one person?"""
    if call.body.encryption is not None:
        raise encrypted("encryption")
    first = read_parts(call.body.biometricData1, fetch, "biometricData1")
    second = read_parts(call.body.biometricData2, fetch, "biometricData2")
    for parts, name in ((first, "biometricData1"), (second, "biometricData2")):
        if not parts.prints:
            raise InputError("There is no finger to compare.", field=name)
    submission = Submission(
        desk_transaction("verifyFromBio", call, repeats=True),
        TransactionClass.VERIFY,
        call.purpose,
        Operation.VERIFY_PRINTS,
        prints=tuple(first.prints),
        against=tuple(second.prints),
        reason=reason_of(call),
        options=Options(
            threshold=call.arguments.get("threshold"), priority=call.arguments.get("priority")
        ),
    )
    return Prepared(submission, {"notSearched": [*first.not_searched, *second.not_searched]})


def finish_verify(desk: Desk, call: Call, answer: Answer | None) -> Any:
    """The decision and the score behind it."""
    result = decision(answer)
    scores: list[dict[str, Any]] = []
    if result.score is not None:
        whole: dict[str, Any] = {"score": result.score, "biometricType": "FINGER"}
        if call.arguments.get("notSearched"):
            whole["others"] = {"notSearched": call.arguments["notSearched"]}
        scores.append(whole)
    scores += _by_finger(result, None)
    return {"decision": result.same, "scores": scores}


def _candidate(call: Call, each: Found, rank: int) -> dict[str, Any]:
    item: dict[str, Any] = {
        "personId": each.person,
        "rank": rank,
        "score": each.score,
        "scores": _by_finger(each, each.galleries),
    }
    if call.arguments.get("notSearched"):
        item["others"] = {"notSearched": call.arguments["notSearched"]}
    return item


def _by_finger(each: Any, galleries: tuple[str, ...] | None) -> list[dict[str, Any]]:
    scores = []
    for finger, score in sorted(each.fingers.items()):
        item: dict[str, Any] = {"score": score, "biometricType": "FINGER"}
        if finger in POSITIONS:
            item["biometricSubType"] = POSITIONS[finger]
        if getattr(each, "encounter", None):
            item["encounterId"] = each.encounter
        if galleries:
            item["galleries"] = list(galleries)
        scores.append(item)
    return scores


def _filters(given: dict[str, Any]) -> dict[str, Any]:
    types = given.get(_TYPES)
    if types is not None:
        named = [types] if isinstance(types, str) else types
        if not isinstance(named, list) or "FINGER" not in named:
            raise InputError("Only fingers are searched.", field=f"filter.{_TYPES}")
    filters = {name: value for name, value in given.items() if name != _TYPES}
    for name, value in filters.items():
        if not isinstance(value, str | int | float | bool):
            raise InputError("A filter is a text, a number or a truth.", field="filter")
        if name in ("dateOfBirthMin", "dateOfBirthMax") and not isinstance(value, str):
            raise InputError("A date is a text.", field=f"filter.{name}")
    return filters


def _options(desk: Desk, call: Call, filters: dict[str, Any]) -> Options:
    _check_gallery(desk, call)
    return Options(
        limit=LOOKED_AT if filters else _limit(call),
        threshold=call.arguments.get("threshold"),
        galleries=_galleries(call),
        priority=call.arguments.get("priority"),
    )


def _limit(call: Call) -> int:
    limit = call.arguments.get("maxNbCand")
    if limit is None:
        return 10
    if limit < 1:
        raise InputError("At least one candidate.", field="maxNbCand")
    return min(int(limit), MOST)


def _galleries(call: Call) -> tuple[str, ...]:
    name = call.arguments["galleryId"]
    return () if name == ALL else (name,)


def _check_gallery(desk: Desk, call: Call) -> None:
    name = call.arguments["galleryId"]
    if name != ALL and name not in desk.galleries(call.caller):
        raise NotFoundError("There is no such gallery.", field="galleryId")


def _passes(desk: Desk, call: Call, each: Found, filters: dict[str, Any]) -> bool:
    views = desk.encounters(call.caller, each.person, call.purpose)
    return any(passes(filters, biographics_of(view)) for view in views)
