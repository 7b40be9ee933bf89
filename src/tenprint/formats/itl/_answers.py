"""Answers out: the response types of EBTS 9.1, by its rules.

Each function gives a file in which `check_ebts` finds no fault, as far as the heading has none.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tenprint.formats.itl._ebts import check_ebts
from tenprint.formats.itl._images import ItlImage
from tenprint.formats.itl._make import NOT_GIVEN, Heading, echoed, image_record, make_itl
from tenprint.formats.itl._model import ItlFile, ItlRecord, Value
from tenprint.formats.itl._names import name_text, plain
from tenprint.formats.itl._rules import rules
from tenprint.model import Finger, InputError, PersonName, RecordError

_LINE = 72  # and two characters of line end: EBTS's 74
_MESSAGE, _MESSAGES = 300, 11
_HEAD = frozenset({7, 8, 9, 10})
_NO_RECORD = "NO RECORD"
_ERRORS = frozenset({"ERRT", "ERRI", "ERRA", "ERRL", "EQER"})
_MOST_CANDIDATES = 25


class RapidFinding(StrEnum):
    """2.059 of a rapid search: red is a hit, yellow may be one, green is none."""

    HIT = "R"
    POSSIBLE = "Y"
    NONE = "G"


@dataclass(frozen=True)
class ListedCandidate:
    """One entry of a candidate list.

    Attributes
    ----------
    number : str
        The person's number, 1 to 9 letters and digits.
    name : PersonName
        Written in capitals without accents, 30 characters at most.
    """

    number: str
    name: PersonName


def submission_results(
    heading: Heading,
    *,
    identified: bool,
    name: PersonName,
    number: str = "",
    civil_number: str = "",
    state_number: str = "",
    record: str = "",
) -> ItlFile:
    """SRE: identified or not, and the record of events as text.

    Parameters
    ----------
    heading : Heading
    identified : bool
    name : PersonName
        The person's where identified, else as submitted.
    number, civil_number : str
        2.014, 1 to 9 letters and digits, or 2.085, nine; not both.
    state_number : str
        2.015.
    record : str
        2.075; lines longer than 72 characters are broken, characters outside ASCII written plain.

    Raises
    ------
    RecordError
        If a value breaks the rules; also of every other function here.
    """
    values: dict[int, Value] = {
        14: number,
        15: state_number,
        18: name_text(name),
        59: "I" if identified else "N",
        75: _lines(record),
        85: civil_number,
    }
    return _answer(heading, "SRE", values)


def transaction_error(heading: Heading, messages: Sequence[str], tot: str = "ERRT") -> ItlFile:
    """ERRT (ten-prints), ERRI (images), EQER (history), ERRA or ERRL: why one was refused.

    Eleven messages of 300 characters fit; of more, the last says how many are not shown.
    """
    if tot not in _ERRORS or not messages:
        raise RecordError("An error has a type of error and a message.", field="2.060")
    texts = [plain(each).strip()[:_MESSAGE] or "?" for each in messages]
    if len(texts) > _MESSAGES:
        more = len(texts) - _MESSAGES + 1
        texts = [*texts[: _MESSAGES - 1], f"{more} more faults are not listed."]
    return _answer(heading, tot, {60: [[each] for each in texts]})


def search_results(
    heading: Heading,
    candidates: Sequence[ListedCandidate],
    images: Sequence[ItlImage] = (),
) -> ItlFile:
    """SRT: the candidates of a ten-print search, best first, at most 25, and images of the best.

    EBTS 9.1 has no field for scores here (2.089 belongs to latent searches).
    """
    if len(candidates) > _MOST_CANDIDATES:
        raise RecordError(f"At most {_MOST_CANDIDATES} candidates.", field="2.064")
    listed = [(each.number, name_text(each.name)) for each in candidates]
    return _answer(heading, "SRT", {64: listed}, _images(heading, images))


def rap_sheet_response(heading: Heading, record: str) -> ItlFile:
    """TPRR: the record of events of the candidates of a rap sheet search (TPRS)."""
    return _answer(heading, "TPRR", {75: _lines(record) or _NO_RECORD})


def rapid_response(
    heading: Heading,
    *,
    finding: RapidFinding,
    note: str,
    numbers: Sequence[str] = (),
    name: PersonName | None = None,
    record: str = "",
    message: str = "",
) -> ItlFile:
    """RPISR: red, yellow or green, a note of up to 1000 characters, and whom it found."""
    values: dict[int, Value] = {
        14: [[each] for each in numbers],
        18: name_text(name) if name else "",
        59: RapidFinding(finding).value,
        60: plain(message).strip()[:_MESSAGE],
        75: _lines(record),
        88: _short(note, 1000),
    }
    return _answer(heading, "RPISR", values)


def image_response(
    heading: Heading,
    *,
    number: str,
    name: PersonName,
    images: Sequence[ItlImage],
    palms: bool = False,
    photos: bool = False,
) -> ItlFile:
    """IRR: one person's finger images, as an IRQ asked; at most 14.

    Parameters
    ----------
    palms, photos : bool
        2.035 and 2.036: that palm prints or photographs are kept as well; EBTS 9.1 has no place for
        them in an IRR.
    """
    values: dict[int, Value] = {
        14: number,
        18: name_text(name),
        35: "Y" if palms else "",
        36: "Y" if photos else "",
    }
    return _answer(heading, "IRR", values, _images(heading, images))


def action_notice(
    heading: Heading, *, action: str, case_prefix: str, case: str, title: str
) -> ItlFile:
    """NAR: a notice that something was done, such as a later arrest of somebody watched.

    Parameters
    ----------
    heading : Heading
        Without a reference: nobody asked now.
    action : str
        2.071, up to 300 letters, digits, blanks and ``,-&/#``; others become blanks.
    case_prefix, case : str
        2.010, up to 24 characters each, such as ``SUBSCRIPTION`` and its number.
    title : str
        2.061, up to 50 characters.
    """
    letters = (each if each.isalnum() or each in ",-&/# " else " " for each in plain(action))
    values: dict[int, Value] = {
        10: [(_short(case_prefix, 24), _short(case, 24))],
        11: "00",
        61: _short(title, 50),
        71: "".join(letters).strip()[:300] or NOT_GIVEN,
    }
    return _answer(heading, "NAR", values)


def history_response(heading: Heading, *, number: str, record: str) -> ItlFile:
    """EHRR: the record of events that an EQHR asked for."""
    return _answer(heading, "EHRR", {14: number, 75: _lines(record) or _NO_RECORD})


def history_candidates(
    heading: Heading, *, numbers: Sequence[str], birth_date: str, sex: str, race: str
) -> ItlFile:
    """EQRR: the numbers of several people whom an EQHR may mean, and what it asked with.

    Parameters
    ----------
    birth_date, sex, race : str
        2.022, 2.024 and 2.025 of the question, as they stand there.
    """
    values: dict[int, Value] = {
        14: [[each] for each in numbers],
        22: birth_date or "00000000",
        24: sex or "X",
        25: race or "U",
        79: str(len(numbers)),
    }
    return _answer(heading, "EQRR", values)


def images_updated(
    heading: Heading,
    *,
    number: str,
    fingers: Sequence[Finger] | None,
    name: PersonName | None = None,
) -> ItlFile:
    """FISR: which images a FIS replaced; None for all, an empty list for none."""
    codes = ["A"] if fingers is None else [f"{int(each):02d}" for each in fingers] or ["N"]
    values: dict[int, Value] = {
        14: number,
        18: name_text(name) if name else "",
        72: [[each] for each in codes],
    }
    return _answer(heading, "FISR", values)


def _answer(
    heading: Heading, tot: str, values: dict[int, Value], more: Sequence[ItlRecord] = ()
) -> ItlFile:
    """A file of Types 1 and 2 and more records, checked by the rules before anybody gets it."""
    values = {**echoed(heading, tot), **{n: each for n, each in values.items() if each}}
    file = make_itl(heading, tot, [ItlRecord.of(2, dict(sorted(values.items()))), *more])
    head = {f"record 1, 1.{number:03d}" for number in _HEAD}
    for fault in check_ebts(file):
        if not fault.warning and fault.field not in head:
            raise RecordError(f"{tot}: {fault.message}", field=fault.field)
    return file


def _images(heading: Heading, images: Sequence[ItlImage]) -> list[ItlRecord]:
    """Image records: type 4 at 500 ppi, else type 14."""
    records = []
    for idc, image in enumerate(images, 1):
        ppi = image.ppi or 0.0
        try:
            plainly = abs(ppi - 500) <= 5 and image.finger is not Finger.PLAIN_THUMBS
            records.append(
                image_record(
                    image.data,
                    width=image.width,
                    height=image.height,
                    finger=image.finger,
                    impression=image.impression,
                    ppi=500.0 if plainly else ppi,
                    compression=image.compression,
                    idc=idc,
                    kind=4 if plainly else 14,
                    source=heading.sender,
                    captured=heading.when.date(),
                )
            )
        except InputError as cause:
            raise RecordError(cause.message, field=f"image {idc}") from cause
    return records


def _short(text: str, most: int) -> str:
    return plain(text).strip()[:most] or NOT_GIVEN


def _lines(text: str) -> str:
    """Text in lines of at most 72 characters with CR and LF between them; empty stays empty."""
    if not text.strip():
        return ""
    lines = []
    for line in text.splitlines():
        lines += textwrap.wrap(plain(line), _LINE, drop_whitespace=False) or [""]
    made = "\r\n".join(lines)
    most = rules().fields[2, 75][0].size[1]
    if most is not None and len(made) > most:
        raise RecordError(f"The record has more than {most} characters.", field="2.075")
    return made if len(made) >= 4 else made.ljust(4)
