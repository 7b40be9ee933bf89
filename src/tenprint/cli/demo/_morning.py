"""Playing the morning: enrol the town, then answer each visitor."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from tenprint.cli._words import DEFAULT_FPIR
from tenprint.cli.demo._scenes import Outcome, Scene, plan
from tenprint.cli.demo._town import Resident, Town
from tenprint.extract import Extractor
from tenprint.gallery import Gallery, needed_score
from tenprint.match import draw_comparison, explain
from tenprint.model import Finger, Template

#: Called as work goes on: stage, done, total.
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Morning:
    """What the demo did.

    Attributes
    ----------
    town : Town
    outcomes : list of Outcome
    prints : int
        How many prints were enrolled.
    left_out : int
        Prints that were unusable.
    enrol_seconds : float
        Everything until the town was enrolled: taking, extracting, storing.
    extract_ms : float
        Mean time from an image to its template.
    bytes : int
        Size of the gallery file.
    quality : float
        Mean quality of the enrolled prints.
    """

    town: Town
    outcomes: list[Outcome]
    prints: int
    left_out: int
    enrol_seconds: float
    extract_ms: float
    bytes: int
    quality: float


def play(town: Town, path: Path, tell: Tell) -> Morning:
    """Enrol the town in a new gallery at `path`, then play the scenes.

    Two threads take prints and extract; a search takes one.
    """
    threads = max(1, min(4, os.cpu_count() or 1))
    extractor = Extractor()
    start = time.perf_counter()
    names = {each.person: each.name for each in town.residents}
    with Gallery.open(path) as gallery:
        with ThreadPoolExecutor(threads) as pool:
            jobs = [(each, finger) for each in town.residents for finger in each.fingers]
            templates: dict[str, dict[Finger, Template]] = {}
            spent = 0.0
            results = pool.map(lambda job: _enrolment(extractor, *job), jobs)
            for done, ((resident, finger), (template, seconds)) in enumerate(
                zip(jobs, results, strict=True), 1
            ):
                templates.setdefault(resident.person, {})[finger] = template
                spent += seconds
                tell("enrol the town", done, len(jobs))
        enrolled = gallery.enroll_many(templates.items())
        elapsed = time.perf_counter() - start
        scenes = plan(town)
        outcomes = []
        for done, scene in enumerate(scenes, 1):
            outcomes.append(_scene(gallery, extractor, scene, names))
            tell("play the morning", done, len(scenes))
        _draw(gallery, town, outcomes)
    qualities = [t.quality for each in templates.values() for t in each.values()]
    return Morning(
        town,
        outcomes,
        prints=len(jobs),
        left_out=sum(len(each.left_out) for each in enrolled),
        enrol_seconds=elapsed,
        extract_ms=1000 * spent / len(jobs),
        bytes=path.stat().st_size,
        quality=sum(qualities) / len(qualities),
    )


def _enrolment(extractor: Extractor, resident: Resident, finger: Finger) -> tuple[Template, float]:
    image = resident.take(finger, 0, False)
    start = time.perf_counter()
    template = extractor.extract(image, finger=finger)
    return template, time.perf_counter() - start


def _scene(gallery: Gallery, extractor: Extractor, scene: Scene, names: dict[str, str]) -> Outcome:
    images = [scene.visitor.take(f, scene.occasion, scene.rolled) for f in scene.fingers]
    people = len(gallery)
    expected = scene.visitor.person if scene.visitor.person in gallery else ""
    start = time.perf_counter()
    shown = [Finger.UNKNOWN if scene.nameless else finger for finger in scene.fingers]
    templates = [
        extractor.extract(image, finger=finger) for image, finger in zip(images, shown, strict=True)
    ]
    extracted = time.perf_counter()
    candidates = gallery.identify(templates, limit=5)
    searched = time.perf_counter()
    outcome = Outcome(
        scene,
        images,
        templates,
        candidates,
        people,
        needed_score(people, DEFAULT_FPIR, fingers=len(templates)),
        expected,
        extracted - start,
        searched - extracted,
        names=names,
    )
    if scene.enrol_as and not outcome.found:
        fingers = {
            finger: replace(template, finger=finger)
            for finger, template in zip(scene.fingers, templates, strict=True)
        }
        gallery.enroll(scene.enrol_as, fingers)
        names[scene.enrol_as] = scene.visitor.name
    return outcome


def _draw(gallery: Gallery, town: Town, outcomes: Sequence[Outcome]) -> None:
    """Explain the best finger of each scene's best candidate, found or not."""
    everybody = {each.person: each for each in (*town.residents, *town.strangers)}
    # Residents left the prints of occasion 0; who was enrolled later, those of that visit.
    occasions = {each.scene.enrol_as: each.scene.occasion for each in outcomes}
    for outcome in outcomes:
        if outcome.candidates and outcome.candidates[0].matches:
            best = outcome.candidates[0]
            occasion = occasions.get(best.person, 0)
            outcome.picture = _explained(gallery, outcome, everybody[best.person], occasion)


def _explained(
    gallery: Gallery, outcome: Outcome, resident: Resident, occasion: int
) -> Image.Image:
    match = max(outcome.candidates[0].matches, key=lambda each: each.score)
    enrolled = next(
        each.template
        for each in gallery.stored(resident.person)
        if (each.finger, each.encounter, each.view) == (match.enrolled, match.encounter, match.view)
    )
    probe = outcome.templates[match.probe]
    finger = "one finger" if outcome.scene.nameless else match.finger.label
    return draw_comparison(
        probe,
        enrolled,
        explain(probe, enrolled),
        probe_image=outcome.images[match.probe],
        candidate_image=resident.take(match.enrolled, occasion, False),
        labels=(
            f"{outcome.scene.clock}, {finger}",
            f"Enrolled as {resident.person}, {match.enrolled.label}",
        ),
    )
