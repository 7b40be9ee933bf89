"""Deadlines, group commits, addresses, comparisons: the desk's parts by themselves."""

import contextlib
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from tests.desk.world import submission, templates

from tenprint.desk import Answer, AnswerKind, DeskSettings, check_address, poster
from tenprint.desk._address import pinned
from tenprint.desk._deadlines import DeadlinePool, DeadlineQueue
from tenprint.desk._encoding import decode, digest, encode
from tenprint.desk._journal import Journal
from tenprint.desk._prepare import Prepared, sequence_faults
from tenprint.desk._verify import verified
from tenprint.model import (
    AccessError,
    Finger,
    InputError,
    Outcome,
    ServiceUnavailableError,
    TenprintError,
    TransactionClass,
)
from tenprint.store import TruthStore

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


# Deadlines


def test_the_earliest_deadline_that_can_be_met_comes_first() -> None:
    queue: DeadlineQueue[str] = DeadlineQueue(lambda: NOW, lambda: 5.0)
    queue.put("late", after(-10))
    queue.put("too close", after(3))
    queue.put("routine", after(7200))
    queue.put("border", after(15))
    queue.put("border too, urgent", after(15), priority=5)
    taken = [queue.take(0) for _ in range(5)]
    assert taken == ["border too, urgent", "border", "routine", "late", "too close"]
    assert queue.take(0) is None


@given(st.lists(st.integers(10_000, 1_000_000), max_size=30))
def test_what_can_be_met_comes_in_the_order_of_deadlines(dues: list[int]) -> None:
    queue: DeadlineQueue[int] = DeadlineQueue(lambda: NOW)
    for due in dues:  # milliseconds: times that differ by less than a microsecond are the same
        queue.put(due, after(due / 1000))
    assert [queue.take(0) for _ in dues] == sorted(dues)


def test_what_is_late_is_not_forgotten_under_overload() -> None:
    queue: DeadlineQueue[str] = DeadlineQueue(lambda: NOW)
    queue.put("late", after(-1))
    for _ in range(20):
        queue.put("new", after(60))
    assert "late" in [queue.take(0) for _ in range(10)]


def test_others_of_a_kind_are_taken_along() -> None:
    queue: DeadlineQueue[int] = DeadlineQueue(lambda: NOW)
    for number in range(10):
        queue.put(number, after(100 - number))
    assert queue.take_like(lambda n: n % 2 == 0, 3) == [8, 6, 4]
    assert len(queue) == 7


def test_a_pool_passes_on_results_and_errors() -> None:
    pool = DeadlinePool(2, lambda: NOW, "test")

    def fail() -> None:
        raise InputError("No.")

    try:
        assert [pool.submit(lambda n=n: n * n, after(1)).result() for n in range(5)] == [
            0, 1, 4, 9, 16,
        ]  # fmt: skip
        with pytest.raises(InputError):
            pool.submit(fail, after(1)).result()
    finally:
        pool.close()


# Group commits


def test_requests_share_commits_and_fail_alone(tmp_path: Path) -> None:
    metadata = MetaData()
    numbers = Table("numbers", metadata, Column("n", Integer, primary_key=True))
    with TruthStore.open(tmp_path / "x.tenprint") as store:
        with store.transaction() as connection:
            metadata.create_all(connection)
        journal = Journal(store)
        problems: list[BaseException] = []

        def write(number: int) -> None:
            def work(connection) -> None:
                connection.execute(insert(numbers), {"n": number})
                if number % 10 == 3:
                    raise InputError("Three.")

            try:
                journal.run(work)
            except TenprintError as error:
                problems.append(error)

        threads = [threading.Thread(target=write, args=(n,)) for n in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with store.reading() as connection:
            found = set(connection.execute(select(numbers.c.n)).scalars())
        assert found == {n for n in range(100) if n % 10 != 3}
        assert len(problems) == 10
        assert journal.entries == 100
        journal.close()
        with pytest.raises(ServiceUnavailableError):
            journal.run(lambda connection: None)


# Addresses


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/x", "ftp://example.org", "https://", "https://user:pw@example.org/",
        "https://127.0.0.1/", "https://10.1.2.3/", "https://[::1]/", "https://169.254.169.254/",
        "https://0x7f000001/", "https://2130706433/", "https://0177.0.0.1/", "https://0/",
        "https://[::ffff:10.0.0.1]/", "https://[64:ff9b::a00:1]/", "https://[fe80::1%25eth0]/",
        "https://exa mple.org/", "https://example.org/#x", "https://100.64.0.1/",
        "https://224.0.0.1/", "https://" + "a" * 3000, "https://example.org:99999/", "\n",
    ],
)  # fmt: skip
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises((InputError, AccessError)):
        check_address(url)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    for url in (text, "https://" + text):
        with contextlib.suppress(InputError, AccessError):
            check_address(url)


def test_what_the_operator_allows_and_what_the_agency_may() -> None:
    assert check_address("http://localhost:8000/a?b", ("localhost:8000",)).path == "/a?b"
    with pytest.raises(InputError):
        check_address("http://localhost:8001/", ("localhost:8000",))
    assert check_address("https://example.org/", (), ("example.org",)).port == 443
    with pytest.raises(AccessError):
        check_address("https://other.org/", (), ("example.org",))


def test_a_host_is_resolved_once_and_its_address_must_be_public() -> None:
    target = check_address("https://example.org/x")
    asked: list[str] = []

    def public(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["93.184.215.14"]

    assert pinned(target, (), public).address == "93.184.215.14"
    assert asked == ["example.org"]
    for inside in ("127.0.0.1", "10.0.0.8", "::1", "fd00::1", "169.254.1.1"):
        with pytest.raises(AccessError):
            pinned(target, (), lambda host, port, a=inside: ["93.184.215.14", a])


def _answer() -> Answer:
    return Answer("id", "A", "T", 0, AnswerKind.ANSWER, None, Outcome.DONE, NOW, {"a": 1}, "text")


class Listener:
    """A server that does one thing to whoever connects."""

    def __init__(self, reply: bytes | None) -> None:
        import socket

        self.reply = reply
        self.received = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._socket.accept()
        with connection:
            connection.settimeout(5)
            while b"text" not in self.received:
                self.received += connection.recv(65536)
            if self.reply is None:
                self._done.wait(5)
            else:
                connection.sendall(self.reply)

    def close(self) -> None:
        self._done.set()
        self._thread.join()
        self._socket.close()


@pytest.mark.parametrize(
    ("reply", "good"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
        (
            b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
            False,
        ),
        (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", False),
        (b"garbage\r\n\r\n", False),
        (None, False),
    ],
    ids=["accepted", "redirect", "error", "garbage", "hangs"],
)
def test_an_answer_is_posted_and_anything_but_success_is_a_failure(
    tmp_path: Path, reply: bytes | None, good: bool
) -> None:
    listener = Listener(reply)
    allowed = (f"localhost:{listener.port}",)
    post = poster(
        DeskSettings(tmp_path, callback_hosts=allowed, callback_timeout=0.3),
        lambda host, port: ["127.0.0.1"],
    )
    url = f"http://localhost:{listener.port}/in?a=b"
    try:
        if good:
            post(url, _answer())
        else:
            with pytest.raises(ServiceUnavailableError):
                post(url, _answer())
    finally:
        listener.close()
    assert listener.received.startswith(b"POST /in?a=b HTTP/1.1\r\n")
    assert b"Idempotency-Key: id" in listener.received


# Samples


def test_two_samples_of_one_person_and_of_two() -> None:
    mine, later, other = (list(templates(*a).values()) for a in ((1,), (1, 1), (2,)))
    same, different = verified(mine, later), verified(mine, other)
    assert same is not None
    assert different is not None
    assert same.score > 30
    assert different.score < 3
    assert len(same.fingers) == 10
    assert verified(mine[:2], later[5:]) is None


def test_rolled_fingers_out_of_place_are_named_by_their_slaps() -> None:
    rolled, slap = templates(1), templates(1, 1)
    order = {**rolled}
    order[Finger.RIGHT_INDEX], order[Finger.RIGHT_MIDDLE] = (
        rolled[Finger.RIGHT_MIDDLE], rolled[Finger.RIGHT_INDEX],
    )  # fmt: skip
    from dataclasses import replace

    mixed = [replace(t, finger=f) for f, t in order.items()]
    made = Prepared(mixed + list(slap.values()), [False] * 10 + [True] * 10)
    faults = sequence_faults(made)
    assert {(f["code"], f["field"], f["found"]) for f in faults} == {
        ("sequence", "prints.2", "3"),
        ("sequence", "prints.3", "2"),
    }
    right = Prepared([*rolled.values(), *slap.values()], [False] * 10 + [True] * 10)
    assert sequence_faults(right) == []
    assert Prepared.from_bytes(made.to_bytes()) == made


def test_a_submission_is_kept_whole() -> None:
    sent = submission("T", TransactionClass.CRIMINAL_TENPRINT, 1)
    parts = encode(sent)
    again = decode(parts["submission"], lambda name: parts[name])
    assert encode(again) == parts
    assert digest(parts) == digest(encode(again))
    assert digest(parts) != digest(encode(submission("T", TransactionClass.BORDER_CHECK, 1)))
