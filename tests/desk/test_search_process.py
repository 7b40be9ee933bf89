"""A desk whose searches are made by a process of their own."""

import os
import signal
from pathlib import Path

from tests.desk.world import POLICE, enrol, settings, submission

from tenprint.desk import Desk
from tenprint.gallery import GalleryProcess
from tenprint.model import Outcome, TransactionClass


def test_it_answers_though_the_process_ends(tmp_path: Path) -> None:
    with Desk.open(settings(tmp_path / "data", search_process=True)) as desk:
        gallery = desk.gallery
        assert isinstance(gallery, GalleryProcess)
        known = enrol(desk, 1, 2)
        for number in (1, 2):
            assert gallery.pid is not None
            os.kill(gallery.pid, signal.SIGKILL)
            name = f"T{number}"
            desk.submit(POLICE, submission(name, TransactionClass.CRIMINAL_TENPRINT, number))
            answer = desk.wait(POLICE, name, 60)
            assert answer is not None
            assert answer.outcome is Outcome.HIT
            assert answer.content["person"] == known[number - 1]
        assert gallery.starts == 3
        load = desk.load()
        assert load.people == 2
        assert load.memory_bytes > 50 << 20
        pid = gallery.pid
    assert not Path(f"/proc/{pid}").exists()
