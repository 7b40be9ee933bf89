"""Playing the morning through the real service: enrol the town, then answer each visitor."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PIL import Image

from tenprint.access import Caller
from tenprint.cli.demo._clock import NOON, TownClock, minute_of
from tenprint.cli.demo._review import doubtful, mark_people
from tenprint.cli.demo._scenes import POLICE, Scene, Visit, plan
from tenprint.cli.demo._service import enrolment, examiners, make_agencies, make_users, sent
from tenprint.cli.demo._town import Resident, Town
from tenprint.cli.demo._traffic import Traffic
from tenprint.desk import Answer, Desk, Submission
from tenprint.extract import Extractor
from tenprint.match import compare, draw_comparison, explain
from tenprint.model import Finding, Finger, Outcome, ServiceUnavailableError, Template

#: Called as work goes on: stage, done, total.
Tell = Callable[[str, int, int], None]

#: Seconds that an answer is waited for.
PATIENCE = 600.0


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
        Cases that wait for an examiner.
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


def play(town: Town, desk: Desk, clock: TownClock, sign_in: Path, tell: Tell) -> Morning:
    """Enrol the town in a service, then play the morning: visits, cases and what else is asked.

    `clock` is the one that `desk` was opened with; at the end it is the real time. `sign_in` is the
    file that gets the users' passwords.
    """
    start = time.perf_counter()
    names = {each.person: each.name for each in town.residents}
    folder = desk.settings.folder
    callers = make_agencies(desk)
    users = make_users(desk, sign_in)
    deciding = examiners()
    answers = _enrol(desk, callers[POLICE], town, tell)
    elapsed = time.perf_counter() - start
    quality = [each["quality"] for a in answers for each in a.content.get("quality", ())]
    scenes = plan(town)
    coming = {scene.visitor.person for scene in scenes}
    free = [each for each in town.residents if each.person not in coming]
    if town.fictitious:  # nobody's real prints are called wanted
        mark_people(desk, callers, free)
    known = [each.person for each in town.residents if each.person in coming]
    traffic = Traffic(desk, callers, town, known)
    visits: list[Visit] = []

    def visit(scene: Scene) -> None:
        visits.append(_play(desk, callers, list(deciding.values())[:2], scene, visits, names))

    with ThreadPoolExecutor(2) as pool:
        # Before anybody comes, whose answers it would delay; the sealed one stays away.
        people = [each for each in town.residents if each not in free[1:2]]
        review = doubtful(desk, people, pool) if town.fictitious else []
    agenda: list[tuple[int, Callable[[], None]]] = [
        (minute_of(scene.clock), partial(visit, scene)) for scene in scenes
    ]
    for each in review:
        agenda += each.agenda(desk, callers, deciding)
    agenda += [(minute, traffic.minute) for minute in (*range(460, 660, 5), *range(660, NOON))]
    agenda.sort(key=lambda each: each[0])
    for done, (minute, act) in enumerate(agenda, 1):
        clock.go_to(minute)
        act()
        tell("play the morning", done, len(agenda))
    clock.go_to(NOON)
    _draw(desk, town, visits)
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
        cases=len(desk.cases(deciding["examiner-1"])),
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
    desk.submit(caller, sent(scene, images, name))
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
