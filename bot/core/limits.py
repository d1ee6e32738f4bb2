"""What a person allows the bot to risk (`TAPEDECK_RISK`), and what must be remembered to keep to it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.core.portfolio import EXACT

PEAK_STEP_PCT = Decimal("0.1")
"""A peak is raised in steps of this much, or of a tenth of its limit where that is less (`raised_peak`)."""


def _no_bool(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")
    return value


Percent = Annotated[Decimal, BeforeValidator(_no_bool), Field(gt=0, le=100, allow_inf_nan=False)]
PartPercent = Annotated[Decimal, BeforeValidator(_no_bool), Field(gt=0, lt=100, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=1, le=100_000)]
Milliseconds = Annotated[int, Field(strict=True, ge=1, le=86_400_000)]


def _limit(meaning: str) -> Any:
    return Field(default=None, description=meaning)


class RiskLimits(BaseModel):
    """Each limit is off where it is null. Percentages are numbers such as 2.5; `docs/risk.md` says what each tells."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    risk_per_trade_pct: Percent | None = _limit("share of equity that an entry may lose at its stop, before fees")
    trailing_stop_pct: PartPercent | None = _limit("the stop follows the highest bid since entry at this distance")
    trailing_activation_pct: Percent | None = _limit("the trailing stop begins once the bid is so far over the entry")
    max_position_pct: Percent | None = _limit("share of equity that the position may be worth when an entry is made")
    max_open_orders: Count | None = _limit("orders on their way at which no entry is added")
    daily_loss_limit_pct: PartPercent | None = _limit("loss since the UTC day began that ends entries for that day")
    max_drawdown_stop_pct: PartPercent | None = _limit("fall of equity under its peak that halts the bot")
    cooldown_losses: Count | None = _limit("losing round trips in a row that begin a cooldown")
    cooldown_candles: Count | None = _limit("candles without an entry in a cooldown")
    price_band_pct: PartPercent | None = _limit(
        "a price that leaps further is not acted upon until a second confirms it"
    )
    max_feed_age_ms: Milliseconds | None = _limit(
        "age of the newest price, or of the signal, that forbids an entry; 3000 on a real market unless null"
    )

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        if self.trailing_activation_pct is not None and self.trailing_stop_pct is None:
            raise ValueError("takes trailing_activation_pct only together with trailing_stop_pct")
        if (self.cooldown_losses is None) != (self.cooldown_candles is None):
            raise ValueError("takes cooldown_losses and cooldown_candles together: set both or none")
        return self

    @property
    def immediate_trailing_pct(self) -> Decimal | None:
        """The trailing stop's distance where it is there from the entry on."""
        return self.trailing_stop_pct if self.trailing_activation_pct is None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRecord:
    """The durable memory of the limits; all of it empty while they are off. Money in quote, times in ms UTC."""

    highest_bid: Decimal | None = None
    """Since the entry, in steps (`raised_peak`); null without a position and before the trailing stop is active."""
    trailing_stop: Decimal | None = None
    """Where the trailing stop is once it is active: it never falls while the position lasts."""
    day: int | None = None
    """The UTC day, counted from 1970, that the next two are of."""
    day_start_equity: Decimal | None = None
    day_limit_equity: Decimal | None = None
    """What the account was worth when it reached the day's loss limit; null while it has not."""
    peak_equity: Decimal | None = None
    """Since the first price or the last resume, in steps (`raised_peak`)."""
    losing_run: int = 0
    """Losing round trips in a row since the last cooldown."""
    cooldown_until_ts: int | None = None


def raised_peak(peak: Decimal | None, value: Decimal, limit_pct: Decimal) -> Decimal:
    """The highest value so far, raised only by steps: it is under the true one by less than `peak_step_pct`.

    A peak that followed every price would be written to the journal, and a stop that follows it sent as a status, with
    every price of a rise. What counts is what was written down, so a restart changes nothing.
    """
    if peak is None:
        return value
    least = EXACT.multiply(peak, 1 + peak_step_pct(limit_pct) / 100)
    return value if value >= least else peak


def peak_step_pct(limit_pct: Decimal) -> Decimal:
    """The step in which the peak of a limit rises, in percent of it."""
    return min(PEAK_STEP_PCT, limit_pct / 10)


def is_fallen(start: Decimal, value: Decimal, limit_pct: Decimal) -> bool:
    """Whether `value` is `limit_pct` percent or more under `start`; exact. Of nothing nothing can be lost."""
    return start > 0 and EXACT.multiply(value, Decimal(100)) <= EXACT.multiply(start, 100 - limit_pct)


def is_risen(start: Decimal, value: Decimal, limit_pct: Decimal) -> bool:
    """Whether `value` is `limit_pct` percent or more over `start`; exact."""
    return EXACT.multiply(value, Decimal(100)) >= EXACT.multiply(start, 100 + limit_pct)
