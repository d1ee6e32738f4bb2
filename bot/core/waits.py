"""How long a sale that the market refused waits before it is tried again, by the market's time."""

from __future__ import annotations

from bot.core.state import State

FIRST_WAIT_MS, LONGEST_WAIT_MS = 10_000, 60_000
"""How long a sale that the market refused waits for the next try, doubling from the first to the longest."""


def wait_ms(refusals: int) -> int:
    """How long a sale waits that was refused so often in a row."""
    return min(FIRST_WAIT_MS << min(refusals - 1, 3), LONGEST_WAIT_MS)


def is_exit_waiting(state: State) -> bool:
    """Whether the market refused the last sale so short a while ago that it is not asked again yet.

    A clock that went back waits for nothing.
    """
    refused_ts = state.account.exit_refused_ts
    if refused_ts is None:
        return False
    return 0 <= (state.market_ts or 0) - refused_ts < wait_ms(state.account.exit_refusals)


def is_wanted_later(state: State) -> bool:
    """Whether the exit that waits is one that the market refused, and that is not to be tried again yet."""
    wanted = state.account.wanted_exit
    if wanted is None or wanted.not_before_ts is None:
        return False
    return 0 < wanted.not_before_ts - (state.market_ts or 0) <= LONGEST_WAIT_MS
