"""Children that enrol and delete until they are killed: ``python -m tests.gallery.victims``.

Arguments: the gallery and the number of rounds. Prints rounds, people acknowledged, deletions
acknowledged, and how often an index needed repair or was thrown away; fails where one is not as it
should be. This process only forks, so that a child costs no start of Python.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

from tests.gallery import towns

from tenprint import Gallery
from tenprint.gallery import _core, _matrix, _segments, load_parameters
from tenprint.model import TEN_FINGERS

#: After how many rounds the index is compared with a fresh one.
CHECKED = 5


class Known:
    """What the children have said: acknowledged, or begun and perhaps done."""

    def __init__(self) -> None:
        self.enrolled: set[int] = set()
        self.deleted: set[int] = set()
        self.unsure: set[int] = set()
        self.next = 0

    def hear(self, lines: list[bytes]) -> None:
        for line in lines:
            sign, number = line[:1], int(line[1:])
            self.next = max(self.next, number + 1)
            if sign == b"?":
                self.unsure.add(number)
                self.enrolled.discard(number)
            else:
                self.unsure.discard(number)
                (self.enrolled if sign == b"+" else self.deleted).add(number)


def change(where: str, known: Known, pipe: int, seed: int) -> None:
    """Enrol and delete for ever, saying what is begun (?) and what is done (+, -)."""
    chance = random.Random(seed)
    mine, number = sorted(known.enrolled), known.next
    while True:
        with Gallery.open(where, threads=1) as gallery:
            os.write(pipe, b"\n")
            for _ in range(chance.randint(3, 30)):
                if mine and chance.random() < 0.35:
                    gone = mine.pop(chance.randrange(len(mine)))
                    os.write(pipe, b"?%d\n" % gone)
                    gallery.delete(f"P{gone}")
                    os.write(pipe, b"-%d\n" % gone)
                    continue
                some = range(number, number + chance.randint(1, 4))
                os.write(pipe, b"".join(b"?%d\n" % n for n in some))
                fingers = chance.sample(TEN_FINGERS, 2)
                gallery.enroll_packed((f"P{n}", towns.packed(n, tuple(fingers))) for n in some)
                os.write(pipe, b"".join(b"+%d\n" % n for n in some))
                mine += some
                number = some[-1] + 1


def check(where: str, known: Known) -> int:
    """Compare with a fresh index; 1 if something had to be derived again."""
    with Gallery.open(where, threads=1) as gallery:
        info = gallery.info()
        towns.check_index(gallery, Path(where))
        names = set(gallery.people())
        assert {f"P{n}" for n in known.enrolled} <= names, "an acknowledged person is lost"
        assert not {f"P{n}" for n in known.deleted} & names, "somebody deleted is back"
        assert names <= {f"P{n}" for n in known.enrolled | known.unsure}, "nobody enrolled these"
        for n in sorted(known.enrolled)[-3:]:
            # Later impressions of the fingers that the person was enrolled with.
            fingers = tuple(gallery.templates(f"P{n}"))
            found = gallery.identify(towns.prints(n, fingers, impression=1), limit=1)
            assert found[0].person == f"P{n}", "an acknowledged person is not found"
        for n in sorted(known.deleted)[-2:]:
            probe = towns.prints(n, TEN_FINGERS, impression=1)
            answers = gallery.identify(probe, limit=100)
            assert f"P{n}" not in [each.person for each in answers], "somebody deleted is found"
    return int(bool(info["segments_repaired"] or info["index_discarded"]))


def main(where: str, rounds: int) -> None:
    # Small, so that there are many segments, much growing and many checkpoints to be killed in.
    _segments.SEGMENT = _matrix.SEGMENT = 16
    _core.CHECKPOINT = 7
    assert load_parameters().native
    chance, known, repaired = random.Random(3), Known(), 0
    for turn in range(rounds):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            try:
                change(where, known, writing, turn)
            finally:
                os._exit(1)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            heard = b""
            if chance.random() < 0.8:  # else it may be killed while it opens
                heard = pipe.readline()
                # By what it has done, not by the clock: a slow machine is killed in as much.
                for _ in range(chance.randint(0, 30)):
                    heard += pipe.readline()
            time.sleep(chance.uniform(0, 0.03))
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            heard += pipe.read()
        assert os.WIFSIGNALED(status), f"the child failed by itself: {heard[-200:]!r}"
        known.hear([line for line in heard.split(b"\n") if line])
        if turn % CHECKED == CHECKED - 1:
            repaired += check(where, known)
    numbers = (rounds, len(known.enrolled | known.deleted), len(known.deleted), repaired)
    sys.stdout.write(" ".join(map(str, numbers)))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
