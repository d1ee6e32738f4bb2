"""A backtest of the settings' strategy over the file that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.core.strategies import load_strategy
from bot.shell.backtest import Backtest, run_backtest
from bot.shell.compose import config_of, market_maker
from bot.shell.markets.replay import ReplayMarket
from bot.shell.paper_broker import paper_settings

if TYPE_CHECKING:
    from bot.settings import Settings


async def backtest_file(settings: Settings, from_ts: int | None, to_ts: int | None) -> Backtest:
    """`settings` name the replay and its file.

    Raises `SettingsError`, `StrategyError`, `InvalidPaper` and `NothingToTest`.
    """
    strategy = load_strategy(settings.strategy, settings.strategy_params)
    open_market, traded = market_maker(settings, 0)
    market = open_market()
    assert isinstance(market, ReplayMarket)
    return run_backtest(
        market.play(),
        await market.rules(),
        strategy,
        config_of(settings, traded, strategy.params),
        paper_settings(settings.exchange_config),
        from_ts=from_ts,
        to_ts=to_ts,
    )
