"""Best bid and ask of an exchange, from the quickest place that has them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from bot.shell.markets.exchange_prices import ExchangePrices
from bot.shell.markets.exchange_rest import ExchangeRest, best_of
from bot.shell.markets.patience import Patience
from bot.shell.markets.watcher import Source


class ExchangeQuotes:
    """Brings `prices` the best bid and ask."""

    def __init__(self, rest: ExchangeRest, *, symbol: str, prices: ExchangePrices, patience: Patience) -> None:
        self._rest, self._symbol, self._prices, self._patience = rest, symbol, prices, patience
        self._newest: tuple[object, ...] = ()

    def stream(self) -> Source | None:
        """The exchange's own stream of best bids and asks, where it has one."""
        streams = self._rest.exchange.has.get("watchBidsAsks")
        return self._source(self._best_of_stream, self._take_streamed) if streams else None

    def book(self) -> Source | None:
        """The order book, where the ticker has no quotes: streamed, else polled; None where there is neither."""
        has = self._rest.exchange.has
        if has.get("watchOrderBook"):
            return self._source(self._best_of_book, self._take_streamed)
        if has.get("fetchOrderBook"):
            return self._source(self._rest.best, self._take, self._patience.price_poll_s(self._rest.exchange.rateLimit))
        return None

    async def _take(self, quote: dict[str, Any]) -> None:
        self._prices.quote(quote.get("bid"), quote.get("ask"))

    async def _take_streamed(self, quote: dict[str, Any]) -> None:
        """The same again, word for word, is a duplicate where the words have a number, a time or a size among them."""
        named = tuple(quote.get(name) for name in ("timestamp", "nonce", "bidVolume", "askVolume"))
        said = quote.get("bid"), quote.get("ask"), *named
        if said == self._newest and any(part is not None for part in named):
            self._prices.drop("duplicate")
            return
        self._newest = said
        await self._take(quote)

    async def _best_of_stream(self) -> dict[str, Any]:
        quotes: dict[str, dict[str, Any]] = await self._rest.exchange.watch_bids_asks([self._symbol])
        return quotes.get(self._symbol, {})

    async def _best_of_book(self) -> dict[str, Any]:
        return best_of(await self._rest.exchange.watch_order_book(self._symbol))

    def _source(
        self, call: Callable[[], Awaitable[Any]], take: Callable[[Any], Awaitable[None]], pause_s: float = 0.0
    ) -> Source:
        return Source(
            name=f"{self._rest.exchange.id} quotes",
            call=call,
            take=take,
            silence_s=self._patience.quiet_silence_s,
            pause_s=pause_s,
        )
