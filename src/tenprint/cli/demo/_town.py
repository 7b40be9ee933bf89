"""The people of the demo: fictitious ones, or made up out of a folder of real prints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tenprint.evaluate import find_databases
from tenprint.formats import read_image
from tenprint.model import TEN_FINGERS, Finger, FingerImage, InputError
from tenprint.synth import ImpressionStyle, Person, person

#: Gives one print: which finger, on which occasion (0 is the enrolment), rolled or flat.
Take = Callable[[Finger, int, bool], FingerImage]

#: Gives a poor print: which finger, on which occasion, how poor from 0 to 1.
Smudge = Callable[[Finger, int, float], FingerImage]


def _no_smudge(finger: Finger, occasion: int, grade: float) -> FingerImage:
    raise InputError("Only fictitious people smudge their prints.", field=finger.label)


@dataclass(frozen=True, eq=False)
class Resident:
    """Somebody whose fingerprints can be taken.

    Attributes
    ----------
    person : str
        Identifier in the gallery.
    name : str
        What the person is called.
    fingers : tuple of Finger
        The fingers there are; `Finger.UNKNOWN` where only one is known, and not which.
    take : callable
        ``take(finger, occasion, rolled)`` gives an image.
    smudge : callable
        ``smudge(finger, occasion, grade)`` gives a poor one; only of fictitious people.
    born : str
        Date of birth; empty where nobody knows.
    """

    person: str
    name: str
    fingers: tuple[Finger, ...]
    take: Take
    smudge: Smudge = _no_smudge
    born: str = ""


@dataclass(frozen=True, eq=False)
class Town:
    """Who lives in the town, and who passes through.

    Attributes
    ----------
    residents : list of Resident
        Enrolled in the morning's gallery.
    strangers : list of Resident
        Not enrolled.
    story : str
        Where the prints come from and how they became people.
    fictitious : bool
    """

    residents: list[Resident]
    strangers: list[Resident]
    story: str
    fictitious: bool


def fictitious_town(people: int, seed: int = 2011) -> Town:
    """People who do not exist, with ten fingers each, and three who only pass through."""
    everybody = [_fictitious(number, seed + number) for number in range(1, people + 4)]
    story = (
        f"{people} people who do not exist, ten fingers each, all drawn by the computer. "
        "Prints are pressed anew on every occasion: turned, shifted, stretched, with other noise."
    )
    return Town(everybody[:people], everybody[people:], story, fictitious=True)


def _fictitious(number: int, seed: int) -> Resident:
    somebody = person(seed)
    name = f"T-{number:03}"
    born = date(1944, 1, 1) + timedelta(days=seed * 7919 % 22_000)
    return Resident(
        name, somebody.name, TEN_FINGERS, _pressed(somebody), _smudged(somebody), born.isoformat()
    )


def _pressed(somebody: Person) -> Take:
    def take(finger: Finger, occasion: int, rolled: bool) -> FingerImage:
        style = ImpressionStyle.rolled() if rolled else ImpressionStyle.plain()
        pixels = somebody.fingers[finger].impression(occasion, style=style)
        return FingerImage(pixels, source=f"{somebody.name}, {finger.label}")

    return take


def _smudged(somebody: Person) -> Smudge:
    def smudge(finger: Finger, occasion: int, grade: float) -> FingerImage:
        style = ImpressionStyle.poor(
            noise=2.0 + 2.0 * grade, scratches=5.0 + 12.0 * grade, distortion=1.6 + grade,
            contact_height=310.0 - 190.0 * grade, contact_width=240.0 - 140.0 * grade,
        )  # fmt: skip
        pixels = somebody.fingers[finger].impression(100 + occasion, style=style)
        return FingerImage(pixels, source=f"{somebody.name}, {finger.label}, smudged")

    return smudge


def town_of_prints(folder: Path, ppi: Mapping[str, float] | None = None) -> Town:
    """People made up out of a folder of prints, ``FINGER_IMPRESSION.ext`` in databases.

    Nobody knows which fingers of such a folder belong to one person, so: the first ten fingers
    become one person with ten fingers, the next five one person's right hand, the last two of the
    rest strangers, and every other finger a person of whom one finger of unknown position is known.
    Each person's first impression is enrolled; the others come back during the morning. With fewer
    fingers, the big shares go first.

    Raises
    ------
    InputError
        If the folder is unusable or holds fewer than four fingers.
    """
    prints = _fingers(folder, ppi or {})
    if len(prints) < 4:
        raise InputError("A town needs at least four fingers.", source=folder)
    labels = list(prints)
    strangers = [_real(label, [label], prints) for label in labels[-2:]]
    rest = labels[:-2]
    residents = []
    for share in (10, 5):
        if len(rest) >= share + 3:
            residents.append(_real(f"{rest[0]} to {rest[share - 1]}", rest[:share], prints))
            rest = rest[share:]
    shared = len(residents)
    residents += [_real(label, [label], prints) for label in rest]
    made_up = (
        "The first fingers were put together to one person with ten fingers and one with five; "
        if shared == 2
        else ""
    )
    story = (
        f"{len(prints)} real fingers from {Path(folder).resolve().name}. Which of them belong to "
        f"one person is not known. {made_up}every other finger is a person of whom one finger is "
        "known, not which. The first impression of each is enrolled; two fingers are kept back "
        "as strangers."
    )
    return Town(residents, strangers, story, fictitious=False)


def _fingers(folder: Path, ppi: Mapping[str, float]) -> dict[str, list[tuple[Path, float | None]]]:
    """Every finger of every database with its impressions, by a label such as ``DB1_B/101``."""
    databases = find_databases(folder)
    unknown = sorted(set(ppi) - {database.name for database in databases})
    if unknown:
        raise InputError(f"No database is called {unknown[0]!r}.", field="ppi")
    found: dict[str, list[tuple[Path, float | None]]] = {}
    for database in databases:
        for path, finger in zip(database.files, database.finger, strict=True):
            label = f"{database.name}/{database.labels[int(finger)]}"
            found.setdefault(label, []).append((path, ppi.get(database.name)))
    return {label: files for label, files in found.items() if len(files) > 1}


def _real(
    name: str, labels: list[str], prints: Mapping[str, list[tuple[Path, float | None]]]
) -> Resident:
    fingers = TEN_FINGERS[: len(labels)] if len(labels) > 1 else (Finger.UNKNOWN,)
    files = {finger: prints[label] for finger, label in zip(fingers, labels, strict=True)}

    def take(finger: Finger, occasion: int, _rolled: bool) -> FingerImage:
        impressions = files[finger]
        # Occasion 0 is the enrolment; it never comes back as somebody's probe.
        which = 0 if occasion == 0 else 1 + (occasion - 1) % (len(impressions) - 1)
        path, resolution = impressions[which]
        return read_image(path, resolution)

    return Resident(labels[0].replace("/", "-"), name, fingers, take)
