"""Events of a fictitious day."""

from collections.abc import Iterator, Sequence

from tenprint.audit import Event, EventKind, Report, append_many, verify
from tenprint.model import Purpose, TransactionClass
from tenprint.store import TruthStore

AGENCIES = ("NX0000001", "NX0000002", "NX0000003")


def events(count: int, first: int = 0) -> Iterator[Event]:
    """Transactions of three agencies, about ten people, with sign-ins in between."""
    classes = list(TransactionClass)
    for number in range(first, first + count):
        agency = AGENCIES[number % len(AGENCIES)]
        if number % 7 == 3:
            yield Event(EventKind.SIGNED_IN, agency, f"officer.{number % 5}", outcome="done")
            continue
        yield Event(
            EventKind.ACCEPTED,
            agency,
            f"key:{number % 4}",
            purpose=Purpose.BORDER,
            transaction=f"T-{number}",
            klass=classes[number % len(classes)],
            subject=f"P-{number % 10}",
            outcome="hit",
            detail={"score": str(number), "fingers": "réf ☞ 2"},
        )


def log(store: TruthStore, some: Sequence[Event] | Iterator[Event]) -> list[str]:
    with store.transaction() as connection:
        return append_many(connection, list(some))


def check(store: TruthStore, checkpoint: str, key: str, *earlier: str) -> Report:
    with store.reading() as connection:
        return verify(connection, checkpoint, key, earlier=earlier)


def codes(report: Report) -> set[str]:
    return {each.code for each in report.problems}
