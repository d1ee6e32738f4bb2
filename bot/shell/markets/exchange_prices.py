"""The prices of an exchange: from its trades, else its ticker; with bid, ask and the day's change."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from decimal import Decimal
from typing import Any

from bot.events import Price
from bot.shell.markets.pace import Clock, Sleep, wall_clock_ms
from bot.shell.markets.patience import Patience
from bot.shell.markets.price_filter import PriceFilter, decimal_of
from bot.shell.markets.watcher import Source

_GATHERED_LIMIT = 200
_QUOTE_LIFE_MS = 10_000
_EXTRA_POLL_S = 10.0
_log = logging.getLogger(__name__)


class ExchangePrices:
    """Takes what ccxt gives and emits `Price`s in order; `filter.dropped` counts what was kept out."""

    def __init__(
        self,
        exchange: Any,
        *,
        symbol: str,
        emit: Callable[[Price], Awaitable[None]],
        start: Callable[[Source], None],
        patience: Patience,
        clock: Clock = wall_clock_ms,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`start` begins to watch one source more: quotes are watched only where the ticker has none."""
        self.filter = PriceFilter()
        self._exchange, self._symbol, self._patience, self._clock = exchange, symbol, patience, clock
        self._emit, self._start, self._sleep = emit, start, sleep
        self._gathered: list[Price] = []
        self._has_gathered = asyncio.Event()
        self._watches_quotes = False
        self._bid: Decimal | None = None
        self._ask: Decimal | None = None
        self._quoted_ms = 0
        self._change_24h_pct: float | None = None

    def sources(self) -> list[Source]:
        """What to watch: trades and for the rest the ticker, or the ticker alone."""
        has, wait = self._exchange.has, self._patience
        streams = bool(has.get("watchTicker"))
        ticker = self._exchange.watch_ticker if streams else self._exchange.fetch_ticker
        if has.get("watchTrades"):
            pause_s = 0.0 if streams else _EXTRA_POLL_S
            extra = self._source("ticker", ticker, self._take_extra, wait.quiet_silence_s, pause_s)
            return [self._source("trades", self._exchange.watch_trades, self._take_trades, wait.silence_s), extra]
        return [self._source("ticker", ticker, self.take_ticker, wait.silence_s, 0.0 if streams else wait.poll_s)]

    async def give(self) -> None:
        """Run until cancelled: emit what has come, a first price at once and those right after it together."""
        while True:
            await self._has_gathered.wait()
            self._has_gathered.clear()
            gathered, self._gathered = self._gathered, []
            for price in thinned(gathered):
                await self._emit(price)
            await self._sleep(self._patience.gather_s)

    async def take_ticker(self, ticker: dict[str, Any]) -> None:
        """Take the ticker's last price, with what else it says."""
        await self._take_extra(ticker)
        self._gather(ticker.get("last"), ticker.get("timestamp"))

    async def _take_extra(self, ticker: dict[str, Any]) -> None:
        change = ticker.get("percentage")
        if isinstance(change, int | float) and math.isfinite(change):
            self._change_24h_pct = round(float(change), 3)
        await self._take_quote(ticker)
        if ticker.get("bid") is None and not self._watches_quotes:
            self._watches_quotes = True
            self._watch_quotes()

    async def _take_trades(self, trades: Sequence[dict[str, Any]]) -> None:
        for trade in trades:
            self._gather(trade.get("price"), trade.get("timestamp"))

    async def _take_quote(self, quote: dict[str, Any]) -> None:
        bid, ask = decimal_of(quote.get("bid")), decimal_of(quote.get("ask"))
        if bid is not None and ask is not None and bid <= ask:
            self._bid, self._ask, self._quoted_ms = bid, ask, self._clock()

    def _gather(self, value: object, ts: object) -> None:
        price = self._accepted(value, ts)
        if price is None:
            return
        if len(self._gathered) >= _GATHERED_LIMIT:
            self._gathered = thinned(self._gathered)
        self._gathered.append(price)
        self._has_gathered.set()

    def _accepted(self, value: object, ts: object) -> Price | None:
        now = self._clock()
        before = self.filter.dropped.total()
        accepted = self.filter.accept(value, ts if isinstance(ts, int) else None, now)
        if accepted is None:
            if math.log10(before + 1).is_integer():
                _log.warning("%s prices dropped so far: %s", self._exchange.id, dict(self.filter.dropped))
            return None
        is_quoted = now - self._quoted_ms <= _QUOTE_LIFE_MS
        return Price(
            symbol=self._symbol,
            price=accepted[0],
            ts=accepted[1],
            bid=self._bid if is_quoted else None,
            ask=self._ask if is_quoted else None,
            change_24h_pct=self._change_24h_pct,
        )

    def _watch_quotes(self) -> None:
        if self._exchange.has.get("watchBidsAsks"):
            call = self._best_of_stream
        elif self._exchange.has.get("watchOrderBook"):
            call = self._best_of_book
        else:
            return
        self._start(self._source("quotes", call, self._take_quote, self._patience.quiet_silence_s))

    async def _best_of_stream(self, symbol: str) -> dict[str, Any]:
        quotes: dict[str, dict[str, Any]] = await self._exchange.watch_bids_asks([symbol])
        return quotes.get(symbol, {})

    async def _best_of_book(self, symbol: str) -> dict[str, Any]:
        book = await self._exchange.watch_order_book(symbol)
        return {"bid": book["bids"][0][0], "ask": book["asks"][0][0]} if book["bids"] and book["asks"] else {}

    def _source(
        self,
        what: str,
        call: Callable[[str], Awaitable[Any]],
        take: Callable[[Any], Awaitable[None]],
        silence_s: float,
        pause_s: float = 0.0,
    ) -> Source:
        return Source(
            name=f"{self._exchange.id} {what}",
            call=lambda: call(self._symbol),
            take=take,
            silence_s=silence_s,
            pause_s=pause_s,
        )


def thinned(prices: Sequence[Price]) -> list[Price]:
    """Of prices that came at once the lowest, the highest and the last, in order: all that a stop or a chart needs."""
    if len(prices) <= 3:
        return list(prices)
    indexes = range(len(prices))
    kept = {min(indexes, key=lambda index: prices[index].price), max(indexes, key=lambda index: prices[index].price)}
    return [prices[index] for index in sorted(kept | {len(prices) - 1})]
