"""The seam between the bot and any market: simulated, replayed or real."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol, runtime_checkable

from bot.core.market_rules import MarketRules
from bot.events import Candle, Price


class MarketEnded(Exception):
    """A market with a last price has shown it; the text says which market and what to do."""


class MarketError(Exception):
    """The market cannot be used; the text is one sentence that says what to do.

    `wait_s` is for how long the market asked not to be asked again.
    """

    def __init__(self, sentence: str, *, wait_s: float = 0.0) -> None:
        super().__init__(sentence)
        self.wait_s = wait_s


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


@runtime_checkable
class PastMarket(Protocol):
    """A market that may be asked for its past while it streams."""

    async def past(self, timeframe: str, limit: int) -> list[Candle]:
        """The last `limit` candles of a timeframe up to now, or as many as there are, oldest first, the last perhaps
        forming. Nothing of the stream changes, and nothing that trades waits for it. Raises `MarketError`."""


@runtime_checkable
class TimedMarket(Protocol):
    """A market at the end of a line: what it yields may have waited, so it says when the line brought it."""

    arrived_at: float | None
    """When the price yielded last came, in seconds of `time.monotonic`; None while there was none."""
