"""Usage counted a piece at a time is what one reading of the log says."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.console.world import World

from tenprint.access import Agency, AgencyKind, add_agency
from tenprint.audit import Event, EventKind, append_many, tables, usage
from tenprint.console import _operate, _usage
from tenprint.console._usage import Counted, Counts, UsageSoFar
from tenprint.model import Purpose, TransactionClass
from tenprint.store import TruthStore

NOW = datetime(2026, 3, 31, 9, 17, 40, tzinfo=UTC)
DAYS = 10


@pytest.fixture
def store() -> Iterator[TruthStore]:
    with TruthStore.open(":memory:") as opened:
        with opened.transaction() as connection:
            tables.create_all(connection)
        yield opened


def log(store: TruthStore, moments: list[datetime]) -> None:
    rng = random.Random(len(moments))
    events = [
        Event(
            rng.choice((EventKind.ACCEPTED, EventKind.ACCEPTED, EventKind.VIEWED)),
            f"AGENCY{rng.randrange(4)}",
            "key",
            Purpose.BORDER,
            "T1",
            rng.choice((TransactionClass.BORDER_CHECK, TransactionClass.NAME_SEARCH)),
        )
        for _ in moments
    ]
    with store.transaction() as connection:
        append_many(connection, events, at=moments)


def truth(store: TruthStore, now: datetime) -> Counts:
    first = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    with store.reading() as connection:
        found = usage(connection, None, first, now)
    return Counter({(each.agency, each.klass.value): each.count for each in found})


def finished(meter: UsageSoFar, now: datetime, budget: float) -> Counted:
    last = now
    for _ in range(2000):
        found = meter.look(now, budget)
        if found.complete:
            return found
        assert found.since <= last or found.until < now
        last = found.since
    raise AssertionError("it never ends")


@pytest.mark.parametrize("budget", [0.0005, 10.0])
def test_the_pieces_add_up(store: TruthStore, budget: float) -> None:
    rng = random.Random(5)
    spread = timedelta(days=DAYS + 4).total_seconds()
    edges = [NOW.replace(hour=0, minute=0, second=0) - timedelta(days=n) for n in range(DAYS + 2)]
    log(store, [NOW - timedelta(seconds=rng.uniform(0, spread)) for _ in range(900)] + edges)
    meter = UsageSoFar(store, DAYS)
    assert finished(meter, NOW, budget).counts == truth(store, NOW)
    # What comes later is added; what is too old goes.
    for pause in (timedelta(seconds=20), timedelta(hours=30), timedelta(days=DAYS + 3)):
        now = NOW + pause
        log(store, [NOW + pause * rng.random() for _ in range(200)])
        assert finished(meter, now, budget).counts == truth(store, now), pause
    assert len(meter._counted) <= DAYS + 2


def test_a_page_shows_how_far_it_has_counted(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """And some of the agencies; the others are on the next."""
    monkeypatch.setattr(_operate, "AGENCIES", 2)
    with town.desk.store.transaction() as connection:
        add_agency(connection, Agency("QUIET", "Never asks", AgencyKind.CIVIL))
    json = {"Accept": "application/json"}
    seen: list[str] = []
    with town.shared("olga") as client:
        for start in (0, 2):
            twin = client.get(f"/agencies?from={start}", headers=json).json()
            seen += [each["id"] for each in twin["agencies"]]
        assert twin["count"] == len(set(seen)) == 4
        assert twin["complete"] is True
        page = client.get("/agencies").text
        assert "1 to 2 of 4 agencies" in page
        assert 'href="/agencies?from=2"' in page
        for wrong in ("-1", "x", "1" * 20, "²"):
            assert client.get("/agencies", params={"from": wrong}).status_code == 400
        monkeypatch.setattr(
            UsageSoFar, "look", lambda self, now, budget: Counted(now, now, Counter(), False)
        )
        assert "Still counting" in client.get("/agencies").text


def test_all_agencies_are_counted_and_only_those_shown_are_read(
    town: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More of them than a page has: the busiest is first, wherever its identifier stands."""
    with town.desk.store.transaction() as connection:
        for n in range(150):
            add_agency(connection, Agency(f"A{n:03d}", f"Agency {n}", AgencyKind.CIVIL))
        busy = Event(
            EventKind.ACCEPTED, "POLICE", "key", Purpose.BORDER, "T1", TransactionClass.UPDATE
        )
        append_many(connection, [busy] * 40)
    read: list[int] = []
    found = _operate.get_agencies
    monkeypatch.setattr(
        _operate, "get_agencies", lambda c, ids: (read.append(len(ids)), found(c, ids))[1]
    )
    with town.shared("olga") as client:
        limit = time.monotonic() + 20  # what is counted may be a second old
        twin: dict[str, Any] = {"agencies": []}
        while not any(each["usage"].get("update") for each in twin["agencies"]):
            assert time.monotonic() < limit
            twin = client.get("/agencies", headers={"Accept": "application/json"}).json()
        assert twin["count"] > 150
        assert twin["agencies"][0]["id"] == "POLICE"
        assert twin["agencies"][0]["usage"]["update"] == 40
        assert len(twin["agencies"]) == _operate.AGENCIES == read[0]
        last = client.get("/agencies?from=100", headers={"Accept": "application/json"}).json()
        assert len(last["agencies"]) == twin["count"] - 100


def test_a_busy_minute_is_not_read_at_once(
    store: TruthStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading takes as long as there is to read: a look ends in time, and the next goes on."""
    log(store, [NOW - timedelta(seconds=n / 100) for n in range(9000)])
    clock = [0.0]
    asked: list[timedelta] = []

    def slow(connection: object, agency: None, since: datetime, until: datetime) -> list[object]:
        asked.append(until - since)
        clock[0] += 0.001 * (until - since).total_seconds()  # a millisecond a second of log
        return []

    monkeypatch.setattr(_usage, "usage", slow)
    monkeypatch.setattr(_usage.time, "monotonic", lambda: clock[0])
    meter = UsageSoFar(store, DAYS)
    took = []
    for n in range(20):
        before = clock[0]
        meter.look(NOW + timedelta(seconds=2 * n), 0.03)
        took.append(clock[0] - before)
    assert max(took) < 0.03 + 2 * _usage.PIECE
    assert max(asked) < timedelta(seconds=20)
    assert meter.look(NOW + timedelta(seconds=38), 0.03).until == NOW + timedelta(seconds=38)
    # Many who look at once do not make many small pieces of it.
    count = len(asked)
    for n in range(100):
        meter.look(NOW + timedelta(seconds=38, milliseconds=n), 0.03)
    assert not [each for each in asked[count:] if each < timedelta(seconds=1)]
