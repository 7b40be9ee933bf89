"""Where the store's tests keep their stores: SQLite files and a throw-away PostgreSQL."""

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

# Nothing here outlives the machine, so nothing is forced to its disk.
_SETTINGS = "-c listen_addresses=127.0.0.1 -c max_connections=200 -c fsync=off"


@dataclass
class Cluster:
    """A PostgreSQL server of our own; each test gets a database of its own."""

    folder: Path
    tools: Path
    port: int
    as_user: list[str]

    def control(self, *arguments: str) -> None:
        """Run pg_ctl."""
        command = [*self.as_user, str(self.tools / "pg_ctl"), "-D", str(self.folder / "data")]
        log = ["-l", str(self.folder / "log")]
        subprocess.run(
            [*command, *log, "-w", *arguments], check=True, capture_output=True, text=True
        )

    def start(self) -> None:
        self.control("-o", f"{_SETTINGS} -p {self.port} -k {self.folder}", "start")

    def kill(self) -> None:
        """End the postmaster as the system does when it runs out of memory: by SIGKILL.

        Its backends end by themselves, soon after.
        """
        number = (self.folder / "data" / "postmaster.pid").read_text().split()[0]
        os.kill(int(number), signal.SIGKILL)

    def start_again(self) -> None:
        """Start after `kill`, as soon as the last backend is gone, which is not at once."""
        for _ in range(60):
            with contextlib.suppress(subprocess.CalledProcessError):
                return self.start()
            time.sleep(0.5)
        raise AssertionError((self.folder / "log").read_text()[-2000:])

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def run(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement as the server's owner, outside a transaction."""
        where = self.url(database).replace("+psycopg", "")
        with psycopg.connect(where, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


_names = (f"test_{number}" for number in itertools.count())


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """The server, started once; skipped with a reason where it cannot be."""
    tools = _find_tools()
    # Not pytest's own folder: the server's user must be able to enter it.
    with tempfile.TemporaryDirectory(prefix="tp-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        as_user: list[str] = []
        if os.geteuid() == 0:  # the server refuses to run as root
            try:
                owner = pwd.getpwnam("postgres")
            except KeyError:
                pytest.skip("running as root, and there is no user postgres to run the server as")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
            as_user = ["runuser", "-u", "postgres", "--"]
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        cluster = Cluster(folder, tools, port, as_user)
        _make(cluster)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.control("-m", "immediate", "stop")


def _find_tools() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        pytest.skip("there is no initdb: install PostgreSQL's server (Debian: postgresql)")
    return (found[-1] if found else Path(str(on_path)).resolve()).parent


def _make(cluster: Cluster) -> None:
    arguments = ["-D", str(cluster.folder / "data"), "-E", "UTF8", "--locale=C", "-A", "trust"]
    command = [*cluster.as_user, str(cluster.tools / "initdb"), *arguments, "-U", "postgres"]
    subprocess.run(command, check=True, capture_output=True, cwd=cluster.folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The place of a new store, in each database."""
    if request.param == "sqlite":
        yield str(tmp_path / "town of 100% #1?.tenprint")
        return
    with postgres_database(request.getfixturevalue("postgres")) as url:
        yield url


@pytest.fixture
def postgres_url(postgres: Cluster) -> Iterator[str]:
    """The address of a new, empty PostgreSQL database."""
    with postgres_database(postgres) as url:
        yield url


@contextlib.contextmanager
def postgres_database(cluster: Cluster) -> Iterator[str]:
    name = next(_names)
    cluster.run(f"CREATE DATABASE {name}")
    try:
        yield cluster.url(name)
    finally:
        cluster.run(f"DROP DATABASE {name} WITH (FORCE)")
