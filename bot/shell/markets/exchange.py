"""Any exchange that ccxt knows: streams where it has them, REST where it has not, and REST again after every gap."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from random import Random
from typing import Any

import ccxt

from bot.core.market_rules import MarketRules
from bot.events import Candle, Price
from bot.shell.market import MarketError
from bot.shell.markets.exchange_candles import ExchangeCandles, candle_of
from bot.shell.markets.exchange_connect import check_market, rules_of
from bot.shell.markets.exchange_past import ExchangePast
from bot.shell.markets.exchange_prices import ExchangePrices
from bot.shell.markets.exchange_rest import ExchangeRest
from bot.shell.markets.exchange_sources import ExchangeSources
from bot.shell.markets.pace import Clock, Sleep, wall_clock_ms
from bot.shell.markets.patience import Patience
from bot.shell.markets.price_filter import PriceFilter, decimal_of
from bot.shell.markets.timeframe import timeframe_ms
from bot.shell.markets.watcher import Source, watch

_QUEUE_LIMIT = 1_000
"""Full: the watchers wait, and ccxt keeps only the latest behind them."""
_log = logging.getLogger(__name__)


class ExchangeMarket:
    """A `Market` on a real exchange, by its public side only: no keys are needed and no order is sent."""

    def __init__(
        self,
        exchange: Any,
        *,
        symbol: str,
        timeframe: str,
        patience: Patience | None = None,
        clock: Clock = wall_clock_ms,
        sleep: Sleep = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        random: Random | None = None,
    ) -> None:
        """`exchange` comes from `exchange_connect.connect`; it is this market's alone and closed with it."""
        self.symbol, self.timeframe = symbol, timeframe
        self.arrived_at: float | None = None
        self._exchange, self._sleep, self._monotonic = exchange, sleep, monotonic
        self._random = random or Random()
        length_ms, patience = timeframe_ms(timeframe), patience or Patience()
        self._queue: asyncio.Queue[tuple[Price | Candle, float | None] | Exception] = asyncio.Queue(_QUEUE_LIMIT)
        self._tasks: set[asyncio.Task[None]] = set()
        self._loaded: tuple[MarketRules, dict[str, Any], float] | None = None
        self._rest = ExchangeRest(
            exchange,
            symbol=symbol,
            timeframe=timeframe,
            length_ms=length_ms,
            attempts=patience.attempts,
            sleep=sleep,
            random=self._random,
        )
        self._candles = ExchangeCandles(
            self._rest,
            symbol=symbol,
            timeframe=timeframe,
            length_ms=length_ms,
            emit=self._put,
            patience=patience,
            clock=lambda: self._prices.market_ms(),
            sleep=sleep,
        )
        self._prices = ExchangePrices(
            name=exchange.id,
            symbol=symbol,
            emit=self._candles.price,
            patience=patience,
            clock=clock,
            monotonic=monotonic,
            sleep=sleep,
        )
        self._past = ExchangePast(
            self._rest, symbol=symbol, clock=lambda: self._prices.market_ms(), monotonic=monotonic
        )
        self._sources = ExchangeSources(
            self._rest,
            symbol=symbol,
            prices=self._prices,
            start=self._watch,
            patience=patience,
            monotonic=monotonic,
            sleep=sleep,
        )

    @property
    def filter(self) -> PriceFilter:
        """What judges the prices; `filter.dropped` counts those kept out."""
        return self._prices.filter

    async def rules(self) -> MarketRules:
        """Load the market, once. Raises `MarketError` for an unknown symbol and an exchange that does not answer."""
        return (await self._load())[0]

    async def history(self, limit: int, *, after_ts: int | None = None) -> list[Candle]:
        """The last closed candles by REST. The last one listed is held to be forming: the stream closes it."""
        await self._load()
        rows = await self._rest.patiently(lambda: self._rest.last_rows(limit + 1))
        self._candles.begin(rows)
        closed = [row for row in rows[:-1] if after_ts is None or row.ts > after_ts]
        return [candle_of(row, self.symbol, self.timeframe, closed=True) for row in closed]

    async def past(self, timeframe: str, limit: int) -> list[Candle]:
        """By REST at most once a minute for each timeframe; at most a page. Raises `MarketError`."""
        if self._loaded is None:
            raise MarketError(f"{self._exchange.id} has not answered yet: ask again in a moment.")
        return await self._past.candles(timeframe, limit)

    async def stream(self) -> AsyncIterator[Price | Candle]:
        """Prices and candles as they come, over every failure of the line. Raises `MarketError` for a fault in here."""
        _, ticker, answered_at = await self._load()
        self._sources.begin(ticker, answered_at)
        for source in (self._candles.source(), *self._sources.sources()):
            self._watch(source)
        self._run(self._candles.close_late_ones())
        self._run(self._prices.give())
        self._run(self._prices.give_news())
        self._run(self._sources.bridge_gaps())
        try:
            while True:
                item = await self._queue.get()
                if isinstance(item, Exception):
                    raise MarketError(
                        f"The feed of {self._exchange.id} broke ({item!r}): it is opened again."
                    ) from item
                message, arrived_at = item
                self.arrived_at = self.arrived_at if arrived_at is None else arrived_at
                yield message
        finally:
            await self._stop()
            if self.filter.dropped:
                _log.info("%s prices dropped in all: %s", self._exchange.id, dict(self.filter.dropped))

    async def close(self) -> None:
        """Stop watching, close sockets and sessions."""
        await self._past.close()
        await self._stop()
        await self._exchange.close()

    async def _put(self, message: Price | Candle, arrived_at: float | None) -> None:
        await self._queue.put((message, arrived_at))

    async def _load(self) -> tuple[MarketRules, dict[str, Any], float]:
        if self._loaded is None:
            await self._rest.patiently(self._exchange.load_markets)
            market = check_market(self._exchange, self.symbol, self.timeframe)
            ticker = await self._rest.patiently(self._rest.ticker)
            rules = rules_of(self._exchange, market, decimal_of(ticker.get("last")))
            self._loaded = rules, ticker, self._monotonic()
        return self._loaded

    def _watch(self, source: Source) -> None:
        self._run(watch(source, on_gap=self._gap, sleep=self._sleep, random=self._random))

    def _gap(self, error: Exception) -> None:
        """After a failure of any source candles and price are asked for; after silence the sockets are opened anew."""
        self._candles.gap()
        if isinstance(error, TimeoutError):
            for client in list(self._exchange.clients.values()):
                # Not client.close(): that cancels the futures that the other watchers wait for. This fails them.
                # Nor one that is still on its way to the exchange: it would arrive all the same, and be nobody's.
                if client.isConnected:
                    client.on_error(ccxt.NetworkError("the stream fell silent"))
        self._sources.gap()

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tell_end)

    def _tell_end(self, task: asyncio.Task[None]) -> None:
        """What ended by an error must not leave a stream that is merely quiet."""
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            if self._queue.full():
                self._queue.get_nowait()
            self._queue.put_nowait(error)

    async def _stop(self) -> None:
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
