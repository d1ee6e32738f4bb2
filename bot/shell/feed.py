"""Brings a market's prices and candles to the bot's inbox, for as long as it takes: what fails is tried again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from bot.core.market_rules import MarketRules
from bot.core.messages import FeedEnded, FeedFailed
from bot.events import Candle, Price
from bot.redaction import redacted
from bot.shell.backoff import MARKET
from bot.shell.market import Market, MarketEnded, MarketError, TimedMarket

HISTORY = 500
"""Closed candles asked for at start: the page's chart, and the warm-up of any usual strategy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketOpened:
    """The market answered."""

    rules: MarketRules
    history: list[Candle]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A price of a `TimedMarket`, with the moment at which the line brought it, in seconds of `time.monotonic`."""

    price: Price
    at: float


FeedItem = Price | Candle | Arrived | MarketOpened | FeedFailed | FeedEnded


waits = MARKET.waits


class Feed:
    """One market, opened again after each fault. `put` takes each item in order and may make the market wait."""

    def __init__(
        self,
        open_market: Callable[[], Market],
        put: Callable[[FeedItem], Awaitable[None]],
        *,
        last_candle_ts: Callable[[], int | None],
        random: Callable[[], float],
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
        history: int = HISTORY,
    ) -> None:
        """`last_candle_ts` is the newest closed candle that the bot has acted on: a replay goes on after it."""
        self._open_market = open_market
        self._put = put
        self._last_candle_ts = last_candle_ts
        self._random = random
        self._sleep = sleep
        self._history = history

    async def run(self) -> None:
        """Until the market ends for good."""
        pauses = waits(self._random)
        while True:
            asked_s = 0.0
            try:
                async with aclosing(self._items()) as items:  # a cancelled feed closes its market before it ends
                    async for item in items:
                        if isinstance(item, Price | Arrived):
                            pauses = waits(self._random)
                        await self._put(item)
                fault = "The market stopped without a word."
            except MarketEnded as ended:
                await self._put(FeedEnded(message=str(ended)))
                return
            except MarketError as error:
                fault, asked_s = redacted(str(error)), error.wait_s
            except Exception as error:  # whatever a market raises, the position stays protected and the bot reachable
                fault = redacted(f"The market failed ({type(error).__name__}: {error}).")
            await self._put(FeedFailed(message=fault))
            await self._sleep(max(asked_s, next(pauses)))

    async def _items(self) -> AsyncGenerator[FeedItem, None]:
        market = self._open_market()
        timed = market if isinstance(market, TimedMarket) else None
        try:
            rules = await market.rules()
            seen = self._last_candle_ts()
            if seen is not None:
                await market.history(1, after_ts=seen)
            yield MarketOpened(rules=rules, history=await market.history(self._history))
            async for item in market.stream():
                at = timed.arrived_at if timed and isinstance(item, Price) else None
                yield item if at is None or not isinstance(item, Price) else Arrived(price=item, at=at)
        finally:
            await market.close()
