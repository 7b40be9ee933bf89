"""What may be enrolled and searched for: rules for identifiers, positions and templates."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tenprint.model import Finger, InputError, Template, TemplateError
from tenprint.store import MAX_PERSON

#: What `Gallery.enroll` takes: for each finger one impression or several.
Prints = Mapping[Finger, Template | Sequence[Template]]

#: What `Gallery.identify` takes.
Probe = Prints | Template | Sequence[Template]

#: Impressions in one encounter or probe: ten fingers, some taken several times, rolled and flat.
MAX_IMPRESSIONS = 100


def check_person(person: str) -> str:
    """The identifier, if it is one.

    Raises
    ------
    InputError
        If it is not 1 to 200 characters, or holds control or unassigned characters.
    """
    if not isinstance(person, str) or not 1 <= len(person) <= MAX_PERSON:
        raise InputError(f"A person's identifier has 1 to {MAX_PERSON} characters.", field="person")
    if any(unicodedata.category(character) in ("Cc", "Cs", "Cn") for character in person):
        raise InputError("A person's identifier holds a control character.", field="person")
    return person


def flatten(prints: Prints) -> list[Template]:
    """The impressions of a mapping, each marked with the finger of its key.

    Raises
    ------
    InputError
        If there is none, there are too many, or a key is no single finger.
    """
    if not isinstance(prints, Mapping):
        raise InputError("Fingers are given as a mapping of Finger to Template.", field="fingers")
    found: list[Template] = []
    for key, value in prints.items():
        finger = single_finger(key)
        for template in _listed(value, finger.label):
            known = template if template.finger is finger else replace(template, finger=finger)
            found.append(known)
    return check_count(found)


def _listed(value: Template | Sequence[Template], field: str) -> list[Template]:
    """One template or several as a list of templates."""
    found = [value] if isinstance(value, Template) or not isinstance(value, Iterable) else value
    for template in found:
        if not isinstance(template, Template):
            raise InputError("This is not a template.", field=field)
    return list(found)


def check_count(found: list[Template]) -> list[Template]:
    """The templates, if there is at least one and not more than `MAX_IMPRESSIONS`."""
    if not found:
        raise InputError("There is no finger in it.", field="fingers")
    if len(found) > MAX_IMPRESSIONS:
        raise InputError(
            f"{len(found)} impressions; at most {MAX_IMPRESSIONS} at a time.", field="fingers"
        )
    return found


def single_finger(key: Finger) -> Finger:
    """The position 0-10; a plain thumb (11, 12) is the thumb.

    Raises
    ------
    InputError
        If it is a slap, which holds several fingers.
    """
    try:
        finger = Finger(key)
    except ValueError:
        raise InputError(f"{key!r} is no finger position.", field="fingers") from None
    if finger.is_slap:
        raise InputError(
            "A slap holds several fingers.", field=finger.label, remedy="Cut it into fingers first."
        )
    return finger.anatomical


def usable(
    found: Iterable[Template], person: str | None = None
) -> tuple[list[Template], dict[Finger, str]]:
    """Templates that can be compared, and for each finger left out the reason.

    A template of quality 0, or without minutiae, cannot be compared with anything. It is left out
    as long as another one is left.

    Raises
    ------
    TemplateError
        If none is usable; names `person`, where given, the fingers and reasons.
    """
    good: list[Template] = []
    left_out: dict[Finger, str] = {}
    for template in found:
        if template.quality > 0 and len(template):
            good.append(template)
        else:
            left_out[template.finger] = template.reason or "quality 0"
    if not good:
        named = "; ".join(f"{finger.label}: {reason}" for finger, reason in left_out.items())
        raise TemplateError(
            "No print is usable.",
            source=person,
            field=named,
            remedy="Take the fingerprints again.",
        )
    return good, left_out


def probe_templates(probe: Probe) -> list[Template]:
    """A probe's usable templates, each with its position (`Finger.UNKNOWN` for a bare template)."""
    if isinstance(probe, Template):
        found = [replace(probe, finger=Finger.UNKNOWN)]
    elif isinstance(probe, Mapping):
        found = flatten(probe)
    else:
        found = check_count(
            [replace(t, finger=single_finger(t.finger)) for t in _listed(probe, "probe")]
        )
    return usable(found)[0]
