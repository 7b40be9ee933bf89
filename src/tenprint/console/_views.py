"""Cases and people that somebody has just opened: their pictures follow as parts of that look."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Lock

from tenprint.access import Caller, check_role
from tenprint.desk import CaseView, Desk, ImageRequest, PrintImage
from tenprint.model import TEN_FINGERS, Finger, Purpose, Role, TransactionClass

#: How many looks of a kind are remembered, and for how many seconds.
KEPT, SECONDS = 8, 30.0

Prints = Mapping[Finger, PrintImage]


class Views:
    """The last opened cases, each for who opened it; thread-safe.

    A page of a case asks for a dozen pictures. Each would decrypt all prints of both sides and be
    a look of its own in the audit log; so the look that opened the page stands for half a minute.
    """

    def __init__(self, desk: Desk, clock: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._clock = clock
        self._lock = Lock()
        self._kept: dict[tuple[str, str, str], tuple[CaseView, float]] = {}
        self._deletions = 0
        desk.records.keepers.append(self._forget)

    def open(self, caller: Caller, case: str) -> CaseView:
        """A look at a case; in the audit log.

        Raises
        ------
        AccessError, NotFoundError
        """
        before = self._deletions
        view = self._desk.case(caller, case)
        key = (caller.agency, caller.actor, case)
        with self._lock:
            if before != self._deletions:
                return view  # perhaps with the prints of somebody who is gone
            self._kept.pop(key, None)
            while len(self._kept) >= KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = view, self._clock() + SECONDS
        return view

    def prints(self, caller: Caller, case: str) -> CaseView:
        """The prints of a case for its pictures: of the look just made, else a new one.

        Who decided what may have changed since.

        Raises
        ------
        AccessError, NotFoundError
        """
        check_role(caller, Role.EXAMINE)
        with self._lock:
            view, until = self._kept.get((caller.agency, caller.actor, case), (None, 0.0))
        return view if view and self._clock() < until else self.open(caller, case)

    def _forget(self, committed: bool) -> None:
        """Keep nothing where something of a person was deleted."""
        if committed:
            with self._lock:
                self._deletions += 1
                self._kept.clear()


class PersonPrints:
    """The latest images of people's fingers, each look for who made it; thread-safe.

    A person's page asks for ten pictures at once; together they are one look, one entry in the
    audit log.
    """

    def __init__(self, desk: Desk, clock: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._clock = clock
        self._lock = Lock()
        self._kept: dict[tuple[str, str, str, Purpose], tuple[Prints, float]] = {}
        desk.records.keepers.append(self._forget)

    def of(self, caller: Caller, person: str, purpose: Purpose) -> Prints:
        """By finger, rolled before flat; of the look just made, else of a new one.

        Raises
        ------
        AccessError, PersonNotFoundError, NotFoundError
        """
        self._desk.permissions.check_submit(caller, TransactionClass.IMAGE_REQUEST, purpose)
        key = (caller.agency, caller.actor, person, purpose)
        with self._lock:  # the others of a page wait for the first one's look
            found, until = self._kept.pop(key, ({}, 0.0))
            if self._clock() >= until:
                request = ImageRequest(person, purpose, kinds=("finger",))
                images = self._desk.image_request(caller, request).images
                flat_first = sorted(images, key=lambda each: -int(each.finger))
                found = {each.finger.anatomical: each for each in flat_first}
                found = {finger: found[finger] for finger in TEN_FINGERS if finger in found}
                until = self._clock() + SECONDS
            while len(self._kept) >= KEPT:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = found, until
        return found

    def _forget(self, committed: bool) -> None:
        """Keep nothing where something of a person was deleted; not before, for a look may wait."""
        if committed:
            with self._lock:
                self._kept.clear()
