"""Strategies that look where they must not, and what shows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.core.messages import Signal
from bot.core.strategies import Strategy, StrategyParams
from bot.events import Candle, Trade
from tests.support.backtests import backtest_of
from tests.support.trading import MINUTE, T0

Make = Callable[[list[float]], Strategy]
"""Makes a strategy that may hold on to the list of closes that the file is made of."""


class Peeker(Strategy):
    """Has the whole list, and buys where the close after next will be higher than the next."""

    def __init__(self, closes: list[float]) -> None:
        super().__init__(StrategyParams())
        self._closes = closes

    @property
    def warmup(self) -> int:
        return 1

    def on_candle(self, candle: Candle) -> Signal | None:
        number = (candle.ts - T0) // MINUTE
        if number + 2 >= len(self._closes):
            return None
        kind = "enter" if self._closes[number + 2] > self._closes[number + 1] else "exit"
        return Signal(kind="enter" if kind == "enter" else "exit", reason=str(number), candle_ts=candle.ts)


class Forger(Peeker):
    """Rewrites the candle it was shown, to be filled at a better price."""

    def on_candle(self, candle: Candle) -> Signal | None:
        candle.close = candle.close / 2  # type: ignore[misc]
        return super().on_candle(candle)


class Rewriter(Peeker):
    """Rewrites the list that the file was made of, at the place that comes next."""

    def on_candle(self, candle: Candle) -> Signal | None:
        number = (candle.ts - T0) // MINUTE
        self._closes[number] = 1.0
        return super().on_candle(candle)


def first_peek(make: Make, closes: Sequence[float], cuts: Sequence[int]) -> int | None:
    """The first cut at which the trades before it depend on what comes after it; None for an honest strategy.

    An honest strategy cannot know where its file ends, so up to there it does the same in a shorter one.
    """
    whole = _trades(make, closes)
    for cut in cuts:
        before = [trade for trade in whole if trade.ts < T0 + cut * MINUTE]
        if _trades(make, closes[:cut]) != before:
            return cut
    return None


def _trades(make: Make, closes: Sequence[float]) -> list[Trade]:
    shared = list(closes)
    return backtest_of(shared, make(shared)).trades
