"""A PostgreSQL server of the tests' own: a cluster in a folder that is thrown away, on a loopback port."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from pathlib import Path

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from tests.support.ports import free_port
from tests.support.waiting import eventually

MISSING = "PostgreSQL is not installed (Debian: apt install postgresql)"
USER = "tapedeck"
SERVER_USER = "postgres"
"""PostgreSQL refuses to run as root; Debian's package makes this user for it."""


def find_programs() -> Path | None:
    """The folder of `initdb` and `postgres`, None where there is none."""
    on_path = shutil.which("postgres")
    found = [Path(on_path).resolve().parent] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((folder for folder in reversed(found) if (folder / "initdb").exists()), None)


class Postgres:
    """A running server; `new_database` gives the url of an empty one."""

    def __init__(self, programs: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="tapedeck-postgres-"))
        self._as = {"user": SERVER_USER, "group": SERVER_USER} if os.geteuid() == 0 else {}
        if self._as:
            shutil.chown(self._folder, SERVER_USER, SERVER_USER)
        self.port = free_port()
        cluster = self._folder / "cluster"
        self._run(programs / "initdb", "-D", cluster, "-U", USER, "--auth=trust", "-E", "UTF8", "--no-sync")
        self._log = (self._folder / "log").open("wb")
        listening = [
            "-c",
            "listen_addresses=127.0.0.1",
            "-p",
            str(self.port),
            "-k",
            str(self._folder),
            "-c",
            "fsync=off",
        ]
        self._server = subprocess.Popen(
            [str(programs / "postgres"), "-D", str(cluster), *listening],
            stdout=self._log,
            stderr=self._log,
            cwd=self._folder,
            **self._as,  # type: ignore[call-overload]
        )
        eventually(self._answers, 30, what=lambda: (self._folder / "log").read_text())

    def new_database(self) -> str:
        name = f"test_{uuid.uuid4().hex}"
        engine = create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self._url(name)

    def end(self) -> None:
        self._server.send_signal(signal.SIGINT)  # PostgreSQL's "fast" way to end: it waits for no client
        self._server.wait(30)
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> bool:
        """It listens before it is ready, and says so to those who come then."""
        engine = create_engine(self._url("postgres"), poolclass=NullPool)
        try:
            with engine.connect():
                return True
        except SQLAlchemyError:
            return False

    def _url(self, database: str) -> str:
        return f"postgresql+pg8000://{USER}@127.0.0.1:{self.port}/{database}"

    def _run(self, *command: object) -> None:
        words = [str(word) for word in command]
        done = subprocess.run(words, capture_output=True, text=True, cwd=self._folder, check=False, **self._as)  # type: ignore[call-overload]
        assert done.returncode == 0, done.stderr
