"""The last candles and the last price: what a relay that has just come must hear to draw the market.

More candles are kept than a relay hears, for a strategy that the bot changes to is warmed with them (`strategy_shelf`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice

from bot.events import Candle, Price

SHOWN_CANDLES = 300
"""How many closed ones a relay hears."""
KEPT_CANDLES = 1_000
"""Enough for `grid` (500), averages of 333 and an RSI of 100, and a bound: about a megabyte."""


class Chart:
    """Keeps the newest of what the market showed, each candle once."""

    def __init__(self) -> None:
        self._closed: deque[Candle] = deque(maxlen=KEPT_CANDLES)
        self._forming: Candle | None = None
        self._price: Price | None = None

    def keep(self, item: Price | Candle) -> None:
        """Take what the market showed last."""
        if isinstance(item, Price):
            self._price = item
        elif item.closed:
            self._close(item)
        else:
            self._forming = item

    def closed(self) -> list[Candle]:
        """All closed ones that are kept, oldest first."""
        return list(self._closed)

    def candles(self) -> Iterator[Candle]:
        """The closed ones, oldest first, then the forming one."""
        yield from self._closed
        if self._forming is not None:
            yield self._forming

    def shown(self) -> Iterator[Candle]:
        """The newest of them, as many as a relay hears."""
        yield from islice(self.candles(), max(0, len(self._closed) - SHOWN_CANDLES), None)

    def messages(self) -> Iterator[Candle | Price]:
        """What a relay hears, in the order in which to send it."""
        yield from self.shown()
        if self._price is not None:
            yield self._price

    def _close(self, candle: Candle) -> None:
        if self._forming is not None and self._forming.ts <= candle.ts:
            self._forming = None
        if self._closed and candle.ts <= self._closed[-1].ts:
            if any(known.ts == candle.ts for known in self._closed):
                return
            self._closed.clear()  # the market's clock went back: a replay began again
        self._closed.append(candle)
