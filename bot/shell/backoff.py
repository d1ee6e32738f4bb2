"""How long to wait before the next try to reach the relay."""

from __future__ import annotations

from collections.abc import Callable, Iterator

FIRST_S = 0.2
LONGEST_S = 2.0
GROWTH = 1.05
"""Slow: in the first six seconds no wait is over half a second, so a relay that restarts is noticed at once."""


def backoff(random: Callable[[], float]) -> Iterator[float]:
    """Seconds before each try, for ever; a fifth more or less, so that many bots do not knock at once."""
    wait = FIRST_S
    while True:
        yield wait * (0.8 + 0.4 * random())
        wait = min(wait * GROWTH, LONGEST_S)
