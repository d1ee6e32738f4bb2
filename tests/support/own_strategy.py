"""A strategy as a person would write one, outside the product."""

from __future__ import annotations

from bot.core.messages import Signal
from bot.core.strategies import Strategy
from bot.events import Candle


class BuyAll(Strategy):
    """Buys on every candle that closes, sells on every fifth."""

    @property
    def warmup(self) -> int:
        return 1

    def on_candle(self, candle: Candle) -> Signal | None:
        number = candle.ts // 60_000
        return Signal(kind="enter" if number % 5 else "exit", reason=f"candle {number}", candle_ts=candle.ts)


class Eager(Strategy):
    """Wants to hold: buys on every candle that closes, and never sells."""

    @property
    def warmup(self) -> int:
        return 1

    def on_candle(self, candle: Candle) -> Signal | None:
        return Signal(kind="enter", reason="it always wants to", candle_ts=candle.ts)
