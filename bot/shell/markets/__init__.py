"""The markets a bot can trade: `create_market` gives the one that the settings name."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.shell.markets.pace import Clock, Sleep, wall_clock_ms

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.shell.market import Market


def create_market(
    settings: Settings, *, origin_ms: int, clock: Clock = wall_clock_ms, sleep: Sleep = asyncio.sleep
) -> Market:
    """The market that the settings name; `origin_ms` is the bot's first start, which a journal keeps.

    Each market is imported only when it is named: ccxt costs half a second and 100 MB. Raises `SettingsError` for a bad
    TAPEDECK_EXCHANGE_CONFIG and `MarketError` for a market that cannot be used.
    """
    if settings.exchange == "simulated":
        from bot.shell.markets.simulated import SimulatedConfig, SimulatedMarket

        return SimulatedMarket(
            SimulatedConfig.read(settings.exchange_config),
            symbol=settings.symbol,
            timeframe=settings.timeframe,
            origin_ms=origin_ms,
            clock=clock,
            sleep=sleep,
        )
    raise NotImplementedError(settings.exchange)
