"""Waiting for a condition, never for time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def eventually(
    condition: Callable[[], T],
    timeout: float = 15,
    *,
    what: str | Callable[[], object] = "",
    interval: float = 0.02,
) -> T:
    """The first truthy answer of `condition`; raises AssertionError, saying `what`, when none came in `timeout` s."""
    deadline = time.monotonic() + timeout
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            said = what() if callable(what) else what
            raise AssertionError(f"not within {timeout} s: {said or condition}; last answer: {answer!r}")
        time.sleep(interval)


def stays(condition: Callable[[], object], seconds: float, *, what: str = "", interval: float = 0.05) -> None:
    """Asserts that `condition` holds the whole time; for what must *not* happen."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert condition(), f"did not stay for {seconds} s: {what or condition}"
        time.sleep(interval)
