"""What a strategy is: told each closed candle, oldest first, it may give a signal. It never sees money or a clock."""

from __future__ import annotations

from abc import ABC, abstractmethod
from decimal import Decimal
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from bot.core.messages import Signal
from bot.events import Candle

Percent = Annotated[Decimal, Field(gt=0, le=100, allow_inf_nan=False)]
StopPercent = Annotated[Percent, Field(lt=100)]
Period = Annotated[int, Field(strict=True, ge=1, le=1000)]


class StrategyParams(BaseModel):
    """Parameters that every strategy has; a strategy adds its own by inheriting. Null switches a protection off."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stake_pct: Percent = Decimal(25)
    """Share of the free quote currency that one entry uses."""
    stop_loss_pct: StopPercent | None = Decimal("1.5")
    take_profit_pct: Percent | None = Decimal("3")


class Strategy(ABC):
    """Inherit, name the parameters, and answer `on_candle`. Raised errors stop the strategy, never the protection."""

    Params: ClassVar[type[StrategyParams]] = StrategyParams

    def __init__(self, params: StrategyParams) -> None:
        self.params = params

    @property
    @abstractmethod
    def warmup(self) -> int:
        """Closed candles that it needs to see before its first signal can be trusted."""

    @abstractmethod
    def on_candle(self, candle: Candle) -> Signal | None:
        """Take one closed candle; the signal it gives, or None. Must depend on the candles alone."""
