"""Everything that is checked before a transaction is accepted; every fault is named at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from tenprint.access import Caller
from tenprint.desk._address import check_address
from tenprint.desk._admit_entries import entry_faults
from tenprint.desk._ebts import MAX_FAULTS, Fault, from_ebts
from tenprint.desk._numbers import person_of
from tenprint.desk._pictures import read_print, read_print_templates
from tenprint.desk._rights import check_own
from tenprint.desk._submission import (
    MAX_ATTACHMENTS,
    OPERATIONS,
    Operation,
    Print,
    Submission,
)
from tenprint.desk._workings import Workings
from tenprint.model import (
    AccessError,
    Finger,
    InputError,
    TenprintError,
    TransactionClass,
    TransactionError,
)

_TRANSACTION = re.compile(r"[!-~](?:[ -~]{0,98}[!-~])?")
_GALLERY = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,100}")
_ID = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,200}")

#: Operations whose probe is sent with them.
WITH_PRINTS = frozenset(
    {
        Operation.CHECK,
        Operation.IDENTIFY,
        Operation.ENROL,
        Operation.ADD_ENCOUNTER,
        Operation.REPLACE_ENCOUNTER,
        Operation.VERIFY_PERSON,
        Operation.VERIFY_PRINTS,
    }
)

#: Operations whose galleries are those searched; others put people into them.
SEARCHED = frozenset(
    {
        Operation.CHECK,
        Operation.IDENTIFY,
        Operation.IDENTIFY_PERSON,
        Operation.IDENTIFY_ENCOUNTER,
    }
)

_PERSON = frozenset(Operation) - {
    Operation.CHECK, Operation.IDENTIFY, Operation.ENROL, Operation.VERIFY_PRINTS,
}  # fmt: skip
_ENCOUNTER = frozenset(
    {
        Operation.IDENTIFY_ENCOUNTER, Operation.REPLACE_ENCOUNTER, Operation.MOVE,
        Operation.DELETE_ENCOUNTER,
    }
)  # fmt: skip
_OTHER = frozenset({Operation.MERGE, Operation.MOVE, Operation.UNMERGE})

#: Context kept with an encounter: entries, and characters of one.
_MAX_CONTEXT, _MAX_CONTEXT_TEXT = 100, 100_000


def admit(works: Workings, caller: Caller, given: Submission) -> Submission:
    """The submission with what its file says, if it may be accepted.

    Raises
    ------
    AccessError
        If the caller may not submit it.
    TransactionError
        With every fault.
    """
    total = len(given.ebts or b"") + sum(len(p.data) for p in (*given.prints, *given.against))
    total += sum(len(each.data) for each in given.attachments)
    if total > works.settings.max_bytes:
        message = f"More than {works.settings.max_bytes} bytes."
        raise TransactionError(faults=[_fault("size", "submission", message)])
    made = from_ebts(given, _person(works)) if given.ebts is not None else given
    works.permissions.check_submit(caller, made.klass, made.purpose)
    works.permissions.check_operation(caller, made.what.value)
    faults = [
        *_identity(made),
        *_entries(works, made),
        *_options(works, caller, made),
        *_prints(works, made),
    ]
    if faults:
        raise TransactionError(faults=faults[:MAX_FAULTS])
    with works.store.reading() as connection:
        check_own(works, connection, caller, made)
    return replace(made, operation=made.what)


def _person(works: Workings) -> Callable[[str], str]:
    def find(number: str) -> str:
        with works.store.reading() as connection:
            return person_of(connection, number)

    return find


def _fault(code: str, field: str, message: str) -> Fault:
    return {"code": code, "field": field, "message": message}


def _identity(of: Submission) -> Iterator[Fault]:
    """The transaction's own fields."""
    if not _TRANSACTION.fullmatch(of.transaction):
        yield _fault("transaction", "transaction", "It is 1 to 100 printable characters.")
    if not of.klass.waits:
        yield _fault("class", "class", "This class is answered in the request, not submitted.")
    elif of.what not in OPERATIONS[of.klass]:
        yield _fault("operation", "operation", "The class has no such operation.")
    for name in ("person", "encounter", "other_person"):
        value = getattr(of, name)
        if value is not None and not _ID.fullmatch(value):
            yield _fault("input", name, "It is 1 to 200 characters, none a control character.")
    if of.what in _PERSON and of.person is None:
        yield _fault("missing", "person", "The operation needs a person.")
    if of.what in _ENCOUNTER and of.encounter is None:
        yield _fault("missing", "encounter", "The operation needs an encounter.")
    if of.what in _OTHER and of.other_person is None:
        yield _fault("missing", "other_person", "The operation needs a second person.")
    elif of.what in _OTHER and of.other_person == of.person:
        yield _fault("input", "other_person", "A person and itself.")
    if (of.what is Operation.SET_STATUS) and of.status not in ("active", "inactive"):
        yield _fault("input", "status", "It is active or inactive.")
    if len(of.reason) > 300 or len(of.encounter_type) > 100:
        yield _fault("size", "reason", "At most 300 characters.")
    texts = (*of.context, *of.context.values())
    if len(of.context) > _MAX_CONTEXT or any(len(each) > _MAX_CONTEXT_TEXT for each in texts):
        yield _fault("size", "context", "Too many or too long entries.")
    if of.captured is not None and of.captured.tzinfo is None:
        yield _fault("input", "captured", "A time without a time zone.")
    if len(of.attachments) > MAX_ATTACHMENTS:
        yield _fault("size", "attachments", f"At most {MAX_ATTACHMENTS}.")


def _entries(works: Workings, of: Submission) -> Iterator[Fault]:
    """Events, flags, identifiers."""
    for code, field, message in entry_faults(of, works.now()):
        yield _fault(code, field, message)


def _options(works: Workings, caller: Caller, of: Submission) -> Iterator[Fault]:
    options, settings = of.options, works.settings
    if not 1 <= options.limit <= 100:
        yield _fault("input", "options.limit", "It is 1 to 100.")
    if options.threshold is not None and not 0 <= options.threshold <= 1000:
        yield _fault("input", "options.threshold", "It is 0 to 1000.")
    if options.priority is not None and not 0 <= options.priority <= 9:
        yield _fault("input", "options.priority", "It is 0 to 9.")
    if not 1 <= options.require_fingers <= 10:
        yield _fault("input", "options.require_fingers", "It is 1 to 10.")
    if not 0 <= options.subscribe_days <= 3660:
        yield _fault("input", "options.subscribe_days", "It is 0 to 3660.")
    if options.expedite and of.klass is not TransactionClass.CIVIL_CHECK:
        yield _fault("input", "options.expedite", "Only a civil check can be expedited.")
    if options.callback is not None:
        try:
            check_address(options.callback, settings.callback_hosts, caller.callback_hosts)
        except (InputError, AccessError) as error:
            yield _fault("callback", "options.callback", error.message)
    if not all(_GALLERY.fullmatch(name) for name in options.galleries):
        yield _fault("input", "options.galleries", "A gallery's name has 1 to 100 letters.")
    elif options.galleries and of.what in SEARCHED:
        with works.store.reading() as connection:
            known = works.records.galleries(connection)
        if not set(options.galleries) <= set(known):
            yield _fault("not-found", "options.galleries", "There is no such gallery.")
    if of.what is Operation.SET_GALLERIES and not options.galleries:
        yield _fault("missing", "options.galleries", "A person is in at least one gallery.")


def _prints(works: Workings, of: Submission) -> Iterator[Fault]:
    """Positions, sizes, and whether pictures and templates can be read."""
    if of.what in WITH_PRINTS and of.what is not Operation.REPLACE_ENCOUNTER and not of.prints:
        yield _fault("missing", "prints", "There is no fingerprint.")
    if of.what is Operation.VERIFY_PRINTS and not of.against:
        yield _fault("missing", "against", "There is no second sample.")
    most = works.settings.max_prints
    for name, these in (("prints", of.prints), ("against", of.against)):
        if len(these) > most:
            yield _fault("size", name, f"More than {most} prints.")
            continue
        yield from _twice(name, these)
        yield from _readable(works, of, name, these)


def _twice(name: str, these: tuple[Print, ...]) -> Iterator[Fault]:
    """A finger, or a slap, that was sent twice in the same way."""
    counted = Counter(
        (each.finger, each.impression.is_rolled, each.template)
        for each in these
        if each.finger is not Finger.UNKNOWN
    )
    for (finger, rolled, _), count in counted.items():
        if count > 1:
            how = "rolled" if rolled else "plain"
            message = f"{finger.label.capitalize()}, {how}, comes {count} times."
            yield _fault("finger-twice", f"{name}.{int(finger)}", message)


def _readable(
    works: Workings, of: Submission, name: str, these: tuple[Print, ...]
) -> Iterator[Fault]:
    limit = works.settings.max_image_bytes
    due = works.now()
    reading: list[tuple[str, Future[Any]]] = []
    for number, each in enumerate(these):
        field = f"{name}.{int(each.finger)}" if each.finger else f"{name}[{number}]"
        if len(each.data) > limit:
            yield _fault("image-size", field, f"More than {limit} bytes.")
            continue
        read: Callable[[Print], Any] = read_print_templates if each.template else read_print
        reading.append((field, works.pool.submit(_reader(read, each), due, 9)))
    for field, future in reading:
        yield from _caught(field, future.result)


def _reader(read: Callable[[Print], Any], one: Print) -> Callable[[], None]:
    def work() -> None:
        read(one)

    return work


def _caught(field: str, work: Callable[[], Any]) -> Iterator[Fault]:
    """The fault that some work finds."""
    try:
        work()
    except TenprintError as error:
        if error.http_status >= 500:
            raise
        yield _fault(error.code, field, error.message)
