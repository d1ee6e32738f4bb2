"""A command at a terminal of its own, as a person sits at one: what is asked without echo is asked there."""

from __future__ import annotations

import codecs
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence

from tests.support.processes import ROOT, clean_environment


class Terminal:
    """`python <arguments>`; `answer` waits for a question and types."""

    def __init__(self, arguments: Sequence[str], env: Mapping[str, str]) -> None:
        self._master, slave = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _TAKE_TERMINAL, *arguments],
            cwd=ROOT,
            env=clean_environment(env),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.shown = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")  # a read may end within a letter

    def answer(self, question: str, text: str, timeout: float = 30) -> None:
        """Wait until `question` is shown anew, then type `text` and Enter."""
        start = len(self.shown)
        deadline = time.monotonic() + timeout
        while question not in self.shown[start:]:
            assert time.monotonic() < deadline, f"never asked {question!r}: {self.shown}"
            assert self._read() or self.process.poll() is None, f"ended: {self.shown}"
        os.write(self._master, f"{text}\n".encode())

    def end(self, timeout: float = 30) -> int:
        """Its exit code, when it has ended by itself."""
        deadline = time.monotonic() + timeout
        try:
            while self.process.poll() is None:
                assert time.monotonic() < deadline, f"does not end: {self.shown}"
                self._read()
            while self._read(0.0):
                pass
            return self.process.returncode
        finally:
            self.process.kill()
            self.process.wait(10)
            os.close(self._master)

    @property
    def is_echoing(self) -> bool:
        """Would what is typed now be shown?"""
        return bool(termios.tcgetattr(self._master)[3] & termios.ECHO)

    def _read(self, within: float = 0.1) -> bool:
        if not select.select([self._master], [], [], within)[0]:
            return False
        try:
            data = os.read(self._master, 4_096)
        except OSError:  # the other end is closed
            return False
        self.shown += self._decoder.decode(data)
        return bool(data)


_TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    " os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
)
"""A session's leader has no terminal until it takes one, and passwords are asked for at the terminal."""
