"""The prices of an exchange as the bot gets them: judged, in order, each with the quote that goes with it.

A quote or a ticker that is news comes as a price too: the last one again with what is known now, so that a quiet
market is not taken for a silent one, and stops are judged by the bid that there is.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from decimal import Decimal

from bot.events import Price
from bot.shell.markets.pace import Clock, Sleep, wall_clock_ms
from bot.shell.markets.patience import Patience
from bot.shell.markets.price_filter import PriceFilter

_GATHERED_LIMIT = 200
_QUOTE_LIFE_S = 10.0
"""A quote with no word of it since is not believed any more: the last price stands in for it."""
_SAME_AGAIN_S = 1.0
"""News that change nothing are told no sooner after the price before: they only show that the market is there."""
_JITTER_MS = 5_000
"""A time before the one told last by less than this is late by the ways of the line, and told as the same time."""
_log = logging.getLogger(__name__)


class ExchangePrices:
    """Takes trades, quotes and the news that there is nothing new; emits `Price`s. `filter` counts what it keeps out.

    `change_24h_pct` is the newest known, in percent.
    """

    def __init__(
        self,
        *,
        name: str,
        symbol: str,
        emit: Callable[[Price, float], Awaitable[None]],
        patience: Patience,
        clock: Clock = wall_clock_ms,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`emit` gets each price with when it came, in seconds of `monotonic`; `name` is what the log calls it."""
        self.filter = PriceFilter()
        self.change_24h_pct: float | None = None
        self._name, self._symbol, self._patience = name, symbol, patience
        self._emit, self._sleep, self._clock, self._monotonic = emit, sleep, clock, monotonic
        self._gathered: list[Price] = []
        self._gathered_at = -math.inf
        self._has_gathered = asyncio.Event()
        self._told: Price | None = None
        self._traded: tuple[Decimal, int, float] | None = None
        self._timed: tuple[int, float] | None = None
        self._quote: tuple[Decimal, Decimal] | None = None
        self._quoted_at = -math.inf
        self._news_at = -math.inf
        self._has_news = asyncio.Event()

    @property
    def traded_ms(self) -> int:
        """The exchange's time of the newest price that is not a repetition; 0 before the first."""
        return self._traded[1] if self._traded else 0

    @property
    def best(self) -> tuple[Decimal | None, Decimal | None]:
        """Best bid and ask; None for both where nothing was told of them for long."""
        is_alive = self._monotonic() - self._quoted_at <= _QUOTE_LIFE_S
        return self._quote if self._quote and is_alive else (None, None)

    def market_ms(self, at: float | None = None) -> int:
        """The exchange's clock, never ahead of it: the last time that it told and what has passed since that came.

        `at` is the moment asked for, in seconds of `monotonic`; now without it. By the bot's clock where the exchange
        has told no time.
        """
        moment = self._monotonic() if at is None else at
        if self._timed is None:
            return self._bot_ms(moment)
        ts, arrived_at = self._timed
        return ts + math.floor((moment - arrived_at) * 1000)

    def trade(self, value: object, ts: object, arrived_at: float, *, key: Hashable = None) -> None:
        """A price of the exchange's, with its time where it has one; `key` as in `PriceFilter.accept`."""
        before, told_ts = self.filter.dropped.total(), ts if isinstance(ts, int) else None
        accepted = self.filter.accept(
            value, told_ts, self._bot_ms(arrived_at), market_ms=self.market_ms(arrived_at), key=key
        )
        if accepted is None:
            self._warn(before)
            return
        self._traded = (*accepted, arrived_at)
        if told_ts is not None:
            self._timed = told_ts, arrived_at
        self._gather(*self._traded)

    def quote(self, bid: object, ask: object, arrived_at: float | None = None) -> None:
        """Best bid and ask, as the exchange has them now or had them at `arrived_at`."""
        before = self.filter.dropped.total()
        accepted = self.filter.accept_quote(bid, ask)
        if accepted is None:
            self._warn(before)
            return
        self._quote, self._quoted_at = accepted, self._monotonic() if arrived_at is None else arrived_at
        self.note_news(arrived_at)

    def note_news(self, arrived_at: float | None = None) -> None:
        """The exchange told that it is there, with no new price."""
        self._news_at = self._monotonic() if arrived_at is None else arrived_at
        self._has_news.set()

    def drop(self, reason: str) -> None:
        """Count what was kept out before it came here."""
        before = self.filter.dropped.total()
        self.filter.drop(reason)
        self._warn(before)

    async def give(self) -> None:
        """Run until cancelled: emit what has come, a first price at once and those right after it together."""
        while True:
            await self._has_gathered.wait()
            self._has_gathered.clear()
            gathered, self._gathered, arrived_at = self._gathered, [], self._gathered_at
            for price in thinned(gathered):
                await self._emit(price, arrived_at)
            await self._sleep(self._patience.gather_s)

    async def give_news(self) -> None:
        """Run until cancelled: tell the last price again with a new quote, at a bounded rate."""
        while True:
            await self._has_news.wait()
            self._has_news.clear()
            self._tell_again()
            await self._sleep(self._patience.quote_every_s)

    def _tell_again(self) -> None:
        if self._told is None or self._traded is None:
            return
        is_same = self.best == (self._told.bid, self._told.ask)
        if self._news_at - self._gathered_at >= (_SAME_AGAIN_S if is_same else 0.0):
            self._gather(self._traded[0], self.market_ms(self._news_at), self._news_at)

    def _gather(self, value: Decimal, ts: int, arrived_at: float) -> None:
        newest_ts = self._told.ts if self._told else 0
        bid, ask = self.best
        self._told = Price(
            symbol=self._symbol,
            price=value,
            ts=newest_ts if newest_ts - _JITTER_MS < ts < newest_ts else ts,
            bid=bid,
            ask=ask,
            change_24h_pct=self.change_24h_pct,
        )
        if len(self._gathered) >= _GATHERED_LIMIT:
            self._gathered = thinned(self._gathered)
        self._gathered.append(self._told)
        self._gathered_at = arrived_at
        self._has_gathered.set()

    def _bot_ms(self, at: float) -> int:
        """The bot's clock at a moment of `monotonic` that may be long gone: a price is dated by when it came."""
        return self._clock() - math.ceil((self._monotonic() - at) * 1000)

    def _warn(self, before: int) -> None:
        """The first that was kept out is told, the tenth, the hundredth: a sick feed does not fill the log.

        Nothing is wrong with a feed that only says things twice.
        """
        if math.log10(before + 1).is_integer():
            dropped = dict(self.filter.dropped)
            level = logging.INFO if dropped.keys() == {"duplicate"} else logging.WARNING
            _log.log(level, "%s prices dropped so far: %s", self._name, dropped)


def thinned(prices: Sequence[Price]) -> list[Price]:
    """Of prices that came at once the lowest, the highest and the last, in order: all that a stop or a chart needs."""
    if len(prices) <= 3:
        return list(prices)
    indexes = range(len(prices))
    kept = {min(indexes, key=lambda index: prices[index].price), max(indexes, key=lambda index: prices[index].price)}
    return [prices[index] for index in sorted(kept | {len(prices) - 1})]
