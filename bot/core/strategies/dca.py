"""Buy the same share again and again, however the market stands: dollar-cost averaging.

It sells by take profit on the average entry, which the engine watches, or never. What was sold may be bought again.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from bot.core.messages import Signal
from bot.core.strategies.base import Percent, StopLoss, Strategy, StrategyParams, TakeProfit
from bot.core.timeframe import timeframe_ms
from bot.core.words import amount_text
from bot.events import Candle


class DcaParams(StrategyParams):
    """No stop by default: the point is to go on buying when it falls."""

    every: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 60
    """Candles from one buy to the next, on the clock of UTC: 60 of a minute is at each full hour."""
    max_entries: Annotated[int, Field(strict=True, ge=1, le=1000)] = 10
    """Buys after which it waits until the position has been sold."""
    stake_pct: Percent = Decimal(5)
    """Share of the equity that one buy takes, in percent; never more than the free cash."""
    stop_loss_pct: StopLoss = None
    take_profit_pct: TakeProfit = Decimal(3)

    @property
    def max_parts(self) -> int:
        """One part an entry."""
        return self.max_entries


class Dca(Strategy):
    """Time is cut into slots of `every` candles, counted from 1970; the first candle in each is bought on.

    The slots are the clock's and not the bot's, so a restart neither repeats nor moves a buy.
    """

    Params = DcaParams

    def __init__(self, params: DcaParams) -> None:
        super().__init__(params)
        self._every = params.every
        self._last_ts: int | None = None

    @property
    def warmup(self) -> int:
        return 2

    def on_candle(self, candle: Candle) -> Signal | None:
        length = timeframe_ms(candle.timeframe)
        before = candle.ts - length if self._last_ts is None else self._last_ts
        self._last_ts = candle.ts
        slot = length * self._every
        if candle.ts // slot == before // slot:
            return None
        which = "every candle" if self._every == 1 else f"the first of each {self._every} candles"
        reason = f"DCA: {which}, at a close of {amount_text(candle.close)}"
        return Signal(kind="enter", adds=True, reason=reason, candle_ts=candle.ts)
