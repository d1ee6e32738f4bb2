"""Real processes with their output kept, which never outlive their test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from tests.support.forks import Forge, Forked

ROOT = Path(__file__).parent.parent.parent
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE")


def clean_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """What a process gets: no TAPEDECK_* of the person who runs the tests, only what the test says."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**kept, "PYTHONUNBUFFERED": "1", **extra}


def started(arguments: Sequence[str], env: Mapping[str, str], log: Path, cwd: Path) -> subprocess.Popen[bytes]:
    """`python <arguments>` from nothing."""
    with log.open("ab") as out:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def lives(process: psutil.Process) -> bool:
    """Neither gone nor over and only waiting to be counted."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


class Program:
    """`python <arguments>` in a process group of its own, output in one file; with `forge` forked from there."""

    def __init__(
        self,
        arguments: Sequence[str],
        env: Mapping[str, str],
        log: Path,
        cwd: Path = ROOT,
        forge: Forge | None = None,
    ) -> None:
        self.log = log
        given = (arguments, clean_environment(env), log, cwd)
        self.process: subprocess.Popen[bytes] | Forked = Forked(forge, *given) if forge else started(*given)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def children(self) -> list[psutil.Process]:
        try:
            return list(psutil.Process(self.pid).children(recursive=True))
        except psutil.NoSuchProcess:
            return []

    def living_children(self) -> list[psutil.Process]:
        """Those of them that are not over: one may end while it is looked at."""
        return [child for child in self.children() if lives(child)]

    def kill(self) -> None:
        """kill -9, of this process alone."""
        self.process.kill()
        self.process.wait(10)

    def interrupt(self, timeout: float = 15) -> int:
        """What Ctrl-C does to everything in the foreground; returns the exit code."""
        os.killpg(self.pid, signal.SIGINT)
        return self.process.wait(timeout)

    def terminate(self, timeout: float = 15) -> int:
        self.process.terminate()
        return self.process.wait(timeout)

    def end(self) -> None:
        """Leave nothing behind, whatever state it is in: the process, its children and theirs."""
        family = self.children()
        if self.is_running:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        self._kill_group()
        for child in family:
            with suppress(psutil.NoSuchProcess):
                child.kill()
        psutil.wait_procs(family, timeout=5)

    def _kill_group(self) -> None:
        try:
            os.killpg(self.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return


def run_to_end(
    arguments: Sequence[str], env: Mapping[str, str], timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """`python <arguments>` until it ends by itself; kills it, and fails, when it does not."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=clean_environment(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
