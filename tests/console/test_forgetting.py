"""What a page remembers of a person goes with the person."""

import time
from pathlib import Path

import pytest
from tests.console.world import FINGERS, image
from tests.desk.world import POLICE, examiner, settings, submission

from tenprint.console._views import PersonPrints, Views
from tenprint.desk import Desk, Options, Print
from tenprint.model import NotFoundError, Outcome, PersonNotFoundError, Purpose, TransactionClass

K = TransactionClass
ANN = examiner("ann")


def test_pictures_that_are_remembered_are_forgotten_with_the_person(tmp_path: Path) -> None:
    unsure = {"hit_fpir": 1e-300, "review_fpir": 1e-1}
    finger = FINGERS[1]
    with Desk.open(settings(tmp_path / "data", **unsure)) as desk:
        cases, people = Views(desk), PersonPrints(desk)
        given = (Print(image(1, finger, 0), finger, ppi=500.0),)
        alone = Options(search_first=False)
        desk.submit(POLICE, submission("e", K.ENROL, prints=given, person="P1", options=alone))
        answer = desk.wait(POLICE, "e", 60)
        assert answer is not None
        assert answer.outcome is Outcome.DONE
        again = (Print(image(1, finger, 1), finger, ppi=500.0),)
        desk.submit(POLICE, submission("c", K.CRIMINAL_TENPRINT, prints=again))
        while not desk.cases(ANN):
            time.sleep(0.05)
        (case,) = desk.cases(ANN)
        assert cases.open(ANN, case.id).candidate
        assert people.of(POLICE, "P1", Purpose.CRIMINAL_JUSTICE)
        with desk.store.writing() as change:
            desk.records.expunge(change, "P1", "court-order")
        with pytest.raises(NotFoundError):
            cases.prints(ANN, case.id)
        with pytest.raises(PersonNotFoundError):
            people.of(POLICE, "P1", Purpose.CRIMINAL_JUSTICE)
