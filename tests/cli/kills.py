"""Killing the service at random moments while clients talk to it; tests and benchmark.

Clients submit and ask over HTTP. Whatever got 200 or 202 is noted here, outside the service, and so
are every delivery and the audit log's checkpoints. What must be true afterwards, `check` looks at.
"""

from __future__ import annotations

import contextlib
import json
import random
import signal
import socket
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from tests.api.world import image, prints
from tests.cli.process import Process, serving, tenprint_

#: Fictitious people who come with all fingers as templates, and with two as images.
PEOPLE, PICTURED = 8, 3

#: Agencies: kind, purpose, class of what they submit.
AGENCIES = {
    "POLICE": ("police", "criminal-justice", "criminal-tenprint"),
    "BORDER": ("border", "border", "border-check"),
}

#: Seconds that a client waits for an answer now and then, and for the service to come back.
_WAIT, _PAUSE = 2, 0.05

_AGREED = (200, 202)
_LATER = (429, 503)


class Receiver:
    """Takes deliveries; of four it refuses one, after it has read it."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.url = f"http://localhost:{server.server_port}/"
        self.heard: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        self.taken: set[tuple[str, str]] = set()
        self._lock = threading.Lock()
        self._rng = random.Random(1)

    def take(self, key: str, body: dict[str, Any]) -> bool:
        """Note a delivery; whether it is accepted."""
        name = (body["agency"], body["transaction"])
        with self._lock:
            self.heard[name].append({"key": key, "body": body})
            if self._rng.random() < 0.25:
                return False
            self.taken.add(name)
            return True


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver at a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            raw = self.rfile.read(length)
            if len(raw) < length:  # the service was killed while it sent
                return
            taken = receiver.take(self.headers["Idempotency-Key"], json.loads(raw))
            self.send_response(204 if taken else 503)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(server)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


class Killing:
    """A service under load that is killed; what its clients were told."""

    def __init__(self, folder: Path, receiver: Receiver, seed: int = 0) -> None:
        self.folder = folder
        self.receiver = receiver
        self.accepted: dict[tuple[str, str], tuple[dict[str, Any], str | None]] = {}
        self.counts: Counter[str] = Counter()
        self.odd: list[str] = []
        self.checkpoints: list[str] = []
        self.public_key = ""
        self._rng = random.Random(seed)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self.environment = {
            "TENPRINT_ALLOWED_HOSTS": '["localhost"]',
            "TENPRINT_CALLBACK_ATTEMPTS": "100",
            # No band for examiners: everything is answered once, without a supplement.
            "TENPRINT_HIT_FPIR": "1e-3",
            "TENPRINT_REVIEW_FPIR": "1e-3",
            "TENPRINT_EXTRACT_THREADS": "1",
        }
        self.keys: dict[str, str] = {}

    def prepare(self) -> None:
        """Make the folder, the agencies and their keys; keep a first checkpoint."""
        with serving(self.folder, port=self._port, **self.environment):
            for agency, (kind, purpose, _) in AGENCIES.items():
                rates = ("--rate", "10000", "--burst", "10000")
                words = ("agency", "add", agency, agency.title(), "--kind", kind, *rates)
                tenprint_(*words, folder=self.folder)
                roles = ("--role", "submit", "--role", "search", "--purpose", purpose)
                told = tenprint_("key", "add", agency, *roles, folder=self.folder)
                self.keys[agency] = told.strip()
            local = self.folder / "keys" / "local.key"
            self.keys["LOCAL"] = local.read_text(encoding="ascii").strip()
            self.keep_checkpoint()

    def keep_checkpoint(self) -> None:
        """Fetch a signed checkpoint and keep it here; nothing where the service is away."""
        with self._client("LOCAL") as client, contextlib.suppress(httpx.TransportError):
            found = client.get("/v1/audit/checkpoint")
            if found.status_code == 200:
                made = found.json()
                self.checkpoints.append(made["checkpoint"])
                assert self.public_key in ("", made["public_key"])
                self.public_key = made["public_key"]

    def run(
        self, times: int, longest: float, clients: int = 4, told: Callable[[int], None] = print
    ) -> None:
        """Start and kill the service so often while clients talk to it."""
        lanes = [
            threading.Thread(target=self._talk, args=(lane, clients)) for lane in range(clients)
        ]
        for each in lanes:
            each.start()
        try:
            for turn in range(times):
                process = Process(self.folder, port=self._port, **self.environment)
                # Now and then before it listens: in the middle of taking up what was left.
                if self._rng.random() < 0.85:
                    assert process.url
                time.sleep(self._rng.uniform(0, longest))
                if self._rng.random() < 0.5:
                    self.keep_checkpoint()
                code = process.end(signal.SIGKILL)
                assert code == -signal.SIGKILL, process.said
                told(turn)
        finally:
            self._stop.set()
            for each in lanes:
                each.join()

    def check(self) -> dict[str, int]:
        """Start it once more: everything accepted has one answer, and the log verifies."""
        with serving(self.folder, port=self._port, **self.environment):
            people: dict[int, set[str]] = defaultdict(set)
            listed = 0
            for agency in AGENCIES:
                with self._client(agency) as client:
                    names = self._check_agency(client, agency, people)
                    listed += len(names)
                    # Exactly one leaf of the log for each transaction that there is.
                    usage = client.get("/v1/usage").json()["transactions"]
                    assert usage[AGENCIES[agency][2]] == len(names), usage
            self._check_deliveries()
            with self._client("LOCAL") as client:
                load = client.get("/v1/load").json()
                assert load["errors"] == {}, load
            self.keep_checkpoint()
            self._verify()  # while it runs
        self._verify()
        assert all(len(found) == 1 for found in people.values()), dict(people)
        assert self.odd == []
        figures = {"accepted": len(self.accepted), "listed": listed, "people": len(people)}
        heard = sum(map(len, self.receiver.heard.values()))
        return {**figures, "deliveries": heard, **self.counts}

    def _check_agency(
        self, client: httpx.Client, agency: str, people: dict[int, set[str]]
    ) -> set[str]:
        names = self._all(client)
        accepted = {name for of, name in self.accepted if of == agency}
        assert accepted <= names, accepted - names
        for name in sorted(names):
            path = f"/v1/transactions/{name}"
            final = client.get(f"{path}/answer", params={"wait": 60, "final": "true"})
            assert final.status_code == 200, (name, final.text)
            answers = client.get(f"{path}/answers").json()
            assert answers == [final.json()], (name, answers)
            assert answers[0]["number"] == 0
            self.counts[answers[0]["outcome"]] += 1
            person = answers[0]["content"].get("person")
            if person is not None:
                people[int(name.split("-")[1])].add(person)
            body, key = self.accepted.get((agency, name), (None, None))
            if body is None:  # accepted, and killed before it could say so
                self.counts["unheard"] += 1
                continue
            again = client.post("/v1/transactions", json=body)
            assert again.status_code == 202, again.text
            assert key in (None, again.json()["key"])
            assert again.json()["answers"] == 1
            other = {**body, "options": {"priority": 7}}
            assert client.post("/v1/transactions", json=other).status_code == 409
        assert self._all(client) == names
        return names

    def _check_deliveries(self) -> None:
        until = time.monotonic() + 120
        wanted = set(self.accepted)
        while not wanted <= self.receiver.taken:
            assert time.monotonic() < until, wanted - self.receiver.taken
            time.sleep(0.1)
        for (agency, name), heard in self.receiver.heard.items():
            with self._client(agency) as client:
                answer = client.get(f"/v1/transactions/{name}/answer").json()
            for each in heard:
                assert each["body"] == answer, name
                assert each["key"] == answer["id"], name

    def _verify(self) -> None:
        """By the command, with what was kept outside the folder."""
        kept = self.folder.parent / "kept"
        kept.mkdir(exist_ok=True)
        paths = []
        for number, text in enumerate(self.checkpoints):
            paths.append(kept / f"{number}.checkpoint")
            paths[-1].write_text(text, encoding="utf-8")
        latest = ("--checkpoint", str(paths[-1]), "--key", self.public_key)
        older = [word for path in paths[:-1] for word in ("--earlier", str(path))]
        told = tenprint_("audit", "verify", *latest, *older, folder=self.folder)
        assert "as it was" in told, told

    def _all(self, client: httpx.Client) -> set[str]:
        names: set[str] = set()
        following: dict[str, str] = {}
        while True:
            page = client.get("/v1/transactions", params={"limit": 1000, **following}).json()
            names |= {each["transaction"] for each in page["transactions"]}
            if page["next"] is None:
                return names
            following = {"after": page["next"]}

    def _client(self, agency: str) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.keys[agency]}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=90)

    def _talk(self, lane: int, lanes: int) -> None:
        """One client: a transaction after the other, and questions between them."""
        rng = random.Random(lane)
        number = lane
        agency = list(AGENCIES)[lane % len(AGENCIES)]
        try:
            with self._client(agency) as client:
                while not self._stop.is_set():
                    self._submit(client, agency, number, rng)
                    self._ask(client, agency, number, rng)
                    number += lanes
        except Exception as error:  # a client that ended unseen would weaken every check
            self.odd.append(f"client {lane} ended: {error!r}")

    def _submit(self, client: httpx.Client, agency: str, number: int, rng: random.Random) -> None:
        body = self._body(agency, number)
        wait = _WAIT if rng.random() < 0.3 else 0
        while not self._stop.is_set():
            try:
                told = client.post("/v1/transactions", params={"wait": wait}, json=body)
            except httpx.TransportError:
                with self._lock:
                    self.counts["cut off"] += 1
                time.sleep(_PAUSE)
                continue  # the same again, until it is accepted
            if told.status_code in _AGREED:
                with self._lock:
                    key = told.json().get("key")
                    self.accepted[agency, body["transaction"]] = (body, key)
                return
            self._expect(told, _LATER)
            time.sleep(_PAUSE)

    def _ask(self, client: httpx.Client, agency: str, number: int, rng: random.Random) -> None:
        """Questions, and what was submitted before sent again; cut off is nothing lost."""
        stated = {"names": [{"given": f"Given{number % PEOPLE}", "family": "Example"}]}
        with contextlib.suppress(httpx.TransportError):
            found = client.post("/v1/names/search", json={"biographics": stated})
            self._expect(found, (200, *_LATER))
            candidates = found.json()["content"].get("candidates") if found.is_success else None
            if candidates:
                person = {"person": candidates[0]["person"]}
                self._expect(client.post("/v1/records/query", json=person), (200, *_LATER))
            with self._lock:
                mine = [each for each in self.accepted.items() if each[0][0] == agency]
                self.counts["questions"] += 1
            (_, name), (body, key) = rng.choice(mine) if mine else (("", ""), ({}, None))
            if name:
                told = client.post("/v1/transactions", json=body)
                self._expect(told, (202, *_LATER))
                if told.status_code == 202 and key not in (None, told.json()["key"]):
                    self.odd.append(f"{name} is another transaction")

    def _expect(self, told: httpx.Response, statuses: tuple[int, ...]) -> None:
        if told.status_code not in statuses:
            self.odd.append(f"{told.request.url.path}: {told.status_code} {told.text}")

    def _body(self, agency: str, number: int) -> dict[str, Any]:
        _, purpose, klass = AGENCIES[agency]
        who = number // len(AGENCIES) % (PEOPLE + PICTURED)
        body: dict[str, Any] = {
            "transaction": f"K-{who}-{number}",
            "class": klass,
            "purpose": purpose,
            "biographics": {"names": [{"given": f"Given{who}", "family": "Example"}]},
            "options": {"callback": self.receiver.url},
        }
        if who < PEOPLE:
            return body | {"prints": prints(500 + who, number % 50)}
        pictures = [{"finger": f, "image": image(500 + who, f, 1 + number % 3)} for f in (1, 2)]
        return body | {"prints": pictures}
