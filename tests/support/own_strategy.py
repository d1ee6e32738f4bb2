"""A strategy as a person would write one, outside the product."""

from __future__ import annotations

from bot.core.messages import Signal
from bot.core.strategies import Strategy, StrategyParams
from bot.events import Candle


class BuyAll(Strategy):
    """Buys on every candle that closes, sells on every fifth."""

    @property
    def warmup(self) -> int:
        return 1

    def on_candle(self, candle: Candle) -> Signal | None:
        number = candle.ts // 60_000
        return Signal(kind="enter" if number % 5 else "exit", reason=f"candle {number}", candle_ts=candle.ts)


class FaultyParams(StrategyParams):
    """When it goes wrong, ms UTC."""

    raises_at: int = 0


class Faulty(Strategy):
    """Trades nothing, and divides by zero on the candle that opens at `raises_at`."""

    Params = FaultyParams

    def __init__(self, params: FaultyParams) -> None:
        super().__init__(params)
        self._raises_at = params.raises_at

    @property
    def warmup(self) -> int:
        return 1

    def on_candle(self, candle: Candle) -> Signal | None:
        assert 1 / (candle.ts - self._raises_at)
        return None


class Eager(Strategy):
    """Wants to hold: buys on every candle that closes, and never sells."""

    @property
    def warmup(self) -> int:
        return 1

    def on_candle(self, candle: Candle) -> Signal | None:
        return Signal(kind="enter", reason="it always wants to", candle_ts=candle.ts)
