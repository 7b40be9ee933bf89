"""A submission out of an EBTS file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tenprint.desk._ebts_others import Others, others_of
from tenprint.desk._submission import Event, Operation, Print, Submission
from tenprint.formats.itl import (
    ItlFile,
    ItlImage,
    asked_of,
    biographics_of,
    check_ebts,
    finger_images,
    scan_itl,
    transaction_type,
)
from tenprint.model import Finger, RecordFormatError, TransactionClass, TransactionError

Fault = dict[str, str]

#: The most faults told of one file.
MAX_FAULTS = 200


def from_ebts(given: Submission, number: Callable[[str], str]) -> Submission:
    """The submission with class, prints, biographics, event and attachments from its file.

    `number` gives the person of a number (2.014), which images sent later (FIS) name.

    Raises
    ------
    TransactionError
        With every fault of the file.
    """
    file = _scanned(given.ebts or b"")
    faults = _broken_rules(file)
    kind = transaction_type(file.type_of_transaction)
    klass = given.klass if given.as_given else None if kind is None else kind.klass
    if kind is None or klass is None or kind.is_answer:
        why = "There is no such type of transaction." if kind is None else kind.why_not
        message = why or "This type of transaction is not served."
        faults.append({"code": "type", "field": "1.004", "message": message})
        raise TransactionError(faults=faults[:MAX_FAULTS])
    if not klass.waits:
        message = "It is a question, which is answered in the request: Desk.ask_ebts."
        faults.append({"code": "type", "field": "1.004", "message": message})
    if faults:
        raise TransactionError(faults=faults[:MAX_FAULTS])
    options = given.options
    if kind.expedited and klass is TransactionClass.CIVIL_CHECK:
        options = replace(options, expedite=True)
    own = given.biographics
    operation = given.operation
    person = given.person
    if klass is TransactionClass.UPDATE:
        operation = operation or Operation.ADD_ENCOUNTER
        person = person or next((number(each) for each in asked_of(file).numbers), None)
    others = others_of(file)
    prints = (*(_print(image) for image in finger_images(file)), *others.prints)
    if not prints:
        _nothing_to_search(others)
    return replace(
        given,
        klass=klass,
        operation=operation,
        person=person,
        prints=prints,
        biographics=biographics_of(file) if own.empty else own,
        event=given.event or _event(file, klass),
        attachments=(*given.attachments, *others.attachments),
        options=options,
        not_searched=others.not_searched,
    )


def _nothing_to_search(others: Others) -> None:
    """Say of minutiae why they are no prints; that there are none is said with other faults."""
    faults = [
        {"code": "minutiae", "field": each["field"], "message": f"Not searched: {each['what']}."}
        for each in others.not_searched
        if each["kind"] == "minutiae"
    ]
    if faults:
        raise TransactionError(faults=faults[:MAX_FAULTS])


def faultless(data: bytes) -> ItlFile:
    """A file in which the rules find no fault.

    Raises
    ------
    TransactionError
        With every fault of it.
    """
    file = _scanned(data)
    faults = _broken_rules(file)
    if faults:
        raise TransactionError(faults=faults[:MAX_FAULTS])
    return file


def _scanned(data: bytes) -> ItlFile:
    try:
        file, found = scan_itl(data)
    except RecordFormatError as error:
        raise TransactionError(
            faults=[{"code": error.code, "field": "ebts", "message": error.message}]
        ) from error
    faults = [each.as_dict() for each in found if not each.warning]
    if file is None or faults:
        raise TransactionError(faults=faults[:MAX_FAULTS])
    return file


def _broken_rules(file: ItlFile) -> list[Fault]:
    return [each.as_dict() for each in check_ebts(file, strict=False) if not each.warning]


def _print(image: ItlImage) -> Print:
    boxes: dict[Finger, tuple[float, ...]] | None = None
    if image.finger.is_slap and image.segments:
        boxes = {
            each.finger: tuple(float(v) for corner in each.corners for v in corner)
            for each in image.segments
            if each.finger.is_single
        } or None
    raw = (image.height, image.width) if image.compression == "NONE" else None
    return Print(
        image.data,
        image.finger,
        image.impression,
        image.ppi,
        boxes=boxes,
        missing=tuple(finger for finger, _ in image.missing),
        shape=raw,
    )


def _event(file: ItlFile, klass: TransactionClass) -> Event | None:
    """The arrest or check that Type 2 states (EBTS 9.1: 2.045, 2.047, 2.037, 2.009)."""
    record = file.descriptive
    if record is None or klass not in (
        TransactionClass.CRIMINAL_TENPRINT,
        TransactionClass.CIVIL_CHECK,
    ):
        return None
    criminal = klass is TransactionClass.CRIMINAL_TENPRINT
    charges = [" ".join(filter(None, items)) for items in record.items(47)] if criminal else []
    if not criminal and record.text(37):
        charges = [record.text(37)]
    day = record.text(45)
    stated = f"{day[:4]}-{day[4:6]}-{day[6:8]}" if len(day) == 8 and day.isdigit() else ""
    return Event(
        "arrest" if criminal else "check",
        stated,
        tuple(charge[:300] for charge in charges[:50]),
        case=record.text(9)[:100],
    )
