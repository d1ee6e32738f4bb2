"""The last candles and the last price: what a relay that has just come must hear to draw the market."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from bot.events import Candle, Price

CLOSED_CANDLES = 300


class Chart:
    """Keeps the newest of what the market showed, each candle once."""

    def __init__(self) -> None:
        self._closed: deque[Candle] = deque(maxlen=CLOSED_CANDLES)
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

    def candles(self) -> Iterator[Candle]:
        """The closed ones, oldest first, then the forming one."""
        yield from self._closed
        if self._forming is not None:
            yield self._forming

    def messages(self) -> Iterator[Candle | Price]:
        """All of it, in the order in which to send it."""
        yield from self.candles()
        if self._price is not None:
            yield self._price

    def _close(self, candle: Candle) -> None:
        if self._forming is not None and self._forming.ts <= candle.ts:
            self._forming = None
        if any(known.ts == candle.ts for known in self._closed):
            return
        if self._closed and candle.ts < self._closed[-1].ts:
            self._closed.clear()  # the market's clock went back: a replay began again
        self._closed.append(candle)
