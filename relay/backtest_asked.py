"""What a person may ask for, checked, and the command line that it comes to. Nothing from outside gets there raw."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.candle_names import candle_file_name
from relay.history import CandleFile

_MOST_PARAMS = 50
_PARAMS_LENGTH = 4_000

Timeframe = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,3}[smhdw]$")]
Symbol = Annotated[str, Field(pattern=r"^[A-Z0-9]{2,15}/[A-Z0-9]{2,15}$")]
Percent = Annotated[Decimal, Field(ge=0, lt=50, allow_inf_nan=False, max_digits=10)]


class Rejected(ValueError):
    """Something that cannot be done as it was asked; one sentence that names the field."""


class Paper(BaseModel):
    """How the paper broker fills; what is left out stays as the settings have it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    deposit: Annotated[Decimal, Field(gt=0, allow_inf_nan=False, max_digits=20)] | None = None
    spread_pct: Percent | None = None
    slippage_pct: Percent | None = None
    maker_fee_pct: Percent | None = None
    taker_fee_pct: Percent | None = None


class _Span(BaseModel):
    """Days, UTC: from `from` on, up to and without `to`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_day: Annotated[date | None, Field(alias="from")] = None
    to_day: Annotated[date | None, Field(alias="to")] = None

    @model_validator(mode="after")
    def _from_is_before_to(self) -> Self:
        if self.from_day and self.to_day and self.from_day >= self.to_day:
            raise ValueError("from must be before to")
        return self

    def _days(self) -> list[str]:
        days = (("--from", self.from_day), ("--to", self.to_day))
        return [part for option, day in days if day for part in (option, day.isoformat())]


class BacktestAsked(_Span):
    """One run of a strategy over one file."""

    strategy: Annotated[str, Field(min_length=1, max_length=200)]
    params: Annotated[dict[str, Any], Field(max_length=_MOST_PARAMS)] = {}
    file: Annotated[str, Field(min_length=1, max_length=100)]
    timeframe: Timeframe | None = None
    paper: Paper = Paper()

    @model_validator(mode="after")
    def _params_are_short(self) -> Self:
        if len(json.dumps(self.params)) > _PARAMS_LENGTH:
            raise ValueError("params are longer than any strategy's")
        return self

    def arguments(self, path: Path, file: CandleFile, folder: Path) -> list[str]:
        """For `python -m bot`; results go into `folder`."""
        paper = self.paper.model_dump(mode="json", exclude_none=True)
        timeframe = self.timeframe or file.timeframe
        return [
            *("backtest", "--data", str(path), "--strategy", self.strategy, "--params", json.dumps(self.params)),
            *(("--symbol", file.symbol) if file.symbol else ()),
            *(("--timeframe", timeframe) if timeframe else ()),
            *(("--paper", json.dumps(paper)) if paper else ()),
            *self._days(),
            *("--json", str(folder / RESULT), "--html", str(folder / REPORT), "--progress", "json"),
        ]


class DownloadAsked(_Span):
    """An exchange's candles into a file of the history."""

    exchange: Annotated[str, Field(pattern=r"^[a-z0-9]{2,30}$")]
    symbol: Symbol
    timeframe: Timeframe
    from_day: Annotated[date, Field(alias="from")]

    @property
    def file(self) -> str:
        """The name of the file."""
        return candle_file_name(self.symbol, self.timeframe, self.exchange)

    def arguments(self, path: Path) -> list[str]:
        """For `python -m bot`."""
        asked = ("--exchange", self.exchange, "--symbol", self.symbol, "--timeframe", self.timeframe)
        return ["download", *asked, *self._days(), "--out", str(path), "--progress", "json"]


RESULT = "result.json"
REPORT = "report.html"
T = TypeVar("T")
Asked = BacktestAsked | DownloadAsked
Kind = Literal["backtest", "download"]

_TAKES: Mapping[str, str] = {
    "exchange": "takes a ccxt id such as binance",
    "symbol": "takes BASE/QUOTE such as BTC/USDT",
    "timeframe": "takes a length such as 1m, 5m, 1h or 1d",
    "from": "takes a day such as 2024-01-31",
    "to": "takes a day such as 2024-01-31",
    "deposit": "takes an amount above zero",
    "spread_pct": "takes a percentage from 0 to below 50",
    "slippage_pct": "takes a percentage from 0 to below 50",
    "maker_fee_pct": "takes a percentage from 0 to below 50",
    "taker_fee_pct": "takes a percentage from 0 to below 50",
}


def parse_backtest(body: object) -> BacktestAsked:
    """Raises `Rejected`."""
    return _parsed(BacktestAsked.model_validate, body)


def parse_download(body: object) -> DownloadAsked:
    """Raises `Rejected`."""
    return _parsed(DownloadAsked.model_validate, body)


def _parsed(validate: Callable[[object], T], body: object) -> T:
    try:
        return validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][-1]) if first["loc"] else ""
        text = _TAKES.get(name) or first["msg"].removeprefix("Value error, ").replace("Input should", "must")
        raise Rejected(f"{name}: {text}." if name else f"{text[:1].upper()}{text[1:]}.") from None
