"""Tests that hold the product to a time run while no other test does: what is measured is the product alone."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Turns:
    """Whose turn it is, of all the processes that run tests of this checkout: one test's that is alone, or all others'.

    It is kept by the locks of two files that are there anyway, so that nothing is left behind, whatever ends a process.
    """

    def __init__(self, queue: Path = ROOT / "Makefile", room: Path = ROOT / "pyproject.toml") -> None:
        self._queue = os.open(queue, os.O_RDONLY)
        self._room = os.open(room, os.O_RDONLY)

    @contextmanager
    def taken(self, *, alone: bool) -> Iterator[None]:
        """Waits for the turn. Who waits to be alone is overtaken by nobody."""
        fcntl.flock(self._queue, fcntl.LOCK_EX)
        fcntl.flock(self._room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(self._queue, fcntl.LOCK_UN)
        try:
            yield
        finally:
            fcntl.flock(self._room, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._queue)
        os.close(self._room)
