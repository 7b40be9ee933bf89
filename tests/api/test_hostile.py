"""Hostile input at the edge: a coded answer, nothing lost, nothing leaked."""

from __future__ import annotations

import base64
import io
import json
import socket
import time
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.api.world import World, encoded, image, new, prints
from tests.formats.cards import card, finger_records

from tenprint.formats import write_itl
from tenprint.model import Finger


def coded(answer: httpx.Response) -> str:
    """The code of a refusal, which must be one of the caller's making and say nothing of us."""
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] in ("application/problem+json", "application/json")
    for word in ("Traceback", "/src/", "/data/", "sqlite", ".py"):
        assert word not in answer.text, answer.text
    content = answer.json()
    return str(content["code"])


def test_more_bytes_than_are_taken(running: World) -> None:
    key = {"Authorization": f"Bearer {running.keys['border']}"}
    host, port = running.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as raw:
        head = "".join(
            f"{line}\r\n"
            for line in (
                "POST /v1/transactions HTTP/1.1",
                f"Host: {host}",
                f"Authorization: {key['Authorization']}",
                "Content-Type: application/json",
                "Content-Length: 99999999999",
                "",
            )
        )
        raw.sendall(head.encode())  # and not one byte of the body
        reply = raw.recv(65536)
    assert reply.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"transaction": "x"}',
        b'{"transaction": NaN}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"transaction": "' + b"x" * 200 + b'", "class": "border-check"}',
        b'{"transaction": "x", "class": "border-check", "surprise": 1}',
        b'{"transaction": 1e400, "class": "border-check"}',
        b'{"transaction": "\\ud800", "class": "border-check"}',
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a>&d;</a>',
    ],
)
def test_bodies_that_are_none(running: World, raw: bytes) -> None:
    client, kind = running.of("border"), {"Content-Type": "application/json"}
    coded(client.post("/v1/transactions", content=raw, headers=kind))
    coded(client.post("/v1/names/search", content=raw, headers=kind))
    register = running.of("register")
    where = "/osia/v1/persons?transactionId=x"
    assert coded(register.post(where, content=raw, headers=kind)) == "40000"


@pytest.mark.parametrize("kind", ["", "text/xml", "application/xml", "application/x-protobuf"])
def test_other_content_types(running: World, kind: str) -> None:
    xml = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
    headers = {"Content-Type": kind} if kind else {}
    answer = running.of("border").post("/v1/transactions", content=xml, headers=headers)
    assert coded(answer) == "input"
    assert "root:" not in answer.text


def test_pictures_that_are_bombs_or_none(running: World) -> None:
    bomb = io.BytesIO()
    Image.new("L", (30_000, 30_000)).save(bomb, "PNG")  # small packed, 900 MB unpacked
    whole = base64.b64decode(image(1, 2))
    bad = {
        "bomb": bomb.getvalue(),
        "cut": whole[: len(whole) // 2],
        "empty": b"",
        "script": b"<svg onload=alert(1)>",
        "zip": b"PK\x03\x04" + bytes(100),
        "wsq": b"\xff\xa0\xff\xa4" + bytes(50),
    }
    for name, data in bad.items():
        body = {
            "transaction": new(name),
            "class": "border-check",
            "prints": [{"finger": 1, "image": encoded(data)}],
        }
        answer = running.of("border").post("/v1/transactions", json=body)
        assert answer.status_code in (400, 413, 422), (name, answer.text)
        coded(answer)


@given(data=st.data())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_transaction_files_cut_and_changed(running: World, data: st.DataObject) -> None:
    whole = _file()
    cut = data.draw(st.integers(0, len(whole)))
    at = data.draw(st.integers(0, len(whole) - 1))
    with_byte = whole[:at] + bytes([data.draw(st.integers(0, 255))]) + whole[at + 1 :]
    for raw in (whole[:cut], with_byte):
        kind = {"Content-Type": "application/x-ansi-nist", "X-Purpose": "criminal-justice"}
        answer = running.of("police").post(
            "/v1/transactions", content=raw, headers=kind, params={"transaction": new("file")}
        )
        assert answer.status_code == 202 or coded(answer)


def _file() -> bytes:
    return write_itl(card(finger_records([Finger.RIGHT_INDEX])))


def test_headers_that_are_too_many_or_too_long(running: World) -> None:
    host, port = running.url.removeprefix("http://").split(":")
    for line in (b"X-Long: " + b"a" * 200_000, b"X: y\r\n" * 20_000):
        with socket.create_connection((host, int(port)), timeout=20) as raw:
            raw.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + line + b"\r\n\r\n")
            reply = raw.recv(1000)
        assert not reply or reply.startswith((b"HTTP/1.1 4", b"HTTP/1.1 200"))
    assert httpx.get(f"{running.url}/healthz").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v1/transactions/..%2f..%2fetc%2fpasswd",
        "/v1/transactions/%00",
        "/v1/transactions/%ff%fe",
        "/v1/transactions/" + "a" * 5000,
        "/v1/transactions/' OR 1=1 --",
        "/v1/cases/' OR 1=1 --",
        "/v1/audit/entries/%2e%2e/proof",
        "/v1/agencies/%00/keys",
        "/osia/v1/persons/%00/encounters?transactionId=1",
        "/osia/v1/persons/' OR 1=1 --/encounters?transactionId=1",
        "/osia/v1/tasks/%00/status?transactionId=1",
        "/osia/v1/galleries/%00?transactionId=1",
    ],
)
def test_paths_that_are_tricks(running: World, path: str) -> None:
    coded(running.of("operator").get(path))


def test_an_agency_has_a_limit(running: World) -> None:
    operator = running.of("operator")
    agency = {"id": new("SLOW").upper(), "name": "s", "kind": "border", "rate": 0.5, "burst": 2}
    operator.post("/v1/agencies", json=agency)
    key = {"label": "a", "roles": ["submit"], "purposes": ["border"]}
    made = operator.post(f"/v1/agencies/{agency['id']}/keys", json=key).json()
    headers = {"X-API-Key": made["secret"]}
    statuses = [httpx.get(f"{running.url}/v1/me", headers=headers) for _ in range(4)]
    assert [each.status_code for each in statuses][:3] == [200, 200, 429]
    assert statuses[2].json()["code"] == "rate-limit"
    assert int(statuses[2].headers["retry-after"]) >= 1
    osia = httpx.get(f"{running.url}/osia/v1/galleries?transactionId=1", headers=headers)
    assert osia.json()["code"] == 42900


def test_a_client_that_goes_away_harms_nobody(running: World) -> None:
    host, port = running.url.removeprefix("http://").split(":")
    for _ in range(5):
        with socket.create_connection((host, int(port)), timeout=20) as raw:
            head = "POST /v1/transactions HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n"
            head += f"Authorization: Bearer {running.keys['border']}\r\n"
            raw.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n{")
    time.sleep(0.2)
    body = {"transaction": new(), "class": "border-check", "prints": prints(500)}
    assert running.of("border").post("/v1/transactions", json=body).status_code == 202


def test_answers_are_json_whatever_was_sent(running: World) -> None:
    body: dict[str, Any] = {
        "biographics": {"names": [{"given": "</script><script>alert(1)</script>"}]},
        "purpose": "criminal-justice",
    }
    answer = running.of("police").post("/v1/names/search", json=body)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    json.loads(answer.text)
