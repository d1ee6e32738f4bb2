"""The candles of an exchange, each closed one once, and the prices kept in their place between them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.events import Candle, Price
from bot.shell.market_clock import is_of_another_clock
from bot.shell.markets.candle_book import CandleBook, Row, row_of
from bot.shell.markets.exchange_rest import ExchangeRest
from bot.shell.markets.pace import Clock, Sleep, wall_clock_ms
from bot.shell.markets.patience import Patience
from bot.shell.markets.watcher import Source

Emit = Callable[[Price | Candle, float | None], Awaitable[None]]
"""What to give out, and for a price when it came, in seconds of `time.monotonic`."""
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
        """`clock` is the exchange's, as far as its prices tell it: the bot's may be hours away from it."""
        self._rest, self._emit, self._patience = rest, emit, patience
        self._symbol, self._timeframe, self._length_ms = symbol, timeframe, length_ms
        self._clock, self._sleep = clock, sleep
        self._book = CandleBook(length_ms)
        self._has_gap = True
        self._held: list[tuple[Price, float]] = []
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
            pause_s=0.0 if streams else self._patience.candle_poll_s,
        )

    async def price(self, price: Price, arrived_at: float) -> None:
        """Give out a price, or hold it while its candle has not begun."""
        async with self._in_order:
            await self._give_or_hold(price, arrived_at)

    async def close_late_ones(self) -> None:
        """Run until cancelled: where prices wait longer than the grace, learn by REST how the candle ended."""
        while True:
            await self._has_held.wait()
            await self._sleep(self._patience.close_grace_s)
            if not self._held:
                continue
            asked_ms = self._clock()
            try:
                async with asyncio.timeout(self._patience.close_answer_s):
                    news = await self._polled()
            except Exception as error:
                _log.warning("%s candles: %s; a price goes first", self._rest.exchange.id, type(error).__name__)
                await self._release(None)
            else:
                await self._take(news)
                await self._release(asked_ms)

    async def _news(self) -> tuple[list[Row], bool]:
        """Rows and whether they are live; after a gap those of REST."""
        if self._has_gap:
            self._has_gap = False  # before the wait, in which there may be another; a failure is told as a gap too
            return await self._polled()
        listed = await self._rest.exchange.watch_ohlcv(self._symbol, self._timeframe)
        return sorted(filter(None, map(row_of, listed)), key=lambda row: row.ts), True

    async def _polled(self) -> tuple[list[Row], bool]:
        """By REST from the forming candle on. Of what one answer lists, all but the last is final."""
        return await self._rest.rows_since(self._book.fill_from_ms), False

    async def _take(self, news: tuple[list[Row], bool]) -> None:
        rows, live = news
        for row in rows:
            if live and self._book.is_doubtful(row):
                await self._take(await self._polled())
            async with self._in_order:
                await self._see(row, live=live)

    async def _see(self, row: Row, *, live: bool) -> None:
        for seen, closed in self._book.see(row, self._clock(), live=live):
            await self._emit(self._candle(seen, closed=closed), None)
        await self._give_held()

    async def _release(self, asked_ms: int | None) -> None:
        """Let the held prices go; the candle before them is closed first, where its time was over when REST was asked.

        By the exchange's own clock: an answer from before its end, as where another candle began while REST was asked
        about the last, has not all of its trades. Without `asked_ms` nobody knows how it ended.
        """
        async with self._in_order:
            end = self._book.end_ms
            known_ms = None if asked_ms is None or not self._held else min(asked_ms, self._held[0][0].ts)
            if end is not None and known_ms is not None and known_ms >= end:
                for seen, closed in self._book.close():
                    await self._emit(self._candle(seen, closed=closed), None)
            for price, arrived_at in self._take_held():
                await self._emit(price, arrived_at)

    async def _give_held(self) -> None:
        for price, arrived_at in self._take_held():
            await self._give_or_hold(price, arrived_at)

    def _take_held(self) -> list[tuple[Price, float]]:
        held, self._held = self._held, []
        self._has_held.clear()
        return held

    async def _give_or_hold(self, price: Price, arrived_at: float) -> None:
        end = self._book.end_ms
        if end is None or price.ts < end or is_of_another_clock(price.ts, end, self._length_ms):
            await self._emit(price, arrived_at)
            return
        self._held = [*self._held, (price, arrived_at)][-_HELD_LIMIT:]
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
