"""A strategy that does what a script says at each candle's number, so that no decision hangs on a price."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bot.core.messages import Signal
from bot.core.strategies import Strategy, StrategyParams
from bot.events import Candle


class SignalsByNumber(Strategy):
    """`script` says what candle number n, counted from `first_ts`, signals."""

    class Params(StrategyParams):
        first_ts: int = 0
        """When candle 0 opens, ms UTC."""
        script: dict[int, Literal["enter", "exit"]] = Field(default_factory=dict)
        """What is signaled, by the candle's number."""

    def __init__(self, params: Params) -> None:
        super().__init__(params)
        self._first_ts, self._script = params.first_ts, params.script

    @property
    def warmup(self) -> int:
        return 1

    def on_candle(self, candle: Candle) -> Signal | None:
        number = (candle.ts - self._first_ts) // 60_000
        kind = self._script.get(number)
        return None if kind is None else Signal(kind=kind, reason=f"{kind} on {number}", candle_ts=candle.ts)
