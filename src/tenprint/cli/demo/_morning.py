"""Playing the morning through the real service: enrol the town, then answer each visitor."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from tenprint.access import Caller
from tenprint.cli.demo._scenes import BORDER, POLICE, Scene, Visit, plan
from tenprint.cli.demo._service import (
    enrolment,
    examining,
    make_agencies,
    make_users,
    smudged,
    visit,
)
from tenprint.cli.demo._town import Resident, Town
from tenprint.desk import Answer, Desk, DeskSettings, Submission
from tenprint.extract import Extractor
from tenprint.match import compare, draw_comparison, explain
from tenprint.model import Finding, Finger, Outcome, ServiceUnavailableError, Template

#: Called as work goes on: stage, done, total.
Tell = Callable[[str, int, int], None]

#: Seconds that an answer is waited for.
PATIENCE = 600.0

#: How many smudged prints are tried until one needs an examiner.
SMUDGES = 100


@dataclass(frozen=True, eq=False)
class Morning:
    """What the demo did.

    Attributes
    ----------
    town : Town
    visits : list of Visit
    prints : int
        How many prints were enrolled.
    left_out : int
        Prints that were unusable.
    enrol_seconds : float
        Everything until the town was enrolled: taking, extracting, storing.
    bytes : int
        Size of the service's database.
    quality : float
        Mean quality of the enrolled prints.
    cases : int
        Border checks that wait for an examiner.
    users : dict of str to str
        Who may sign in to the console, and the password.
    """

    town: Town
    visits: list[Visit]
    prints: int
    left_out: int
    enrol_seconds: float
    bytes: int
    quality: float
    cases: int
    users: dict[str, str] = field(repr=False)


def play(town: Town, folder: Path, sign_in: Path, tell: Tell) -> Morning:
    """Start a service in `folder`, enrol the town in it, then play the scenes.

    `sign_in` is the file that gets the users' passwords.
    """
    start = time.perf_counter()
    names = {each.person: each.name for each in town.residents}
    with Desk.open(DeskSettings(folder=folder)) as desk:
        callers = make_agencies(desk)
        users = make_users(desk, sign_in)
        examiners = examining(desk)
        answers = _enrol(desk, callers[POLICE], town, tell)
        elapsed = time.perf_counter() - start
        quality = [each["quality"] for a in answers for each in a.content.get("quality", ())]
        scenes = plan(town)
        visits: list[Visit] = []
        for done, scene in enumerate(scenes, 1):
            visits.append(_play(desk, callers, examiners, scene, visits, names))
            tell("play the morning", done, len(scenes))
        _draw(desk, town, visits)
        cases = _smudged(desk, callers[BORDER], town) if town.fictitious else 0
    return Morning(
        town,
        visits,
        prints=len(quality),
        left_out=sum(each == 0 for each in quality),
        enrol_seconds=elapsed,
        bytes=sum(
            each.stat().st_size for each in folder.glob("people.tenprint*") if each.is_file()
        ),
        quality=sum(quality) / max(1, len(quality)),
        cases=cases,
        users=users,
    )


def _enrol(desk: Desk, police: Caller, town: Town, tell: Tell) -> list[Answer]:
    """Enrol everybody; prints are drawn side by side with the service's work."""
    threads = max(1, min(4, os.cpu_count() or 1))

    def take(resident: Resident) -> Submission:
        return enrolment(resident, [(f, resident.take(f, 0, False)) for f in resident.fingers])

    answers = []
    with ThreadPoolExecutor(threads) as pool:
        sent = []
        for submission in pool.map(take, town.residents):
            desk.submit(police, submission)
            sent.append(submission.transaction)
            tell("draw the prints", len(sent), len(town.residents))
        for name in sent:
            answers.append(_answer(desk, police, name))
            tell("enrol the town", len(answers), len(sent))
    return answers


def _answer(
    desk: Desk, caller: Caller, name: str, examiners: Sequence[Caller] = (), truth: str = ""
) -> Answer:
    """The answer; where a score is doubtful, the town's examiners decide by the truth."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        answer = desk.wait(caller, name, 1.0, final=bool(examiners))
        if answer is not None:
            return answer
        if examiners and desk.status(caller, name).under_review:
            _examine(desk, examiners, name, truth)
    raise ServiceUnavailableError("The service has not answered.", field=name)


def _examine(desk: Desk, examiners: Sequence[Caller], name: str, truth: str) -> None:
    for case in desk.cases(examiners[0]):
        if case.transaction == name:
            same = case.person == truth
            finding = Finding.IDENTIFICATION if same else Finding.EXCLUSION
            for examiner in examiners:
                desk.decide(examiner, case.id, finding, "The demo knows who it is.")


def _play(
    desk: Desk,
    callers: dict[str, Caller],
    examiners: Sequence[Caller],
    scene: Scene,
    before: Sequence[Visit],
    names: dict[str, str],
) -> Visit:
    images = [scene.visitor.take(f, scene.occasion, scene.rolled) for f in scene.fingers]
    caller = callers[scene.agency]
    people = desk.store.count()[0]
    known = {each.scene.visitor.person: _kept(each) for each in before if _kept(each)}
    own = scene.visitor.person
    expected = known.get(own, own if own in names else "")
    name = f"morning-{scene.clock.replace(':', '')}"
    desk.submit(caller, visit(scene, images, name))
    answer = _answer(desk, caller, name, examiners, expected)
    made = Visit(scene, images, desk.status(caller, name), answer, people, expected, names=names)
    if kept := _kept(made):
        names[kept] = scene.visitor.name
    return made


def _kept(each: Visit) -> str:
    """Under which identifier somebody who was not found is kept; empty where not."""
    if not each.scene.retain or each.answer.outcome is not Outcome.NO_HIT:
        return ""
    return str(each.answer.content.get("person", ""))


def _draw(desk: Desk, town: Town, visits: Sequence[Visit]) -> None:
    """Explain the best finger of each scene in which somebody was found."""
    everybody = {each.person: each for each in (*town.residents, *town.strangers)}
    taken: dict[str, tuple[Resident, int]] = {name: (who, 0) for name, who in everybody.items()}
    for each in visits:
        if kept := _kept(each):
            taken[kept] = (each.scene.visitor, each.scene.occasion)
    extractor = Extractor()
    for each in visits:
        if each.found in taken:
            resident, occasion = taken[each.found]
            each.picture = _explained(desk, extractor, each, resident, occasion)


def _explained(
    desk: Desk, extractor: Extractor, of: Visit, resident: Resident, occasion: int
) -> Image.Image:
    scene = of.scene
    best = max(of.fingers, key=lambda label: of.fingers[label], default="")
    number = next((n for n, f in enumerate(scene.fingers) if f.label == best), 0)
    finger = scene.fingers[number]
    probe = extractor.extract(of.images[number], finger=finger)
    enrolled = _enrolled(desk, of.found, probe, finger)
    shown = "one finger" if scene.nameless else finger.label
    return draw_comparison(
        probe,
        enrolled,
        explain(probe, enrolled),
        probe_image=of.images[number],
        candidate_image=resident.take(finger, occasion, False),
        labels=(f"{scene.clock}, {shown}", f"Enrolled as {of.found[:12]}, {finger.label}"),
    )


def _enrolled(desk: Desk, person: str, probe: Template, finger: Finger) -> Template:
    """The stored print of the finger that is most like the probe."""
    stored = [each.template for each in desk.gallery.stored(person) if each.finger is finger]
    return max(stored, key=lambda each: compare(probe, each))


def _smudged(desk: Desk, border: Caller, town: Town) -> int:
    """A border check with a poor print whose score needs an examiner; how many there are now.

    Prints are tried beforehand, so that no more than this one is sent.
    """
    settings = desk.settings
    least = desk.gallery.needed_score(settings.review_fpir, fingers=1)
    sure = desk.gallery.needed_score(settings.hit_fpir, fingers=1)
    extractor = Extractor()
    for number in range(SMUDGES):
        resident = town.residents[number % len(town.residents)]
        finger = resident.fingers[number % len(resident.fingers)]
        image = resident.smudge(finger, number)
        probe = extractor.extract(image, finger=finger)
        if not least < compare(probe, _enrolled(desk, resident.person, probe, finger)) < sure:
            continue
        name = f"smudged-{number + 1}"
        desk.submit(border, smudged(name, image, finger))
        if _answer(desk, border, name).outcome is Outcome.POSSIBLE:
            return 1
    return 0
