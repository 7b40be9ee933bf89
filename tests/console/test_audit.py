"""The audit log's pages: reading leaves an entry, verifying goes on in the background."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import httpx
import pytest
from playwright.sync_api import expect
from sqlalchemy import text
from tests.console.conftest import Open
from tests.console.world import World, send

from tenprint.audit import EventKind, _verifying, read_entries
from tenprint.console import _audit
from tenprint.console._words import _EVENTS, event
from tenprint.process import Process

JSON = {"Accept": "application/json"}


def kept(town: World, kind: str) -> list[Any]:
    """The entries of a kind, the newest first, without leaving one."""
    town.desk.bring_log()
    with town.desk.store.reading() as connection:
        return [each for each in read_entries(connection, limit=1000) if each.kind == kind]


def verified(client: httpx.Client) -> dict[str, Any]:
    """What the verification that runs will have found."""
    limit = time.monotonic() + 60
    while True:
        found = client.get("/audit/verify", headers=JSON).json()["verification"]
        if found["running"] is None:
            return dict(found["last"])
        assert time.monotonic() < limit
        time.sleep(0.05)


class Halted(Process):
    """A process that verifies and stands still once it is open, as if the log were endless."""

    pids: ClassVar[list[int]] = []

    @classmethod
    def opened(cls, *arguments: Any, **options: Any) -> Process:
        process = Process.opened(*arguments, **options)
        os.kill(process.pid, signal.SIGSTOP)
        cls.pids.append(process.pid)
        return process


@pytest.fixture
def halted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """The process that verifies, once there is one; it stands still until it is continued."""
    monkeypatch.setattr(_verifying, "Process", Halted)
    Halted.pids.clear()

    def pid() -> int:
        limit = time.monotonic() + 60
        while not Halted.pids:
            assert time.monotonic() < limit
            time.sleep(0.01)
        return Halted.pids[-1]

    yield pid
    for each in Halted.pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGCONT)


def test_who_reads_the_log_stands_in_it(town: World) -> None:
    with town.shared("olga") as client:
        assert client.get("/people/P2").status_code == 200
        before = len(kept(town, EventKind.AUDIT_READ))
        asked = ("/audit", "/audit?person=P2", "/audit?agency=BORDER")
        for path in asked:
            assert client.get(path).status_code == 200
        assert client.get("/audit?agency=BORDER", headers=JSON).status_code == 200
        found = kept(town, EventKind.AUDIT_READ)[: len(asked) + 1][::-1]
        assert len(kept(town, EventKind.AUDIT_READ)) == before + 4
        assert {(each.actor, each.agency, each.outcome) for each in found} == {
            ("olga", "OPERATOR", "entries")
        }
        assert [each.subject for each in found] == [None, "P2", None, None]
        assert [each.detail.get("agency") for each in found] == [None, None, "BORDER", "BORDER"]
        # The look shows among a person's entries the next time, and how far one is does not.
        entries = client.get("/audit?person=P2", headers=JSON).json()["entries"]
        assert entries[0]["kind"] == "audit.read"
        count = len(kept(town, EventKind.AUDIT_READ))
        client.get("/audit/verify")
        client.get("/audit/verify", headers={"HX-Request": "true"})
        assert len(kept(town, EventKind.AUDIT_READ)) == count
    with town.shared("ann") as client:
        assert client.get("/audit").status_code == 403
        assert client.get("/audit/verify").status_code == 403


def test_the_twin_leads_through_the_log(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_audit, "ENTRIES", 3)
    town.desk.sequencer.checkpoint()
    with town.shared("olga") as client:
        first = client.get("/audit", headers=JSON).json()
        assert first["checkpoint"].startswith("tenprint.audit/")
        assert first["next"] == first["entries"][-1]["id"]
        second = client.get(f"/audit?after={first['next']}", headers=JSON).json()
        assert second["entries"][0]["id"] < first["next"]
        assert f"/audit?after={second['next']}" in client.get(f"/audit?after={first['next']}").text
        assert client.get("/audit?person=nobody-else", headers=JSON).json()["next"] is None


def test_pressing_again_begins_no_other(town: World, halted: Callable[[], int]) -> None:
    town.desk.sequencer.checkpoint()
    with town.shared("olga") as client:
        assert send(client, "/audit/verify", {}, of="/audit").headers["Location"] == "/audit/verify"
        pid = halted()
        begun = client.get("/audit/verify", headers=JSON).json()["verification"]["running"]
        assert begun["by"] == "olga"
        assert begun["report"] is None
        assert send(client, "/audit/verify", {}, of="/audit").status_code == 303
        again = client.get("/audit/verify", headers=JSON).json()["verification"]["running"]
        assert (again["began"], town.desk.verifying.pid) == (begun["began"], pid)
        for path in ("/audit", "/audit/verify"):
            page = client.get(path).text
            assert "is being verified" in page
            assert 'hx-get="/audit/verify" hx-trigger="every 1s"' in page
            assert '<a href="/audit/verify">Look again</a>' in page
        os.kill(pid, signal.SIGCONT)
        last = verified(client)
        assert last["report"]["ok"] is True
        assert last["done"] == last["leaves"] == last["report"]["size"]
        page = client.get("/audit/verify").text
        assert "Everything is as it was signed." in page
        assert "hx-get" not in page


def test_a_checkpoint_kept_elsewhere(town: World) -> None:
    """As a browser sends it: other line ends, and none at the end."""
    signed = town.desk.sequencer.checkpoint()
    key = town.desk.sequencer.public_key()
    town.case()
    town.desk.sequencer.checkpoint()
    fields = {"checkpoint": signed.text.replace("\n", "\r\n").strip(), "key": key}
    with town.shared("olga") as client:
        assert send(client, "/audit/verify", fields, of="/audit").status_code == 303
        last = verified(client)
        assert last["report"]["ok"] is True
        assert last["checkpoint"]["size"] == last["report"]["signed"] == signed.size
        assert last["report"]["size"] > signed.size
        wrong = {**fields, "checkpoint": "none"}
        assert send(client, "/audit/verify", wrong, of="/audit").status_code == 400
        assert send(client, "/audit/verify", {"key": "none"}, of="/audit").status_code == 400
        assert client.get("/audit/verify", headers=JSON).json()["verification"]["last"] == last


def test_without_scripts_the_page_is_loaded_again(
    town: World, open_page: Open, halted: Callable[[], int]
) -> None:
    page = open_page("olga", java_script_enabled=False)
    page.goto("/audit")
    page.click("text=Verify the whole log")
    pid = halted()
    page.click("text=Look again")
    assert page.locator("progress").count() == 1
    os.kill(pid, signal.SIGCONT)
    limit = time.monotonic() + 60
    while page.locator("progress").count():
        assert time.monotonic() < limit
        time.sleep(0.1)
        page.reload()
    assert page.locator("[role=status]").count() == 1


def test_kinds_are_told_in_plain_words(town: World) -> None:
    for kind in EventKind:
        assert kind in _EVENTS
        assert not re.search("[._]|-head", event(kind)), kind
    assert event("another.kind-of") == "another kind of"
    with town.client("olga") as client:
        page = client.get("/audit").text
    assert "Signed in" in page
    assert "access signed" not in page
    assert ">done<" not in page


def test_the_page_follows_and_tells_what_was_changed(
    town: World, open_page: Open, halted: Callable[[], int]
) -> None:
    town.desk.sequencer.checkpoint()
    page = open_page("olga")
    change = text(
        "UPDATE audit_entries SET actor = actor || :more"
        " WHERE id = (SELECT min(id) FROM audit_entries)"
    )
    for more, found in (("", "Everything is as it was signed."), ("!", "entry-changed")):
        with town.desk.store.transaction() as connection:
            connection.execute(change, {"more": more})
        Halted.pids.clear()
        page.goto("/audit")
        page.click("text=Verify the whole log")
        page.wait_for_url("**/audit/verify")
        expect(page.locator("progress")).to_be_visible()
        os.kill(halted(), signal.SIGCONT)
        expect(page.get_by_role("status")).to_contain_text(found)
        page.goto("/audit")
        expect(page.get_by_role("status")).to_contain_text("against the checkpoint of 20")
    expect(page.get_by_role("status")).to_contain_text("The log was changed.")
