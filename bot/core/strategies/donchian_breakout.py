"""Buy when a candle closes above all that was traded before it, sell when one closes below: the channel of Donchian.

The channel is talipp's: the highest high and the lowest low of the last candles, here always of those *before* the
candle that is judged, or no close could ever leave it (C. Faith, *Way of the Turtle*, 2007, ch. 10: 20 in, 10 out).
"""

from __future__ import annotations

from decimal import Decimal

from talipp.indicators.DonchianChannels import DonchianChannels
from talipp.ohlcv import OHLCV

from bot.core.messages import Signal
from bot.core.strategies.base import Line, Period, StopLoss, Strategy, StrategyParams, TakeProfit
from bot.core.strategies.indicators import add_bounded, decimal_of
from bot.core.words import digits_of, two_prices
from bot.events import Candle

KEPT = 4
"""Channel lengths that are kept in memory; the channel needs one."""


class DonchianBreakoutParams(StrategyParams):
    """`entry` and `exit` are counted in candles. A trend is left by the channel, so there is no target by default."""

    entry: Period = 20
    """Candles whose highest high a close must be above to enter."""
    exit: Period = 10
    """Candles whose lowest low a close must be below to leave."""
    stop_loss_pct: StopLoss = Decimal("1")
    take_profit_pct: TakeProfit = None


class DonchianBreakout(Strategy):
    """Two channels: a long one to get in, a short one to get out."""

    Params = DonchianBreakoutParams

    def __init__(self, params: DonchianBreakoutParams) -> None:
        super().__init__(params)
        self._entry, self._exit = params.entry, params.exit
        self._entry_channel, self._exit_channel = DonchianChannels(params.entry), DonchianChannels(params.exit)
        self._digits = 0
        self._highest: Decimal | None = None
        self._lowest: Decimal | None = None
        """What the last candle was judged by."""

    @property
    def warmup(self) -> int:
        return max(self._entry, self._exit) + 1

    def on_candle(self, candle: Candle) -> Signal | None:
        self._digits = max(self._digits, digits_of(candle.close))
        highest = self._highest = _last(self._entry_channel, "ub")
        lowest = self._lowest = _last(self._exit_channel, "lb")
        bar = OHLCV(float(candle.open), float(candle.high), float(candle.low), float(candle.close))
        add_bounded(self._entry_channel, bar, self._entry * KEPT)
        add_bounded(self._exit_channel, bar, self._exit * KEPT)
        if highest is not None and candle.close > highest:
            texts = two_prices(candle.close, highest, self._digits)
            rule = f"is above {texts[1]}, the highest high of the {self._entry} candles before"
            return Signal(kind="enter", reason=f"Donchian: close {texts[0]} {rule}", candle_ts=candle.ts)
        if lowest is not None and candle.close < lowest:
            texts = two_prices(candle.close, lowest, self._digits)
            rule = f"is below {texts[1]}, the lowest low of the {self._exit} candles before"
            return Signal(kind="exit", reason=f"Donchian: close {texts[0]} {rule}", candle_ts=candle.ts)
        return None

    @property
    def lines(self) -> tuple[Line, ...]:
        return (
            Line(name=f"Highest of {self._entry}", value=self._highest),
            Line(name=f"Lowest of {self._exit}", value=self._lowest),
        )


def _last(channel: DonchianChannels, band: str) -> Decimal | None:
    """A band as the candles so far have drawn it, or None before there are enough."""
    drawn = channel[-1] if len(channel) else None
    return None if drawn is None else decimal_of(getattr(drawn, band))
