"""A transaction file against the rules of EBTS 9.1."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice

from tenprint.formats.itl._check import content_faults
from tenprint.formats.itl._images import finger_images
from tenprint.formats.itl._model import MAX_FAULTS, Fault, ItlFile, ItlRecord
from tenprint.formats.itl._rules import Rule, rules
from tenprint.formats.itl._transactions import transaction_type
from tenprint.formats.itl._values import troubles

# What stays an error when not strict: without these there is nothing to work with.
_GRAVE = frozenset(
    {"transaction", "record-count", "record-type", "finger-twice", "image", "resolution"}
    | {"position", "amputation"}
)
_NOTICES = frozenset({"NAR", "UULD", "ULM"})  # nobody asked, so there is nothing to refer to
_LENGTH, _VERSION, _CONTENT = 1, 2, 3


def check_ebts(file: ItlFile, *, strict: bool = True) -> list[Fault]:
    """Every fault of a transaction by the rules of EBTS 9.1, those of `check_itl` included.

    Parameters
    ----------
    file : ItlFile
    strict : bool
        False: what only the FBI's own business needs (a missing or foreign description, forms of
        names and agency identifiers) is marked as a warning; what the service cannot do without
        (type of transaction, number of records, image descriptions, each finger once) stays an
        error.

    Returns
    -------
    list of Fault
        In the order of the file; empty if none was found.
    """
    found = content_faults(file)
    tot = file.type_of_transaction
    if tot and tot not in rules().transactions:
        found.append(Fault("transaction", "record 1, 1.004", "EBTS 9.1 has no such transaction."))
    elif tot:
        records = chain.from_iterable(_record(file, record, tot) for record in file.records)
        named = chain(_counts(file, tot), _fingers(file), _reference(file, tot), records)
        found += islice(named, MAX_FAULTS)
    if not strict:
        found = [each if each.code in _GRAVE else replace(each, warning=True) for each in found]
    # Both standards may say the same of one field; it is said once.
    seen: dict[tuple[str, str], Fault] = {}
    for each in found:
        seen.setdefault((each.code, each.field + each.message[:40]), each)
    said = {each.field for each in seen.values() if each.code == "missing-field"}
    kept = [e for e in seen.values() if not (e.code == "empty-field" and e.field in said)]
    return sorted(kept, key=lambda each: _place(each.field))


def _counts(file: ItlFile, tot: str) -> Iterator[Fault]:
    """Number of records of each type."""
    number = Counter(record.type for record in file.records)
    known: set[int] = set()
    for kinds, (least, most) in rules().transactions[tot].records:
        known.update(kinds)
        count = sum(number[kind] for kind in kinds)
        if count < least or (most is not None and count > most):
            words = " or ".join(str(kind) for kind in kinds)
            wanted = f"{least}" if least == most else f"{least} to {most}"
            yield Fault(
                "record-count",
                "record 1, 1.003",
                f"{count} records of Type {words}; {tot} has {wanted}.",
            )
    for index, record in enumerate(file.records, 1):
        if record.type not in known:
            yield Fault("record-type", f"record {index}", f"{tot} has no Type {record.type}.")


def _record(file: ItlFile, record: ItlRecord, tot: str) -> Iterator[Fault]:
    """Missing, foreign and wrong fields of one record."""
    table = rules()
    wide = any(field.encoding != "ascii" for field in record.fields)
    for (kind, number), choices in table.fields.items():
        rule = next((each for each in choices if each.requires(tot)), None)
        if kind != record.type or rule is None or record.binary or number in (_LENGTH, _CONTENT):
            continue
        found = record.get(number)
        if (found is None or not found.raw) and _supported(record, rule):
            yield Fault("missing-field", file.where(record, number), f"{rule.mnemonic} is missing.")
    for field in record.fields:
        where = file.where(record, field.number)
        known = table.fields.get((record.type, field.number))
        rule = table.rule(record.type, field.number, tot) or (
            known[0] if known and not known[0].mandatory and not known[0].allowed else None
        )
        if known is None:
            if any(kind == record.type for kind, _ in table.fields):
                message = "EBTS 9.1 has no such field."
                yield Fault("field-unknown", where, message, warning=True)
        elif rule is None:
            yield Fault("field-not-allowed", where, f"{tot} has no {known[0].mnemonic}.")
        elif record.binary:
            yield from _binary_codes(where, rule, field.values)
        elif not field.raw or field.number in (_LENGTH, 999):
            continue
        elif record.type == 1 and field.number in (_VERSION, _CONTENT):
            continue  # versions since 9.1 are written all the same; the content is the reader's
        else:
            for code, message in troubles(rule, field, tot, wide=wide):
                yield Fault(code, where, f"{rule.mnemonic}: {message}")
            yield from _relations(record, rule, where)


def _binary_codes(where: str, rule: Rule, values: tuple[str, ...]) -> Iterator[Fault]:
    codes = rule.more.get("codes")
    if codes and any(each not in codes and each != rule.more.get("empty") for each in values):
        yield Fault("code", where, f"{rule.mnemonic}: It is none of the codes of its table.")


def _supported(record: ItlRecord, rule: Rule) -> bool:
    """Whether a field that depends on another one's value may be there."""
    depends = rule.more.get("supportedif")
    if not depends:
        return True
    other = rules().number(record.type, depends[0])
    return other is not None and record.text(other) in depends[1].split("|")


def _relations(record: ItlRecord, rule: Rule, where: str) -> Iterator[Fault]:
    """What one field says of another."""
    table = rules()
    if not _supported(record, rule):
        other = rule.more["supportedif"][0]
        yield Fault("field-not-allowed", where, f"{rule.mnemonic} does not go with this {other}.")
    if other := rule.more.get("xor"):
        also = table.number(record.type, other)
        if also is not None and record.text(also):
            yield Fault("field-not-allowed", where, f"{rule.mnemonic} excludes {other}.")
    if other := rule.more.get("greatereq"):
        also = table.number(record.type, other)
        own = table.number(record.type, rule.mnemonic)
        if also is not None and own is not None:
            early, late = record.text(also), record.text(own)
            if len(early) == len(late) == 8 and late < early:
                yield Fault("date", where, f"{rule.mnemonic} lies before {other}.")


def _reference(file: ItlFile, tot: str) -> Iterator[Fault]:
    """1.010 is mandatory in what answers something."""
    found = transaction_type(tot)
    asked = found is not None and found.is_answer and tot not in _NOTICES
    if asked and not file.header.text(10):
        yield Fault("missing-field", "record 1, 1.010", "TCR is missing from an answer.")


def _fingers(file: ItlFile) -> Iterator[Fault]:
    """Each finger once, and none that is said to be missing."""
    missing = set()
    for record in file.of_type(2):
        for items in record.items(84):
            if len(items) == 2 and items[0].isascii() and items[0].isdigit():
                missing.add(int(items[0][:2]))
    seen: dict[int, int] = {}
    for image in finger_images(file):
        record = file.records[image.record - 1]
        where = f"record {image.record}, {record.name(4 if record.binary else 13)}"
        position = image.position
        if not 1 <= position <= 15:
            continue
        if position in seen:
            message = f"Position {position} is in record {seen[position]} already."
            yield Fault("finger-twice", where, message)
        seen.setdefault(position, image.record)
        if int(image.finger.anatomical) in missing:
            message = f"Position {position} has an image, and 2.084 says it is not there."
            yield Fault("amputation", where, message)


def _place(where: str) -> tuple[int, int, int]:
    """What faults are sorted by: record, type, field."""
    head, _, tail = where.partition(", ")
    kind, _, number = tail.partition(".")
    words = [head.removeprefix("record "), kind or "0", number or "0"]
    record, first, second = (int(each) if each.isdigit() else 0 for each in words)
    return record, first, second
