"""Buy when a market that was sold too hard turns up again, sell when it is back at the middle or bought too hard.

The relative strength index is talipp's: gains and losses smoothed by `1 / period`, seeded with the mean of the first
`period` changes, and 100 where nothing was lost (J. Welles Wilder, *New Concepts in Technical Trading Systems*, 1978).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from talipp.indicators.RSI import RSI

from bot.core.messages import Signal
from bot.core.strategies.base import Line, StopLoss, Strategy, StrategyParams, TakeProfit
from bot.core.strategies.indicators import add_bounded, decimal_of, last_of
from bot.core.words import amount_text, two_prices
from bot.events import Candle

KEPT = 8
"""Periods that are kept in memory; the index needs its last averages and, while it is seeded, one period."""
WARMUP = 10
"""Periods after which the seed weighs less than a 20,000th: (1 - 1 / period) ** (10 * period)."""
MIDDLE = Decimal(50)
SCALE = (0.0, 100.0)

Level = Annotated[Decimal, Field(gt=0, lt=100, allow_inf_nan=False)]


class RsiReversionParams(StrategyParams):
    """Levels are values of the index, 0 to 100."""

    period: Annotated[int, Field(strict=True, ge=2, le=1000)] = 14
    """Candles that the index looks back."""
    oversold: Level = Decimal(30)
    """Coming back up above this is the entry."""
    overbought: Level = Decimal(70)
    """Above this is the exit, where `exit_at` says so."""
    exit_at: Literal["middle", "overbought"] = "middle"
    """Whether it leaves when the index is back at 50 or waits for `overbought`."""
    stop_loss_pct: StopLoss = Decimal("1")
    take_profit_pct: TakeProfit = None

    @model_validator(mode="after")
    def _levels_are_in_order(self) -> Self:
        if self.oversold >= self.exit_level:
            raise ValueError(f"oversold must be below the exit at {self.exit_level}, got {self.oversold}")
        return self

    @property
    def exit_level(self) -> Decimal:
        """The value of the index at which a position is sold."""
        return MIDDLE if self.exit_at == "middle" else self.overbought


class RsiReversion(Strategy):
    """Enters on the way back up, not on the way down; goes on saying exit for as long as the index is high."""

    Params = RsiReversionParams

    def __init__(self, params: RsiReversionParams) -> None:
        super().__init__(params)
        self._period, self._oversold, self._exit_at = params.period, params.oversold, params.exit_at
        self._exit_level = params.exit_level
        self._rsi = RSI(params.period)
        self._lowest_value: Decimal | None = None
        """Of the way below `oversold` that is not over yet."""

    @property
    def warmup(self) -> int:
        return self._period * WARMUP

    def on_candle(self, candle: Candle) -> Signal | None:
        add_bounded(self._rsi, float(candle.close), self._period * KEPT)
        if self._rsi[-1] is None:
            return None
        value = decimal_of(self._rsi[-1])
        if value < self._oversold:
            self._lowest_value = min(value, self._lowest_value or value)
            return None
        return self._above(candle, value)

    @property
    def lines(self) -> tuple[Line, ...]:
        levels = {"Oversold": self._oversold, "Exit": self._exit_level}
        values = {f"RSI {self._period}": last_of(self._rsi), **levels}
        return tuple(Line(name=name, value=value, pane="own", range=SCALE) for name, value in values.items())

    def _above(self, candle: Candle, value: Decimal) -> Signal | None:
        if value == self._oversold:
            return None
        lowest, self._lowest_value = self._lowest_value, None
        if value > self._exit_level or (value == self._exit_level and self._exit_at == "middle"):
            return Signal(kind="exit", reason=self._exit_reason(value), candle_ts=candle.ts)
        if lowest is None:
            return None
        reason = (
            f"{self._named(value, self._oversold)} crossed back above {amount_text(self._oversold)}"
            f" after {two_prices(lowest, self._oversold, 2)[0]}"
        )
        return Signal(kind="enter", reason=reason, candle_ts=candle.ts)

    def _exit_reason(self, value: Decimal) -> str:
        at_middle = self._exit_at == "middle"
        rule = "is back at the middle of" if at_middle else "is above the overbought"
        return f"{self._named(value, self._exit_level)} {rule} {amount_text(self._exit_level)}"

    def _named(self, value: Decimal, level: Decimal) -> str:
        return f"RSI {self._period} ({two_prices(value, level, 2)[0]})"
