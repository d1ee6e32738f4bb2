"""The seam between the bot and any market: simulated, replayed or real."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from bot.core.market_rules import MarketRules
from bot.events import Candle, Price


class MarketEnded(Exception):
    """A market with a last price has shown it; the text says which market and what to do."""


class MarketError(Exception):
    """The market cannot be used; the text is one sentence that says what to do."""


class Market(Protocol):
    """Prices and candles of one symbol, oldest first, in the market's own time (`ts`, ms UTC).

    `symbol` and `timeframe` are what the market really gives; a replay takes them from its file where nobody chose.
    """

    symbol: str
    timeframe: str

    async def rules(self) -> MarketRules:
        """Load the market; raises `MarketError` where it is not there or does not answer."""

    async def history(self, limit: int, *, after_ts: int | None = None) -> list[Candle]:
        """The last `limit` closed candles up to now, oldest first; with `after_ts` only those that opened later."""

    def stream(self) -> AsyncIterator[Price | Candle]:
        """Every price as it happens and every candle: forming ones now and then (`closed=False`), each closed one
        exactly once, before the first price of the next. Reconnects by itself; raises `MarketEnded` where there is a
        last."""

    async def close(self) -> None:
        """Let go of sockets and files; safe to call twice."""
