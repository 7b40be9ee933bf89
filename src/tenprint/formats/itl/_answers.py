"""Answers out: the response types of EBTS 9.1, by its rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tenprint.formats.itl._images import ItlImage
from tenprint.formats.itl._model import ItlFile


@dataclass(frozen=True)
class Heading:
    """What every answer begins with.

    Attributes
    ----------
    control_number : str
        1.009 of the answer, 10 to 40 printable characters.
    reference : str
        1.010, the control number of what is answered; empty for notices.
    sender, receiver : str
        1.008 and 1.007, nine letters and digits each.
    when : datetime
        Aware; 1.005 and 1.014 are it in UTC.
    attention, case, controlling : str
        2.006, 2.009, and 2.073 where they are known; copied from the submission.
    copies : tuple of str
        2.007.
    """

    control_number: str
    reference: str
    sender: str
    receiver: str
    when: datetime
    attention: str = ""
    case: str = ""
    controlling: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()


@dataclass(frozen=True)
class ListedCandidate:
    """One entry of a candidate list: the person's number (9 letters and digits), name, score."""

    number: str
    name: str
    score: float = 0.0


def heading_for(request: ItlFile, control_number: str, when: datetime) -> Heading:
    """The heading of the answer to a submission."""
    raise NotImplementedError


def submission_results(
    heading: Heading,
    *,
    identified: bool,
    name: str,
    number: str = "",
    civil_number: str = "",
    state_number: str = "",
    record: str = "",
) -> ItlFile:
    """SRE: identified or not, and the record of events as text."""
    raise NotImplementedError


def transaction_error(heading: Heading, messages: Sequence[str], tot: str = "ERRT") -> ItlFile:
    """ERRT, ERRI, ERRA, EQER or ERRL: why a submission was refused, up to 11 messages."""
    raise NotImplementedError


def search_results(
    heading: Heading,
    candidates: Sequence[ListedCandidate],
    images: Sequence[ItlImage] = (),
) -> ItlFile:
    """SRT: candidates of a ten-print search, best first, at most 25."""
    raise NotImplementedError


def rap_sheet_response(heading: Heading, record: str) -> ItlFile:
    """TPRR: the record of events of the candidates of a ten-print rap sheet search."""
    raise NotImplementedError


def rapid_response(
    heading: Heading,
    *,
    finding: str,
    note: str,
    numbers: Sequence[str] = (),
    name: str = "",
    record: str = "",
    message: str = "",
) -> ItlFile:
    """RPISR: red (hit), yellow (possible), green (none)."""
    raise NotImplementedError


def image_response(
    heading: Heading, *, number: str, name: str, images: Sequence[ItlImage]
) -> ItlFile:
    """IRR: the images that an IRQ asked for."""
    raise NotImplementedError


def action_notice(
    heading: Heading, *, action: str, case_prefix: str, case: str, title: str
) -> ItlFile:
    """NAR: a notice that something was done, such as a later arrest of somebody watched."""
    raise NotImplementedError


def history_response(heading: Heading, *, number: str, contributor: str, record: str) -> ItlFile:
    """EHRR: the record of events that an EQHR asked for."""
    raise NotImplementedError


def images_updated(
    heading: Heading, *, number: str, fingers: Sequence[int], name: str = ""
) -> ItlFile:
    """FISR: which images a FIS replaced."""
    raise NotImplementedError
