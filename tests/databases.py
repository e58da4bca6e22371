"""The two databases that tests use: a fresh SQLite file, and a fresh database in a real PostgreSQL cluster.

Law: the cluster is private to this process. It is made in a new folder, listens on this machine only, and is
stopped by its own process id and by nothing else.
"""

from __future__ import annotations

import atexit
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "on",
    "wal_recycle": "off",  # so that a scrub can be complete
    "shared_buffers": "64MB",
    "max_connections": "100",
    "lc_messages": "C",
}
PATIENCE_SECONDS = 60.0


class Cluster:
    """A PostgreSQL server with a data directory of its own. `user` is its superuser; nobody needs a password."""

    user = "ledger"

    def __init__(self, programs: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="outcomes-postgresql-"))
        self.data = self.folder / "data"
        self.port = _free_port()
        self._as: dict[str, object] = {"cwd": self.folder}
        if os.geteuid() == 0:  # PostgreSQL refuses to be run by root
            owner = _owner()
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self._as |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        made = ["initdb", "-D", self.data, "-A", "trust", "-U", self.user, "-E", "UTF8", "--locale=C", "--no-sync"]
        self._run([programs / made[0], *made[1:]])
        settings = {**SETTINGS, "port": str(self.port), "unix_socket_directories": str(self.folder)}
        with (self.folder / "log").open("wb") as log:
            self.server = subprocess.Popen(  # type: ignore[call-overload]
                [programs / "postgres", "-D", self.data, *(f"--{name}={value}" for name, value in settings.items())],
                stdout=log,
                stderr=log,
                **self._as,
            )
        self._wait()
        self._number = count(1)

    def _run(self, command: list[object]) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False, **self._as)  # type: ignore[call-overload]
        if done.returncode:
            raise RuntimeError(f"{command[0]} failed: {done.stderr}")

    def _wait(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self.connect().close()
            except psycopg.OperationalError:
                if self.server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self.folder / "log").read_text("utf-8")) from None
                time.sleep(0.05)
            else:
                return

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection of the superuser's, in autocommit."""
        return psycopg.connect(host="127.0.0.1", port=self.port, user=self.user, dbname=database, autocommit=True)

    def fresh_url(self, user: str = "") -> str:
        """The address of a new, empty database."""
        name = f"test_{next(self._number)}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql+psycopg://{user or self.user}@127.0.0.1:{self.port}/{name}"

    def stop(self) -> None:
        """Stop the server at once and remove its folder."""
        if self.server.poll() is None:
            self.server.send_signal(signal.SIGINT)
            self.server.wait(PATIENCE_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)


@cache
def cluster() -> Cluster:
    """The cluster of this process, started when it is first asked for. Skips the test where there is no PostgreSQL."""
    programs = _programs()
    if programs is None:
        missing = "PostgreSQL's server (initdb and postgres) is not installed; on Debian: apt-get install postgresql"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    started = Cluster(programs)
    atexit.register(started.stop)
    return started


def fresh_postgres_url() -> str:
    """The address of a new, empty PostgreSQL database."""
    return cluster().fresh_url()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a place for a ledger that nobody has used: once in SQLite and once in PostgreSQL."""
    return f"sqlite:///{tmp_path / 'ledger.db'}" if request.param == "sqlite" else fresh_postgres_url()


def pytest_sessionfinish() -> None:
    """Stop the cluster, if one was started."""
    if cluster.cache_info().currsize:
        cluster().stop()


def _programs() -> Path | None:
    """The folder of PostgreSQL's programs: the newest that Debian has installed, or where pg_config points."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True)
    if shutil.which("pg_config"):
        told = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=True)
        folders.append(Path(told.stdout.strip()))
    if found := shutil.which("postgres"):
        folders.append(Path(found).parent)
    complete = [folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()]
    return complete[0] if complete else None


def _owner() -> pwd.struct_passwd:
    """Who runs the server when we are root: the first of these that this machine has."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("There is neither a user postgres nor a user nobody to run PostgreSQL as.")


def _free_port() -> int:
    """A port below those that outgoing connections take: a server that starts again finds it free again."""
    for port in random.SystemRandom().sample(range(12_000, 32_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("There is no free port.")
