"""``tenprint submit`` and ``tenprint status``: transactions of a running service."""

from __future__ import annotations

import base64
import io
import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer
from PIL import Image

from tenprint.cli._folder import AgencyName, Folder, KeyText, Url, client
from tenprint.cli._inputs import finger_in_name, is_template_file, parse_finger
from tenprint.cli._output import (
    EXIT_ERROR,
    EXIT_RETRY,
    Json,
    aside,
    check_writable,
    print_json,
    reported,
    screen,
)
from tenprint.formats.itl import (
    ItlImage,
    biographics_of,
    finger_images,
    itl_images,
    read_itl,
    scan_itl,
    transaction_type,
)
from tenprint.model import (
    Biographics,
    Finger,
    InputError,
    Outcome,
    PersonName,
    Purpose,
    TransactionClass,
)

if TYPE_CHECKING:
    from tenprint.client import Answer, Client, Status

#: The most bytes read of one file.
_MOST = 64 << 20

Wait = Annotated[bool, typer.Option("--wait", help="Wait for the answer and print it.")]
Timeout = Annotated[
    float | None, typer.Option(help="Seconds to wait; default: as long as it takes.")
]


@reported
def submit(
    files: Annotated[
        list[Path],
        typer.Argument(help="An EBTS file, a JSON file, or images.", show_default=False),
    ],
    klass: Annotated[
        TransactionClass | None,
        typer.Option("--class", help="What is asked; default: what the EBTS file says."),
    ] = None,
    agency: AgencyName = None,
    purpose: Annotated[
        Purpose | None, typer.Option(help="Why; default: the key's only purpose.")
    ] = None,
    transaction: Annotated[
        str | None, typer.Option(help="Your identifier; default: a new one.", show_default=False)
    ] = None,
    finger: Annotated[
        list[str] | None,
        typer.Option(help="Which finger; once for all images, or once an image."),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(help="The person's name, family name last; again for aliases."),
    ] = None,
    born: Annotated[
        str | None, typer.Option(help="Date of birth, YYYY-MM-DD or a part.", show_default=False)
    ] = None,
    person: Annotated[
        str | None,
        typer.Option(help="Whom it concerns, or the identifier to enrol under."),
    ] = None,
    wait: Wait = False,
    timeout: Timeout = None,
    ebts_out: Annotated[
        Path | None,
        typer.Option(help="Where the answer to an EBTS file goes, itself one.", show_default=False),
    ] = None,
    url: Url = None,
    key: KeyText = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Submit a transaction to a running service.

    On the machine where the service runs nothing needs to be set up: address and key
    are in the folder. Elsewhere name them with --url and --key.

    An EBTS file is sent as it is, and its type says what is asked. With --class its
    finger images are sent as that class instead. Several images are one transaction; the
    finger is that of --finger or of the file's name, such as A-17_right-index.png.
    A JSON file holds a submission as docs/api.md describes it.

    An EBTS file that asks for images (IRQ) or a record of events (EQHR) is answered at
    once by another one, which --ebts-out names.

    Examples:

      tenprint submit card.an2 --class criminal-tenprint --name "Ann Example" --wait

      tenprint submit card.an2 --class border-check --wait

      tenprint submit question.eft --ebts-out answer.eft
    """
    content = [_read(path) for path in files]
    stated = _biographics(name or [], born)
    check_writable(ebts_out)
    with client(folder, url, key, agency) as service:
        if klass is None and _asks(content):
            _ask(service, content[0], purpose, ebts_out)
            return
        status = _send(
            service, files, content, klass, transaction, finger or [], stated, person, purpose
        )
        answer = service.wait(status.transaction, timeout) if wait else None
        if ebts_out is not None and answer is not None:
            ebts_out.write_bytes(service.answer_ebts(status.transaction))
    _show(status, answer, as_json)
    if wait and answer is None:
        raise typer.Exit(EXIT_RETRY)
    if answer is not None and answer.outcome is Outcome.REJECTED:
        raise typer.Exit(EXIT_ERROR)


@reported
def status(
    transaction: Annotated[str, typer.Argument(help="The identifier.", show_default=False)],
    agency: AgencyName = None,
    wait: Wait = False,
    timeout: Timeout = None,
    url: Url = None,
    key: KeyText = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Where a transaction is, and its answer once there is one."""
    with client(folder, url, key, agency) as service:
        if wait:
            service.wait(transaction, timeout, final=True)
        found = service.status(transaction)
        answer = service.answer(transaction) if found.answers else None
    _show(found, answer, as_json)


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise InputError("There is no such file.", source=path)
    if path.stat().st_size > _MOST:
        raise InputError(f"The file has more than {_MOST} bytes.", source=path)
    return path.read_bytes()


def _send(
    service: Client,
    files: Sequence[Path],
    content: Sequence[bytes],
    klass: TransactionClass | None,
    transaction: str | None,
    fingers: Sequence[str],
    stated: Biographics,
    person: str | None,
    purpose: Purpose | None,
) -> Status:
    from tenprint.client import Status

    first = content[0]
    if _is_json(first):
        given = _object(first, files[0])
        body = {"transaction": transaction or f"cli-{secrets.token_hex(8)}", **given}
        return Status.of(service.call("POST", "/v1/transactions", body))
    is_file = _is_itl(first)
    if is_file and len(files) > 1:
        raise typer.BadParameter("One EBTS file is one transaction.")
    if is_file and klass is None:
        if fingers or person or not stated.empty:
            raise typer.BadParameter("An EBTS file sent as it is says all this itself.")
        return _send_as_it_is(service, first, transaction, purpose)
    if klass is None:
        raise typer.BadParameter("Images need --class, which says what is asked.")
    more: dict[str, Any] = {}
    if is_file:
        itl = read_itl(first)
        prints = [_itl_print(image) for image in finger_images(itl)]
        if left := len(itl_images(itl)) - len(prints):
            words = (
                f"Images that are no fingers are left out: {left}. Without --class they are sent."
            )
            aside().print(words, markup=False)
        stated = biographics_of(itl) if stated.empty else stated
    else:
        prints = _image_prints(files, content, fingers)
    if not stated.empty:
        more["biographics"] = _stated(stated)
    if person is not None:
        more["person"] = person
    named = transaction or f"cli-{secrets.token_hex(8)}"
    return service.submit(named, klass, prints, purpose=purpose, **more)


def _send_as_it_is(
    service: Client, data: bytes, transaction: str | None, purpose: Purpose | None
) -> Status:
    from tenprint.client import Status

    if purpose is None:
        return service.submit_ebts(data, transaction=transaction)
    named = transaction or read_itl(data).control_number.strip() or f"cli-{secrets.token_hex(8)}"
    body = {
        "transaction": named,
        "purpose": purpose.value,
        "ebts": base64.b64encode(data).decode(),
    }
    return Status.of(service.call("POST", "/v1/transactions", body))


def _asks(content: Sequence[bytes]) -> bool:
    """Whether it is an EBTS file that is answered at once."""
    if len(content) != 1 or not _is_itl(content[0]):
        return False
    file, _ = scan_itl(content[0])
    kind = None if file is None else transaction_type(file.type_of_transaction)
    return kind is not None and kind.klass is not None and not kind.klass.waits


def _ask(service: Client, data: bytes, purpose: Purpose | None, out: Path | None) -> None:
    if out is None:
        raise typer.BadParameter("The answer is an EBTS file: say where it goes, --ebts-out.")
    found = service.ask_ebts(data, purpose=purpose)
    out.write_bytes(found)
    screen().print(f"{read_itl(found).type_of_transaction} in {out}", markup=False)


def _is_json(data: bytes) -> bool:
    return data[:200].lstrip().startswith(b"{")


def _is_itl(data: bytes) -> bool:
    """Whether it begins like a Type-1 record (ANSI/NIST-ITL 1-2011, 8.1.1: field 1.001 first)."""
    return data.startswith((b"1.01:", b"1.001:", b"1.0001:", b"1.00001:"))


def _object(data: bytes, path: Path) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise InputError("The file is no JSON.", source=path) from None
    return found if isinstance(found, dict) else {}


def _itl_print(image: ItlImage) -> dict[str, Any]:
    data = image.data
    if image.compression == "NONE":
        pixels = np.frombuffer(data, np.uint8)
        if pixels.size != image.height * image.width:
            raise InputError("An image is not as long as its record says.", field="image")
        out = io.BytesIO()
        Image.fromarray(pixels.reshape(image.height, image.width)).save(out, "PNG")
        data = out.getvalue()
    return {
        "finger": int(image.finger),
        "impression": int(image.impression),
        "image": base64.b64encode(data).decode(),
        **({} if image.ppi is None else {"ppi": float(image.ppi)}),
        "missing": [int(finger) for finger, _ in image.missing],
    }


def _image_prints(
    files: Sequence[Path], content: Sequence[bytes], fingers: Sequence[str]
) -> list[dict[str, Any]]:
    if len(fingers) not in (0, 1, len(files)):
        raise typer.BadParameter("Name --finger once, or once an image.")
    named = [parse_finger(each) for each in fingers]
    prints = []
    for number, (path, data) in enumerate(zip(files, content, strict=True)):
        known = finger_in_name(path)
        position = known[1] if known else Finger.UNKNOWN
        if named:
            position = named[number if len(named) > 1 else 0]
        kind = "template" if is_template_file(path) else "image"
        prints.append({"finger": int(position), kind: base64.b64encode(data).decode()})
    return prints


def _biographics(names: Sequence[str], born: str | None) -> Biographics:
    split = [name.strip().rpartition(" ") for name in names]
    return Biographics(
        tuple(PersonName(given, family) for given, _, family in split),
        (born,) if born else (),
    )


def _stated(of: Biographics) -> dict[str, Any]:
    return {
        "names": [{"given": each.given, "family": each.family} for each in of.names],
        "birth_dates": list(of.birth_dates),
        "sex": of.sex.value,
        "identifiers": [
            {"kind": each.kind, "value": each.value, "issuer": each.issuer}
            for each in of.identifiers
        ],
        "other": dict(of.other),
    }


def _show(of: Status, answer: Answer | None, as_json: bool) -> None:
    if as_json:
        print_json({"status": of.raw, "answer": None if answer is None else answer.raw})
        return
    out = screen()
    if answer is None:
        out.print(f"{of.transaction}: {of.klass.value}, {of.state}", markup=False)
        due = f"It is due {of.deadline.isoformat(timespec='seconds')}"
        words = "The answer is there" if of.state == "answered" else due
        aside().print(f"{words}; see it with: tenprint status {of.transaction}", markup=False)
        return
    out.print(answer.text.rstrip(), markup=False)
