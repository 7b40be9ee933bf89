"""Making transaction files: the Type 1 record, image records, and what an answer echoes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from tenprint.formats._resolution import TARGET_PPI, TOLERANCE
from tenprint.formats.itl._images import COMPRESSIONS
from tenprint.formats.itl._model import RS, US, ItlField, ItlFile, ItlRecord, Value
from tenprint.formats.itl._names import plain
from tenprint.formats.itl._read import content_of
from tenprint.formats.itl._rules import rules
from tenprint.formats.itl._values import troubles
from tenprint.model import Finger, Impression, RecordError

# What an answer repeats of the submission where its type has the field: attention, copies, case
# number, employer, occupation, residence, controlling agency, the asker's number.
_ECHOED = (6, 7, 9, 39, 40, 41, 73, 2022)

#: What a mandatory text says that nobody gave.
NOT_GIVEN = "NONE GIVEN"


@dataclass(frozen=True)
class Heading:
    """Who sends what to whom: the Type 1 record of a file, and what an answer echoes.

    Attributes
    ----------
    control_number : str
        1.009, 10 to 40 printable characters.
    sender, receiver : str
        1.008 and 1.007, nine letters and digits each.
    when : datetime
        Aware; 1.005 and 1.014 are it in UTC.
    reference : str
        1.010, the control number of what is answered; empty for submissions and notices.
    priority : int or None
        1.006, 1 (rapid) to 9.
    echo : mapping of field number to subfields
        Fields of Type 2 that an answer repeats where its type has them.
    """

    control_number: str
    sender: str
    receiver: str
    when: datetime
    reference: str = ""
    priority: int | None = None
    echo: Mapping[int, tuple[tuple[str, ...], ...]] = field(default_factory=dict)


def heading_for(request: ItlFile, control_number: str, when: datetime) -> Heading:
    """The heading of the answer to a submission: sender and receiver change places.

    Parameters
    ----------
    request : ItlFile
    control_number : str
        Of the answer; 10 to 40 printable characters.
    when : datetime
        Aware.
    """
    asked = request.descriptive
    echo = {number: asked.items(number) for number in _ECHOED} if asked else {}
    return Heading(
        control_number,
        plain(request.receiver),
        plain(request.sender),
        when,
        plain(request.control_number),
        echo={number: items for number, items in echo.items() if items},
    )


def make_itl(heading: Heading, tot: str, records: Sequence[ItlRecord]) -> ItlFile:
    """A file of a Type 1 record made here and other records.

    Raises
    ------
    RecordError
        If a text holds a separator or is not ASCII, or `when` has no time zone.
    """
    if heading.when.tzinfo is None:
        raise RecordError("The time has no time zone.", field="record 1, 1.014")
    utc = heading.when.astimezone(UTC)
    content = content_of(records)
    # Pixels per millimetre; zeros where there is no finger image.
    scanned = "19.69" if any(each.type in (4, 9, 13, 14, 15) for each in records) else "00.00"
    values: dict[int, Value] = {
        2: "0400",
        3: [(str(kind), f"{idc:02d}" if i else str(idc)) for i, (kind, idc) in enumerate(content)],
        4: tot,
        5: f"{utc:%Y%m%d}",
        6: str(heading.priority) if heading.priority else "",
        7: heading.receiver,
        8: heading.sender,
        9: heading.control_number,
        10: heading.reference,
        11: scanned,
        12: scanned,
        13: ["NORAM", ""],
        14: f"{utc:%Y%m%d%H%M%S}Z",
    }
    fields = [ItlField.of(number, value) for number, value in values.items() if value]
    return ItlFile((ItlRecord(1, (ItlField(1, b""), *fields)), *records))


def image_record(
    data: bytes,
    *,
    width: int,
    height: int,
    finger: Finger,
    impression: Impression = Impression.LIVE_SCAN_PLAIN,
    ppi: float = TARGET_PPI,
    compression: str = "WSQ20",
    idc: int = 1,
    kind: int = 14,
    source: str = "",
    captured: date | None = None,
) -> ItlRecord:
    """A record of one fingerprint image.

    Parameters
    ----------
    data : bytes
        The encoded image, or grey levels row by row with `compression` ``NONE``.
    width, height : int
        Pixels.
    finger : Finger
        Position 0-15 (type 4: 0-14).
    kind : {14, 4}
        Type 14 states its resolution; type 4 is for 500 ppi alone.
    source : str
        14.004, the agency that took it, 9 to 20 letters and digits (type 14 only).
    captured : date
        14.005 (type 14 only).

    Raises
    ------
    RecordError
        If the type cannot hold it.
    """
    if compression not in COMPRESSIONS or not 1 <= min(width, height) <= max(width, height) < 10000:
        raise RecordError("No such compression, or a side is not 1 to 9999 pixels.")
    if kind == 4:
        if abs(ppi - TARGET_PPI) > TOLERANCE * TARGET_PPI or finger == Finger.PLAIN_THUMBS:
            raise RecordError("Type 4 holds positions 0 to 14 at 500 ppi.", field="4.005")
        numbers: dict[int, Value] = {
            2: idc,
            3: int(impression),
            4: [[str(int(finger))], *[["255"]] * 5],
            5: 0,
            6: width,
            7: height,
            8: COMPRESSIONS.index(compression),
            9: data,
        }
        made = (ItlField.of(number, value) for number, value in numbers.items())
        return ItlRecord(4, (ItlField(1, b""), *made))
    if kind != 14 or captured is None or not source:
        raise RecordError("Type 14 needs a source agency and a date.", field="14.004")
    return ItlRecord.of(
        14,
        {
            3: str(int(impression)),
            4: source,
            5: f"{captured:%Y%m%d}",
            6: str(width),
            7: str(height),
            8: "1",
            9: str(round(ppi)),
            10: str(round(ppi)),
            11: compression,
            12: "8",
            13: str(int(finger)),
            999: data,
        },
        idc,
    )


def echoed(heading: Heading, tot: str) -> dict[int, Value]:
    """What an answer of a type repeats; what it must have and nobody gave is said to be so."""
    made: dict[int, Value] = {}
    for number in _ECHOED:
        rule = rules().rule(2, number, tot)
        if rule is None:
            continue
        given = heading.echo.get(number)
        if given:
            given = given[: rule.times[1]]
            if not list(troubles(rule, _field(number, given), tot, wide=False)):
                made[number] = given
                continue
        if rule.requires(tot):
            made[number] = heading.receiver if number in (7, 73) else NOT_GIVEN
    return made


def _field(number: int, items: tuple[tuple[str, ...], ...]) -> ItlField:
    """The field as it would be, whatever is in it: it is only looked at."""
    subfields = (US.join(item.encode("utf-8", "replace") for item in each) for each in items)
    return ItlField(number, RS.join(subfields), encoding="utf-8")
