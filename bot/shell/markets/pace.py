"""How a made-up market's time follows the wall clock: at one speed, from one moment on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

Clock = Callable[[], int]
Sleep = Callable[[float], Awaitable[None]]

SHORTEST_SLEEP_S = 0.002
"""Shorter waits are gathered: at 10,000x the loop could not wake up for every tick."""
LONGEST_RUN = 50
"""So many messages may follow each other before the event loop gets its turn, however late the market is."""
LATE_MS = 5_000
"""What is later than this by the wall clock is history: a machine that slept must not replay its night tick by tick."""


def wall_clock_ms() -> int:
    """The time in ms UTC."""
    return time.time_ns() // 1_000_000


class Pacer:
    """Turns wall time into market time and waits for it. Both clocks agree at `market_ms` = `wall_ms`'s moment."""

    def __init__(
        self,
        *,
        wall_ms: int,
        market_ms: int,
        speed: float,
        clock: Clock = wall_clock_ms,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._wall_ms, self._market_ms, self._speed = wall_ms, market_ms, speed
        self._clock, self._sleep = clock, sleep
        self._run = 0

    def wall(self) -> int:
        """The wall clock, ms UTC."""
        return self._clock()

    def now(self) -> int:
        """The market's time, ms UTC."""
        return self._market_ms + int((self._clock() - self._wall_ms) * self._speed)

    def late_before(self) -> int:
        """What the market did before this market time is not worth showing tick by tick any more."""
        return self.now() - int(LATE_MS * self._speed)

    def restart_if_late(self, market_ms: int) -> None:
        """Where the wall clock ran far ahead (a machine that slept), let the market go on from `market_ms` now."""
        if self.late_before() > market_ms:
            self._wall_ms, self._market_ms = self._clock(), market_ms

    async def until(self, market_ms: int) -> None:
        """Return when the market's time has come; never early, and never without a turn for the loop for long."""
        self._run += 1
        while (wait := self._wait_s(market_ms)) > 0:
            await self._rest(max(wait, SHORTEST_SLEEP_S))
        if self._run >= LONGEST_RUN:
            await self._rest(0)

    def _wait_s(self, market_ms: int) -> float:
        return (self._wall_ms - self._clock() + (market_ms - self._market_ms) / self._speed) / 1000

    async def _rest(self, seconds: float) -> None:
        self._run = 0
        await self._sleep(seconds)
