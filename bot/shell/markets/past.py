"""A made-up market's past in candles of any length that its own bars make whole ones of."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from bot.core.aggregation import is_multiple
from bot.shell.market import MarketError
from bot.shell.markets.bars import Bar, join
from bot.shell.markets.pace import Sleep
from bot.shell.markets.timeframe import timeframe_ms, timeframe_name

WITHIN_S = 1.5
"""So long is worked for one question. What was made is kept, so that the next one goes on there."""
BARS_A_TURN = 20
"""After so many the loop gets its turn: a price never waits for more than a few milliseconds."""
KEPT = 2_000


class PastBars:
    """Joins bars, the newest first, and keeps those that can change no more."""

    def __init__(
        self,
        stretch: Callable[[int, int], list[Bar]],
        *,
        length_ms: int,
        earliest_ts: int = 0,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`stretch(first_ts, end_ts)` gives the bars that open in between, each of `length_ms`; some may be missing."""
        self._stretch = stretch
        self._length_ms = length_ms
        self._earliest_ts = earliest_ts
        self._monotonic, self._sleep = monotonic, sleep
        self._kept: dict[tuple[int, int], Bar | None] = {}

    async def last(self, timeframe: str, limit: int, *, before_ts: int) -> list[tuple[Bar, bool]]:
        """The last bars of a timeframe made of those that opened before `before_ts`, and whether each is closed.

        As many of `limit` as there are and as time allows. Raises `MarketError` for a timeframe that they do not make.
        """
        own = timeframe_name(self._length_ms)
        if not is_multiple(timeframe, own):
            raise MarketError(f"This market has candles of {own}, which make no candles of {timeframe}.")
        length_ms, ends_at = timeframe_ms(timeframe), self._monotonic() + WITHIN_S
        found: list[tuple[Bar, bool]] = []
        ts = (before_ts - 1) // length_ms * length_ms
        while ts >= self._earliest_ts and len(found) < limit and self._monotonic() < ends_at:
            is_closed = ts + length_ms <= before_ts
            key = (length_ms, ts)
            if key not in self._kept:
                bar = await self._joined(ts, min(ts + length_ms, before_ts), length_ms)
                if is_closed:
                    self._keep(key, bar)
            else:
                bar = self._kept[key]
            if bar is not None:
                found.append((bar, is_closed))
            ts -= length_ms
        return found[::-1]

    async def _joined(self, first_ts: int, end_ts: int, length_ms: int) -> Bar | None:
        parts: list[Bar] = []
        turn_ms = BARS_A_TURN * self._length_ms
        for ts in range(first_ts, end_ts, turn_ms):
            parts += self._stretch(ts, min(ts + turn_ms, end_ts))
            await self._sleep(0)
        return replace(join(parts), ts=first_ts, length_ms=length_ms) if parts else None

    def _keep(self, key: tuple[int, int], bar: Bar | None) -> None:
        self._kept[key] = bar
        if len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
