"""Buy one part for each level that the close falls through, sell one for each that it rises through.

The levels are the powers of `1 + step_pct / 100`, so they lie around the price wherever it starts, and in the same
places after a restart. The last level that was crossed does nothing until another one was: what was bought at a level
is sold at the one above it, and a close that trembles around one level trades nothing.
"""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from bot.core.messages import Signal
from bot.core.portfolio import EXACT
from bot.core.strategies.base import Line, Percent, StopLoss, Strategy, StrategyParams, TakeProfit
from bot.core.words import amount_text, digits_of, two_prices
from bot.events import Candle

WARMUP = 500
"""Candles after which it stands between the levels, with as many parts, as if it had always been there, or nearly."""


class GridParams(StrategyParams):
    """It takes its own profit, a step a part; a step should be well above two fees and the spread."""

    step_pct: Annotated[Decimal, Field(ge=Decimal("0.01"), le=50, allow_inf_nan=False)] = Decimal("0.5")
    """How far one level is above the one below it, in percent."""
    levels: Annotated[int, Field(strict=True, ge=1, le=200)] = 5
    """The most parts that it holds; further down it waits for the price to come back."""
    stake_pct: Percent = Decimal(10)
    """Share of the equity that one part takes, in percent; never more than the free cash."""
    stop_loss_pct: StopLoss = None
    take_profit_pct: TakeProfit = None

    @property
    def max_parts(self) -> int:
        """One part a level."""
        return self.levels


class Grid(Strategy):
    """Counts the parts that one who did all it said would hold; what is really held, the engine knows and bounds."""

    Params = GridParams

    def __init__(self, params: GridParams) -> None:
        super().__init__(params)
        self._levels, self._step_pct = params.levels, params.step_pct
        self._ratio = EXACT.add(1, EXACT.divide(params.step_pct, Decimal(100)))
        self._between: tuple[int, int] | None = None
        """The levels it stands between; one and the same once one was crossed."""
        self._parts = 0
        self._digits = 0

    @property
    def warmup(self) -> int:
        return WARMUP

    def on_candle(self, candle: Candle) -> Signal | None:
        self._digits = max(self._digits, digits_of(candle.close))
        below = self._level_below(candle.close)
        low, high = self._between = self._between or (below, below + 1)
        risen, fallen = below - low, min(high - (below + 1), self._levels - self._parts)
        if risen > 0:
            self._between, self._parts = (low + risen,) * 2, max(self._parts - risen, 0)
            reason = self._reason(candle, "rose", risen, low + risen)
            return Signal(kind="exit", parts=risen, reason=reason, candle_ts=candle.ts)
        if fallen > 0:
            self._between, self._parts = (high - fallen,) * 2, self._parts + fallen
            reason = self._reason(candle, "fell", fallen, high - fallen)
            return Signal(kind="enter", adds=True, parts=fallen, reason=reason, candle_ts=candle.ts)
        return None

    @property
    def lines(self) -> tuple[Line, ...]:
        """The levels at which it would sell and buy next; it buys no more with all its parts bought."""
        sell = buy = None
        if self._between is not None:
            low, high = self._between
            sell = self._price_of(low + 1)
            buy = self._price_of(high - 1) if self._parts < self._levels else None
        return Line(name="Grid sells at", value=sell), Line(name="Grid buys below", value=buy)

    def _reason(self, candle: Candle, moved: str, count: int, reached: int) -> str:
        close, level = two_prices(candle.close, self._price_of(reached), self._digits)
        crossed = f"the level {level}" if count == 1 else f"{count} levels to {level}"
        return f"Grid of {amount_text(self._step_pct)} %: close {close} {moved} through {crossed}"

    def _price_of(self, level: int) -> Decimal:
        return EXACT.power(self._ratio, level)

    def _level_below(self, price: Decimal) -> int:
        """The highest level that is not above the price. The logarithm is a guess, the comparison decides."""
        level = math.floor(math.log(price) / math.log(self._ratio))
        while self._price_of(level) > price:
            level -= 1
        while self._price_of(level + 1) <= price:
            level += 1
        return level
