"""Backtests of the settings' strategy over the file that they name, which is read once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.core.market_rules import MarketRules
from bot.core.strategies import load_strategy
from bot.events import Candle, Price
from bot.shell.backtest import Backtest, run_backtest
from bot.shell.compose import Traded, config_of, market_maker
from bot.shell.markets.replay import ReplayMarket
from bot.shell.paper_broker import PaperSettings, paper_settings

if TYPE_CHECKING:
    from bot.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The time to trade, ms UTC: from `from_ts` on, up to and without `to_ts`; None is the file's own end."""

    from_ts: int | None = None
    to_ts: int | None = None

    def __contains__(self, ts: int) -> bool:
        return (self.from_ts is None or ts >= self.from_ts) and (self.to_ts is None or ts < self.to_ts)


class CandleFile:
    """The candles that the settings name, parsed; any number of runs over them."""

    def __init__(self, settings: Settings) -> None:
        """`settings` name the replay and its file. Raises `SettingsError` and `InvalidPaper`."""
        self._settings = settings
        self._paper: PaperSettings = paper_settings(settings.exchange_config)
        open_market, self._traded = market_maker(settings, 0)
        market = open_market()
        assert isinstance(market, ReplayMarket)
        self._market = market
        self._rules: MarketRules = asyncio.run(market.rules())

    @property
    def traded(self) -> Traded:
        """Symbol and timeframe, the file's own where nobody chose."""
        return self._traded

    @property
    def candle_times(self) -> list[int]:
        """When each candle opened, oldest first."""
        return self._market.candle_times

    def run(
        self,
        params: Mapping[str, Any],
        span: Span,
        *,
        on_candle: Callable[[], None] | None = None,
    ) -> Backtest:
        """The settings' strategy with `params` over `span`. Raises `StrategyError` and `NothingToTest`."""
        strategy = load_strategy(self._settings.strategy, params)
        items: Iterable[Price | Candle] = self._market.play()
        return run_backtest(
            _told(items, on_candle) if on_candle else items,
            self._rules,
            strategy,
            config_of(self._settings, self._traded, strategy.params),
            self._paper,
            from_ts=span.from_ts,
            to_ts=span.to_ts,
        )


def _told(items: Iterable[Price | Candle], on_candle: Callable[[], None]) -> Iterator[Price | Candle]:
    for item in items:
        yield item
        if isinstance(item, Candle):
            on_candle()
