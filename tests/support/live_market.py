"""Lets the stand-in exchange live: trades, quotes, ticker and candles of a second, by a clock that may be wrong."""

from __future__ import annotations

import asyncio
import time

from tests.standin.binance import SYMBOL_ID, BinanceStandIn

TRADES_EVERY_S = 0.05
SECOND_MS = 1_000
HISTORY = 60


class LiveMarket:
    """`await market.run()` until cancelled; `skew_ms` is how far the exchange's clock is ahead of this machine's."""

    def __init__(self, binance: BinanceStandIn, *, skew_ms: int = 0) -> None:
        self._binance, self._skew_ms = binance, skew_ms
        self._count = 0
        self._newest = self.now_ms() // SECOND_MS * SECOND_MS - HISTORY * SECOND_MS
        self._list(self.now_ms() // SECOND_MS * SECOND_MS, "43000.00")

    def now_ms(self) -> int:
        """The exchange's time."""
        return time.time_ns() // 1_000_000 + self._skew_ms

    async def run(self) -> None:
        """Twenty trades a second around one price; each is in the candle of its second before it is told."""
        while True:
            self._count += 1
            ts, price = self.now_ms(), f"{43_000 + self._count % 40}.00"
            opened = ts // SECOND_MS * SECOND_MS
            self._list(opened, price)
            await self._tell_candle(opened, ts, price)
            await self._binance.trade(price, ts)
            await self._binance.quote(f"{42_999 + self._count % 40}.00", f"{43_001 + self._count % 40}.00")
            if self._count % 20 == 0:
                await self._binance.ticker(price, ts)
            await asyncio.sleep(TRADES_EVERY_S)

    def _list(self, opened: int, close: str) -> None:
        """The candle, and those of the seconds that a busy machine slept through: an exchange has them all."""
        for ts in range(self._newest, opened + 1, SECOND_MS):
            self._binance.list_kline(ts, ("43000.00", "43050.00", "42990.00", close), interval="1s")
        self._newest = opened

    async def _tell_candle(self, opened: int, ts: int, close: str) -> None:
        shape = {"o": "43000.00", "h": "43050.00", "l": "42990.00", "c": close, "v": "1"}
        candle = {"t": opened, "T": opened + 999, "s": SYMBOL_ID, "i": "1s", **shape, "x": False}
        await self._binance.send("kline_1s", {"e": "kline", "E": ts, "s": SYMBOL_ID, "k": candle})
