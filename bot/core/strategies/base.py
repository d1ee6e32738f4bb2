"""What a strategy is: told each closed candle, oldest first, it may give a signal. It never sees money or a clock.

An author inherits `Strategy`, writes at most three methods (`__init__`, `warmup`, `on_candle`) and, for parameters of
its own, a class that inherits `StrategyParams`. `docs/strategies.md` has a whole one; `kit.py` tries it on candles.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.core.messages import Signal
from bot.events import Candle

Percent = Annotated[Decimal, Field(gt=0, le=100, allow_inf_nan=False)]
StopPercent = Annotated[Percent, Field(lt=100)]
StopLoss = Annotated[
    StopPercent | None, Field(description="How far below the average entry all is sold, in percent; null for never.")
]
TakeProfit = Annotated[
    Percent | None, Field(description="How far above the average entry all is sold, in percent; null for never.")
]
Period = Annotated[int, Field(strict=True, ge=1, le=1000)]


class StrategyParams(BaseModel):
    """Parameters that every strategy has; a strategy adds its own by inheriting. Null switches a protection off.

    A field has a type with its range, a default, and its meaning in one line below it, which is its `description`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    stake_pct: Percent = Decimal(25)
    """Share of the equity that one entry buys, in percent; never more than the free cash."""
    stop_loss_pct: StopLoss = Decimal("1.5")
    take_profit_pct: TakeProfit = Decimal("3")

    @property
    def max_parts(self) -> int:
        """How many stakes a position may be bought in, for a strategy whose signals add; the engine counts them."""
        return 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one line of a chart is after the last candle; `value` is None where it has none yet.

    In the pane `price` it lies over the candles; an `own` pane is below them, as high as `range` where it has one. All
    own lines of one range share a pane.
    """

    name: str
    value: Decimal | None
    pane: Literal["price", "own"] = "price"
    range: tuple[float, float] | None = None


class Strategy(ABC):
    """Inherit, name the parameters, and answer `on_candle`. Raised errors stop the strategy, never the protection.

    Its memory must follow from the candles it was told: a restarted bot tells a new instance the market's history
    again (`warmup` candles or more) and goes on. So no clock, no randomness, no file, nothing shared between instances.
    """

    Params: ClassVar[type[StrategyParams]] = StrategyParams

    def __init__(self, params: StrategyParams) -> None:
        """Take the checked parameters, an instance of `Params`, and set up the memory."""
        self.params = params

    @property
    @abstractmethod
    def warmup(self) -> int:
        """Closed candles that it needs to see before its first signal can be trusted."""

    @abstractmethod
    def on_candle(self, candle: Candle) -> Signal | None:
        """Take one closed candle; the signal it gives, or None. Must depend on the candles alone.

        The signal's `candle_ts` is this candle's `ts`, and its `reason` names the rule with its values: it is what a
        person reads beside the trade. The engine acts at most once for a candle, with the next price. An entry is
        done on the newest candle only, and only while nothing is held unless it `adds`; an exit only while something
        is. So a rule may go on saying the same for as long as it holds.
        """

    @property
    def lines(self) -> tuple[Line, ...]:
        """What a chart may draw of it after the candle that it was told last: the values that it went by. None of it
        is needed; the same names in the same order each time. By default there are none."""
        return ()
