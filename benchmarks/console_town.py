"""What `console_speed.py` looks at in a town: a user, people with 1000-ppi prints, two cases.

Prints of 1000 ppi are JPEG 2000 at ten to one, as the standard has them. What was made is noted in
the town's folder and used again.
"""

from __future__ import annotations

import base64
import io
import json
import os
import secrets
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from tenprint.access import Agency, AgencyKind, add_agency, add_user, hash_password
from tenprint.cli.day._server import Server, started
from tenprint.cli.day._town import Town
from tenprint.model import TEN_FINGERS, Finger, Purpose, Role
from tenprint.store import TruthStore
from tenprint.synth import ImpressionStyle, person

#: Seconds that the service may take to open a large town, and to answer.
OPENING, ANSWER = 1800.0, 120.0


@dataclass(frozen=True)
class Scene:
    """What the pages are opened for.

    Attributes
    ----------
    user, password : str
        May do everything in the console.
    person : str
        Has ten rolled prints at 1000 ppi.
    one, ten : str
        A case whose probe is one rolled print, and one whose probe are ten.
    """

    user: str
    password: str
    person: str
    one: str
    ten: str


def read_town(folder: Path) -> Town:
    """A town that ``tenprint bench day --keep`` made, in SQLite."""
    known = json.loads((folder / "town.json").read_text(encoding="utf-8"))
    if known["database"] is not None:
        raise SystemExit("The town's database is not in its folder.")
    return Town(folder / "service", known["people"], known["keys"], known["examiners"])


def make_scene(folder: Path, town: Town) -> Scene:
    """The town's scene; made where it is not there yet, for which the service is started once."""
    note = folder / "console.json"
    if note.exists():
        return Scene(**json.loads(note.read_text(encoding="utf-8")))
    word, stamp = secrets.token_urlsafe(12), secrets.token_hex(3)
    user, agency = f"console-{stamp}", f"CS{stamp.upper()}"
    with (
        TruthStore.open(town.folder / "people.tenprint", create=False) as store,
        store.transaction() as connection,
    ):
        add_agency(connection, Agency(agency, "Operators", AgencyKind.OPERATOR))
        add_user(
            connection, user, agency, roles=tuple(Role), purposes=(Purpose.ADMINISTRATION,),
            password_hash=hash_password(word),
        )  # fmt: skip
    # Whatever matches goes to examiners, so that there are cases.
    os.environ["TENPRINT_HIT_FPIR"] = "1e-300"
    with started(town.folder, None, folder / "service.log", OPENING) as server:
        made = Scene(user, word, *_people(server, town, user))
    del os.environ["TENPRINT_HIT_FPIR"]
    note.touch(mode=0o600)
    note.write_text(json.dumps(asdict(made)), encoding="utf-8")
    return made


def _people(server: Server, town: Town, stamp: str) -> tuple[str, str, str]:
    """Two people enrolled, and a case of each: the first's identifier, and the cases'."""
    key = town.keys["police"][0]
    cases = []
    for who, fingers in ((1, (Finger.RIGHT_INDEX,)), (2, TEN_FINGERS)):
        name = f"{stamp}-{who}"
        enrolled = {
            "class": "enrol", "person": name, "prints": _prints(who, TEN_FINGERS, 0),
            "options": {"search_first": False},
        }  # fmt: skip
        _send(server, key, f"{name}-enrol", enrolled)
        probe = {"class": "criminal-tenprint", "prints": _prints(who, fingers, 1)}
        _send(server, key, f"{name}-case", probe)
        cases.append(_case(server, town, f"{name}-case"))
    return f"{stamp}-1", cases[0], cases[1]


def _case(server: Server, town: Town, transaction: str) -> str:
    for case in ask(server, "/v1/cases", town.examiners[0]):
        if case["transaction"] == transaction:
            return str(case["id"])
    raise SystemExit("The probe did not become a case.")


def _send(server: Server, key: str, name: str, body: dict[str, Any]) -> None:
    body = {"transaction": name, "purpose": "criminal-justice", **body}
    ask(server, "/v1/transactions", key, body)
    until = time.monotonic() + ANSWER
    while time.monotonic() < until:
        state = ask(server, f"/v1/transactions/{name}", key)
        if state["state"] in ("answered", "review"):
            return
        time.sleep(0.2)
    raise SystemExit(f"{name} was not answered.")


def ask(server: Server, path: str, key: str, body: Any = None) -> Any:
    """One request of the interface, and its answer."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    where = f"http://{server.host}:{server.port}{path}"
    request = urllib.request.Request(where, data, headers)
    with urllib.request.urlopen(request, timeout=ANSWER) as answer:  # noqa: S310
        return json.load(answer)


def _prints(who: int, fingers: Sequence[Finger], impression: int) -> list[dict[str, Any]]:
    return [
        {"finger": int(finger), "ppi": 1000, "image": _image(who, finger, impression)}
        for finger in fingers
    ]


def _image(who: int, finger: Finger, impression: int) -> str:
    """A rolled print, twice as large as it was drawn."""
    style = ImpressionStyle.rolled()
    pixels = person(900 + who).fingers[finger].impression(impression, style=style)
    drawn = Image.fromarray(pixels)
    out = io.BytesIO()
    large = drawn.resize((2 * drawn.width, 2 * drawn.height), Image.Resampling.BICUBIC)
    large.save(out, "JPEG2000", quality_mode="rates", quality_layers=[10])
    return base64.b64encode(out.getvalue()).decode()
