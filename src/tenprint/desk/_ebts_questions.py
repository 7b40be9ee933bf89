"""Questions that come as EBTS files: IRQ asks for images, EQHR for a record of events.

Answered in the request like other questions, and by a file: IRR, EHRR, EQRR, or why not (ERRI,
EQER).
"""

from __future__ import annotations

import io
import secrets
from dataclasses import replace
from typing import Any

from PIL import Image

from tenprint.access import Caller, Part
from tenprint.desk._ebts import faultless
from tenprint.desk._ebts_answers import UNKNOWN, refused_file
from tenprint.desk._nouns import Answer, AnswerKind, PrintImage
from tenprint.desk._numbers import number_of, person_of
from tenprint.desk._queries import ImageRequest, NameQuery, RecordQuery
from tenprint.desk._questions import Questions
from tenprint.desk._submission import Submission
from tenprint.desk._text import answer_text, record_text
from tenprint.formats import is_lossless_jpeg, read_image, wsq_shape
from tenprint.formats.itl import (
    Heading,
    ItlFile,
    ItlImage,
    asked_of,
    biographics_of,
    heading_for,
    history_candidates,
    history_response,
    image_response,
    scan_itl,
    transaction_error,
    transaction_type,
    write_itl,
)
from tenprint.model import (
    Impression,
    NotFoundError,
    Outcome,
    PersonName,
    RecordFormatError,
    TransactionClass,
    TransactionError,
)

#: People whom an EQRR may list (EBTS 9.1, NCR).
_MOST_PEOPLE = 20

#: Images of an IRR.
_MOST_IMAGES = 14

#: Media types that EBTS has a compression for; others are sent as PNG.
_COMPRESSIONS = {
    "image/x-wsq": "WSQ20",
    "image/jp2": "JP2",
    "image/jpeg": "JPEGB",
    "image/png": "PNG",
}

_NOBODY = "NO SUCH PERSON"


class EbtsQuestions(Questions):
    """What agencies ask by EBTS files; a part of `Desk`."""

    def ask_ebts(self, caller: Caller, given: Submission) -> Answer | None:
        """The answer to an EBTS file that asks something; None where it is a submission.

        Only `ebts`, `transaction`, `purpose` and `reason` of `given` count. The answer's `ebts`
        is a file by the rules, also where nobody was found (outcome NO_HIT). Nothing is kept.

        Raises
        ------
        TransactionError
            With every fault of the file.
        AccessError
        """
        try:
            file, _ = scan_itl(given.ebts or b"")
        except RecordFormatError:
            return None  # the desk names its faults when it is submitted
        kind = None if file is None else transaction_type(file.type_of_transaction)
        if file is None or kind is None or kind.klass is None or kind.klass.waits:
            return None
        file = faultless(given.ebts or b"")
        heading = heading_for(file, f"TQ{secrets.token_hex(8).upper()}", self._works.now())
        if kind.klass is TransactionClass.IMAGE_REQUEST:
            answer, made = self._images_asked(caller, given, file, heading)
        else:
            answer, made = self._record_asked(caller, given, file, heading)
        if made is None:
            made = transaction_error(heading, [answer.content["message"]], kind.error)
        return replace(answer, ebts=write_itl(made))

    def refused_ebts(self, data: bytes, error: TransactionError) -> bytes | None:
        """The answer by the rules to an EBTS file that was refused: ERRT, ERRI, EQER and so on.

        Its messages are the error's faults. None where the file's Type 1 record cannot be read, so
        that there is nobody to address.
        """
        return refused_file(data, error, f"TQ{secrets.token_hex(8).upper()}", self._works.now())

    def _images_asked(
        self, caller: Caller, given: Submission, file: ItlFile, heading: Heading
    ) -> tuple[Answer, ItlFile | None]:
        asked = asked_of(file)
        if len(asked.numbers) != 1:
            message = "An answer holds the images of one person: ask for one at a time."
            raise TransactionError(
                faults=[{"code": "occurrences", "field": "2.014", "message": message}]
            )
        works, klass = self._works, TransactionClass.IMAGE_REQUEST
        fingers = tuple(map(int, asked.fingers))
        with works.store.reading() as connection:
            person = person_of(connection, asked.numbers[0])
        request = ImageRequest(
            person, given.purpose, None, fingers, given.transaction, given.reason or "",
            ("finger",),
        )  # fmt: skip
        try:
            found = self.image_request(caller, request)
        except NotFoundError as error:
            return self._plain(caller, klass, given, Outcome.NO_HIT, _told(error)), None
        if not found.images:
            missing = {"message": "NO IMAGES OF THESE FINGERS"}
            return self._plain(caller, klass, given, Outcome.NO_HIT, missing), None
        images = [_itl_image(number, one) for number, one in enumerate(found.images, 1)]
        made = image_response(
            heading,
            number=asked.numbers[0].upper(),
            name=self._name(caller, person, given),
            images=images[:_MOST_IMAGES],
            palms="palm" in found.kept,
            photos="face" in found.kept,
        )
        more: dict[str, Any] = {
            "person": found.person,
            "encounter": found.encounter,
            "fingers": [one.finger.label for one in found.images[:_MOST_IMAGES]],
        }
        if others := {kind: n for kind, n in found.kept.items() if kind != "finger"}:
            more["not_given"] = others
        return self._plain(caller, klass, given, Outcome.HIT, more), made

    def _record_asked(
        self, caller: Caller, given: Submission, file: ItlFile, heading: Heading
    ) -> tuple[Answer, ItlFile | None]:
        works, numbers = self._works, asked_of(file).numbers
        if not numbers:
            return self._people_asked(caller, given, file, heading)
        with works.store.reading() as connection:
            person = person_of(connection, numbers[0])
        query = RecordQuery(
            given.purpose, person, transaction=given.transaction, reason=given.reason or ""
        )
        try:
            answer = self.record_query(caller, query)
        except NotFoundError as error:
            klass = TransactionClass.RECORD_QUERY
            return self._plain(caller, klass, given, Outcome.NO_HIT, _told(error)), None
        record = record_text(answer.content["record"]) if "record" in answer.content else ""
        return answer, history_response(heading, number=numbers[0].upper(), record=record)

    def _people_asked(
        self, caller: Caller, given: Submission, file: ItlFile, heading: Heading
    ) -> tuple[Answer, ItlFile | None]:
        """By name and dates: a list of numbers, also of one, since a name says nobody for sure."""
        works = self._works
        query = NameQuery(
            biographics_of(file), given.purpose, _MOST_PEOPLE, given.transaction, given.reason or ""
        )
        answer = self.name_search(caller, query)
        people = [each["person"] for each in answer.content.get("candidates", ())]
        if not people:
            return replace(answer, content={**answer.content, "message": _NOBODY}), None
        listed = works.journal.run(
            lambda connection: [number_of(works.records, connection, each) for each in people]
        )
        record = file.descriptive
        stated = {"birth_date": 22, "sex": 24, "race": 25}
        made = history_candidates(
            heading,
            numbers=listed,
            **{name: "" if record is None else record.text(tag) for name, tag in stated.items()},
        )
        return answer, made

    def _name(self, caller: Caller, person: str, given: Submission) -> PersonName:
        """The person's first name, where this agency and purpose may see it."""
        works = self._works
        seen = works.permissions.may_see(caller, given.purpose) & {Part.BIOGRAPHICS, Part.SEALED}
        with works.store.reading() as connection:
            record = works.records.person(connection, person, seen, agency=caller.agency)
        return next((name for each in record.biographics for name in each.names), UNKNOWN)

    def _plain(
        self, caller: Caller, klass: TransactionClass, given: Submission,
        outcome: Outcome, more: dict[str, Any],
    ) -> Answer:  # fmt: skip
        content = {
            "transaction": given.transaction,
            "class": klass.value,
            "purpose": given.purpose.value,
            "outcome": outcome.value,
            **more,
        }
        return Answer(
            secrets.token_hex(16), caller.agency, given.transaction, 0, AnswerKind.ANSWER, klass,
            outcome, self._works.now(), content, answer_text(content),
        )  # fmt: skip


def _told(error: NotFoundError) -> dict[str, Any]:
    nobody = error.code == "person-not-found"
    return {"message": _NOBODY if nobody else "NO IMAGES OF FINGERS ARE KEPT"}


def _itl_image(number: int, one: PrintImage) -> ItlImage:
    """A kept original as a transaction holds it; what EBTS has no compression for becomes PNG."""
    compression, data, ppi = _COMPRESSIONS.get(one.media), one.data, one.ppi
    if one.shape is not None:
        compression, (height, width) = "NONE", one.shape
    elif compression == "WSQ20":
        height, width = wsq_shape(data)
    elif compression is not None:
        if compression == "JPEGB" and is_lossless_jpeg(data):
            compression = "JPEGL"
        with Image.open(io.BytesIO(data)) as opened:
            width, height = opened.size
    else:
        image = read_image(data, ppi, warn=False)
        height, width = image.pixels.shape
        out = io.BytesIO()
        Image.fromarray(image.pixels).save(out, "PNG")
        compression, data, ppi = "PNG", out.getvalue(), 500.0
    return ItlImage(
        number, 14, number, int(one.finger), one.finger, Impression.LIVE_SCAN_PLAIN, ppi,
        width, height, compression, data,
    )  # fmt: skip
