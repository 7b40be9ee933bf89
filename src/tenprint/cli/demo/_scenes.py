"""What happens in the morning: who comes, and which prints are taken."""

from __future__ import annotations

from dataclasses import dataclass, field

from PIL import Image

from tenprint.cli.demo._town import Resident, Town
from tenprint.desk import Answer, Event, Status
from tenprint.model import TEN_FINGERS, Finger, FingerImage, Outcome, Purpose, TransactionClass

#: The agencies of the town; fictitious, like everybody.
POLICE, BORDER, EMPLOYMENT, HOSPITAL = "POLICE001", "BORDER001", "EMPLOY001", "HOSPITAL1"
COURT = "COURT0001"
AIRPORT = "AIRPORT01"

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
    klass, purpose
        What the agency asks, and why.
    agency : str
        Who asks.
    event : Event, optional
        What is put on the record.
    retain : bool
        Whether the prints are kept where nobody is found.
    alias : str
        The name given, where it is not the visitor's own.
    """

    clock: str
    title: str
    story: str
    visitor: Resident
    fingers: tuple[Finger, ...]
    occasion: int
    rolled: bool = False
    nameless: bool = False
    klass: TransactionClass = TransactionClass.BORDER_CHECK
    purpose: Purpose = Purpose.BORDER
    agency: str = BORDER
    event: Event | None = None
    retain: bool = False
    alias: str = ""


@dataclass(eq=False)
class Visit:
    """How a scene ended.

    Attributes
    ----------
    scene : Scene
    images : list of FingerImage
        The prints that were taken.
    status : Status
    answer : Answer
        As the agency got it.
    people : int
        How many were enrolled before.
    expected : str
        The identifier the visitor is enrolled under; empty where there is none.
    names : dict
        Names of people by identifier.
    picture : PIL.Image.Image or None
        The best matching finger, explained.
    """

    scene: Scene
    images: list[FingerImage]
    status: Status
    answer: Answer
    people: int
    expected: str
    names: dict[str, str] = field(default_factory=dict)
    picture: Image.Image | None = None

    @property
    def found(self) -> str:
        """The identifier of the person found; empty where nobody was."""
        content = self.answer.content
        if self.answer.outcome is Outcome.HIT and "person" in content:
            return str(content["person"])
        return ""

    @property
    def score(self) -> float:
        """Of the person found."""
        return float(self.answer.content.get("score", 0.0))

    @property
    def fingers(self) -> dict[str, float]:
        """Score of each finger, by its label."""
        return dict(self.answer.content.get("fingers", {}))

    @property
    def right(self) -> bool:
        """Whether the answer is the truth."""
        return self.found == self.expected


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
                klass=TransactionClass.CRIMINAL_TENPRINT, purpose=Purpose.CRIMINAL_JUSTICE,
                agency=POLICE, event=Event("arrest", "2026-03-05", ("theft of a bicycle",)),
                alias="Ann Nobody",
            )
        )  # fmt: skip
    applicant = town.strangers[1]
    scenes += [
        Scene(
            "09:45", "A job applicant",
            "Wants to work with children. Is there a record? If not, the prints are kept.",
            applicant, applicant.fingers, 1, klass=TransactionClass.CIVIL_CHECK,
            purpose=Purpose.CIVIL_APPLICANT, agency=EMPLOYMENT, retain=True,
        ),
        Scene(
            "10:20", "Someone unknown",
            "A patient cannot say who they are. One finger, and nobody noted which.",
            single, single.fingers[-3:][:1], 3, nameless=True,
            klass=TransactionClass.TENPRINT_SEARCH, purpose=Purpose.HUMANITARIAN, agency=HOSPITAL,
        ),
        _four(unlucky if len(unlucky.fingers) >= 4 else most),
        Scene(
            "11:50", "The applicant again",
            "Comes back under another name, with fresh prints.",
            applicant, _some(applicant, RIGHT_HAND), 3, klass=TransactionClass.CIVIL_CHECK,
            purpose=Purpose.CIVIL_APPLICANT, agency=EMPLOYMENT, alias="Ben Nobody",
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
        somebody, left[:4], 4, klass=TransactionClass.TENPRINT_SEARCH,
        purpose=Purpose.CRIMINAL_JUSTICE, agency=POLICE,
    )  # fmt: skip


def _some(somebody: Resident, wanted: tuple[Finger, ...]) -> tuple[Finger, ...]:
    """The wanted fingers that there are, or all."""
    return tuple(finger for finger in wanted if finger in somebody.fingers) or somebody.fingers
