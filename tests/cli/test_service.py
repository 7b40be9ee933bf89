"""The service as a newcomer meets it: commands, processes, signals, files."""

from __future__ import annotations

import json
import re
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.api.world import encounter, prints
from tests.cli.process import Process, serving, tenprint_
from tests.formats.cards import HEADING, card, finger_records, other_records
from typer.testing import CliRunner

import tenprint
from tenprint.cli import app
from tenprint.formats.itl import ItlRecord, make_itl, read_itl, write_itl
from tenprint.model import TEN_FINGERS, Finger


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Process]]:
    folder = tmp_path_factory.mktemp("service") / "data"
    with serving(folder) as process:
        yield folder, process


def request_file(tmp_path: Path, who: int, klass: str, impression: int = 0) -> str:
    path = tmp_path / f"{klass}.json"
    body: dict[str, Any] = {"class": klass, "prints": prints(who, impression)}
    if klass == "criminal-tenprint":
        body["biographics"] = {"names": [{"given": "Ann", "family": "Example"}]}
    path.write_text(json.dumps(body))
    return str(path)


def test_enrolled_and_recognised(service: tuple[Path, Process], tmp_path: Path) -> None:
    folder, process = service
    first = "".join(process.said)
    assert re.search(r"^  [A-Z0-9-]{20,}$", first, re.MULTILINE)  # the one-time code
    assert (folder / "keys/local.key").stat().st_mode & 0o777 == 0o600
    arrest = request_file(tmp_path, 400, "criminal-tenprint")
    told = tenprint_("submit", arrest, "--wait", folder=folder)
    person = re.search(r"Person:\s+(\S+)", told)
    assert person
    check = request_file(tmp_path, 400, "border-check", 1)
    told = tenprint_("submit", check, "--transaction", "B-1", "--wait", folder=folder)
    assert person[1] in told
    assert "EXAMPLE, Ann" in told
    once_more = CliRunner().invoke(
        app, ["submit", check, "--transaction", "B-1"], env={"TENPRINT_FOLDER": str(folder)}
    )
    assert once_more.stdout == "B-1: border-check, answered\n"
    assert once_more.stderr == "The answer is there; see it with: tenprint status B-1\n"
    again = json.loads(tenprint_("status", "B-1", "--json", folder=folder))
    assert again["answer"]["content"]["person"] == person[1]
    assert again["status"]["state"] == "answered"


def test_a_flag_is_set_by_a_file_and_told(service: tuple[Path, Process], tmp_path: Path) -> None:
    folder, _ = service
    arrest = request_file(tmp_path, 403, "criminal-tenprint")
    told = tenprint_("submit", arrest, "--wait", folder=folder)
    person = re.search(r"Person:\s+(\S+)", told)
    assert person
    flag = {"kind": "wanted", "note": "W-77"}
    path = tmp_path / "flag.json"
    path.write_text(
        json.dumps({"class": "update", "operation": "set-flag", "person": person[1], "flag": flag})
    )
    told = tenprint_("submit", str(path), "--wait", folder=folder)
    assert re.search(r"^Entry:\s+[0-9a-f]{32}$", told, re.MULTILINE)
    check = request_file(tmp_path, 403, "border-check", 1)
    told = tenprint_("submit", check, "--wait", folder=folder)
    assert re.search(r"^ATTENTION:\s+WANTED  W-77$", told, re.MULTILINE)


def test_a_card_of_the_shelf(
    service: tuple[Path, Process], shared_data: Path, tmp_path: Path
) -> None:
    folder, _ = service
    card = str(shared_data / "ansi-nist/tenprint-card/sample.an2")
    options = ("--class", "criminal-tenprint", "--name", "Bea Example", "--born", "1980-04")
    told = tenprint_("submit", card, *options, "--wait", folder=folder)
    person = re.search(r"Person:\s+(\S+)", told)
    assert person
    told = tenprint_("submit", card, "--class", "border-check", "--wait", folder=folder)
    assert person[1] in told
    assert "EXAMPLE, Bea" in told


def test_an_ebts_file_asks_and_is_answered_by_one(
    service: tuple[Path, Process], tmp_path: Path
) -> None:
    folder, process = service
    arrest, answer = tmp_path / "arrest.eft", tmp_path / "answer.eft"
    arrest.write_bytes(write_itl(card(finger_records(TEN_FINGERS[:2], seed=70))))
    out = ("--ebts-out", str(answer))
    for name in ("A", "B"):
        words = ("submit", str(arrest), "--transaction", name, "--wait", *out)
        tenprint_(*words, folder=folder)
    told = read_itl(answer.read_bytes())
    assert told.descriptive is not None
    number = told.descriptive.text(14)
    record = ItlRecord.of(2, {14: number, 73: "ZZTESTPD1"})
    asking = tmp_path / "asking.eft"
    asking.write_bytes(write_itl(make_itl(HEADING, "EQHR", [record])))
    assert "EHRR in" in tenprint_("submit", str(asking), *out, folder=folder)
    found = read_itl(answer.read_bytes()).descriptive
    assert found is not None
    assert "TRESPASS, SIMPLE" in found.text(75)
    tenprint_("submit", str(asking), folder=folder, check=2)
    key = (folder / "keys/local.key").read_text().strip()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ansi-nist"}
    where = f"{process.url}/v1/transactions"
    plain = httpx.post(where, content=asking.read_bytes(), headers=headers, timeout=60)
    assert plain.status_code == 200
    assert plain.json()["class"] == "record-query"
    wrong = ItlRecord.of(2, {6: "DESK 3", 57: "01"})  # about nobody
    broken = write_itl(make_itl(HEADING, "IRQ", [wrong]))
    assert httpx.post(where, content=broken, headers=headers, timeout=60).status_code == 422


def test_what_a_card_brings_beside_fingers_is_named(
    service: tuple[Path, Process], tmp_path: Path
) -> None:
    folder, _ = service
    arrest = tmp_path / "arrest.eft"
    arrest.write_bytes(
        write_itl(card([*finger_records(TEN_FINGERS[:2], seed=71), *other_records()]))
    )
    told = tenprint_("submit", str(arrest), "--transaction", "O-1", "--wait", folder=folder)
    assert re.search(r"Not searched:\s+face \(record 5\), kept", told)
    check = ["submit", str(arrest), "--class", "border-check", "--wait"]
    found = CliRunner().invoke(app, check, env={"TENPRINT_FOLDER": str(folder)})
    assert found.exit_code == 0, found.output
    assert "Images that are no fingers are left out: 5." in found.stderr


def test_administration_on_the_running_service(
    service: tuple[Path, Process], tmp_path: Path
) -> None:
    folder, process = service
    tenprint_("agency", "add", "XX01", "Example Police", "--kind", "police", folder=folder)
    words = ("--role", "submit", "--role", "search", "--purpose", "border")
    secret = tenprint_("key", "add", "XX01", *words, "--save", folder=folder).strip()
    assert secret.startswith("tp_")
    with tenprint.Client(process.url, secret) as client:
        status = client.submit("C-1", "border-check", [*prints(401)])
        assert client.wait(status.transaction, 60) is not None
        assert client.answers("C-1")[0].transaction == "C-1"
        assert [each.transaction for each in client.list()] == ["C-1"]
    check = request_file(tmp_path, 401, "border-check", 1)
    by_agency = ("--agency", "XX01", "--transaction", "C-2", "--wait")
    tenprint_("submit", check, *by_agency, folder=folder)
    assert "C-2" in tenprint_("status", "C-2", "--agency", "XX01", folder=folder)
    tenprint_("status", "C-2", folder=folder, check=3)  # another agency's
    keys = json.loads(tenprint_("key", "list", "XX01", "--json", folder=folder))
    tenprint_("key", "revoke", keys[0]["id"], folder=folder)
    refused = tenprint_("submit", check, "--agency", "XX01", folder=folder, check=3)
    assert "error [credential]" in refused
    tenprint_("agency", "set", "XX01", "--inactive", "--rate", "3", folder=folder)
    listed = json.loads(tenprint_("agency", "list", "--json", folder=folder))
    assert next(e for e in listed if e["id"] == "XX01")["active"] is False
    roles = ("--role", "examine", "--purpose", "criminal-justice")
    code = tenprint_("user", "add", "ann", "--agency", "XX01", *roles, folder=folder)
    assert re.fullmatch(r"[A-Z0-9-]+\n", code)
    tenprint_("user", "set", "ann", "--inactive", folder=folder)
    assert "ann" in tenprint_("user", "list", folder=folder)


def test_the_log_verifies_and_backups_come_back(
    service: tuple[Path, Process], tmp_path: Path
) -> None:
    folder, process = service
    out = ("--out", str(tmp_path / "cp"), "--key-out", str(tmp_path / "pub"))
    tenprint_("audit", "checkpoint", *out, folder=folder)
    kept = ("--checkpoint", str(tmp_path / "cp"), "--key", str(tmp_path / "pub"))
    assert "as it was" in tenprint_("audit", "verify", *kept, folder=folder)
    other = (tmp_path / "cp").read_text().replace("1", "2")
    (tmp_path / "forged").write_text(other)
    forged = ("--checkpoint", str(tmp_path / "forged"), "--key", str(tmp_path / "pub"))
    tenprint_("audit", "verify", *forged, folder=folder, check=3)
    (tmp_path / "word").write_text("a long passphrase\n")
    secret = ("--passphrase-file", str(tmp_path / "word"))
    made = json.loads(tenprint_("backup", str(tmp_path / "b"), *secret, "--json", folder=folder))
    figures = httpx.get(f"{process.url}/metrics").text
    shown = re.search(r"^tenprint_last_backup_seconds (\S+)", figures, re.MULTILINE)
    at = datetime.fromisoformat(made["at"]).timestamp()
    assert shown is not None
    assert float(shown[1]) == pytest.approx(at, abs=1e-3)
    tenprint_("restore", str(tmp_path / "b"), str(tmp_path / "again"), *secret, folder=folder)
    listed = tenprint_("agency", "list", folder=tmp_path / "again")  # no service runs there
    assert "LOCAL" in listed


def test_the_log_is_read_by_person_and_agency(
    service: tuple[Path, Process], tmp_path: Path
) -> None:
    folder, _ = service
    told = tenprint_(
        "submit", request_file(tmp_path, 420, "criminal-tenprint"), "--wait", folder=folder
    )
    found = re.search(r"Person:\s+(\S+)", told)
    assert found
    lines = tenprint_("audit", "list", "--person", found[1], folder=folder).splitlines()
    assert lines
    assert all(f"  {found[1]}  " in line for line in lines)
    newest = tenprint_("audit", "list", "--limit", "2", folder=folder).splitlines()
    assert len(newest) == 2
    assert newest[0][:25] >= newest[1][:25]
    first = json.loads(tenprint_("audit", "list", "--limit", "1", "--json", folder=folder))[0]
    rest = ("audit", "list", "--agency", "LOCAL", "--after", first["id"], "--json")
    entries = json.loads(tenprint_(*rest, folder=folder))
    assert {each["agency"] for each in entries} == {"LOCAL"}
    assert first["id"] not in {each["id"] for each in entries}
    assert tenprint_("audit", "list", "--person", "nobody", folder=folder) == ""


def test_a_log_goes_on_after_a_backup_was_restored(tmp_path: Path) -> None:
    folder, again = tmp_path / "data", tmp_path / "again"
    (tmp_path / "word").write_text("a long passphrase\n")
    secret = ("--passphrase-file", str(tmp_path / "word"))
    agency = ("agency", "add", "XX1", "Example Police", "--kind", "police")
    with serving(folder):
        tenprint_("audit", "checkpoint", folder=folder)  # the log has begun
        tenprint_("backup", str(tmp_path / "b"), *secret, folder=folder)
        tenprint_(*agency, folder=folder)
        out = ("--out", str(tmp_path / "cp"), "--key-out", str(tmp_path / "pub"))
        tenprint_("audit", "checkpoint", *out, folder=folder)
    tenprint_("restore", str(tmp_path / "b"), str(again), *secret, folder=again)
    (again / "checkpoints").mkdir()
    (again / "checkpoints/latest.checkpoint").write_text((tmp_path / "cp").read_text())
    last = ("--checkpoint", str(tmp_path / "cp"), "--key", str(tmp_path / "pub"))
    assert "tree-shorter" in tenprint_("audit", "verify", *last, folder=again, check=3)
    said = tenprint_("audit", "checkpoint", folder=again, check=3)
    assert "tenprint audit accept-restored" in said
    assert "goes on" in tenprint_("audit", "accept-restored", "--yes", folder=again)
    tenprint_("audit", "checkpoint", "--out", str(tmp_path / "new"), folder=again)
    now = ("--checkpoint", str(tmp_path / "new"), "--key", str(tmp_path / "pub"), "--json")
    report = json.loads(tenprint_("audit", "verify", *now, folder=again))
    assert report["ok"]
    assert len(report["restored"]) == 1
    nowhere = tenprint_("audit", "accept-restored", folder=tmp_path / "x", check=3)
    assert "error [" in nowhere


def test_beyond_loopback_it_does_not_start(tmp_path: Path) -> None:
    said = tenprint_("serve", "--host", "0.0.0.0", folder=tmp_path / "x", check=3)  # noqa: S104
    assert "error [input]: host" in said
    assert not (tmp_path / "x").exists()
    said = tenprint_("serve", folder=tmp_path / "x", check=3, TENPRINT_PORT="much")
    assert "TENPRINT_PORT" in said


def test_folders_that_cannot_be_used_stop_the_start(tmp_path: Path) -> None:
    """A mount that is missing is no folder to be made."""
    nowhere = tmp_path / "nowhere"
    for name in ("checkpoints", "permissions"):
        told = {f"TENPRINT_{name.upper()}": str(nowhere)}
        said = tenprint_("serve", "--port", "0", folder=tmp_path / "x", check=3, **told)
        assert "error [input]" in said
        assert f"nowhere, {name}: " in said
        assert not nowhere.exists()


def test_tls(tmp_path: Path) -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (tmp_path / "chain.pem").write_bytes(certificate.public_bytes(pem))
    plain = serialization.NoEncryption()
    kind = serialization.PrivateFormat.PKCS8
    (tmp_path / "key.pem").write_bytes(key.private_bytes(pem, kind, plain))
    files = [str(tmp_path / "chain.pem"), str(tmp_path / "key.pem")]
    options = ("--tls-certificate", files[0], "--tls-key", files[1])
    with serving(tmp_path / "data", *options) as process:
        assert process.url.startswith("https://127.0.0.1:")
        secret = (tmp_path / "data/keys/local.key").read_text().strip()
        with tenprint.Client(process.url, secret, certificates=files[0]) as client:
            assert client.call("GET", "/v1/me")["agency"] == "LOCAL"
        with (
            tenprint.Client(process.url, secret) as distrusting,
            pytest.raises(tenprint.TenprintError, match="cannot be reached"),
        ):
            distrusting.status("A")


def test_a_second_service_on_the_folder_is_refused(service: tuple[Path, Process]) -> None:
    folder, _ = service
    assert "store-busy" in tenprint_("serve", "--port", "0", folder=folder, check=4)


def test_nobody_is_there(tmp_path: Path) -> None:
    assert "not-found" in tenprint_("status", "A", folder=tmp_path / "none", check=3)
    where = ("--url", "http://127.0.0.1:9", "--key", "tp_x")
    said = tenprint_("status", "A", *where, folder=tmp_path, check=4)
    assert "cannot be reached" in said


def test_what_was_accepted_outlives_a_kill(tmp_path: Path) -> None:
    heard: list[Any] = []
    taking = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if taking.is_set():
                heard.append((self.path, json.loads(body)))
            self.send_response(204 if taking.is_set() else 503)
            self.end_headers()

        def log_message(self, *_: Any) -> None: ...

    folder = tmp_path / "data"
    given = {
        "TENPRINT_ALLOWED_HOSTS": '["localhost"]',
        "TENPRINT_CALLBACK_PAUSE": "0.1",
        "TENPRINT_CALLBACK_ATTEMPTS": "100",
    }
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            first = Process(folder, **given)
            assert first.url
            key = (folder / "keys/local.key").read_text().strip()
            headers = {"Authorization": f"Bearer {key}"}
            callback = f"http://localhost:{server.server_port}/"
            made = httpx.post(
                f"{first.url}/osia/v1/persons/P/encounters/E",
                params={"transactionId": "T", "callback": callback},
                json=encounter(402),
                headers=headers,
                timeout=60,
            )
            assert made.status_code == 202, made.text
            task = made.json()["taskId"]
            first.end(signal.SIGKILL)
            taking.set()
            with serving(folder, **given) as second:
                for _ in range(600):
                    where = f"{second.url}/osia/v1/tasks/{task}/status?transactionId=T"
                    state = httpx.get(where, headers=headers, timeout=60).json()
                    if state == "COMPLETED":
                        break
                    time.sleep(0.1)
                assert state == "COMPLETED"
        finally:
            server.shutdown()
            thread.join()
    path, content = heard[0]
    assert path == f"/?transactionId=T&taskId={task}"
    assert content == {"personId": "P", "encounterId": "E"}


def test_the_client_names_fingers(service: tuple[Path, Process]) -> None:
    folder, process = service
    key = (folder / "keys/local.key").read_text().strip()
    with tenprint.Client(process.url, key, purpose="administration") as client:
        with pytest.raises(tenprint.TenprintError) as caught:
            client.submit("D-1", "border-check", {Finger.RIGHT_INDEX: b"nothing"})
        assert caught.value.code == "transaction"
        assert caught.value.as_dict()["faults"]
        stated = {"names": [{"given": "Cleo", "family": "Example"}]}
        client.submit("D-2", "criminal-tenprint", prints(403), biographics=stated)
        assert client.wait("D-2", 60) is not None
        found = client.name_search(stated)
        person = found.content["candidates"][0]["person"]
        assert client.record(person).content["record"]
        with pytest.raises(tenprint.TenprintError, match="no images"):
            client.images(person)  # templates only were sent
        with pytest.raises(tenprint.TenprintError) as missing:
            client.status("never")
        assert missing.value.http_status == 404
