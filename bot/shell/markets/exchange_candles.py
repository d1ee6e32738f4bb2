"""The candles of an exchange, each closed one once, and the prices kept in their place between them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from bot.events import Candle, Price
from bot.shell.markets.candle_book import CandleBook, Row, row_of
from bot.shell.markets.exchange_rest import ExchangeRest
from bot.shell.markets.pace import Clock, Sleep, wall_clock_ms
from bot.shell.markets.patience import Patience
from bot.shell.markets.watcher import Source

Emit = Callable[[Price | Candle], Awaitable[None]]
_HELD_LIMIT = 500
_log = logging.getLogger(__name__)


class ExchangeCandles:
    """Takes candle rows and prices in, gives them out in order: a candle closes before the first price of the next."""

    def __init__(
        self,
        rest: ExchangeRest,
        *,
        symbol: str,
        timeframe: str,
        length_ms: int,
        emit: Emit,
        patience: Patience,
        clock: Clock = wall_clock_ms,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._rest, self._emit, self._patience = rest, emit, patience
        self._symbol, self._timeframe, self._length_ms = symbol, timeframe, length_ms
        self._clock, self._sleep = clock, sleep
        self._book = CandleBook(length_ms)
        self._has_gap = True
        self._held: list[Price] = []
        self._has_held = asyncio.Event()
        self._in_order = asyncio.Lock()

    def begin(self, rows: list[Row]) -> None:
        """Start anew after a history: its last row is the forming candle, the one before the last closed."""
        self._book = CandleBook(self._length_ms)
        for row in rows[-2:]:
            self._book.see(row, self._clock(), live=False)
        self._has_gap = True

    def gap(self) -> None:
        """Something may have been missed: ask REST before the stream is believed again."""
        self._has_gap = True

    def source(self) -> Source:
        """What to watch."""
        streams = self._rest.exchange.has.get("watchOHLCV")
        return Source(
            name=f"{self._rest.exchange.id} candles",
            call=self._news if streams else self._polled,
            take=self._take,
            silence_s=self._patience.quiet_silence_s,
            pause_s=0.0 if streams else self._patience.poll_s,
        )

    async def price(self, price: Price) -> None:
        """Give out a price, or hold it while its candle has not begun."""
        async with self._in_order:
            await self._give_or_hold(price)

    async def close_late_ones(self) -> None:
        """Run until cancelled: where prices wait longer than the grace, learn by REST how the candle ended."""
        while True:
            await self._has_held.wait()
            await self._sleep(self._patience.close_grace_s)
            if not self._held:
                continue
            try:
                async with asyncio.timeout(self._patience.silence_s):
                    await self._fill()
            except Exception as error:
                _log.warning("%s candles: %s; a price goes first", self._rest.exchange.id, type(error).__name__)
                await self._release(with_candle=False)
            else:
                await self._release(with_candle=True)

    async def _news(self) -> tuple[Iterable[Any], bool]:
        """Rows and whether they are live; after a gap those of REST."""
        if self._has_gap:
            await self._fill()
            self._has_gap = False
        return await self._rest.exchange.watch_ohlcv(self._symbol, self._timeframe), True

    async def _polled(self) -> tuple[Iterable[Any], bool]:
        await self._fill()
        return (), False

    async def _take(self, news: tuple[Iterable[Any], bool]) -> None:
        listed, live = news
        for row in sorted(filter(None, map(row_of, listed)), key=lambda row: row.ts):
            if self._book.is_doubtful(row):
                await self._fill()
            async with self._in_order:
                await self._see(row, live=live)

    async def _fill(self) -> None:
        """Take the candles by REST from the forming one on. Of what one answer lists, all but the last is final."""
        rows = await self._rest.rows_since(self._book.fill_from_ms)
        async with self._in_order:
            for row in rows:
                await self._see(row, live=False)

    async def _see(self, row: Row, *, live: bool) -> None:
        for seen, closed in self._book.see(row, self._clock(), live=live):
            await self._emit(self._candle(seen, closed=closed))
        await self._give_held()

    async def _release(self, *, with_candle: bool) -> None:
        """Let the held prices go. Their candle's time is over by the exchange's own clock, so it is closed before."""
        async with self._in_order:
            end = self._book.end_ms
            if with_candle and self._held and end is not None and self._held[0].ts >= end:
                for seen, closed in self._book.close():
                    await self._emit(self._candle(seen, closed=closed))
            held = self._take_held()
            for price in held:
                await self._emit(price)

    async def _give_held(self) -> None:
        for price in self._take_held():
            await self._give_or_hold(price)

    def _take_held(self) -> list[Price]:
        held, self._held = self._held, []
        self._has_held.clear()
        return held

    async def _give_or_hold(self, price: Price) -> None:
        end = self._book.end_ms
        if end is None or price.ts < end:
            await self._emit(price)
            return
        self._held = [*self._held, price][-_HELD_LIMIT:]
        self._has_held.set()

    def _candle(self, row: Row, *, closed: bool) -> Candle:
        return candle_of(row, self._symbol, self._timeframe, closed=closed)


def candle_of(row: Row, symbol: str, timeframe: str, *, closed: bool) -> Candle:
    """A row as a message."""
    return Candle(
        symbol=symbol,
        timeframe=timeframe,
        ts=row.ts,
        open=row.open,
        high=row.high,
        low=row.low,
        close=row.close,
        volume=row.volume,
        closed=closed,
    )
