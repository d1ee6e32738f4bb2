"""Relays and bots that start quickly: a process that has imported what they need forks one when it is asked.

Imports are most of a start, and the suite starts hundreds. What is forked runs `socket_server.py` or `python -m bot`
from its first line on, with arguments, environment and output of its own. From nothing start relays that are to serve
with an embedded bot, those bots, and the terminal's commands.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LOOK_EVERY_S = 0.005
RELAY_NEEDS = ("socket_server", "dash.backends._flask", "sqlalchemy.dialects.sqlite", "sqlite3")
BOT_NEEDS = (
    "bot.keyring_secrets",
    "bot.shell.compose",
    "bot.shell.journal_migration",
    "bot.shell.live.compose",
    "bot.shell.markets.exchange",
    "alembic",
    "click",
    "pg8000",
    "socketio",
    "sqlalchemy.dialects.sqlite",
    "sqlite3",
)
"""What each imports before it serves or trades, first or last."""


class Forge:
    """The process that forks relays of one mode, or bots; it ends with this one."""

    def __init__(self, kind: str, env: Mapping[str, str], cwd: Path) -> None:
        """`kind` is one of `WARMED`."""
        self._turn = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, kind],
            cwd=cwd,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        atexit.register(self.end)

    def ask(self, **asked: Any) -> int | None:
        """A pid, or how that process ended; None while it runs."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._turn:
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        assert answer, "the process that forks has died"
        told: int | None = json.loads(answer)
        return told

    def end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


class Forked:
    """What `Program` needs of a `Popen`."""

    def __init__(self, forge: Forge, arguments: Sequence[str], env: Mapping[str, str], log: Path, cwd: Path) -> None:
        self._forge = forge
        self.returncode: int | None = None
        pid = forge.ask(arguments=list(arguments), env=dict(env), log=str(log), cwd=str(cwd))
        assert pid is not None
        self.pid = pid

    def poll(self) -> int | None:
        if self.returncode is None:
            self.returncode = self._forge.ask(poll=self.pid)
        return self.returncode

    def wait(self, timeout: float) -> int:
        deadline = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(LOOK_EVERY_S)
        return code

    def terminate(self) -> None:
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def main() -> None:
    """Answer what is asked, a line of JSON each, until there is nobody who asks."""
    sys.path.insert(0, os.getcwd())
    WARMED[sys.argv[1]]()
    gc.collect()
    gc.freeze()  # nothing that is forked need look for garbage in it
    for line in iter(sys.stdin.readline, ""):
        asked = json.loads(line)
        if "poll" in asked:
            _say(_ended(asked["poll"]))
            continue
        pid = os.fork()
        if pid == 0:
            _become(**asked)
            return
        _say(pid)


def _warm_relay() -> None:
    """Have what every relay comes to in its first moments."""
    for name in (*RELAY_NEEDS, f"engineio.async_drivers.{os.environ['TAPEDECK_ASYNC_MODE']}"):
        importlib.import_module(name)
    importlib.import_module("dash_app.figures").price_figure()


def _warm_bot() -> None:
    for name in BOT_NEEDS:
        importlib.import_module(name)


WARMED = {"relay": _warm_relay, "bot": _warm_bot}


def _say(answer: int | None) -> None:
    print(json.dumps(answer), flush=True)


def _ended(pid: int) -> int | None:
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def _become(arguments: list[str], env: dict[str, str], log: str, cwd: str) -> None:
    """From here on this is `python <arguments>`."""
    os.setsid()
    for number, path, flags in ((0, os.devnull, os.O_RDONLY), (1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)):
        opened = os.open(path, flags, 0o666)
        os.dup2(opened, number)
        os.close(opened)
    os.dup2(1, 2)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    if arguments[0] == "-m":
        sys.path.insert(0, cwd)
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    main()
