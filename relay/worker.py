"""`python -m bot <command>` as a process of its own, for work that must not hold up the relay or the trading bot."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence

from bot.settings import CHILD_MARK
from relay.embedded_bot import passed_on

KEPT_LINES = 200
LONGEST_SENTENCE = 500
ALL_WELL = 0
_TRACEBACK = "Traceback (most recent call last):"


class Worker:
    """Lines come as the process says them. It ends with this process, however that happens: its input is a pipe."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            env={**passed_on(), CHILD_MARK: "1", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """Of the process and of its group."""
        return self._process.pid

    def lines(self) -> Iterator[str]:
        """What it says, until it ends."""
        assert self._process.stdout is not None and self._process.stdin is not None
        with self._process.stdout, self._process.stdin:
            for line in self._process.stdout:
                yield line.rstrip("\n")
        self._process.wait()

    @property
    def code(self) -> int:
        """How it ended; only after `lines` did."""
        return self._process.wait()

    def kill(self) -> None:
        """End it and all that it started, at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)


def fault_of(code: int, lines: Sequence[str]) -> str:
    """What a process that ended with `code` said last, as one sentence."""
    if code < 0:
        return "The process was ended from outside, perhaps for want of memory: try again with a shorter time."
    said = [line.strip() for line in lines if line.strip()]
    if _TRACEBACK in said:
        return f"It failed with a fault of its own ({said[-1]}): run the same by hand to see where."[:LONGEST_SENTENCE]
    return _in_plain_words(" ".join(said[-3:]) or "It ended without a word.")[:LONGEST_SENTENCE]


def _in_plain_words(text: str) -> str:
    """The names of settings are for a terminal; in a form the parameter's own name says it."""
    return text.replace("TAPEDECK_STRATEGY_PARAMS.", "").replace("TAPEDECK_STRATEGY_PARAMS: ", "")
