"""Where the prices of an exchange come from: its trades, else its ticker; streamed, else polled.

Where streams are there and do not get through, the price is asked for meanwhile: a position must not go unwatched.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from bot.shell.markets.exchange_prices import ExchangePrices
from bot.shell.markets.exchange_quotes import ExchangeQuotes
from bot.shell.markets.exchange_rest import ExchangeRest
from bot.shell.markets.pace import Sleep
from bot.shell.markets.patience import Patience
from bot.shell.markets.watcher import Source

_EXTRA_POLL_S = 10.0
"""For the day's change, where the ticker has to be polled for nothing else."""
_TRADES_LATE_MS = 1_000
"""A ticker so much newer than the last trade has the word: the trades' stream hangs, or there were none."""
_log = logging.getLogger(__name__)


class ExchangeSources:
    """Brings `prices` what ccxt gives of trades, ticker and quotes."""

    def __init__(
        self,
        rest: ExchangeRest,
        *,
        symbol: str,
        prices: ExchangePrices,
        start: Callable[[Source], None],
        patience: Patience,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`start` begins to watch one source more: the book is watched only where the ticker has no quotes."""
        self._rest, self._symbol, self._prices, self._start = rest, symbol, prices, start
        self._patience, self._monotonic, self._sleep = patience, monotonic, sleep
        self._has_gap = asyncio.Event()
        self._quotes = ExchangeQuotes(rest, symbol=symbol, prices=prices, patience=patience)
        self._watches_quotes = False
        self._ticker: tuple[object, ...] = ()

    @property
    def _streams_ticker(self) -> bool:
        return bool(self._rest.exchange.has.get("watchTicker"))

    def sources(self) -> list[Source]:
        """What to watch: trades and for the rest the ticker, or the ticker alone; and quotes, where they stream."""
        has, wait = self._rest.exchange.has, self._patience
        call = self._streamed_ticker if self._streams_ticker else self._rest.ticker
        poll_s = wait.price_poll_s(self._rest.exchange.rateLimit)
        quotes = self._quotes.stream()
        self._watches_quotes = quotes is not None
        if has.get("watchTrades"):
            pause_s = 0.0 if self._streams_ticker else max(poll_s, _EXTRA_POLL_S)
            extra = self._source("ticker", call, self._take_extra, wait.quiet_silence_s, pause_s)
            found = [self._source("trades", self._streamed_trades, self._take_trades, wait.silence_s), extra]
        else:
            pause_s = 0.0 if self._streams_ticker else poll_s
            found = [self._source("ticker", call, self._take_ticker, wait.silence_s, pause_s)]
        return [*found, *([quotes] if quotes else [])]

    def begin(self, ticker: dict[str, Any], arrived_at: float) -> None:
        """The first price, by REST: `arrived_at` is when it was answered, which may be before a long history was."""
        self._take_facts(ticker, arrived_at)
        self._prices.trade(ticker.get("last"), ticker.get("timestamp"), arrived_at)

    def gap(self) -> None:
        """A stream failed or fell silent: the price is asked for by REST."""
        if self._streams_ticker or self._rest.exchange.has.get("watchTrades"):
            self._has_gap.set()

    async def bridge_gaps(self) -> None:
        """Run until cancelled: after a gap the price by REST, once, and at a poll's pace while no socket stands."""
        while True:
            await self._has_gap.wait()
            self._has_gap.clear()
            try:
                self._take_instead(await self._rest.ticker())
            except Exception as error:  # REST is away too, or rests: the watchers say so
                _log.debug("%s: no price by REST either (%s)", self._rest.exchange.id, type(error).__name__)
            await self._sleep(self._patience.price_poll_s(self._rest.exchange.rateLimit))
            if not any(client.isConnected for client in self._rest.exchange.clients.values()):
                self._has_gap.set()

    def _take_instead(self, ticker: dict[str, Any]) -> None:
        """A price in place of the streams', as old as it says; one that is older than theirs tells nothing."""
        self._take_facts(ticker)
        ts = ticker.get("timestamp")
        if ts is None or ts >= self._prices.traded_ms:
            self._prices.trade(ticker.get("last"), ts, self._monotonic())

    async def _take_trades(self, trades: Sequence[dict[str, Any]]) -> None:
        now = self._monotonic()
        for trade in trades:
            price, ts = trade.get("price"), trade.get("timestamp")
            key = trade.get("id"), ts, price, trade.get("amount"), trade.get("side")
            self._prices.trade(price, ts, now, key=key)

    async def _take_ticker(self, ticker: dict[str, Any]) -> None:
        if self._is_news(ticker):
            self._take_facts(ticker)
            self._prices.trade(ticker.get("last"), ticker.get("timestamp"), self._monotonic())

    async def _take_extra(self, ticker: dict[str, Any]) -> None:
        """A ticker beside trades: its price counts where theirs is old, else it shows that the market is there."""
        if not self._is_news(ticker):
            return
        self._take_facts(ticker)
        last, ts, now = ticker.get("last"), ticker.get("timestamp"), self._monotonic()
        if last is None:
            self._prices.drop("null")
        elif (ts or self._prices.market_ms(now)) - self._prices.traded_ms > _TRADES_LATE_MS:
            self._prices.trade(last, ts, now)
        else:
            self._prices.note_news()

    def _take_facts(self, ticker: dict[str, Any], arrived_at: float | None = None) -> None:
        """The day's change and, where nothing else has them, bid and ask."""
        change = ticker.get("percentage")
        if isinstance(change, int | float) and math.isfinite(change):
            self._prices.change_24h_pct = round(float(change), 3)
        if ticker.get("bid") is not None and ticker.get("ask") is not None:
            self._prices.quote(ticker["bid"], ticker["ask"], arrived_at)
        elif not self._watches_quotes:
            self._watches_quotes = True
            book = self._quotes.book()
            if book is not None:
                self._start(book)

    def _is_news(self, ticker: dict[str, Any]) -> bool:
        """Whether a stream's ticker says something new; a poll's always does: it was asked for now."""
        said = tuple(ticker.get(name) for name in ("timestamp", "last", "bid", "ask", "baseVolume"))
        is_repeated = self._streams_ticker and said == self._ticker and said[0] is not None
        self._ticker = said
        if is_repeated:
            self._prices.drop("duplicate")
        return not is_repeated

    async def _streamed_ticker(self) -> dict[str, Any]:
        ticker: dict[str, Any] = await self._rest.exchange.watch_ticker(self._symbol)
        return ticker

    async def _streamed_trades(self) -> Any:
        return await self._rest.exchange.watch_trades(self._symbol)

    def _source(
        self,
        what: str,
        call: Callable[[], Awaitable[Any]],
        take: Callable[[Any], Awaitable[None]],
        silence_s: float,
        pause_s: float = 0.0,
    ) -> Source:
        name = f"{self._rest.exchange.id} {what}"
        return Source(name=name, call=call, take=take, silence_s=silence_s, pause_s=pause_s)
