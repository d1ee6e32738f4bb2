"""An exchange's candles of any timeframe for charts: one REST call a minute each, however many ask."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.events import Candle
from bot.shell.history import page_size
from bot.shell.market import MarketError
from bot.shell.markets.candle_book import Row
from bot.shell.markets.exchange_candles import candle_of
from bot.shell.markets.exchange_rest import ExchangeRest
from bot.shell.markets.pace import Clock
from bot.shell.markets.timeframe import timeframe_ms

FRESH_S = 60.0
"""For so long a page serves: what came since is in the stream."""
FAULT_S = 10.0
"""After a failure the exchange is left alone for so long, or for as long as it asked."""


@dataclass(frozen=True, slots=True)
class Page:
    """What was answered, or the sentence that says why nothing was; it serves until `until` (monotonic seconds)."""

    rows: tuple[Row, ...]
    fault: str | None
    until: float


class ExchangePast:
    """The calls go through `rest`: ccxt's pace and the pause after a 429 are the same for all that is asked there."""

    def __init__(
        self, rest: ExchangeRest, *, symbol: str, clock: Clock, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`clock` is the exchange's, ms UTC."""
        self._rest, self._symbol, self._clock, self._monotonic = rest, symbol, clock, monotonic
        self._pages: dict[str, Page] = {}
        self._asking: dict[str, asyncio.Task[Page]] = {}
        self._is_closed = False

    async def candles(self, timeframe: str, limit: int) -> list[Candle]:
        """The last candles, at most a page, oldest first; the last listed is forming while its time is not over.

        Whoever gives up waiting leaves the call to the others. Raises `MarketError`.
        """
        page = self._pages.get(timeframe)
        if page is None or page.until <= self._monotonic():
            page = await asyncio.shield(self._ask(timeframe))
        if page.fault is not None:
            raise MarketError(page.fault)
        over_at = self._clock() - timeframe_ms(timeframe)
        last_ts = page.rows[-1].ts if page.rows else 0
        return [
            candle_of(row, self._symbol, timeframe, closed=row.ts < last_ts or row.ts <= over_at)
            for row in page.rows[-limit:]
        ]

    async def close(self) -> None:
        """Ask no more, and let go of what is being asked."""
        self._is_closed = True
        asking, self._asking = list(self._asking.values()), {}
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    def _ask(self, timeframe: str) -> asyncio.Task[Page]:
        name = self._rest.exchange.id
        if self._is_closed:
            raise MarketError(f"The line to {name} is being opened anew: ask again in a moment.")
        if timeframe not in (self._rest.exchange.timeframes or {}):
            raise MarketError(f"{name} has no candles of {timeframe}.")
        task = self._asking.get(timeframe)
        if task is None:
            task = self._asking[timeframe] = asyncio.create_task(self._page(timeframe))
            task.add_done_callback(lambda _: self._asking.pop(timeframe, None))
        return task

    async def _page(self, timeframe: str) -> Page:
        count = page_size(self._rest.exchange, self._symbol)
        try:
            rows = await self._rest.page_of(timeframe, count)
            page = Page(tuple(rows), None, self._monotonic() + FRESH_S)
        except MarketError as error:
            page = Page((), str(error), self._monotonic() + max(FAULT_S, error.wait_s))
        self._pages[timeframe] = page
        return page
