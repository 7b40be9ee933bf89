"""What is asked beside the visits: checks at the airport, names and records for the police."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tenprint.access import Caller
from tenprint.cli.demo._scenes import AIRPORT, POLICE
from tenprint.cli.demo._town import Town
from tenprint.desk import Desk, NameQuery, Print, RecordQuery, Submission
from tenprint.extract import Extractor
from tenprint.formats import TemplateFormat, write_templates
from tenprint.model import (
    Biographics,
    FingerImage,
    PersonName,
    Purpose,
    TransactionClass,
)

#: Travellers whose prints the airport takes, again and again.
_TRAVELLERS = 8

#: Seconds that an answer is waited for.
_PATIENCE = 60.0


class Traffic:
    """A minute's questions at a time, the same for the same town.

    `known` are the people whose records the police ask for.
    """

    def __init__(
        self, desk: Desk, callers: dict[str, Caller], town: Town, known: list[str]
    ) -> None:
        self._desk = desk
        self._airport, self._police = callers[AIRPORT], callers[POLICE]
        self._random = random.Random(len(town.residents))
        self._people = known
        self._names = [each.name.rpartition(" ")[2] for each in (*town.residents, *town.strangers)]
        self._prints = list(_travellers(town))
        self._number = 0

    def minute(self) -> None:
        """A traveller or two, a name and a record; each is answered when this returns."""
        for _ in range(self._random.choice((1, 1, 2))):
            self._check()
        surname = PersonName("", self._random.choice(self._names))
        justice = Purpose.CRIMINAL_JUSTICE
        asked = NameQuery(Biographics(names=(surname,)), justice)
        self._desk.name_search(self._police, asked)
        self._desk.record_query(
            self._police, RecordQuery(justice, self._random.choice(self._people))
        )

    def _check(self) -> None:
        self._number += 1
        name = f"flight-{self._number:03}"
        prints = (self._random.choice(self._prints),)
        self._desk.submit(
            self._airport,
            Submission(name, TransactionClass.BORDER_CHECK, Purpose.BORDER, prints=prints),
        )
        self._desk.wait(self._airport, name, _PATIENCE)


def _travellers(town: Town) -> Iterator[Print]:
    """Of some residents and strangers one finger each, as templates: the gates send no images."""
    extractor = Extractor()
    for number, who in enumerate([*town.residents, *town.strangers][-_TRAVELLERS:]):
        finger = who.fingers[number % len(who.fingers)]
        image: FingerImage = who.take(finger, 5, False)
        template = extractor.extract(image, finger=finger)
        data = write_templates([template], TemplateFormat.ISO_2005)
        yield Print(data, finger, template=True)
