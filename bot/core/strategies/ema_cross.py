"""Buy when the fast average of closes crosses above the slow one, sell when it crosses below.

The exponential moving average is talipp's: seeded with the mean of the first `period` closes, then
`2 / (period + 1)` of the new close (Murphy, *Technical Analysis of the Financial Markets*, ch. 9).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from pydantic import model_validator
from talipp.indicators.EMA import EMA

from bot.core.messages import Signal
from bot.core.strategies.base import Line, Period, StopLoss, Strategy, StrategyParams, TakeProfit
from bot.core.strategies.indicators import add_bounded, decimal_of, last_of
from bot.core.words import digits_of, two_prices
from bot.events import Candle

KEPT = 8
"""Slow periods that are kept in memory; an EMA needs its last value and, while it is seeded, one period."""


class EmaCrossParams(StrategyParams):
    """`fast` and `slow` are counted in candles. The exits are those of a short timeframe: a minute moves 0.1 %."""

    fast: Period = 9
    """Candles of the fast average; fewer than `slow`."""
    slow: Period = 21
    """Candles of the slow average."""
    stop_loss_pct: StopLoss = Decimal("0.4")
    take_profit_pct: TakeProfit = Decimal("0.6")

    @model_validator(mode="after")
    def _fast_is_faster(self) -> Self:
        if self.fast >= self.slow:
            raise ValueError(f"fast must be below slow, got fast {self.fast} and slow {self.slow}")
        return self


class EmaCross(Strategy):
    """The classic of two averages. Floats live in the indicators only; they decide, they never pay."""

    Params = EmaCrossParams

    def __init__(self, params: EmaCrossParams) -> None:
        super().__init__(params)
        self._fast_period, self._slow_period = params.fast, params.slow
        self._fast, self._slow = EMA(params.fast), EMA(params.slow)
        self._was_above: bool | None = None
        self._digits = 0

    @property
    def warmup(self) -> int:
        return self._slow_period * 3

    def on_candle(self, candle: Candle) -> Signal | None:
        close = float(candle.close)
        for average in (self._fast, self._slow):
            add_bounded(average, close, self._slow_period * KEPT)
        self._digits = max(self._digits, digits_of(candle.close))
        if self._slow[-1] is None:
            return None
        return self._crossed(candle, self._fast[-1], self._slow[-1])

    @property
    def lines(self) -> tuple[Line, ...]:
        return (
            Line(name=f"EMA {self._fast_period}", value=last_of(self._fast)),
            Line(name=f"EMA {self._slow_period}", value=last_of(self._slow)),
        )

    def _crossed(self, candle: Candle, fast: float, slow: float) -> Signal | None:
        if fast == slow:
            return None
        above, before = fast > slow, self._was_above
        self._was_above = above
        if before is None or above == before:
            return None
        texts = two_prices(decimal_of(fast), decimal_of(slow), self._digits)
        way = "above" if above else "below"
        reason = f"EMA {self._fast_period} ({texts[0]}) crossed {way} EMA {self._slow_period} ({texts[1]})"
        return Signal(kind="enter" if above else "exit", reason=reason, candle_ts=candle.ts)
