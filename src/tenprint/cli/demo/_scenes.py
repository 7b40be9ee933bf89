"""What happens in the morning: who comes, and which prints are taken."""

from __future__ import annotations

from dataclasses import dataclass, field

from PIL import Image

from tenprint.cli._words import DEFAULT_FPIR
from tenprint.cli.demo._town import Resident, Town
from tenprint.gallery import Candidate
from tenprint.model import TEN_FINGERS, Finger, FingerImage, Template

RIGHT_HAND, LEFT_HAND = TEN_FINGERS[:5], TEN_FINGERS[5:]
_INDEXES = (Finger.RIGHT_INDEX, Finger.LEFT_INDEX)


@dataclass(frozen=True, eq=False)
class Scene:
    """One visit.

    Attributes
    ----------
    clock, title, story : str
    visitor : Resident
        Who it really is.
    fingers : tuple of Finger
        Those that are taken.
    occasion : int
        Which taking of prints it is.
    rolled : bool
        Whether they are rolled from nail to nail.
    nameless : bool
        Whether nobody noted which fingers they are.
    enrol_as : str
        Under which identifier a person who is not found is enrolled; empty for not at all.
    """

    clock: str
    title: str
    story: str
    visitor: Resident
    fingers: tuple[Finger, ...]
    occasion: int
    rolled: bool = False
    nameless: bool = False
    enrol_as: str = ""


@dataclass(eq=False)
class Outcome:
    """How a scene ended.

    Attributes
    ----------
    scene : Scene
    images, templates : list
        The prints that were taken and what was extracted.
    candidates : list of Candidate
        Best first.
    people : int
        Size of the gallery that was searched.
    needed : float
        The score that counts as a hit in such a gallery.
    expected : str
        The identifier the visitor is enrolled under; empty where there is none.
    extract_seconds, search_seconds : float
    picture : PIL.Image.Image or None
        The best matching finger, explained.
    """

    scene: Scene
    images: list[FingerImage]
    templates: list[Template]
    candidates: list[Candidate]
    people: int
    needed: float
    expected: str
    extract_seconds: float
    search_seconds: float
    picture: Image.Image | None = None
    names: dict[str, str] = field(default_factory=dict)

    @property
    def found(self) -> Candidate | None:
        """The person found, if a stranger is hardly ever as good as the best candidate."""
        best = self.candidates[0] if self.candidates else None
        return best if best and best.fpir <= DEFAULT_FPIR else None

    @property
    def right(self) -> bool:
        """Whether the answer is the truth."""
        return (self.found.person if self.found else "") == self.expected


def plan(town: Town) -> list[Scene]:
    """The morning's scenes, as far as the town has people for them."""
    by_fingers = sorted(town.residents, key=lambda each: -len(each.fingers))
    most = by_fingers[0]
    # In a fictitious town everybody could play every part; different people are more fun.
    traveller, booked, unlucky = by_fingers[1:4] if town.fictitious else [most, most, by_fingers[1]]
    single = by_fingers[-1]
    scenes = [
        _border(traveller),
        Scene(
            "08:25", "A stranger at the border",
            "Passes through for the first time and has never been enrolled.",
            town.strangers[0], _some(town.strangers[0], _INDEXES), 1,
        ),
    ]  # fmt: skip
    if len(booked.fingers) == 10:
        how = "rolled from nail to nail" if town.fictitious else "ten real prints"
        scenes.append(
            Scene(
                "09:10", "A booking",
                f"The police take all ten fingers, {how}. The name given is false.",
                booked, TEN_FINGERS, 2, rolled=town.fictitious,
            )
        )  # fmt: skip
    applicant = town.strangers[1]
    scenes += [
        Scene(
            "09:45", "A job applicant",
            "Wants to work with children. Is there a record? If not, the prints are kept.",
            applicant, applicant.fingers, 1, enrol_as=applicant.person,
        ),
        Scene(
            "10:20", "Someone unknown",
            "A patient cannot say who they are. One finger, and nobody noted which.",
            single, single.fingers[-3:][:1], 3, nameless=True,
        ),
        _four(unlucky if len(unlucky.fingers) >= 4 else most),
        Scene(
            "11:50", "The applicant again",
            "Comes back under another name, with fresh prints.",
            applicant, _some(applicant, RIGHT_HAND), 3,
        ),
    ]  # fmt: skip
    return scenes


def _border(traveller: Resident) -> Scene:
    return Scene(
        "08:00", "A border check",
        "Two fingers on the scanner. The answer must come within fifteen seconds.",
        traveller, _some(traveller, _INDEXES), 1,
    )  # fmt: skip


def _four(somebody: Resident) -> Scene:
    left = somebody.fingers[-5:]
    return Scene(
        "11:05", "Someone with four fingers",
        "The other six were lost in an accident. Four must do.",
        somebody, left[:4], 4,
    )  # fmt: skip


def _some(somebody: Resident, wanted: tuple[Finger, ...]) -> tuple[Finger, ...]:
    """The wanted fingers that there are, or all."""
    return tuple(finger for finger in wanted if finger in somebody.fingers) or somebody.fingers
