"""The desk on PostgreSQL, also when the server goes away."""

import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.desk.world import BORDER, POLICE, settings, submission
from tests.store.conftest import Cluster, postgres, postgres_url

from tenprint.audit import EventKind
from tenprint.audit import tables as audit_tables
from tenprint.desk import Desk
from tenprint.model import Outcome, TenprintError, TransactionClass

__all__ = ["postgres", "postgres_url"]

K = TransactionClass


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_it_loses_nothing_while_the_server_restarts(
    tmp_path: Path, postgres: Cluster, postgres_url: str, how: str
) -> None:
    # No examiners: some of these people resemble each other, and nobody would decide.
    where = settings(tmp_path / "data", database=postgres_url, review_fpir=1e-3)
    accepted: list[str] = []
    stop = threading.Event()

    with Desk.open(where) as desk:
        refused: set[int] = set()

        def send() -> None:
            number = 0
            while not stop.is_set():
                given = submission(
                    f"T-{number}", K.CRIMINAL_TENPRINT, number % 5, impression=number
                )
                try:
                    desk.submit(POLICE, given)
                except TenprintError as error:
                    refused.add(error.http_status)
                    time.sleep(0.05)
                    continue  # the same again, until it is accepted
                accepted.append(given.transaction)
                number += 1

        sender = threading.Thread(target=send)
        sender.start()
        try:
            time.sleep(1)
            if how == "stopped":
                postgres.control("-m", "immediate", "stop")
                time.sleep(1)
                postgres.start()
            else:
                postgres.kill()
                postgres.start_again()
            time.sleep(1)
        finally:
            stop.set()
            sender.join()
        assert refused <= {503}
        answers = []
        for name in accepted:
            for _ in range(60):
                try:
                    answer = desk.wait(POLICE, name, 5)
                except TenprintError:
                    continue
                if answer is not None:
                    break
            assert answer is not None, (name, desk.status(POLICE, name), desk.load().errors)
            assert [a.number for a in desk.answers(POLICE, name)] == [0]
            answers.append(answer)
        with desk.store.reading() as connection:
            entries = audit_tables.tables["audit_entries"]
            mine = entries.c.kind == EventKind.ACCEPTED.value
            leaves = Counter(
                connection.execute(select(entries.c.transaction_id).where(mine)).scalars()
            )
        assert set(accepted) <= set(leaves)
        assert set(leaves.values()) <= {1}
        assert len({a.content["person"] for a in answers}) == min(5, len(accepted))
        border = submission("B", K.BORDER_CHECK, 1, impression=99)
        desk.submit(BORDER, border)
        found = desk.wait(BORDER, "B", 60)
        assert found is not None
        assert found.outcome is Outcome.HIT
    with Desk.open(where) as desk:
        assert desk.answer(POLICE, accepted[0]) == answers[0]
