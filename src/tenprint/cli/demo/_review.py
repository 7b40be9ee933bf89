"""The morning's cases: one closed, one in which two examiners differ, others that wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from tenprint.access import Caller
from tenprint.cli.demo._doubts import Doubt, Doubts
from tenprint.cli.demo._scenes import BORDER, COURT, POLICE
from tenprint.cli.demo._service import smudged
from tenprint.cli.demo._town import Resident
from tenprint.desk import Desk, Flag, Operation, Submission
from tenprint.model import Finding, Purpose, TransactionClass

#: Seconds that examiners wait for a case.
_PATIENCE = 120.0

#: Minutes that an examiner takes for a case.
_LOOKING = 7

Decisions = tuple[tuple[str, Finding, str], ...]

_SAME, _UNSURE = Finding.IDENTIFICATION, Finding.INCONCLUSIVE

_AGREED: Decisions = (
    ("examiner-2", _SAME, "Eight points agree in place, direction and kind; none differs."),
    ("examiner-3", _SAME, "The same endings left of the core. The rest is smudged, not different."),
)
_DIFFERING: Decisions = (
    ("examiner-2", _SAME, "Seven points agree around the core, and none contradicts."),
    ("examiner-3", _UNSURE, "Too little of the ridges is clear to say that."),
)


@dataclass(frozen=True)
class Doubtful:
    """Prints that examiners get at some minute, and what they decide in the next ones."""

    minute: int
    name: str
    doubt: Future[Doubt | None]
    decisions: Decisions = ()

    def agenda(
        self, desk: Desk, callers: Mapping[str, Caller], examiners: Mapping[str, Caller]
    ) -> Iterator[tuple[int, Callable[[], None]]]:
        """What is done when: the prints are sent, then one examiner after the other decides."""
        yield self.minute, lambda: self._send(desk, callers)
        for number, (who, finding, reason) in enumerate(self.decisions, 1):
            minute = self.minute + _LOOKING * number
            yield minute, partial(self._decide, desk, examiners[who], finding, reason)

    def _send(self, desk: Desk, callers: Mapping[str, Caller]) -> None:
        doubt = self.doubt.result()
        if doubt is None:
            return
        caller = callers[BORDER if len(doubt.fingers) == 1 else POLICE]
        desk.submit(caller, smudged(self.name, doubt))
        until = time.monotonic() + _PATIENCE
        while not (status := desk.status(caller, self.name)).under_review:
            if status.answers or time.monotonic() > until:
                return  # the machine was sure after all
            time.sleep(0.02)

    def _decide(self, desk: Desk, examiner: Caller, finding: Finding, reason: str) -> None:
        doubt = self.doubt.result()
        for case in desk.cases(examiner):
            if doubt is None or case.transaction != self.name:
                continue
            if case.person != doubt.who.person:  # somebody else who came near
                desk.decide(examiner, case.id, Finding.EXCLUSION, "The pattern differs.")
            else:
                desk.decide(examiner, case.id, finding, reason)


def doubtful(desk: Desk, people: list[Resident], pool: Executor) -> list[Doubtful]:
    """What examiners get of these fictitious people; the prints are made in the pool."""
    doubts = Doubts(desk)

    def one(number: int) -> Future[Doubt | None]:
        order = [*people[number % len(people) :], *people[: number % len(people)]]
        return pool.submit(doubts.one, order, number)

    card = pool.submit(doubts.ten, people[6:] + people[:6], 1)
    return [
        Doubtful(8 * 60 + 40, "smudged-1", one(4), _AGREED),
        Doubtful(9 * 60 + 30, "smudged-2", one(7), _DIFFERING),
        Doubtful(11 * 60 + 20, "booking-dry-fingers", card),
        Doubtful(11 * 60 + 45, "smudged-3", one(9)),
    ]


def mark_people(desk: Desk, callers: Mapping[str, Caller], free: list[Resident]) -> None:
    """One of those who do not come this morning is wanted, another's record is sealed."""
    since = desk.settings.clock() - timedelta(days=41)
    wanted = {"flag": Flag("wanted", since, note="Warrant 26-0417")}
    changes: list[tuple[str, str, Operation, dict[str, Any]]] = [
        (POLICE, "warrant-26-0417", Operation.SET_FLAG, wanted),
        (COURT, "order-26-0033", Operation.SEAL, {}),
    ]
    for resident, (agency, name, what, more) in zip(free, changes, strict=False):
        change = Submission(
            name, TransactionClass.UPDATE, Purpose.CRIMINAL_JUSTICE,
            operation=what, person=resident.person, **more,
        )  # fmt: skip
        desk.submit(callers[agency], change)
        desk.wait(callers[agency], name, _PATIENCE)
